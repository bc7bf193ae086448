"""Deepgram: words by speaker's number, or channels, or both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import stem_of
from evenhand.readers._json import (
    label_in,
    line_of,
    load_json,
    object_in,
    objects,
    span_in,
    text_in,
)
from evenhand.readers._json_head import names_in
from evenhand.readers._words import (
    PAUSE_S,
    Word,
    by_start,
    frame_of,
    in_order,
    need_speakers,
    pieces_of,
)


def sniff_deepgram(head: bytes) -> bool:
    """True for results with channels or utterances."""
    return bool(names_in(head) & {"results.channels", "results.utterances"})


def _heard(path: Path, results: dict[str, Any]) -> dict[str | None, list[dict[str, Any]]]:
    """Recognised words a channel: the likeliest wording, else the utterances'."""
    found: dict[str | None, list[dict[str, Any]]] = {}
    for place, channel in enumerate(objects(path, results, "channels")):
        likeliest = next(iter(objects(path, channel, "alternatives")), None)
        words = objects(path, likeliest, "words") if likeliest else []
        if words:
            found[f"Channel {place}"] = words
    if not found:
        for utterance in objects(path, results, "utterances"):
            number = utterance.get("channel")
            name = f"Channel {number}" if isinstance(number, int) else None
            found.setdefault(name, []).extend(_of_utterance(path, utterance))
    return found


def _of_utterance(path: Path, utterance: dict[str, Any]) -> list[dict[str, Any]]:
    """Its words, each with the utterance's speaker unless it has its own."""
    words = objects(path, utterance, "words")
    if not words:
        return [{**utterance, "word": utterance.get("transcript")}]
    return [{"speaker": utterance.get("speaker"), **word} for word in words]


def _words(path: Path, heard: list[dict[str, Any]], channel: str | None) -> Iterator[Word]:
    for word in heard:
        start, end = span_in(path, word, "start", "end")
        text = text_in(path, word, "punctuated_word") or text_in(path, word, "word")
        number = label_in(path, word, "speaker")
        speaker = ", ".join(part for part in (channel, number) if part) or None
        if text.strip():
            yield Word(text.strip(), speaker, start, end, line_of(word))


def _as_heard(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Words of one channel of several; without numbers where only one speaker was heard."""
    if len({repr(word.get("speaker")) for word in words}) > 1:
        return words
    return [{**word, "speaker": None} for word in words]


def read_deepgram(path: Path) -> pl.DataFrame:
    """A Deepgram transcript as turns.

    One channel: speakers are its numbers. Several: each channel is a person, and where more
    than one was heard in a channel, both are named.

    Raises:
        EvenhandError: broken JSON, other shapes than Deepgram writes, times that run
            backwards, nobody who speaks.
    """
    heard = _heard(path, object_in(path, load_json(path), "results"))
    if len(heard) <= 1:
        streams = [_words(path, words, None) for words in heard.values()]
        pause_s = None
    else:
        streams = [_words(path, _as_heard(words), channel) for channel, words in heard.items()]
        pause_s = PAUSE_S
    pieces = [list(pieces_of(in_order(path, stream), pause_s)) for stream in streams]
    return form_turns(frame_of(need_speakers(path, by_start(pieces))), stem_of(path), path.name)


READER = Reader(
    name="deepgram",
    title="Deepgram JSON",
    suffixes=(".json",),
    sniff=sniff_deepgram,
    read=read_deepgram,
    example=(
        b'{"metadata":{"channels":1},"results":{"channels":[{"alternatives":[\n'
        b'{"transcript":"Hello. Hi there.","confidence":0.99,"words":[\n'
        b'{"word":"hello","start":15.26,"end":15.34,"speaker":0,"speaker_confidence":0.59,\n'
        b'"punctuated_word":"Hello."},\n'
        b'{"word":"hi","start":15.5,"end":15.7,"speaker":1,"punctuated_word":"Hi"},\n'
        b'{"word":"there","start":15.7,"end":16,"speaker":1,"punctuated_word":"there."}\n'
        b"]}]}]}}\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Speaker 0",
            "start_s": 15.26,
            "end_s": 15.34,
            "text": "Hello.",
            "source_line": 3,
        },
        {
            "turn": 2,
            "speaker": "Speaker 1",
            "start_s": 15.5,
            "end_s": 16.0,
            "text": "Hi there.",
            "source_line": 5,
        },
    ),
    notes="Telling speakers apart is not the same as channels; a file can have either or both.",
)
