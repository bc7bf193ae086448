"""What a section is made of. A figure cannot be made without its table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from markupsafe import Markup


@dataclass(frozen=True)
class Table:
    """The twin of a figure: the same numbers, as a table.

    Args:
        caption: what the numbers are, with unit and interval.
        head: headings; the first is of the rows.
        rows: cells as text, as many as headings.
        words: columns (by number) that hold words and stand left.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A drawing with its rail at the left: title, what is seen, how to read it."""

    anchor: str
    title: str
    say: str
    how: str
    body: Markup
    twin: Table
    legend: Sequence[tuple[Markup, str]] = ()
    more: Sequence[str] = ()


@dataclass(frozen=True)
class Words:
    """A part of the page that has no numbers to draw: moments, transcript, questions."""

    anchor: str
    title: str
    say: str
    how: str
    body: Markup
    extra: str = ""


@dataclass(frozen=True)
class Opening:
    """The head of a page: where we are, who, three sentences, and what they cannot tell."""

    eyebrow: str
    title: str
    sentences: Sequence[str]
    limits: str
    facts: Sequence[tuple[str, Markup]] = ()
    notes: Sequence[str] = field(default_factory=tuple)


Block = Figure | Words | Opening


@dataclass(frozen=True)
class Section:
    """One part of a page, found by scanning `evenhand.reports.sections`.

    Args:
        name: its code name.
        page: the page that it stands on.
        order: its place from the top.
        build: the page's view to blocks; none where there is nothing to say.
    """

    name: str
    page: Literal["session", "dyad", "study", "mirror"]
    order: int
    build: Callable[[Any], Sequence[Block]]
