"""The course of a study, from its tables to tables on disk, and what stays apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.runs.course import UNRELEASED, Course, course
from evenhand.runs.examine import Examination
from evenhand.runs.terminal import show_examination
from evenhand.study.folder import Study, load_study

THERAPISTS = 12


def made_up(clients: int = 90, seed: int = 5) -> tuple[Study, pl.DataFrame, pl.DataFrame]:
    """A study as text, its scored ratings and its readings."""
    rng = np.random.default_rng(seed)
    sessions, ratings, readings = [], [], []
    for c in range(clients):
        therapist = f"t{c % THERAPISTS}"
        level, slope, trust = rng.normal(16, 4), rng.normal(-0.8, 0.5), rng.normal(3.8, 0.5)
        length = int(rng.integers(3, 11))
        ended = rng.choice(["completed", "dropped out", "ongoing"], p=[0.4, 0.4, 0.2])
        for n in range(1, length + 1):
            sid = f"c{c}-{n}"
            date = np.datetime64("2026-01-05") + 7 * (n + (10 - length))
            last = ended if n == length else None
            sessions.append((sid, f"c{c}", therapist, str(n), str(date), "yes", "10", last))
            phq = round(min(max(level + slope * n + rng.normal(0, 2.5), 0), 27))
            for rater, instrument, score in (
                ("client", "PHQ-9", float(phq)),
                ("client", "WAI-SR", trust + rng.normal(0, 0.35)),
                ("therapist", "WAI-SR", trust + 0.2 + rng.normal(0, 0.35)),
            ):
                ratings.append((sid, rater, instrument, "total", score, 0, "answered", "no"))
            counts = [float(k) for k in rng.poisson([6, 2])]
            readings.append(
                (sid, "directives", counts[0], 2000.0, counts[1], 2000.0, rng.normal(0, 0.2))
            )
    names = [
        "session_id",
        "client_id",
        "therapist_id",
        "number",
        "date",
        "attended",
        "planned",
        "ended",
    ]
    frame = pl.DataFrame(sessions, schema=dict.fromkeys(names, pl.String), orient="row")
    rated = [
        "session_id",
        "rater",
        "instrument",
        "scale",
        "score",
        "items_missing",
        "status",
        "released",
    ]
    read = ["session_id", "indicator", "k_therapist", "e_therapist", "k_client", "e_client", "tilt"]
    return (
        Study(Path("nowhere"), "made up", {}, sessions=frame),
        pl.DataFrame(ratings, schema=rated, orient="row"),
        pl.DataFrame(readings, schema=read, orient="row"),
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, Path]:
    study, ratings, readings = made_up()
    out = tmp_path_factory.mktemp("out")
    return course(study, ratings, readings, out), out


def test_every_part_is_there(found: tuple[Course, Path]) -> None:
    result, _ = found
    expected = {
        *("sessions", "dyads", "shares", "growth", "ahead", "shifted", "flag_errors", "rules"),
        *(
            "not_on_track",
            "gap",
            "gaps",
            "usual",
            "ruptures",
            "rupture_counts",
            "incidence",
            "hazard",
        ),
        *("hazard_check", "calibration", "lead_lag", "treatments", "ways", "joint"),
    }
    assert set(result.tables) == expected


def test_what_is_written_is_what_was_found(found: tuple[Course, Path]) -> None:
    result, out = found
    for name, frame in result.tables.items():
        assert pl.read_parquet(out / "course" / f"{name}.parquet").equals(frame)
    summary = json.loads((out / "course" / "course.json").read_text(encoding="utf-8"))
    assert summary == json.loads(json.dumps(result.summary))
    assert summary["release"] == UNRELEASED


def test_predictions_are_not_written_and_are_for_the_own_therapist(
    found: tuple[Course, Path],
) -> None:
    result, out = found
    names = {p.stem for p in (out / "course").iterdir()}
    assert names & {"chances", "reasons"} == set()
    own = result.predictions_for("t3")
    assert set(own["chances"]["therapist_id"]) <= {"t3"}
    assert set(own["reasons"]["dyad"]) == set(own["chances"]["dyad"])
    assert result.private["chances"].height > own["chances"].height > 0
    assert result.predictions_for(None)["chances"].height == 0
    assert result.predictions_for("c3")["reasons"].height == 0


def test_ratings_keep_what_was_said_of_their_release(found: tuple[Course, Path]) -> None:
    assert set(found[0].tables["sessions"]["released"]) == {"no"}


def test_both_views_and_their_gap_stand_side_by_side(found: tuple[Course, Path]) -> None:
    gaps = found[0].tables["gaps"]
    assert (gaps["therapist"] - gaps["client"] - gaps["gap"]).abs().max() == pytest.approx(0)
    summary = found[0].tables["gap"].row(0, named=True)
    assert summary["low"] < 0.2 < summary["high"]


def test_each_silence_has_its_own_incidence(found: tuple[Course, Path]) -> None:
    table = found[0].tables["incidence"]
    assert set(table["silence_days"]) == {42, 28, 60}
    assert set(table.filter("stated")["silence_days"]) == {42}


def test_mean_change_is_given_three_ways(found: tuple[Course, Path]) -> None:
    ways = found[0].tables["ways"].filter(pl.col("instrument") == "PHQ-9")
    assert ways["how"].to_list() == [
        "scores alone",
        "clients weigh alike",
        "scores and leaving together",
    ]
    growth = (
        found[0]
        .tables["shifted"]
        .filter((pl.col("instrument") == "PHQ-9") & (pl.col("shift") == 0))
    )
    assert ways["change"][0] == pytest.approx(growth["change"][0])
    assert (ways["low"] < ways["change"]).all()
    assert (ways["change"] < ways["high"]).all()
    # endings have nothing to do with these courses: the three say nearly the same
    assert ways["slope"].to_list() == pytest.approx([ways["slope"][0]] * 3, abs=0.1)


def test_equal_runs_give_equal_tables() -> None:
    study, ratings, readings = made_up(24)
    first, second = (course(study, ratings, readings) for _ in range(2))
    unlike = [n for n, frame in second.tables.items() if not first.tables[n].equals(frame)]
    assert unlike == []


def test_a_clinic_without_recordings_gets_all_but_the_room() -> None:
    study, ratings, _ = made_up(60)
    result = course(study, ratings)
    assert "lead_lag" not in result.tables
    assert "readings of the room" in result.refused["lead and lag"]
    assert result.tables["hazard"].height > 0


def test_without_ratings_there_is_still_who_stayed() -> None:
    study, _, _ = made_up(60)
    result = course(study)
    assert result.tables["incidence"].height > 0
    assert "No client rated" in result.refused["outcome"]


def test_three_dyads_get_their_scores_and_reasons_for_the_rest() -> None:
    study, ratings, readings = made_up(3)
    result = course(study, ratings, readings)
    assert result.tables["sessions"]["expected"].is_null().all()
    assert result.tables["dyads"]["state"].is_not_null().any()
    assert any("too few" in reason for reason in result.refused.values())
    assert result.private["chances"].height == 0


def test_the_bundled_study_runs() -> None:
    root = Path(__file__).parents[2] / "src" / "evenhand" / "examples" / "study"
    result = course(load_study(root))
    gwyn = result.tables["dyads"].filter(pl.col("client_id") == "gwyn")
    assert gwyn["instrument"].to_list() == ["PHQ-9"]
    assert result.summary["instruments"] == {"outcome": "PHQ-9", "alliance": "WAI-SR"}


def test_study_toml_chooses_the_scale_and_is_checked() -> None:
    study, ratings, _ = made_up(20)
    chosen = replace(study, config={"course": {"outcome": "PHQ-9", "silence_days": 28}})
    assert course(chosen, ratings).summary["silence_days"] == 28
    for wrong in (
        {"outcome": "GAD-7"},
        {"silence": 3},
        {"silence_days": "long"},
        {"primary": ["a"]},
    ):
        with pytest.raises(EvenhandError, match=r"study\.toml"):
            course(replace(study, config={"course": wrong}), ratings)


@pytest.mark.parametrize("word", ["no", "", None])
def test_sessions_without_consent_give_no_scores_and_stay_sessions(word: str | None) -> None:
    study, ratings, _ = made_up(20)
    ratings = ratings.filter(pl.col("instrument") == "PHQ-9")
    assert study.sessions is not None
    first = study.sessions["session_id"][0]
    said = pl.when(pl.col("session_id") == first).then(pl.lit(word)).otherwise(pl.lit("yes"))
    result = course(replace(study, sessions=study.sessions.with_columns(consent=said)), ratings)
    assert first not in set(result.tables["sessions"]["session_id"])
    assert result.tables["treatments"].height == 20
    assert any("without consent" in note for note in result.notes)


def test_standings_of_a_claimed_hierarchy_are_among_what_leaving_may_go_with() -> None:
    study, ratings, _ = made_up(120)
    ids = [*(f"c{n}" for n in range(120)), *(f"t{n}" for n in range(THERAPISTS))]
    people = pl.DataFrame({"person_id": ids, "role": [i[0] for i in ids]}).with_columns(
        ladder=pl.Series([str(1 + (7 * n) % 10) for n in range(len(ids))])
    )
    config = {
        "positions": {"ladder": "macarthur-ladder"},
        "hierarchy": {"reason": "for this test", "ladder": {"low": 1, "high": 10}},
    }
    rated = ratings.filter(pl.col("instrument") == "PHQ-9")
    result = course(replace(study, people=people, config=config), rated)
    terms = set(result.tables["hazard"]["term"]) | set(" ".join(result.notes).split())
    assert any(t.startswith("client_standing") for t in terms)
    assert any(t.startswith("standing_gap") for t in terms)


def test_no_sessions_is_refused() -> None:
    study, ratings, _ = made_up(2)
    with pytest.raises(EvenhandError, match="who met whom"):
        course(replace(study, sessions=None), ratings)


def test_one_view_of_the_alliance_is_enough() -> None:
    study, ratings, readings = made_up(20)
    result = course(study, ratings.filter(pl.col("rater") == "client"), readings)
    assert result.tables["gaps"].height == 0
    assert result.tables["gap"]["mean"].to_list() == [None]
    assert set(result.tables["lead_lag"]["rater"]) == {"client"}


def test_a_study_in_which_nobody_met_says_so() -> None:
    study, ratings, _ = made_up(2)
    assert study.sessions is not None
    none = study.sessions.with_columns(therapist_id=pl.lit(None, pl.String))
    result = course(replace(study, sessions=none), ratings)
    assert any("no client or no therapist" in note for note in result.notes)
    assert "whose length is known" in result.refused["incidence"]


def test_stale_tables_are_taken_away(tmp_path: Path) -> None:
    study, ratings, readings = made_up(9)
    course(study, ratings, readings, tmp_path)
    course(study, ratings, None, tmp_path)
    assert not (tmp_path / "course" / "lead_lag.parquet").exists()


def test_the_terminal_says_what_could_not_be_done_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = {f"part {n}": "Too few rated." for n in range(12)}
    result = Course({}, refused, ("Two treatments went silent.",), {}, {})
    nothing = {"sessions": 0, "turns": 0, "scores": 3}
    done = Examination(Path("out"), "A clinic", (), (), nothing, course=result)
    show_examination(done, quiet=False, as_json=False)
    said = capsys.readouterr().out
    assert "Course: Two treatments went silent." in said
    assert "Course, not done: part 0: Too few rated." in said
    assert "… and 1 more on the course: see course/course.json" in said
    show_examination(done, quiet=False, as_json=True)
    told = json.loads(capsys.readouterr().out)["course"]
    assert told == {"notes": ["Two treatments went silent."], "refused": refused}
