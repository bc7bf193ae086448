"""AWS Transcribe: items, whose numbers are texts, by speaker's label or by channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    Piece,
    Word,
    by_start,
    frame_of,
    in_order,
    need_speakers,
    pieces_of,
)

_SIGNS = frozenset(
    ("results.transcripts", "results.items", "results.speaker_labels", "results.channel_labels")
)

Items = list[dict[str, Any]]


def sniff_aws(head: bytes) -> bool:
    """True for results with transcripts, items or labels."""
    return bool(names_in(head) & _SIGNS)


def _labels_by_start(path: Path, results: dict[str, Any]) -> dict[float, str]:
    """Start of a word to its speaker, from the list beside the items (older files)."""
    found: dict[float, str] = {}
    if results.get("speaker_labels") is None:
        return found
    for segment in objects(path, object_in(path, results, "speaker_labels"), "segments"):
        whose = label_in(path, segment, "speaker_label")
        for item in objects(path, segment, "items"):
            start, _ = span_in(path, item, "start_time", "end_time")
            speaker = label_in(path, item, "speaker_label") or whose
            if start is not None and speaker is not None:
                found[start] = speaker
    return found


def _channels(path: Path, results: dict[str, Any]) -> dict[str | None, Items]:
    """Items a channel; one channel without a name where the file has none."""
    items = objects(path, results, "items")
    found: dict[str | None, Items] = {}
    if results.get("channel_labels") is not None:
        for channel in objects(path, object_in(path, results, "channel_labels"), "channels"):
            label = label_in(path, channel, "channel_label")
            found.setdefault(label, []).extend(objects(path, channel, "items"))
    if any(found.values()):
        return found
    for item in items:
        found.setdefault(label_in(path, item, "channel_label"), []).append(item)
    return found if len(found) > 1 or None not in found else {None: items}


def _words(
    path: Path, items: Items, channel: str | None, by_time: Mapping[float, str]
) -> Iterator[Word]:
    """The most likely wording of each item; a sign is the last speaker's and has no time."""
    speaker: str | None = channel
    for item in items:
        start, end = span_in(path, item, "start_time", "end_time")
        sign = text_in(path, item, "type") == "punctuation"
        own = label_in(path, item, "speaker_label")
        if not sign:
            speaker = own or (by_time.get(start) if start is not None else None) or channel
        said = next(iter(objects(path, item, "alternatives")), None)
        text = text_in(path, said, "content") if said else ""
        if text.strip():
            times = (None, None) if sign else (start, end)
            yield Word(text.strip(), speaker, *times, line_of(item), attached=sign)


def read_aws(path: Path) -> pl.DataFrame:
    """An AWS transcript as turns; channels are sorted by start.

    Raises:
        EvenhandError: broken JSON, other shapes than AWS writes, times that run
            backwards, nobody who speaks.
    """
    results = object_in(path, load_json(path), "results")
    by_time = _labels_by_start(path, results)
    channels = _channels(path, results)
    pause_s = PAUSE_S if len(channels) > 1 else None
    pieces: list[list[Piece]] = [
        list(pieces_of(in_order(path, _words(path, items, channel, by_time)), pause_s))
        for channel, items in channels.items()
    ]
    return form_turns(frame_of(need_speakers(path, by_start(pieces))), stem_of(path), path.name)


READER = Reader(
    name="aws",
    title="AWS Transcribe JSON",
    suffixes=(".json",),
    sniff=sniff_aws,
    read=read_aws,
    example=(
        b'{"jobName":"made","results":{"transcripts":[{"transcript":"I\'ve moved. Moved?"}],\n'
        b'"speaker_labels":{"speakers":2,"segments":[{"speaker_label":"spk_1","items":[\n'
        b'{"start_time":"5.4","end_time":"5.9","speaker_label":"spk_1"}]}]},\n'
        b'"items":[\n'
        b'{"start_time":"4.87","end_time":"5.02","speaker_label":"spk_0","type":"pronunciation",\n'
        b'"alternatives":[{"confidence":"1.0","content":"I\'ve"}]},\n'
        b'{"start_time":"5.02","end_time":"5.3","speaker_label":"spk_0","type":"pronunciation",\n'
        b'"alternatives":[{"confidence":"1.0","content":"moved"}]},\n'
        b'{"speaker_label":"spk_0","type":"punctuation","alternatives":[{"content":"."}]},\n'
        b'{"start_time":"5.4","end_time":"5.9","type":"pronunciation",\n'
        b'"alternatives":[{"confidence":"0.9","content":"Moved"}]},\n'
        b'{"type":"punctuation","alternatives":[{"confidence":"0.0","content":"?"}]}\n'
        b'],"status":"COMPLETED"}}\n'
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "spk_0",
            "start_s": 4.87,
            "end_s": 5.3,
            "text": "I've moved.",
            "source_line": 5,
        },
        {
            "turn": 2,
            "speaker": "spk_1",
            "start_s": 5.4,
            "end_s": 5.9,
            "text": "Moved?",
            "source_line": 10,
        },
    ),
    notes="Numbers are texts. Older files say who speaks in a list beside the items.",
)
