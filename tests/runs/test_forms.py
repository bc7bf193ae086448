"""`import` and `export` as doors: all or nothing, released or not at all, one clear error."""

import errno
import json
import os
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs.check import check_study
from evenhand.runs.forms import export_ratings, import_ratings
from tests.study.imports import new_study

SECRET = "zanzibarquartz"
RATINGS = f"""session_id,rater,instrument,item,scale,value,date,status,released
s1,client,PHQ-9,,total,9,2025-01-01,answered,words
s1,client,GAD-7,,total,7,2025-01-01,answered,no
s1,client,WAI-SR,,total,4,2025-01-01,answered,
s1,client,check-in,1,,Mostly,2025-01-01,answered,words
s1,client,check-in,2,,A little,2025-01-01,answered,theme
s1,client,check-in,5,,Completely,2025-01-01,answered,count
s1,client,check-in,open,,{SECRET},2025-01-01,answered,words
s1,client,check-in,theme,,{SECRET},2025-01-01,answered,theme
s1,therapist,check-in,1,,Mostly,2025-01-01,answered,no
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return new_study(tmp_path)


@pytest.fixture
def rated(study: Path) -> Path:
    (study / "ratings.csv").write_text(RATINGS)
    (study / "sessions.csv").write_text("session_id,client_id,therapist_id,number\ns1,c,t,1\n")
    (study / "people.csv").write_text("person_id,role\nc,client\nt,therapist\n")
    return study


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@pytest.mark.parametrize("to", ["csv", "fhir"])
def test_only_what_was_released_in_words_leaves_and_no_free_text(
    rated: Path, tmp_path: Path, to: str
) -> None:
    done = export_ratings(rated, to, tmp_path / "out")
    assert (done.answers, done.unreleased, done.words) == (2, 6, 1)
    text = "".join(path.read_text() for path in done.files)
    assert SECRET not in text
    assert "GAD-7" not in text
    assert "gad-7" not in text
    assert "therapist,check-in" not in text
    assert "check-in-therapist" not in text


@pytest.mark.parametrize("to", ["csv", "fhir"])
def test_the_holders_own_data_leave_whole(rated: Path, tmp_path: Path, to: str) -> None:
    done = export_ratings(rated, to, tmp_path / "out", everything=True)
    assert (done.answers, done.unreleased, done.words) == (9, 0, 0)
    assert "".join(path.read_text() for path in done.files).count(SECRET) == 2


def test_the_command_names_the_option_that_exports_the_rest(rated: Path, tmp_path: Path) -> None:
    words = ["export", str(rated), "--to", "fhir", "--out", str(tmp_path / "out")]
    said = CliRunner().invoke(app, words)
    assert said.exit_code == Exit.OK
    assert "2 answers exported" in said.output
    assert "6 stayed: they were not released" in said.output
    assert "--all" in said.output
    everything = CliRunner().invoke(app, [*words, "--all", "--json"])
    assert json.loads(everything.output)["answers"] == 9


def test_an_export_is_a_bundle_of_valid_responses(rated: Path, tmp_path: Path) -> None:
    done = export_ratings(rated, "fhir", tmp_path / "out", everything=True)
    bundle = json.loads(done.files[0].read_text())
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    for entry in bundle["entry"]:
        one = entry["resource"]
        assert entry["fullUrl"] == f"urn:uuid:{one['id']}"
        assert one["resourceType"] == "QuestionnaireResponse"
        assert one["status"] == "completed"
        assert one["questionnaire"].startswith("urn:evenhand:instrument:")
        assert one["subject"]["identifier"]["value"] == "c"
        assert one["encounter"]["identifier"]["value"] == "s1"
        assert one["authored"] == "2025-01-01"
        for item in one["item"]:
            assert item["linkId"]
            (answer,) = item["answer"]
            assert len([key for key in answer if key.lstrip("_").startswith("value")]) == 1


def test_equal_exports_are_equal_bytes(rated: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        export_ratings(rated, "fhir", tmp_path / out, everything=True)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_wrong_ratings_are_not_exported(rated: Path, tmp_path: Path) -> None:
    with (rated / "ratings.csv").open("a") as file:
        file.write("s1,client,PHQ-9,1,,7,,,\n")
    with pytest.raises(EvenhandError, match="Nothing was exported"):
        export_ratings(rated, "csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("broken", ["people.csv", "sessions.csv", "ratings.csv"])
def test_a_full_disk_leaves_the_study_as_it_was(
    study: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = study.parent / "wide.csv"
    path.write_text("client_id,number,phq9_total\n1,1,9\n")
    before, real = contents(study), Path.open

    def full(self: Path, *args: object, **more: object) -> object:
        if self.name == f".{broken}.part":
            self.touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return real(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EvenhandError, match="disk is full") as caught:
        import_ratings(path, study)
    assert caught.value.code == Exit.DISK
    monkeypatch.undo()
    assert contents(study) == before
    assert import_ratings(path, study).added.answers == 1


def test_an_import_into_a_new_study_can_be_checked_and_examined(study: Path) -> None:
    import evenhand

    path = study.parent / "wide.csv"
    path.write_text("client_id,therapist_id,number,date,phq9_total\n1,t,1,2025-01-01,9\n")
    said = CliRunner().invoke(app, ["import", str(path), "--into", str(study)])
    assert said.exit_code == Exit.OK, said.output
    assert "1 answer added" in said.output
    # what the file did not say is asked for: without consent nothing of a session is used
    assert "who consented" in " ".join(said.output.split())
    assert [(p.fatal, p.where) for p in check_study(study)] == [
        (False, "sessions.csv, column consent, lines 2")
    ]
    with pytest.raises(EvenhandError, match="no consent on record"):
        evenhand.examine(study, report=False)
    sessions = pl.read_csv(study / "sessions.csv", infer_schema=False)
    sessions.with_columns(consent=pl.lit("yes")).write_csv(study / "sessions.csv")
    assert evenhand.examine(study, report=False).ratings["score"].to_list() == [9.0]


def test_what_is_typed_wrong_is_one_error_with_a_remedy(rated: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("session_id,phq9_total\ns1,9\n")
    for call in (
        lambda: import_ratings(tmp_path / "none.csv", rated),
        lambda: import_ratings(path, tmp_path / "nowhere"),
        lambda: import_ratings(path, rated, rater="mum"),
        lambda: import_ratings(path, rated, missing={"-9": "perhaps"}),
        lambda: export_ratings(rated, "xml", tmp_path / "out"),
    ):
        with pytest.raises(EvenhandError) as caught:
            call()
        assert caught.value.remedy


def test_words_of_a_file_are_never_told(study: Path) -> None:
    path = study.parent / "shifted.csv"
    long = f"{SECRET} is what I said and I said it for many words"
    path.write_text(
        "session_id,rater,instrument,item,value\n"
        f"s1,client,{long},1,2\ns1,client,PHQ-9,{long},2\ns1,client,check-in,1,{SECRET}\n"
    )
    said = CliRunner().invoke(app, ["import", str(path), "--into", str(study)])
    assert said.exit_code != Exit.OK
    assert SECRET not in said.output + str(said.exception)
    path.write_text(path.read_text().replace(f"check-in,1,{SECRET}", "PHQ-9,1,2"))
    said = CliRunner().invoke(app, ["import", str(path), "--into", str(study)])
    assert said.exit_code == Exit.OK
    assert SECRET not in said.output
    assert "Stayed outside" in said.output
