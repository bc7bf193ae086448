"""`evenhand mirror STUDY --out DIR`: from a study folder to a page whose figures were released."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import evenhand.cli
from evenhand.core.errors import EvenhandError, Exit
from evenhand.release.mirror import at_quarter, countable
from evenhand.runs import demo
from evenhand.runs._mirror_link import NAME, mirror_note
from evenhand.runs._mirror_page import mirror_with_page, refusals
from evenhand.runs._mirror_study import StudyMirror
from evenhand.runs.maihda import maihda
from evenhand.runs.mirror import mirror
from evenhand.runs.telling import MIRROR
from evenhand.study.folder import Study, load_study
from tests.runs.clinics import ROOM, STUDY, write_clinic
from tests.runs.test_mirror_items import with_items
from tests.runs.test_mirror_recall import add_recall

PLAN = '\n[mirror]\nmargin = 0.1\nstrata = ["income"]\n'


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clinic(tmp_path_factory.mktemp("clinic"), study=STUDY + PLAN)


@pytest.fixture(scope="module")
def page(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENHAND_KEYS", str(out / "keys"))
        done = CliRunner().invoke(
            evenhand.cli.app, ["mirror", str(clinic), "--out", str(out / "report"), "--quiet"]
        )
    assert done.exit_code == 0, done.output
    return (out / "report" / NAME).read_text(encoding="utf-8")


def test_the_page_shows_what_was_made_to_be_there(page: str) -> None:
    assert "Does the room follow the ladder outside?" in page
    assert "110 clients, about 10 therapists" in page  # 108 and 12, rounded
    assert "follows the gap between the two" in page
    assert "17 small strata" in page.replace("\u00a0", " ")  # of some six clients each


def test_no_person_is_on_the_page(page: str, clinic: Path) -> None:
    people = pl.read_csv(clinic / "people.csv", infer_schema_length=0)["person_id"]
    assert not [one for one in people if f">{one}<" in page or f" {one} " in page]


def test_the_ledger_holds_the_release(page: str, clinic: Path) -> None:
    assert page
    lines = (clinic / ".evenhand" / "ledger").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line)["entry"] for line in lines]
    assert [bool(one.get("models")) for one in entries] == [False, True]
    assert {m["measure"] for m in entries[0]["margins"]} == {"clients"}


def test_ratings_that_clients_keep_to_themselves_are_left_out() -> None:
    scores = pl.DataFrame({"score": [1, 2, 3, 4], "released": ["no", "count", None, " No "]})
    assert countable(scores)["score"].to_list() == [2, 3]


def test_a_running_quarter_is_not_looked_at(tmp_path: Path) -> None:
    dates = ["2026-01-10", "2026-02-10", "2026-04-02"]
    sessions = pl.DataFrame({"session_id": ["a", "b", "c"], "date": dates})
    cut, label = at_quarter(Study(tmp_path, "t", {}, sessions=sessions))
    assert label == "2026-Q1"
    assert cut.sessions is not None
    assert cut.sessions["session_id"].to_list() == ["a", "b"]


def test_a_table_of_counts_has_no_page(tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text("period,axis,group,referrals,finished,not_at_caseness,recovery\n")
    with pytest.raises(EvenhandError, match="no page") as refused:
        mirror(table, out=tmp_path)
    assert refused.value.code == Exit.USAGE


def test_a_report_says_how_its_mirror_is_made_until_it_is_there(
    clinic: Path, tmp_path: Path
) -> None:
    assert MIRROR == NAME
    study = load_study(clinic)
    (note,) = mirror_note(study, tmp_path)
    assert f"evenhand mirror {clinic.name} --out FOLDER" in note
    assert str(tmp_path) not in note
    (tmp_path / NAME).write_text("")
    assert mirror_note(study, tmp_path) == []
    assert mirror_note(None, tmp_path) == []


def test_a_small_study_is_not_told_of_a_page_that_it_cannot_have(tmp_path: Path) -> None:
    frame = pl.DataFrame({"session_id": ["a"], "client_id": ["c"], "therapist_id": ["t"]})
    people = pl.DataFrame({"person_id": ["c"], "role": ["client"], "gender": ["woman"]})
    assert mirror_note(Study(tmp_path, "t", {}, people, frame), tmp_path) == []


def test_a_notebook_shows_the_strata_and_says_that_they_are_unreleased(tmp_path: Path) -> None:
    rows = [
        {"y": i % 5 + (g == "a") + (w == "m"), "g": g, "w": w, "therapist": i % 4}
        for g in "ab"
        for w in "mno"
        for i in range(20)
    ]
    found = maihda(pl.DataFrame(rows), outcome="y", strata=["g", "w"])
    html = found._repr_html_()
    assert "<svg" in html
    assert "Unreleased: computed on this machine" in html
    alone = maihda(pl.DataFrame(rows), outcome="y", strata="w")._repr_html_()
    assert "Beyond the sum of the positions" in html
    assert "Beyond the sum of the positions" not in alone
    table = tmp_path / "t.csv"
    pl.DataFrame(rows).write_csv(table)
    words = ["maihda", str(table), "--outcome", "y", "--strata", "g,w", "--quiet"]
    done = CliRunner().invoke(evenhand.cli.app, [*words, "--svg", str(tmp_path / "t.svg")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "t.svg").read_text(encoding="utf-8").startswith("<svg xmlns")


def test_refusals_are_told_without_a_count() -> None:
    words = {"axis": "gender", "similar": False, "compared": [{"verdict": "too few"}]}
    alike = {"axis": "income", "similar": True, "compared": [{"verdict": "similar"}]}
    refused = [
        {"what": "cut_off", "axis": "gender", "why": "Measurement first.", "remedy": "3 of 20."},
        {"what": "yielding", "axis": "gender", "why": "Measurement first.", "remedy": "3 of 20."},
        {"what": "cut_off", "axis": "income", "why": "Measurement first.", "remedy": "Recall."},
        {"what": "alliance", "axis": "faith", "why": "There are 4 clients.", "remedy": "Wait."},
        {"what": "mediation", "axis": None, "why": "No hierarchy.", "remedy": "Declare one."},
    ]
    nothing: dict[str, Any] = {f.name: [] for f in fields(StudyMirror)}
    given = {"measurement": [words, alike], "refused": refused}
    given |= {"bounds": [{"indicator": "directives", "axis": "gender"}], "notes": ()}
    told = list(refusals(StudyMirror(**nothing | given)))
    assert [(one.what, one.axes) for one in told] == [
        (["cut off", "yielding"], ["gender"]),
        (["cut off"], ["income"]),
        (["alliance"], ["faith"]),
        (["mediation"], []),
        (["directives"], ["gender"]),
    ]
    assert "too few sessions" in told[0].why
    assert "misses more" in told[1].why
    assert not any(map(str.isdigit, "".join(one.why + one.remedy for one in told)))


@pytest.mark.slow
def test_the_page_stands_as_it_was_until_enough_has_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    clinic = write_clinic(tmp_path / "clinic", room=ROOM, study=STUDY)

    def shown() -> str:
        _, page = mirror_with_page(clinic, tmp_path / "out", lambda *_: None)
        return page.read_text(encoding="utf-8")

    first = shown()
    ratings = pl.read_csv(clinic / "ratings.csv", infer_schema_length=0)
    ratings.filter(~pl.col("session_id").str.starts_with("c1-")).write_csv(clinic / "ratings.csv")
    assert shown() == first


@pytest.mark.slow
def test_questions_and_bounds_go_through_the_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    clinic = add_recall(with_items(tmp_path / "clinic", shift=2.5))
    ratings = pl.read_csv(clinic / "ratings.csv", infer_schema_length=0)
    ratings.with_columns(released=pl.lit("count")).write_csv(clinic / "ratings.csv")
    found, page = mirror_with_page(clinic, tmp_path / "out", lambda *_: None, page_only=True)
    words = page.read_text(encoding="utf-8")
    assert [row["verdict"] for row in found.items] == ["differs"]
    assert found.bounds
    assert found.both_strata == []
    assert "questions answered otherwise (3)" in words
    assert "What recall leaves possible" in words
    assert "Bounds from recall stand above instead" in words


@pytest.mark.slow
def test_the_demo_shows_a_simulated_caseload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "THERAPISTS", 12)
    page = demo.run_caseload(tmp_path, clients=240)
    words = page.read_text(encoding="utf-8")
    assert "Everybody here is made up" in words
    assert "240 clients, about 10 therapists" in words
    assert (tmp_path / "keys").is_dir()
