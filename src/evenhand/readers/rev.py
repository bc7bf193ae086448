"""Rev: monologues of elements, in which spaces and signs are elements too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, stem_of
from evenhand.readers._json import (
    label_in,
    line_of,
    load_json,
    objects,
    span_in,
    text_in,
)
from evenhand.readers._json_head import names_in
from evenhand.readers._words import Piece, Word, frame_of, in_order, need_speakers, pieces_of


def sniff_rev(head: bytes) -> bool:
    """True for monologues at the top."""
    return "monologues" in names_in(head)


def _names(path: Path, data: dict[str, Any]) -> dict[str | None, str]:
    """Speaker's label to a name, where a list of speakers has one."""
    found: dict[str | None, str] = {}
    for one in objects(path, data, "speakers"):
        name = text_in(path, one, "name").strip()
        if name:
            found[label_in(path, one, "id")] = name
    return found


def _speaker(path: Path, monologue: dict[str, Any], names: dict[str | None, str]) -> str | None:
    """The name in speaker_info or in the list of speakers, else the number."""
    info = monologue.get("speaker_info")
    if isinstance(info, dict):
        for key in ("display_name", "name"):
            if text_in(path, info, key).strip():
                return text_in(path, info, key).strip()
    label = label_in(path, monologue, "speaker")
    return names.get(label, label)


def _words(path: Path, monologue: dict[str, Any], speaker: str | None) -> Iterator[Word]:
    """Elements as they are: signs have no time, and spaces stand for themselves."""
    elements = objects(path, monologue, "elements")
    spaced = any(e.get("value") == " " for e in elements)
    for element in elements:
        kind = text_in(path, element, "type")
        value = "[inaudible]" if kind == "unknown" else text_in(path, element, "value")
        start, end = span_in(path, element, "ts", "end_ts")
        attached = spaced or kind == "punct"
        yield Word(value, speaker, start, end, line_of(element), attached)


def read_rev(path: Path) -> pl.DataFrame:
    """A Rev transcript as turns.

    Raises:
        EvenhandError: broken JSON, other shapes than Rev writes, times that run
            backwards, nobody who speaks.
    """
    data = load_json(path)
    if "monologues" not in data:
        raise bad(path, "The JSON has no monologues.", "Export it from Rev again.", 1)
    names = _names(path, data)
    pieces: list[Piece] = []
    for monologue in objects(path, data, "monologues"):
        speaker = _speaker(path, monologue, names)
        pieces += pieces_of(in_order(path, _words(path, monologue, speaker)))
    return form_turns(
        frame_of(need_speakers(path, in_order(path, pieces))), stem_of(path), path.name
    )


READER = Reader(
    name="rev",
    title="Rev JSON",
    suffixes=(".json",),
    sniff=sniff_rev,
    read=read_rev,
    example=(
        b'{"monologues":[\n'
        b'{"speaker":0,"elements":[\n'
        b'{"type":"text","value":"Hi","ts":0.5,"end_ts":0.9},\n'
        b'{"type":"punct","value":" "},\n'
        b'{"type":"text","value":"Dana","ts":0.9,"end_ts":1.2},\n'
        b'{"type":"punct","value":"."}]},\n'
        b'{"speaker":1,"elements":[\n'
        b'{"type":"text","value":"Hello","ts":1.5,"end_ts":1.9},{"type":"punct","value":"."}]}\n'
        b"]}\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Speaker 0",
            "start_s": 0.5,
            "end_s": 1.2,
            "text": "Hi Dana.",
            "source_line": 3,
        },
        {"turn": 2, "speaker": "Speaker 1", "start_s": 1.5, "text": "Hello.", "source_line": 8},
    ),
    notes="Speakers are numbers, labelled Speaker 0, Speaker 1, unless the file names them.",
)
