"""`evenhand mirror STUDY`: what is found, what is refused, and why."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import evenhand.cli
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._mirror_study import StudyMirror
from evenhand.runs._mirror_tables import read_study_tables
from evenhand.runs.mirror import finite, mirror
from tests.runs.clinics import ROOM, STUDY, write_clinic


def look(folder: Path) -> StudyMirror:
    found = mirror(folder)
    assert isinstance(found, StudyMirror)
    return found


def pick(rows: list[dict], **wanted: object) -> list[dict]:
    return [one for one in rows if all(one[k] == v for k, v in wanted.items())]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clinic(tmp_path_factory.mktemp("clinic"))


@pytest.fixture(scope="module")
def found(clinic: Path) -> StudyMirror:
    return look(clinic)


def test_the_room_follows_standing_where_it_was_made_to(found: StudyMirror) -> None:
    (row,) = pick(found.room, indicator="directives", axis="income")
    assert row["mirror"]["low"] < 0.8 < row["mirror"]["high"]
    assert row["beta_c"]["low"] < -0.8 < row["beta_c"]["high"]
    assert row["word"] == "gap"
    assert row["q"] <= 0.05
    (talk,) = pick(found.room, indicator="talk_share")
    assert talk["word"] == "nothing clear"


def test_alliance_follows_standing_within_caseloads(found: StudyMirror) -> None:
    (row,) = pick(found.treatment, outcome="alliance")
    assert row["within"]["low"] > 0
    assert row["e_value"]["limit"] > 1
    assert {r["outcome"] for r in found.treatment} == {"alliance", "outcome PHQ-9", "drop-out"}


def test_the_path_through_the_room_is_told_with_what_stands_beside_it(found: StudyMirror) -> None:
    rows = {row["outcome"]: row for row in found.paths}
    assert set(rows) == {"alliance", "outcome PHQ-9"}
    alliance = rows["alliance"]
    assert alliance["a"]["low"] > 0  # the room was made to follow the gap
    assert alliance["direct"]["high"] < 0  # alliance follows the client's income by itself
    assert alliance["indirect"]["low"] < 0 < alliance["indirect"]["high"]
    assert alliance["method"].startswith("wild")


def test_negative_controls_stand_beside(found: StudyMirror) -> None:
    (traded,) = pick([r for r in found.controls if "indicator" in r], indicator="directives")
    (real,) = pick(found.room, indicator="directives")
    assert abs(traded["estimate"]) < abs(real["beta_c"]["estimate"]) / 2
    assert [r["outcome"] for r in found.controls if "outcome" in r] == ["before treatment PHQ-9"]


def test_the_claim_and_its_reason_stand_in_front(found: StudyMirror) -> None:
    assert found.hierarchy is not None
    assert "made-up clinic" in found.hierarchy["reason"]
    assert found.hierarchy["presets"] == []


def test_everything_is_in_the_file_and_nothing_of_any_person(clinic: Path, tmp_path: Path) -> None:
    out = tmp_path / "mirror.json"
    words = ["mirror", str(clinic), "--json", str(out)]
    done = CliRunner(env={"COLUMNS": "200"}).invoke(evenhand.cli.app, words)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "follows the gap: the one who stands higher holds more" in said
    assert "Association, not cause" in said
    text = out.read_text(encoding="utf-8")
    written = json.loads(text)
    assert written["kind"] == "study"
    assert "unreleased" in written["release"]
    assert {"mirror", "treatment", "controls", "measurement", "refused"} <= set(written)
    people = pl.read_csv(clinic / "people.csv")["person_id"]
    assert not [one for one in people if f'"{one}"' in text or f" {one} " in said]


def test_without_checked_transcripts_words_are_not_compared_and_timing_is(tmp_path: Path) -> None:
    found = look(write_clinic(tmp_path, checked=0))
    assert {row["indicator"] for row in found.room} == {"talk_share"}
    (refused,) = pick(found.refused, what="directives")
    assert refused["why"] == "Measurement first."
    assert "Provide quality.csv" in refused["remedy"]


def test_transcripts_that_err_more_for_some_are_not_compared(tmp_path: Path) -> None:
    found = look(write_clinic(tmp_path, errors=(0.17, 0.09)))
    (refused,) = pick(found.refused, what="directives")
    assert "Of 100 words" in refused["remedy"]
    assert {row["indicator"] for row in found.room} == {"talk_share"}
    (measured,) = found.measurement
    assert not measured["similar"]
    assert measured["compared"]


def test_rows_of_quality_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path, room=replace(ROOM, therapists=2))
    with (folder / "quality.csv").open("a", encoding="utf-8") as file:
        file.write("s1,many,3,therapist\ns1,10,30,client\ns1,10,3,observer\n")
    assert "3 rows of quality.csv cannot be read, and count as unchecked." in look(folder).notes


def test_too_few_checked_sessions_are_not_enough(tmp_path: Path) -> None:
    found = look(write_clinic(tmp_path, checked=30))
    (refused,) = pick(found.refused, what="directives")
    assert "are needed" in refused["remedy"]


def test_without_a_hierarchy_nobody_is_ranked_and_pairs_are_compared(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path, study='title = "No claim"\n')
    people = pl.read_csv(folder / "people.csv")
    halves = pl.when(pl.col("income") > 10).then(pl.lit("more")).otherwise(pl.lit("less"))
    people.with_columns(income=halves).write_csv(folder / "people.csv")
    found = look(folder)
    assert found.hierarchy is None
    assert found.room == []
    assert {row["axis"] for row in found.differences} == {"income"}
    assert found.paths == []
    assert "nobody is ranked" in found.refused[0]["why"]
    assert all(row["step"].startswith("pairs that differ") for row in found.treatment)


def test_a_study_of_ratings_only_is_looked_at_all_the_same(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path, checked=0)
    (folder / "readings.parquet").unlink()
    found = look(folder)
    assert found.room == []
    assert "no readings" in pick(found.refused, what="the room")[0]["why"]
    assert found.treatment


def test_a_primary_coefficient_is_declared_and_stands_outside_the_family(tmp_path: Path) -> None:
    plan = '\n[mirror]\nprimary = {indicator = "directives", axis = "income"}\nmargin = 0.2\n'
    found = look(write_clinic(tmp_path, study=STUDY + plan))
    assert found.primary is not None
    assert found.primary["indicator"] == "directives"
    assert "q" not in found.primary
    (talk,) = pick(found.room, indicator="talk_share")
    assert talk["no_difference"] in (True, False)


def clinic_of_strata(folder: Path, axes: list[str]) -> Path:
    """Genders and ages, ratings alone."""
    write_clinic(folder, study=STUDY + f"\n[mirror]\nstrata = {json.dumps(axes)}\n")
    people = pl.read_csv(folder / "people.csv").with_row_index("n")
    gender = pl.when(pl.col("n") % 2 == 0).then(pl.lit("woman")).otherwise(pl.lit("man"))
    age = 20 + (pl.col("n") * 7) % 50
    people.with_columns(gender=gender, age=age).drop("n").write_csv(folder / "people.csv")
    (folder / "readings.parquet").unlink()
    return folder


def test_where_positions_meet_is_looked_at_on_the_axes_that_are_declared(tmp_path: Path) -> None:
    found = look(clinic_of_strata(tmp_path, ["gender", "age"]))
    assert {row["outcome"] for row in found.strata} == {"alliance", "outcome PHQ-9", "drop-out"}
    assert all(row["n_strata"] == 6 for row in found.strata)  # two genders by three thirds of age
    assert all(row["said"] for row in found.strata)
    (both,) = found.both_strata
    assert both["n"] == pl.read_csv(tmp_path / "sessions.csv").filter(pl.col("number") > 0).height
    levels = {name: part["levels"] for name, part in both["parts"].items()}
    assert (levels["client stratum"], levels["therapist stratum"]) == (6, 6)
    assert (levels["client"], levels["therapist"]) == (ROOM.therapists * ROOM.clients, 12)
    people = pl.read_csv(tmp_path / "people.csv").filter(pl.col("role") == "client")
    made = (0.08 * people["income"]).var()  # how alliance was made: sessions scatter by .4 around
    shares = sum(part["share"][0] for part in both["parts"].values())
    assert shares == pytest.approx(made / (made + 0.4**2), abs=0.08)
    assert sum(part["between"][0] for part in both["parts"].values()) == pytest.approx(1)
    assert len(both["said"]) == 3 + len(both["warnings"])


def test_two_strata_are_too_few_for_both_people_s(tmp_path: Path, found: StudyMirror) -> None:
    gender = look(clinic_of_strata(tmp_path, ["gender"]))
    (row,) = [one for one in gender.refused if one["what"].startswith("both people's")]
    assert "2 of it" in row["why"]
    assert found.both_strata == []  # where no axes are declared


def test_a_null_is_never_claimed_without_a_margin(found: StudyMirror) -> None:
    rows = [*found.room, *found.treatment]
    assert [row["no_difference"] for row in rows] == [None] * len(rows)


def test_a_primary_that_could_not_be_fitted_is_said(tmp_path: Path) -> None:
    plan = '\n[mirror]\nprimary = {indicator = "cut_off", axis = "income"}\n'
    found = look(write_clinic(tmp_path, study=STUDY + plan, checked=0))
    assert found.primary is None
    assert any(row["what"] == "primary: cut_off" for row in found.refused)


def test_a_clinic_too_small_is_refused_with_reasons_and_no_crash(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    sessions = pl.read_csv(folder / "sessions.csv", infer_schema_length=0)
    sessions.filter(pl.col("therapist_id").is_in(["t0", "t1"])).write_csv(folder / "sessions.csv")
    ratings = pl.read_csv(folder / "ratings.csv", infer_schema_length=0)
    kept = sessions.filter(pl.col("therapist_id").is_in(["t0", "t1"]))["session_id"]
    ratings.filter(pl.col("session_id").is_in(kept.implode())).write_csv(folder / "ratings.csv")
    found = look(folder)
    assert found.room == []
    assert found.treatment == []
    assert all(row["remedy"] for row in found.refused)


def test_sessions_without_consent_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    sessions = pl.read_csv(folder / "sessions.csv", infer_schema_length=0)
    first = pl.int_range(pl.len()) < 10
    consent = pl.when(first).then(pl.lit("no")).otherwise("consent")
    sessions.with_columns(consent=consent).write_csv(folder / "sessions.csv")
    tables = read_study_tables(folder, lambda *_: None)
    assert "10 sessions without consent are left out." in tables.notes
    out = sessions.head(10)["session_id"].implode()
    assert not tables.visits["session_id"].is_in(out).any()


@pytest.mark.parametrize("said", ["no", None, "perhaps"])
def test_a_session_without_consent_is_not_used_and_leaves_the_ending_known(
    tmp_path: Path, said: str | None
) -> None:
    folder = write_clinic(tmp_path)
    sessions = pl.read_csv(folder / "sessions.csv", infer_schema_length=0)
    ends = read_study_tables(folder, lambda *_: None).treatments
    last = pl.col("ended").is_not_null()
    consent = pl.when(last).then(pl.lit(said)).otherwise("consent")
    sessions.with_columns(consent=consent).write_csv(folder / "sessions.csv")
    tables = read_study_tables(folder, lambda *_: None)
    unused = sessions.filter(last)["session_id"].implode()
    assert not tables.visits["session_id"].is_in(unused).any()
    assert tables.treatments.equals(ends)


def test_a_pair_that_consented_to_nothing_is_not_in_the_mirror(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    sessions = pl.read_csv(folder / "sessions.csv", infer_schema_length=0)
    consent = pl.when(pl.col("client_id") == "c0").then(None).otherwise("consent")
    sessions.with_columns(consent=consent).write_csv(folder / "sessions.csv")
    tables = read_study_tables(folder, lambda *_: None)
    assert "c0" not in tables.visits["client_id"]
    assert "c0" not in tables.treatments["client_id"]


def test_without_a_column_of_consent_nothing_is_left_out(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    with_it = read_study_tables(folder, lambda *_: None).visits
    sessions = pl.read_csv(folder / "sessions.csv", infer_schema_length=0)
    sessions.drop("consent").write_csv(folder / "sessions.csv")
    assert read_study_tables(folder, lambda *_: None).visits.equals(with_it)


def test_positions_with_mistakes_stop_the_mirror_with_their_lines(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    people = pl.read_csv(folder / "people.csv", infer_schema_length=0)
    people.with_columns(age=pl.lit("old")).write_csv(folder / "people.csv")
    with pytest.raises(EvenhandError, match=r"people.csv, line 2: age is no number"):
        look(folder)


@pytest.mark.parametrize("name", ["people", "sessions"])
def test_a_row_that_stands_twice_would_be_counted_twice(tmp_path: Path, name: str) -> None:
    folder = write_clinic(tmp_path, room=replace(ROOM, therapists=2))
    lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    (folder / f"{name}.csv").write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(EvenhandError, match=rf"more than one row: lines 2, {len(lines) + 1}"):
        look(folder)


def test_a_study_without_people_is_refused(tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    (folder / "people.csv").unlink()
    with pytest.raises(EvenhandError, match="who they are"):
        look(folder)


def test_what_is_without_end_is_null_in_the_file() -> None:
    assert finite({"a": [1.0, float("inf")], "b": (float("nan"), "x")}) == {
        "a": [1.0, None],
        "b": [None, "x"],
    }


def test_options_of_tables_are_not_taken_with_a_study(clinic: Path) -> None:
    with pytest.raises(EvenhandError) as error:
        mirror(clinic, direction={"deprivation": "1-most"})
    assert error.value.code == Exit.USAGE


def test_a_private_check_in_enters_nothing(found: StudyMirror, tmp_path: Path) -> None:
    folder = write_clinic(tmp_path)
    ratings = pl.read_csv(folder / "ratings.csv", infer_schema_length=0)
    sessions = ratings.filter(pl.col("instrument") == "WAI-SR").head(30)
    private = sessions.with_columns(
        instrument=pl.lit("check-in"), scale=pl.lit("1"), value=pl.lit("Mostly")
    )
    pl.concat([ratings, private]).write_csv(folder / "ratings.csv")
    assert look(folder).as_dict() == found.as_dict()
