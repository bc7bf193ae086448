"""Plain text with a speaker's label before each turn: ``T:``, ``Client:``, ``Dana Lee:``."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, decode_head, read_text, stem_of

LABEL = re.compile(
    r"^\s{0,3}(?:\[(?P<b>[^\[\]\n]{1,40})\]|(?P<a>[^\W\d_][\w.'’\- ]{0,39}?))"
    r"\s?:(?:\s+|$)(?P<rest>.*)$"
)
NOTE_LINE = re.compile(r"^\s*[\[(][^\[\]()]{0,80}[\])]\s*$")
NUMBERED = re.compile(r"^(T|Th|C|Cl|P|Pt)\s?\d+$", re.IGNORECASE)


def label_of(line: str) -> tuple[str, str] | None:
    """A line's label and the rest of it; a numbered letter (``T12``) is its letter."""
    found = LABEL.match(line)
    if found is None:
        return None
    label = (found["b"] or found["a"]).strip()
    if len(label.split()) > 4:
        return None
    numbered = NUMBERED.match(label)
    return (numbered[1] if numbered else label), found["rest"].strip()


def labels_in(text: str) -> set[str]:
    """Labels that are used at least twice, or that are a role by themselves.

    What a person says may hold a colon ("I thought: maybe"): such a line is no new turn.
    """
    counts = Counter(pair[0] for line in text.splitlines() if (pair := label_of(line)))
    single = {"t", "th", "c", "cl", "p", "pt", "therapist", "client", "patient", "counsellor"}
    return {label for label, n in counts.items() if n > 1 or label.lower() in single}


def sniff_script(head: bytes) -> bool:
    """True where the first line of speech has a label, and two labels alternate."""
    text = decode_head(head).lstrip("\ufeff")
    if text.startswith(("WEBVTT", "{", "[{", "<", "@", "File type")) or "-->" in text:
        return False
    labels = labels_in(text)
    return len(labels) >= 1 and sum(label_of(line) is not None for line in text.splitlines()) >= 2


def read_script(path: Path) -> pl.DataFrame:
    """Labelled plain text as turns; times are unknown, notes on a line of their own left out.

    Raises:
        EvenhandError: no label at all.
    """
    text = read_text(path)
    labels = labels_in(text)
    rows: list[dict[str, object]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or NOTE_LINE.match(line):
            continue
        pair = label_of(line)
        if pair and pair[0] in labels:
            rows.append({"speaker": pair[0], "text": pair[1], "source_line": number})
        elif rows:
            rows[-1]["text"] = f"{rows[-1]['text']} {line.strip()}".strip()
    if not rows:
        raise bad(path, "No line has a speaker's label.", "Begin turns with T: and C:.", 1)
    return form_turns(pl.DataFrame(rows), stem_of(path), path.name)


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
)
