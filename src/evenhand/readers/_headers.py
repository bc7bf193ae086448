"""Text in which a line with a name and a time stands above what is said (Otter, Teams, Zoom)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, stem_of
from evenhand.readers._cues import seconds
from evenhand.readers._flags import flag
from evenhand.readers._names import is_nobody

HEADER = re.compile(
    r"^(?P<name>[^\W_](?:[^\n\[\]{}<>\"]{0,78}?[^\s:,;])?)?(?:\s{2,}|\t|(?<=^))"
    r"(?:(?P<h>\d{1,3}):)?(?P<m>\d{1,3}):(?P<s>\d{2})\s*$"
)
"""A name, two spaces or more, a time of the recording; or the time alone."""

DATED = re.compile(
    r"^\[(?P<name>[^\[\]\n]{1,80})\]\s+(?P<h>\d{1,2}):(?P<m>\d{2}):(?P<s>\d{2})"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?\s*$"
)
"""``[Name] 10:02:15``: a time of day."""


@dataclass(slots=True)
class Block:
    """What stands below a header: its line, whose it is, when it begins and ends."""

    line: int
    name: str | None
    start_s: float | None
    end_s: float | None = None
    lines: list[str] = field(default_factory=list)


def named(name: str | None) -> str | None:
    """A header's name; None where it says that the speaker is unknown."""
    plain = " ".join((name or "").split())
    return None if is_nobody(plain) else plain


def header_of(path: Path, number: int, found: re.Match[str]) -> Block:
    """A block that begins with a header.

    Raises:
        EvenhandError: its time is none.
    """
    start = seconds(found["h"], found["m"], found["s"], None)
    if start is None:
        raise bad(path, "A time cannot be read.", "Write minutes and seconds below 60.", number)
    return Block(number, named(found["name"]), start)


def is_header(line: str, above: str) -> re.Match[str] | None:
    """A header below a blank line; a time alone has a blank line above it by right."""
    return HEADER.match(line) if not above.strip() else None


def count_headers(text: str) -> int:
    """How many lines are a name and a time below a blank line, or at the start."""
    lines = text.splitlines()
    found = (is_header(line, above) for above, line in zip(["", *lines], lines, strict=False))
    return sum(1 for match in found if match and match["name"])


def has_dated(text: str) -> bool:
    """True where a line is a name in brackets and a time of day."""
    return any(DATED.match(line) for line in text.splitlines())


def check_forward(path: Path, blocks: Iterable[Block]) -> None:
    """Refuse starts that run backwards.

    Raises:
        EvenhandError: a block begins before the one above it.
    """
    above = 0.0
    for block in blocks:
        if block.start_s is not None:
            if block.start_s < above:
                raise bad(
                    path,
                    "The times run backwards.",
                    "Put the parts in order, or export the transcript again.",
                    block.line,
                )
            above = block.start_s


def turns_of(path: Path, blocks: Sequence[Block]) -> pl.DataFrame:
    """Blocks as turns; those of an unknown speaker stay apart and are flagged.

    Raises:
        EvenhandError: nobody is named at all.
    """
    spoken = [block for block in blocks if " ".join(block.lines).strip()]
    unknown = [block.line for block in spoken if block.name is None]
    if spoken and len(unknown) == len(spoken):
        raise bad(
            path, "Nobody is named in it.", "Name the speakers and export it again.", unknown[0]
        )
    if unknown:
        flag(path, f"{len(unknown)} of {len(spoken)} parts have no known speaker.", unknown[0])
    return form_turns(
        pl.DataFrame(
            {
                "speaker": [block.name for block in spoken],
                "text": [" ".join(" ".join(block.lines).split()) for block in spoken],
                "start_s": [block.start_s for block in spoken],
                "end_s": [block.end_s for block in spoken],
                "source_line": [block.line for block in spoken],
                "change": [block.name is None for block in spoken],
            },
            schema_overrides={
                "speaker": pl.String,
                "text": pl.String,
                "start_s": pl.Float64,
                "end_s": pl.Float64,
            },
        ),
        stem_of(path),
        path.name,
    )
