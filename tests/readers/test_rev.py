import json
from pathlib import Path
from typing import Any

from evenhand.readers.rev import READER
from tests.readers.shared import check_example, rows, said


def text(value: str, at: float) -> dict[str, Any]:
    return {"type": "text", "value": value, "ts": at, "end_ts": at + 0.4, "confidence": 0.9}


def sign(value: str) -> dict[str, Any]:
    return {"type": "punct", "value": value}


def monologue(speaker: Any, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"speaker": speaker, "elements": elements, **more}


def file(*monologues: dict[str, Any], **more: Any) -> str:
    return json.dumps({"monologues": monologues, **more})


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_spaces_are_elements_and_none_is_added(tmp_path: Path) -> None:
    first = (text("It", 0.0), sign(" "), text("was", 0.5), sign(", "), text("well", 1.0))
    data = file(monologue(0, *first, sign("-"), text("known", 1.5), sign(".")))
    assert said(tmp_path, data) == [("Speaker 0", "It was, well-known.")]


def test_without_space_elements_words_are_parted(tmp_path: Path) -> None:
    data = file(monologue(1, text("So", 0.0), text("then", 0.5), sign("?")))
    assert said(tmp_path, data) == [("Speaker 1", "So then?")]


def test_a_name_wins_over_the_number(tmp_path: Path) -> None:
    data = file(
        monologue(0, text("So", 0.0), speaker_info={"id": "a", "display_name": "Dana"}),
        monologue(1, text("Yes", 1.0)),
        monologue(2, text("No", 2.0)),
        speakers=[{"id": 1, "name": "Sam"}, {"id": 2}],
    )
    assert said(tmp_path, data) == [("Dana", "So"), ("Sam", "Yes"), ("Speaker 2", "No")]


def test_what_could_not_be_heard_is_noted_and_not_said(tmp_path: Path) -> None:
    data = file(monologue(0, text("the", 0.0), sign(" "), {"type": "unknown", "value": "<unk>"}))
    assert said(tmp_path, data) == [("Speaker 0", "the [inaudible]")]


def test_times_are_those_of_the_words(tmp_path: Path) -> None:
    data = file(monologue(0, text("So", 1.0), sign("."), text("Yes", 2.0), sign(".")))
    assert [(r["start_s"], r["end_s"]) for r in rows(tmp_path, data)] == [(1.0, 2.4)]


def test_a_monologue_without_words_is_no_turn(tmp_path: Path) -> None:
    data = file(monologue(0, text("So", 1.0)), monologue(1, sign(" ")), monologue(2))
    assert said(tmp_path, data) == [("Speaker 0", "So")]
