"""The transcript, cut into pieces so that one construct at a time can be marked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evenhand.reports.profile_rows import in_order
from evenhand.reports.session_view import PAIR, Hit, SessionView, Turn

FIRST_SHOWN = 8
"""Constructs that are offered at once; the others are folded behind one word."""


@dataclass(frozen=True)
class Construct:
    """Something that can be marked: an indicator with turns behind it."""

    name: str
    title: str
    count: int

    @property
    def key(self) -> str:
        """Its name as part of a class or an id."""
        return class_key(self.name)


@dataclass(frozen=True)
class Piece:
    """Part of a turn's words, and the constructs that mark it."""

    text: str
    kinds: str


@dataclass(frozen=True)
class Line:
    """A turn in the transcript; ``kinds`` mark it as a whole."""

    turn: Turn
    place: str
    pieces: Sequence[Piece]
    kinds: str


@dataclass(frozen=True)
class Behind:
    """The turns behind one number."""

    anchor: str
    key: str
    title: str
    who: str
    turns: Sequence[Turn]


def class_key(name: str) -> str:
    """A name that is safe in a class and a selector."""
    return re.sub(r"[^a-z0-9_]", "-", name.lower())


def constructs(view: SessionView) -> list[Construct]:
    """What can be marked in this session, in the order of the profile."""
    found = []
    for i, _ in in_order(view):
        n = sum(len({h.turn for h in view.evidence.get((i.name, role), ())}) for role in PAIR)
        if n:
            found.append(Construct(i.name, view.told(i.title), n))
    return found


def first_marked(view: SessionView, found: Sequence[Construct]) -> str:
    """The construct that is marked when the page opens: the first that is no question."""
    names = [c.name for c in found]
    liked = ("directives", "yielding", "invitation", "disagreement", "self_advocacy")
    return next((n for n in liked if n in names), names[0] if names else "none")


def lines(view: SessionView) -> list[Line]:
    """Every turn, cut where a mark begins or ends."""
    spans: dict[int, list[tuple[str, Hit]]] = defaultdict(list)
    for (name, role), hits in view.evidence.items():
        if role in PAIR and name in view.indicators:
            for hit in hits:
                spans[hit.turn].append((class_key(name), hit))
    return [_line(view, turn, spans.get(turn.n, [])) for turn in view.turns]


def _line(view: SessionView, turn: Turn, spans: Sequence[tuple[str, Hit]]) -> Line:
    whole = {k for k, h in spans if h.start is None or h.end is None}
    parts = [
        (k, max(0, h.start), min(len(turn.text), h.end))
        for k, h in spans
        if h.start is not None and h.end is not None and h.start < h.end
    ]
    return Line(turn, view.place(turn), cut(turn.text, parts), _classes(whole))


def _classes(kinds: set[str]) -> str:
    return " ".join(f"k-{k}" for k in sorted(kinds))


def cut(text: str, spans: Sequence[tuple[str, int, int]]) -> list[Piece]:
    """A text in pieces, each with the kinds that cover it.

    Args:
        text: the turn's words.
        spans: kind, first character and the one after the last; they may overlap.

    Returns:
        Pieces that join up to the text again.
    """
    edges = sorted({0, len(text), *(e for _, a, b in spans for e in (a, b) if e <= len(text))})
    pieces = []
    for a, b in pairwise(edges):
        kinds = {k for k, start, end in spans if start <= a and b <= end}
        pieces.append(Piece(text[a:b], _classes(kinds)))
    return pieces or [Piece(text, "")]


def behind(view: SessionView) -> list[Behind]:
    """Every number's turns, in the order of the profile."""
    found = []
    for i, _ in in_order(view):
        for role in PAIR:
            numbers = sorted({h.turn for h in view.evidence.get((i.name, role), ())})
            turns = [view.by_number[n] for n in numbers if n in view.by_number]
            if turns:
                who = view.pair[role].name
                found.append(
                    Behind(f"ev-{i.name}-{role}", class_key(i.name), view.told(i.title), who, turns)
                )
    return found
