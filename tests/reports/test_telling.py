from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from evenhand.runs.examine import examine
from evenhand.runs.telling import NO_PUNCTUATION, transcript_notes

SAID = (
    ("therapist", "What was it like on the Sunday, when you sat down with it in the evening?"),
    ("client", "I had a go at it, only it rained, and my brother was on the telephone again."),
    ("therapist", "I went straight past what you said about him. I'm sorry. I should have asked."),
    ("client", "I'd rather not do the form today. I don't agree that it's the evenings, you see."),
)


def written(folder: Path, name: str = "one.csv", bare: bool = False) -> Path:
    rows = [
        {
            "turn": n,
            "role": role,
            "text": "".join(c for c in text if c not in ".,?") if bare else text,
        }
        for n, (role, text) in enumerate(SAID * 8, start=1)
    ]
    path = folder / name
    pl.DataFrame(rows).write_csv(path)
    return path


def page(folder: Path) -> str:
    return (folder / "report" / "index.html").read_text(encoding="utf-8")


def test_a_transcript_without_punctuation_says_what_that_costs(tmp_path: Path) -> None:
    examine(written(tmp_path, bare=True), out=tmp_path / "bare")
    examine(written(tmp_path, "two.csv"), out=tmp_path / "full")
    assert "This transcript has no punctuation" in page(tmp_path / "bare")
    assert "no punctuation" not in page(tmp_path / "full")


def test_only_the_bare_session_has_the_note() -> None:
    text = ["one two three four five six seven eight nine"] * 5
    turns = pl.DataFrame(
        {"session_id": ["a"] * 5 + ["b"] * 5, "text": text + [f"{t}." for t in text]}
    )
    assert transcript_notes(turns) == {"a": [NO_PUNCTUATION]}


@pytest.mark.parametrize("beside", [True, False])
def test_the_next_examine_reads_what_was_said_against_the_last(
    beside: bool, tmp_path: Path
) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    examine(path, out=out)
    entry = {
        "session_id": "one",
        "moment": "mending",
        "turn": 3,
        "by": "client",
        "disagree": True,
        "readings": ["It came too soon"],
        "reason": "It was about the rain.",
        "at": "2026-05-04T10:00:00Z",
    }
    said = {"schema": "evenhand-disagreements/1", "study": "x", "disagreements": [entry]}
    place = tmp_path if beside else out
    (place / "evenhand-disagreements.json").write_text(json.dumps(said))
    examine(path, out=out)
    html = page(out)
    assert "Client disagreed on 2026-05-04" in html
    assert "“It was about the rain.”" in html
    assert "What fits: It came too soon." in html


def test_a_file_of_disagreements_that_is_none_is_named_and_left_out(tmp_path: Path) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    (tmp_path / "evenhand-disagreements.json").write_text("{")
    assert examine(path, out=out).exit_code == 0
    assert "evenhand-disagreements.json: The file of disagreements is no JSON" in page(out)


def test_files_that_could_not_be_read_are_listed_with_their_remedy(tmp_path: Path) -> None:
    first, second = written(tmp_path), written(tmp_path, "two.csv", bare=True)
    (tmp_path / "empty.csv").write_text("")
    result = examine(first, second, tmp_path / "empty.csv", out=tmp_path / "out")
    assert len(result.errors) == 1
    html = page(tmp_path / "out")
    assert "Not read" in html
    assert "empty.csv" in html
    assert str(result.errors[0]["remedy"])[:20] in html
