"""Otter's text export: a name, two spaces and a time above each part."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.readers._bytes import bad, head_text, read_lines
from evenhand.readers._headers import (
    Block,
    check_forward,
    count_headers,
    has_dated,
    header_of,
    is_header,
    turns_of,
)
from evenhand.readers._names import role_lines

MARKED = ("{", "[{", "<", "@", "File type", "PK")
"""What other formats begin with."""

FOOTER = re.compile(r"^\s*Transcribed by\s+(?:https?://)?(?:www\.)?otter\.ai/?\s*$", re.IGNORECASE)


def sniff_otter(head: bytes) -> bool:
    """True where a name and a time stand below a blank line, more often than labels do."""
    text = head_text(head)
    if "\x00" in text or "-->" in text or text.lstrip().startswith(MARKED) or has_dated(text):
        return False
    headers = count_headers(text)
    return headers > 0 and headers >= role_lines(text)


def read_otter(path: Path) -> pl.DataFrame:
    """Parts as turns: starts are known, ends are not; what stands above the first is left out.

    Raises:
        EvenhandError: no part, nobody named, times that run backwards.
    """
    blocks: list[Block] = []
    above = ""
    for number, line in enumerate(read_lines(path), start=1):
        if found := is_header(line, above):
            blocks.append(header_of(path, number, found))
        elif blocks and not FOOTER.match(line):
            blocks[-1].lines.append(line)
        above = line
    if not blocks:
        raise bad(path, "No line has a name and a time.", "Export it again, with times.", 1)
    check_forward(path, blocks)
    return turns_of(path, blocks)


READER = Reader(
    name="otter",
    title="Otter text",
    suffixes=(".txt",),
    sniff=sniff_otter,
    read=read_otter,
    example=(
        b"SUMMARY KEYWORDS\n"
        b"job, hours\n\n"
        b"SPEAKERS\n"
        b"Dana Lee, Unknown Speaker\n\n"
        b"Dana Lee  0:05  \n"
        b"Where shall we start?\n\n"
        b"Unknown Speaker  0:09\n"
        b"With the job. I thought: maybe\n"
        b"at 10:30\n\n"
        b"Dana Lee  1:00:15  \n"
        b"The hours.\n\n"
        b"Transcribed by https://otter.ai\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Dana Lee",
            "start_s": 5.0,
            "end_s": None,
            "text": "Where shall we start?",
            "source_line": 7,
        },
        {
            "turn": 2,
            "speaker": None,
            "start_s": 9.0,
            "text": "With the job. I thought: maybe at 10:30",
            "source_line": 10,
        },
        {
            "turn": 3,
            "speaker": "Dana Lee",
            "start_s": 3615.0,
            "text": "The hours.",
            "source_line": 14,
        },
    ),
    notes="Ends are unknown. A part of an Unknown Speaker, or below a bare time, is nobody's.",
)
