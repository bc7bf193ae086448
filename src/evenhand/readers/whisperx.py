"""WhisperX: segments of recognised words, each with its speaker."""

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


def sniff_whisperx(head: bytes) -> bool:
    """True for segments at the top and no results."""
    names = names_in(head)
    return "segments" in names and not names & {"results", "monologues"}


def _words(path: Path, segment: dict[str, Any]) -> Iterator[Word]:
    """A segment's words; a word's own speaker wins, a numeral without times follows the last."""
    whose = label_in(path, segment, "speaker")
    reached, _ = span_in(path, segment, "start", "end")
    for word in objects(path, segment, "words"):
        start, end = span_in(path, word, "start", "end")
        start = reached if start is None else start
        reached = end if end is not None else start
        speaker = label_in(path, word, "speaker") or whose
        yield Word(text_in(path, word, "word").strip(), speaker, start, end, line_of(word))


def _pieces(path: Path, segment: dict[str, Any]) -> list[Piece]:
    """One piece as the segment has it, or one a speaker where its words are of several."""
    words = [word for word in _words(path, segment) if word.text]
    whole = text_in(path, segment, "text").strip()
    pieces = list(pieces_of(words))
    if len(pieces) > 1 or not (whole or words):
        return pieces
    start, end = span_in(path, segment, "start", "end")
    speaker = pieces[0].speaker if pieces else label_in(path, segment, "speaker")
    one = Piece(speaker, line_of(segment), start, end, [whole or pieces[0].text])
    if pieces:
        one.start_s = pieces[0].start_s if start is None else start
        one.end_s = pieces[0].end_s if end is None else end
    return [one]


def read_whisperx(path: Path) -> pl.DataFrame:
    """A WhisperX file as turns.

    Raises:
        EvenhandError: broken JSON, other shapes than WhisperX writes, times that run
            backwards, nobody who speaks.
    """
    data = load_json(path)
    if "segments" not in data:
        raise bad(path, "The JSON has no segments.", "Export it from WhisperX again.", 1)
    segments = objects(path, data, "segments")
    pieces = [piece for segment in segments for piece in _pieces(path, segment)]
    return form_turns(
        frame_of(need_speakers(path, in_order(path, pieces))), stem_of(path), path.name
    )


READER = Reader(
    name="whisperx",
    title="WhisperX JSON",
    suffixes=(".json",),
    sniff=sniff_whisperx,
    read=read_whisperx,
    example=(
        b'{"segments":[\n'
        b'{"start":0.4,"end":2.8,"speaker":"SPEAKER_00","words":[\n'
        b'{"word":"Where","start":0.4,"end":0.7},\n'
        b'{"word":"with","start":1.1,"end":1.3},\n'
        b'{"word":"2266?"},\n'
        b'{"word":"Yes.","start":2.5,"end":2.8,"speaker":"SPEAKER_01"}]},\n'
        b'{"start":3.0,"end":4.0,"text":" With the job.","speaker":"SPEAKER_01","words":[]}\n'
        b"]}\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "SPEAKER_00",
            "start_s": 0.4,
            "end_s": 1.3,
            "text": "Where with 2266?",
            "source_line": 3,
        },
        {
            "turn": 2,
            "speaker": "SPEAKER_01",
            "start_s": 2.5,
            "end_s": 4.0,
            "text": "Yes. With the job.",
            "source_line": 6,
        },
    ),
    notes="A word's own speaker wins over its segment's; numerals may have no times.",
)
