"""Several inputs at once: each session once, by its own name."""

from pathlib import Path

import pytest

import evenhand
from evenhand.core.errors import EvenhandError
from tests.runs.test_examine import write_script, write_table


def test_two_tables_of_the_same_bytes_are_two_sessions(tmp_path: Path) -> None:
    rows = "role,text\n" + "therapist,What then?\nclient,Then I went home.\n" * 20
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(rows, encoding="utf-8")
    found = evenhand.examine(tmp_path / "one.csv", tmp_path / "two.csv", out=tmp_path / "out")
    assert set(found.readings["session_id"]) == {"one", "two"}


def test_a_session_that_two_tables_bring_is_refused(tmp_path: Path) -> None:
    one = write_table(tmp_path / "one.csv", 3)
    two = write_table(tmp_path / "two.csv", 2, seed=9)
    with pytest.raises(EvenhandError, match="2 sessions come from two files") as caught:
        evenhand.examine(one, two, out=tmp_path / "out", report=False)
    assert "s00000" in caught.value.where


def test_transcripts_of_one_stem_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = []
    for folder in ("monday", "friday"):
        (tmp_path / folder).mkdir()
        paths.append(write_script(tmp_path / folder / "s.txt"))
    found = evenhand.examine(*paths, out=tmp_path / "out", report=False)
    assert set(found.readings["session_id"]) == {"monday/s", "friday/s"}


def test_missing_punctuation_is_told_with_what_it_costs(tmp_path: Path) -> None:
    said = "what was it like when you sat down with it on the sunday"
    rows = (
        "role,text\n" + f"therapist,{said}\nclient,like nothing much if i am honest really\n" * 20
    )
    (tmp_path / "s.csv").write_text(rows, encoding="utf-8")
    found = evenhand.examine(tmp_path / "s.csv", out=tmp_path / "out", report=False)
    assert any("no punctuation" in note for note in found.notes)
