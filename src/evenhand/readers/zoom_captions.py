"""Zoom's saved captions: ``[Name] 10:02:15``, a time of day, above each caption."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.readers._bytes import bad, head_text, read_lines
from evenhand.readers._headers import (
    DATED,
    Block,
    check_forward,
    has_dated,
    header_of,
    turns_of,
)

DAY_S = 86_400.0


def sniff_zoom_captions(head: bytes) -> bool:
    """True where the first line with anything in it is a name in brackets and a time of day."""
    text = head_text(head).lstrip()
    return has_dated(text.partition("\n")[0])


def since_first(blocks: list[Block]) -> None:
    """Times of day become seconds since the first caption; a session may run past midnight."""
    first = blocks[0].start_s or 0.0
    days, above = 0, first
    for block in blocks:
        of_day = block.start_s or 0.0
        if above - of_day > DAY_S / 2:
            days += 1
        block.start_s, above = of_day + days * DAY_S - first, of_day


def _of_half(block: Block, half: str | None) -> Block:
    """A time with a.m. or p.m. as a time of the day's 24 hours."""
    if half and block.start_s is not None:
        block.start_s = block.start_s % (DAY_S / 2) + (DAY_S / 2 if half.lower() == "p" else 0)
    return block


def read_zoom_captions(path: Path) -> pl.DataFrame:
    """Captions as turns: starts count from the first caption, ends are unknown.

    Raises:
        EvenhandError: no caption, nobody named, times that run backwards.
    """
    blocks: list[Block] = []
    for number, line in enumerate(read_lines(path), start=1):
        if found := DATED.match(line):
            blocks.append(_of_half(header_of(path, number, found), found["half"]))
        elif blocks:
            blocks[-1].lines.append(line)
    if not blocks:
        raise bad(path, "No line has a name and a time of day.", "Save the captions again.", 1)
    since_first(blocks)
    check_forward(path, blocks)
    return turns_of(path, blocks)


READER = Reader(
    name="zoom_captions",
    title="Zoom saved captions",
    suffixes=(".txt",),
    sniff=sniff_zoom_captions,
    read=read_zoom_captions,
    example=(
        b"[Dana Lee] 23:59:50\n"
        b"Where shall we\n\n"
        b"[Dana Lee] 23:59:52\n"
        b"start?\n\n"
        b"[Sam] 00:00:01\n"
        b"With the job. I thought: maybe\n"
        b"[laughs] the hours.\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Dana Lee",
            "start_s": 0.0,
            "end_s": None,
            "text": "Where shall we start?",
            "source_line": 1,
        },
        {
            "turn": 2,
            "speaker": "Sam",
            "start_s": 11.0,
            "text": "With the job. I thought: maybe [laughs] the hours.",
            "source_line": 7,
        },
    ),
    notes="Times of day become seconds since the first caption. Ends are unknown.",
)
