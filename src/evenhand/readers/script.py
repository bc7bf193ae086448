"""Plain text with a speaker's label before each turn: ``T:``, ``Client:``, ``Dana Lee:``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.readers._bytes import bad, head_text, read_lines
from evenhand.readers._cues import seconds
from evenhand.readers._headers import Block, check_forward, count_headers, has_dated, turns_of
from evenhand.readers._names import ROLE_WORDS, settle_names, split_bracket, split_prefix

NOTE_LINE = re.compile(r"^\s*[\[(][^\[\]()]{0,80}[\])]\s*$")
STAMP = re.compile(
    r"^\s{0,8}[\[(]?(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,9}))?[\])]?\s{1,8}(?=\S)"
)
"""A time before the label: ``[00:01:05] T: ...``."""

MARKED = ("WEBVTT", "{", "[{", "<", "@", "File type", "PK")
"""What other formats begin with."""

HEADINGS = re.compile(r"\t|[,;|](?=\S)")
"""What parts a table's headings."""

Label = tuple[str, str, float | None]
"""A label, what follows it, and a time that stands before it."""


def label_of(line: str) -> Label | None:
    """A line's label, the rest of it, and its time; a numbered letter (``T12``) is its letter."""
    if ":" not in line[:100] and "[" not in line[:30]:
        return None
    stamp = STAMP.match(line)
    text = line[stamp.end() :] if stamp else line
    pair = split_prefix(text) or split_bracket(text)
    return (*pair, seconds(*stamp.groups()) if stamp else None) if pair else None


def spoken_lines(lines: Sequence[str]) -> list[tuple[int, str, Label | None]]:
    """Number, text and label of lines, without blank ones and notes on a line of their own."""
    numbered = enumerate(lines, start=1)
    spoken = ((n, line) for n, line in numbered if line.strip() and not NOTE_LINE.match(line))
    return [(n, line, label_of(line)) for n, line in spoken]


def labels_in(lines: Sequence[tuple[int, str, Label | None]]) -> frozenset[str]:
    """Labels that are used at least twice, or that are a role by themselves.

    What a person says may hold a colon ("I thought: maybe"): such a line is no new turn. In a
    text so short that no two labels come twice, the way they are written decides.
    """
    found = [label[0] for _, _, label in lines if label]
    counts = Counter(found)
    names = frozenset(name for name, n in counts.items() if n > 1 or name.lower() in ROLE_WORDS)
    return names if len(names) > 1 else names | settle_names(found, len(lines))


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


def blocks_of(lines: Iterable[tuple[int, str, Label | None]], names: frozenset[str]) -> list[Block]:
    """A block for each label; what stands above the first is a title and no speech."""
    blocks: list[Block] = []
    for number, line, label in lines:
        if label and label[0] in names:
            blocks.append(Block(number, label[0], label[2], lines=[label[1]]))
        elif blocks:
            blocks[-1].lines.append(line)
    return blocks


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
