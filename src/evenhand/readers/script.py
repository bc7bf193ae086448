"""Plain text with a speaker's label before each turn: ``T:``, ``Client:``, ``Dana Lee:``."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.readers._bytes import bad, head_text, read_lines
from evenhand.readers._headers import check_forward, count_headers, has_dated, turns_of
from evenhand.readers._labels import blocks_of, labels_in, spoken_lines
from evenhand.readers._names import ROLE_WORDS

MARKED = ("WEBVTT", "{", "[{", "<", "@", "File type", "PK")
"""What other formats begin with."""

HEADINGS = re.compile(r"\t|[,;|](?=\S)")
"""What parts a table's headings."""


def sniff_script(head: bytes) -> bool:
    """True where two lines have a label, or the first one a role's, and nothing else is marked."""
    text = head_text(head)
    if "\x00" in text or "-->" in text or text.lstrip().startswith(MARKED) or has_dated(text):
        return False
    lines = spoken_lines(text.split("\n"))
    names = labels_in(lines)
    labelled = sum(1 for _, _, label in lines if label and label[0] in names)
    _, top, first = lines[0] if lines else (0, "", None)
    if first is None and HEADINGS.search(top):
        return False
    starts = first is not None and first[0].lower() in ROLE_WORDS
    return (starts or labelled > 1) and count_headers(text) < max(1, labelled)


def read_script(path: Path) -> pl.DataFrame:
    """Labelled plain text as turns; notes on a line of their own are left out.

    Times are unknown, but for starts that stand before the labels.

    Raises:
        EvenhandError: no label at all, or times that run backwards.
    """
    lines = spoken_lines(read_lines(path))
    blocks = blocks_of(lines, labels_in(lines))
    if not blocks:
        raise bad(path, "No line has a speaker's label.", "Begin turns with T: and C:.", 1)
    check_forward(path, blocks)
    return turns_of(path, blocks)


READER = Reader(
    name="script",
    title="plain text with labels (T:, C:, names)",
    suffixes=(".txt",),
    sniff=sniff_script,
    read=read_script,
    example=(
        b"T1: Where shall we start?\n"
        b"C1: With the job. I thought: maybe\n"
        b"    it is the hours.\n"
        b"(pause 5s)\n"
        b"T2: The hours.\n"
    ),
    expected=(
        {"turn": 1, "speaker": "T", "text": "Where shall we start?", "source_line": 1},
        {
            "turn": 2,
            "speaker": "C",
            "text": "With the job. I thought: maybe it is the hours.",
            "source_line": 2,
        },
        {"turn": 3, "speaker": "T", "text": "The hours.", "source_line": 5},
    ),
    notes="A label is one that comes twice, or a role's. A note on a line of its own is left out.",
)
