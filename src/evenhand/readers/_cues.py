"""Cues: a line with two times and an arrow, and what is said below it (WebVTT, SRT)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evenhand.readers._bytes import bad
from evenhand.readers._flags import flag

ARROW = "-->"
TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?"
TIMING = re.compile(rf"^\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?$")
IDENT = re.compile(
    r"^\s*(?:\d+|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{12,27}(?:/[\w-]*)?|[\d:.,]{1,16}(?:\s*-*>?)?)\s*$"
)
"""A number, a GUID with or without its tail, or the beginning of a line of times."""


@dataclass(slots=True)
class Cue:
    """What is said between two times; its line is that of its times."""

    line: int
    start_s: float
    end_s: float
    lines: list[str] = field(default_factory=list)


def seconds(hours: str | None, minutes: str, second: str, part: str | None) -> float | None:
    """Seconds from the pieces of a time of day or of a clock; None where it is no time."""
    if int(second) > 59 or (hours is not None and int(minutes) > 59):
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(second)
    return round(whole + float(f"0.{part or 0}"), 3)


def _cue_at(path: Path, number: int, line: str) -> Cue:
    found = TIMING.match(line)
    times = [seconds(*found.groups()[i : i + 4]) for i in (0, 4)] if found else [None, None]
    start, end = times
    if start is None or end is None:
        raise bad(
            path, "A cue's times cannot be read.", "Write 00:00:05.000 --> 00:00:08.000.", number
        )
    if end < start:
        raise bad(
            path, "A cue ends before it starts.", "Mend its times, or export it again.", number
        )
    return Cue(number, start, end)


def blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not blank, with the number of their first line."""
    begun, block = 0, list[str]()
    for number, line in enumerate(lines, start=1):
        if line.strip():
            begun = begun if block else number
            block.append(line)
        elif block:
            yield begun, block
            block = []
    if block:
        yield begun, block


def _of_block(path: Path, begun: int, block: list[str], cues: list[Cue]) -> bool:
    """Add a block's cues; False where it has no times, so that it is none."""
    at = [n for n, line in enumerate(block) if TIMING.match(line)]
    wrong = next((n for n, line in enumerate(block[:2]) if ARROW in line), None)
    if wrong is not None and (not at or wrong < at[0]):
        at.insert(0, wrong)
    for n, after in zip(at, [*at[1:], None], strict=False):
        cue = _cue_at(path, begun + n, block[n])
        said = block[n + 1 : after]
        if after is not None and said and IDENT.match(said[-1]):
            said = said[:-1]
        cue.lines = said
        cues.append(cue)
    return bool(at)


def read_cues(path: Path, parts: Iterable[tuple[int, list[str]]]) -> list[Cue]:
    """Cues of a file's blocks, in the order of their starts.

    Words below a blank line within a cue are still that cue's, and this is flagged.

    Args:
        path: the file, for its errors.
        parts: `blocks`, without a heading or notes.

    Raises:
        EvenhandError: no cue, times that are none or run backwards, a file that breaks off.
    """
    cues: list[Cue] = []
    stray: list[int] = []
    held: tuple[int, list[str]] | None = None
    for begun, block in parts:
        if _of_block(path, begun, block, cues):
            held = None
            continue
        if held is None and IDENT.match(block[-1]):
            held = begun, block
        elif cues:
            cues[-1].lines += [*(held[1] if held else ()), *block]
            stray.append(begun)
            held = None
    if held is not None:
        raise bad(path, "The file breaks off within a cue.", "Export or copy it again.", held[0])
    if not cues:
        raise bad(path, "There is no cue in it.", "Export the transcript again.", 1)
    if stray:
        flag(path, f"{len(stray)} pieces of text stand after a blank line in a cue.", stray[0])
    _check_order(path, cues)
    return sorted(cues, key=lambda cue: cue.start_s)


def _check_order(path: Path, cues: list[Cue]) -> None:
    """Refuse times that run backwards.

    A cue that begins before the one above it and overlaps it is two people at once, written in
    the order of their ends: it is put in order of its start.
    """
    above: Cue | None = None
    for cue in cues:
        if above is not None and cue.start_s < above.start_s and cue.end_s <= above.start_s:
            raise bad(
                path,
                "The times run backwards.",
                "Put the cues in order, or export the transcript again.",
                cue.line,
            )
        above = cue
