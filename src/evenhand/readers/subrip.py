"""SubRip (SRT): no standard for names, so every custom is read: ``Name:``, ``[Name]``, dashes."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import head_text, read_lines, stem_of
from evenhand.readers._cues import blocks, read_cues
from evenhand.readers._speech import by_name, inherit, need_names, rows_of

FIRST = re.compile(
    r"\s*(?P<number>\d+[ \t]*\n\s*)?"
    r"\d{1,4}:\d{1,2}(?::\d{1,2})?(?:(?P<comma>,)|\.)?\d{0,3}[ \t]*-->"
)
MARKUP = re.compile(r"</?(?:[ibu]|font)(?:\s[^<>]*)?>|\{\\[^{}\n]{1,40}\}", re.IGNORECASE)


def sniff_subrip(head: bytes) -> bool:
    """True where a number and a line of times, or times with a comma, come first."""
    text = head_text(head)
    first = FIRST.match(text)
    return first is not None and bool(first["number"] or first["comma"])


def plain(line: str) -> str:
    """A line without the markup of players."""
    return " ".join(MARKUP.sub("", line).split())


def read_subrip(path: Path) -> pl.DataFrame:
    """Cues as turns; names often stand only where the speaker changes, and hold until then.

    Raises:
        EvenhandError: no cue, nobody named, times that are none or run backwards, broken off.
    """
    cues = read_cues(path, blocks(read_lines(path)))
    lines = [(cue, plain(line)) for cue in cues for line in cue.lines]
    pieces = by_name(path, [(cue, line) for cue, line in lines if line], marks=True)
    need_names(path, pieces)
    return form_turns(rows_of(inherit(path, pieces)), stem_of(path), path.name)


READER = Reader(
    name="subrip",
    title="SubRip subtitles (SRT)",
    suffixes=(".srt",),
    sniff=sniff_subrip,
    read=read_subrip,
    example=(
        b"1\n"
        b"00:00:01,000 --> 00:00:03,000\n"
        b"[Client] Hi\n\n"
        b"2\n"
        b"00:00:03,100 --> 00:00:04,500\n"
        b"[laughs] again.\n\n"
        b"3\n"
        b"00:00:05,000 --> 00:00:07,250\n"
        b"- Therapist: Hi. I thought: maybe\n"
        b"we begin.\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Client",
            "start_s": 1.0,
            "end_s": 4.5,
            "text": "Hi [laughs] again.",
            "source_line": 2,
        },
        {
            "turn": 2,
            "speaker": "Therapist",
            "start_s": 5.0,
            "end_s": 7.25,
            "text": "Hi. I thought: maybe we begin.",
            "source_line": 10,
        },
    ),
    notes="A cue that names nobody is the speaker's above it, unless a dash or >> says that "
    "another begins: then nobody is named.",
)
