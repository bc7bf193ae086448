"""Lines that begin with a speaker's label: ``T:``, ``Client:``, ``[Dana Lee]``, ``**Sam:**``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from evenhand.readers._cues import seconds
from evenhand.readers._headers import Block
from evenhand.readers._names import ROLE_WORDS, settle_names, split_bracket, split_prefix

NOTE_LINE = re.compile(r"^\s*[\[(][^\[\]()]{0,80}[\])]\s*$")
STAMP = re.compile(
    r"^\s{0,8}[\[(]?(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,9}))?[\])]?\s{1,8}(?=\S)"
)
"""A time before the label: ``[00:01:05] T: ...``."""

LINE_NUMBER = re.compile(r"^\s{0,8}\d{1,5}(?:[.)]\s{0,8}|\s{1,8})(?=[^\W\d]|[*_\[])")
"""A line's number before the label (``12. T: ...``), as transcripts for analysis have it."""

BOLD = re.compile(r"^\s{0,3}([*_]{1,3})([^*_\n]{1,60}?)\s?(?::\1|\1\s?:)\s*")
"""A label in bold or italics, as chat programs export it."""

Label = tuple[str, str, float | None]
"""A label, what follows it, and a time that stands before it."""


def label_of(line: str) -> Label | None:
    """A line's label, the rest of it, and its time; a numbered letter (``T12``) is its letter."""
    if ":" not in line[:100] and "[" not in line[:30]:
        return None
    stamp = STAMP.match(line)
    text = LINE_NUMBER.sub("", line[stamp.end() :] if stamp else line)
    text = BOLD.sub(r"\2: ", text)
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


def blocks_of(lines: Iterable[tuple[int, str, Label | None]], names: frozenset[str]) -> list[Block]:
    """A block for each label; what stands above the first is a title and no speech."""
    blocks: list[Block] = []
    for number, line, label in lines:
        if label and label[0] in names:
            blocks.append(Block(number, label[0], label[2], lines=[label[1]]))
        elif blocks:
            blocks[-1].lines.append(line)
    return blocks
