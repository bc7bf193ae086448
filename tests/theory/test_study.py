"""A simulated study is a study folder like any other, with its truth beside it."""

import json
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import evenhand
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import READINGS
from evenhand.instruments import all_instruments, score_ratings
from evenhand.positions import read_hierarchy, read_positions, standings
from evenhand.runs._simulated import Job, write_block
from evenhand.runs._simulated_layout import study_toml
from evenhand.runs.check import check_study
from evenhand.runs.simulate import simulate
from evenhand.study.folder import load_study
from evenhand.theory import World, shipped_theory
from evenhand.theory.forms import FORMS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(
        clients=60, sessions=8, therapists=6, seed=3, out=tmp_path_factory.mktemp("study") / "s"
    )


def test_check_finds_nothing_wrong(made):
    assert [p.what for p in check_study(made.out)] == []


def test_the_study_is_read_as_any_other(made):
    study = load_study(made.out)
    assert study.people.height == 66
    assert study.sessions["session_id"].is_unique().all()
    assert set(study.sessions["attended"]) == {"yes"}


def test_readings_have_the_tables_own_columns_and_a_row_for_every_indicator(made):
    assert dict(made.readings.schema) == dict(READINGS)
    sessions = made.sessions.filter(pl.col("number") != "0").height
    assert made.readings.height == sessions * len(discover("indicator"))
    cut = made.readings.filter(pl.col("indicator") == "cut_off")
    assert (cut["k_therapist"] <= cut["e_therapist"]).all()
    told = made.readings.filter(pl.col("absent").is_not_null())
    assert told["tilt"].null_count() == told.height


def test_a_share_is_a_share_of_the_whole(made):
    talk = made.readings.filter(pl.col("indicator") == "talk_share")
    assert ((talk["therapist"] + talk["client"]) - 1.0).abs().max() == pytest.approx(0, abs=1e-9)


def test_every_course_ends_once_and_on_its_last_row(made):
    rows = made.sessions.with_columns(pl.col("number").cast(pl.Int64))
    last = rows.group_by("client_id").agg(
        pl.col("ended").sort_by("number").last(), n=pl.col("ended").count()
    )
    assert last["ended"].null_count() == 0
    assert set(last["n"]) == {1}
    planned = rows.filter(pl.col("ended") == "completed")
    assert (planned["number"] == planned["planned"].cast(pl.Int64)).all()


def test_forms_are_scored_to_what_was_rated(made):
    """Complete forms give back the measured symptoms, rounded; a missing item fills in or not."""
    study = load_study(made.out)
    scores = score_ratings(study.ratings)
    phq = scores.filter((pl.col("instrument") == "PHQ-9") & (pl.col("scale") == "total"))
    joined = phq.join(made.truth, on="session_id").drop_nulls("score")
    error = joined["score"] - joined["true_symptoms"]
    assert error.abs().max() < 9
    assert error.std() == pytest.approx(shipped_theory().y_e, abs=0.35)
    humility = scores.filter((pl.col("instrument") == "CHS") & (pl.col("scale") == "total"))
    assert humility["score"].drop_nulls().is_between(1, 5).all()
    assert {"answered", "not asked"} <= set(scores["status"])


def test_forms_name_instruments_that_there_are(made):
    known = all_instruments()
    for form in FORMS:
        assert len(known[form.instrument].items) == form.items


def test_nothing_of_the_private_check_in_is_released(made):
    rows = made.ratings.filter(pl.col("instrument") == "check-in-client")
    assert set(rows["released"]) == {"no"}
    assert rows.height > 0


def test_the_hierarchy_is_the_societys_own(made):
    study = load_study(made.out)
    hierarchy = read_hierarchy(study.config)
    found = standings(read_positions(study.people, study.config), hierarchy)
    white = study.people.filter(pl.col("ethnicity") == "White")["person_id"]
    ethnicity = found.filter(pl.col("axis") == "ethnicity")
    top = ethnicity.filter(pl.col("person_id").is_in(white.implode()))
    assert set(top["standing"]) == {1.0}
    assert set(ethnicity["standing"]) == {1.0, -1.0}


def test_a_society_that_ranks_nothing_claims_nothing():
    flat = shipped_theory().with_({"weight_ethnicity": 0.0, "weight_class": 0.0})
    assert "hierarchy" not in tomllib.loads(study_toml(flat))


def test_the_truth_and_what_is_seen_go_together(made):
    truth = made.truth.filter(pl.col("number") > 0)
    wide = made.readings.filter(pl.col("indicator") == "talk_share").join(truth, on="session_id")
    r = np.corrcoef(wide["therapist"], wide["true_voice"])[0, 1]
    assert r < -0.05


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    again = simulate(clients=60, sessions=8, therapists=6, seed=3, out=tmp_path / "again")
    assert files(again.out) == files(made.out)


@pytest.mark.slow
def test_the_number_of_processes_changes_no_byte(tmp_path):
    for workers in (1, 2):
        simulate(clients=20_000, sessions=6, seed=2, out=tmp_path / str(workers), workers=workers)
    assert files(tmp_path / "1") == files(tmp_path / "2")


def test_what_was_finished_before_a_stop_is_kept(tmp_path, monkeypatch):
    from evenhand.runs import simulate as module

    calls = []
    whole = module.write_block

    def stopping(job, block):
        if block == 1 and not calls:
            calls.append(block)
            raise KeyboardInterrupt
        return whole(job, block)

    monkeypatch.setattr(module, "write_block", stopping)
    asked = {"clients": 9000, "sessions": 2, "detail": "counts", "out": tmp_path / "s"}
    with pytest.raises(KeyboardInterrupt):
        simulate(**asked)
    marks = list((tmp_path / "s").rglob("done-*.json"))
    assert len(marks) == 1
    before = marks[0].stat().st_mtime_ns
    times = []
    monkeypatch.setattr(
        module.shutil, "rmtree", lambda path: times.append(marks[0].stat().st_mtime_ns)
    )
    made = simulate(**asked)
    assert times == [before]
    assert made.counts["clients"] == 9000
    assert made.people.height == 9000 + 450
    assert (made.out / "readings.parquet").is_file()
    assert (made.out / "truth.parquet").is_dir()
    assert made.readings["session_id"].n_unique() == made.counts["sessions"]


def test_a_part_that_a_power_cut_left_short_is_made_again(tmp_path):
    job = Job(World(shipped_theory(), 40, 4, 3, 5), ("talk_share",), "table", tmp_path)
    assert write_block(job, 0).sessions > 0
    part = tmp_path / "observed-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:100])
    write_block(job, 0)
    assert part.read_bytes() == whole


def test_a_folder_of_others_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(EvenhandError, match="not simulated"):
        simulate(clients=10, out=tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"clients": 0}, {"sessions": 0}, {"therapists": 0}, {"seed": -1}, {"allocation": "by lot"}],
)
def test_numbers_out_of_range_are_told(wrong, tmp_path):
    with pytest.raises(EvenhandError) as caught:
        simulate(**{"clients": 10, "out": tmp_path / "s", **wrong})
    assert caught.value.where.startswith("--")


def test_in_a_notebook_a_study_needs_no_folder():
    made = evenhand.simulate(clients=20, sessions=3, seed=1)
    html = made._repr_html_()
    assert "20 clients" in html
    assert "not evidence" in html
    assert made.people.height == 21


def test_what_was_changed_is_on_record(tmp_path):
    made = simulate(clients=10, sessions=2, settings={"h": 0.0}, out=tmp_path / "s")
    record = json.loads((made.out / "simulation.json").read_text(encoding="utf-8"))
    assert record["changed"] == {"h": 0.0}
    assert record["seed"] == 1


def test_unequal_transcripts_miss_more_of_some(tmp_path):
    made = simulate(
        clients=400, sessions=3, settings={"error_minoritised": 0.4}, out=tmp_path / "s"
    )
    wrong = (
        pl.read_csv(made.out / "quality.csv")
        .filter(pl.col("role") == "client")
        .join(made.truth.select("session_id", "true_minoritised"), on="session_id")
        .group_by("true_minoritised")
        .agg(pl.col("word_errors").sum() / pl.col("words_checked").sum())
    )
    by = dict(wrong.iter_rows())
    assert by[True] == pytest.approx(0.4, abs=0.02)
    assert by[False] == pytest.approx(0.08, abs=0.01)


def test_the_wide_table_has_what_the_study_has(made, tmp_path):
    """The same draws: what is counted and measured in the study stands in the one table too."""
    table = simulate(
        clients=60, sessions=8, therapists=6, seed=3, detail="table", out=tmp_path / "t"
    ).observed
    assert sorted(p.name for p in (tmp_path / "t").iterdir()) == [
        "observed.parquet",
        "simulation.json",
    ]
    rows = table.filter(pl.col("number") > 0).sort("client", "number")
    cut = made.readings.filter(pl.col("indicator") == "cut_off").sort("session_id")
    assert rows["k_t_cut_off"].to_list() == cut["k_therapist"].to_list()
    assert rows.height == made.counts["sessions"]
    assert (table.filter(pl.col("number") == 0)["ended"] == 0).all()


def test_all_that_is_out_of_range_is_told_at_once(tmp_path):
    with pytest.raises(EvenhandError) as caught:
        simulate(clients=0, sessions=900, allocation="by rank", out=tmp_path / "s")
    for word in ("--clients 0", "--sessions 900", "'by rank'"):
        assert word in caught.value.what
    assert caught.value.where == "--clients, --sessions, --allocation"
