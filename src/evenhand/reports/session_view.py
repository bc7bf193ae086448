"""One session, laid out for drawing: turns with their places, readings, evidence, history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from evenhand.core.contracts import Indicator
from evenhand.reports.numbers import clock
from evenhand.reports.people import Pair

if TYPE_CHECKING:
    from evenhand.reports.study_view import StudyView

PAIR = ("therapist", "client")
Row = Mapping[str, Any]

TOUCH_S = 0.1
"""Times that are no further apart only abut, as the timed indicators have it."""
LATE_START_S = 300.0
"""A transcript whose first time is later counts from there: a recorder's clock, not silence."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn with its place on the page: ``x0`` and ``x1`` in per cent of the session."""

    n: int
    role: str
    name: str
    text: str
    words: int
    minimal: bool
    start_s: float | None
    end_s: float | None
    x0: float
    x1: float

    @property
    def anchor(self) -> str:
        """Its place in the transcript."""
        return f"turn-{self.n}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A span that shows something; a null span is the whole turn."""

    turn: int
    start: int | None
    end: int | None
    subtype: str | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class SessionView:
    """What the sections of a session page are built from."""

    id: str
    study: StudyView
    pair: Pair
    turns: Sequence[Turn]
    timed: bool
    ends_known: bool
    length_s: float
    readings: Mapping[str, Row]
    rates: Mapping[tuple[str, str], Row]
    evidence: Mapping[tuple[str, str], Sequence[Hit]]
    codes: Mapping[str, Sequence[Hit]]
    number: int | None = None
    date: str = ""
    dyad: str | None = None
    ratings: Sequence[Row] = ()
    source: str = ""
    history: Mapping[str, Sequence[Row]] = field(default_factory=dict)

    @cached_property
    def by_number(self) -> Mapping[int, Turn]:
        """Turn number to turn."""
        return {t.n: t for t in self.turns}

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What several sections need and one of them has worked out."""
        return {}

    @cached_property
    def gaps_known(self) -> bool:
        """Whether times show gaps and talk at once: not where each turn begins as one ends."""
        if not self.ends_known:
            return False
        known = [(t.start_s or 0.0, t.end_s or 0.0) for t in self.turns]
        return any(abs(b[0] - a[1]) > TOUCH_S for a, b in pairwise(known))

    @cached_property
    def of_pair(self) -> Sequence[Turn]:
        """Turns of the two people, in order."""
        return [t for t in self.turns if t.role in PAIR]

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """All that were declared."""
        return self.study.data.indicators

    @property
    def label(self) -> str:
        """What the session is called in a list: its number, or its id."""
        if self.number is not None or self.id.isdigit():
            return f"Session {self.id if self.number is None else self.number}"
        return self.id

    def told(self, text: str) -> str:
        """An indicator's own words with this study's names for the roles and round quotes."""
        for role, name in self.study.data.roles.items():
            text = text.replace(role, name)
        return text.replace("'", "’")

    @property
    def others_n(self) -> int:
        """How many other sessions of these two there are."""
        return len(self.study.dyads.get(self.dyad or "", ())) - 1 if self.dyad else 0

    def held(self, turn: Turn) -> float:
        """How much of the floor a turn took: its time, or its words where ends are unknown."""
        return turn.x1 - turn.x0 if self.ends_known else float(turn.words)

    def place(self, turn: Turn) -> str:
        """Where a turn is: its time, or its number where there are no times."""
        if self.timed and turn.start_s is not None:
            return clock(turn.start_s)
        return f"turn {turn.n}"

    def turns_with(self, code: str, role: str | None = None) -> list[Turn]:
        """Turns that a code hit, each once, in order."""
        numbers = dict.fromkeys(h.turn for h in self.codes.get(code, ()))
        found = [self.by_number[n] for n in numbers if n in self.by_number]
        return sorted((t for t in found if role in (None, t.role)), key=lambda t: t.n)


def lay_out(
    rows: Iterable[Row], minimal: set[int], names: Mapping[str, str]
) -> tuple[list[Turn], bool, bool, float]:
    """Turns with their places: by time where nine turns in ten have one, else by words.

    Args:
        rows: turn rows of one session, in order.
        minimal: numbers of turns that are a bare reply.
        names: role to name; a role that several people share is left out, and each turn has
            its own speaker's label.

    Returns:
        Turns, whether placed by time, whether ends are known too, and the length in seconds
        (0 without times).
    """
    every = list(rows)
    ours = [r for r in every if r["role"] in PAIR]
    timed = _mostly([r["start_s"] is not None for r in ours]) and any(r["start_s"] for r in ours)
    ends_known = timed and _mostly([(r["end_s"] or 0) > (r["start_s"] or 0) for r in ours])
    spans, length = _by_time(every) if timed else (_by_words(every), 0.0)
    whole = max((b for _, b in spans), default=0.0) or 1.0
    first = min((a for a, _ in spans), default=0.0)
    origin = first if timed and first > LATE_START_S else 0.0
    scale = 100.0 / max(whole - origin, 1e-9)
    turns = []
    for row, (a, b) in zip(every, spans, strict=True):
        role = row["role"] or "unknown"
        text = row["text"] or ""
        turns.append(
            Turn(
                n=row["turn"],
                role=role,
                name=names.get(role) or row["speaker"] or role,
                text=text,
                words=len(text.split()),
                minimal=row["turn"] in minimal,
                start_s=a if timed else None,
                end_s=b if timed else None,
                x0=max(0.0, (a - origin) * scale),
                x1=max(0.0, (b - origin) * scale),
            )
        )
    return turns, timed, ends_known, max(0.0, length - origin)


def _mostly(known: Sequence[bool]) -> bool:
    """Nine tenths of the turns, as the indicators ask."""
    return bool(known) and sum(known) >= 0.9 * len(known)


def _by_time(rows: Sequence[Row]) -> tuple[list[tuple[float, float]], float]:
    """Start and end of each turn; a missing end is the next turn's start."""
    starts: list[float] = []
    for row in rows:
        start = row["start_s"]
        starts.append(float(start) if start is not None else (starts[-1] if starts else 0.0))
    spans = []
    for i, (row, start) in enumerate(zip(rows, starts, strict=True)):
        end = row["end_s"]
        if end is None:
            end = starts[i + 1] if i + 1 < len(starts) else start
        spans.append((start, max(start, float(end))))
    return spans, max((b for _, b in spans), default=0.0)


def _by_words(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Places by the words said so far."""
    spans, at = [], 0.0
    for row in rows:
        more = max(1, len((row["text"] or "").split()))
        spans.append((at, at + more))
        at += more
    return spans
