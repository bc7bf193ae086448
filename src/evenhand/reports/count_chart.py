"""Counts on an axis of their own: one person's acts, and acts that never lean anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evenhand.core.contracts import Indicator
from evenhand.reports import marks as m
from evenhand.reports.numbers import amount, capital, small
from evenhand.reports.profile_chart import (
    SELF_EVIDENT,
    ProfileRow,
    Value,
    evidence_href,
    reason_of,
    unseen,
)
from evenhand.reports.session_view import PAIR, Row, SessionView

LEFT, RIGHT = 1.0, 98.0
TURNS_OF = ("of own turns", "of all own turns", "of the other's turns")
"""How units begin that are rates of turns."""
PLAIN = SELF_EVIDENT - {"of the other's turns"}
"""Units that the axis says by itself."""
NICE = (1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Family:
    """A scale that rows share: rates times ``scale``, in ``unit``."""

    scale: float
    unit: str


def family(i: Indicator) -> Family:
    """The scale that a unit is read on; rows share an axis only where all of it is the same."""
    if i.unit == "per word":
        return Family(1000.0, "per 1,000 words")
    if i.unit.startswith(TURNS_OF):
        return Family(100.0, "per 100 turns")
    if is_share(i):
        return Family(100.0, f"per cent {i.unit}")
    if i.unit.startswith("for each"):
        return Family(100.0, f"per 100, {i.unit}")
    return Family(1.0, i.unit)


def is_share(i: Indicator) -> bool:
    """Whether the rate is part of a whole, which no interval leaves."""
    return i.unit.startswith("of ")


def axis_end(highest: float) -> float:
    """A round number that the highest limit stays under."""
    if highest <= 100:
        return float(next(n for n in NICE if highest <= n))
    step = 10.0 ** (len(str(int(highest))) - 1)
    return step * (int(highest / step) + 1)


@dataclass(frozen=True)
class Axis:
    """A count axis from 0 to ``end``."""

    of: Family
    end: float

    def x(self, rate: float) -> float:
        """A rate's place, in per cent."""
        return LEFT + (RIGHT - LEFT) * min(1.0, max(0.0, rate * self.of.scale / self.end))

    @property
    def ticks(self) -> list[float]:
        """Four places of hairlines."""
        return [LEFT + (RIGHT - LEFT) * i / 3 for i in range(4)]

    def header(self) -> Markup:
        """Numbers above the first row."""
        ends = [f"{self.end * i / 3:g}" for i in range(4)]
        anchors = ("", "middle", "middle", "end")
        if self.end % 3:
            ends[1] = ends[2] = ""
        words = [
            m.text(x, 14, t, anchor=a)
            for x, t, a in zip(self.ticks, ends, anchors, strict=True)
            if t
        ]
        return m.drawing(20, words)


def rate_row(view: SessionView, name: str, role: str) -> Row | None:
    """A role's rate with its interval, where there is one and it could be measured at all."""
    row = view.rates.get((name, role))
    reading = view.readings.get(name)
    if row is None or row["rate"] is None or (reading is not None and unseen(reading)):
        return None
    high = row["rate_high"]
    if high is not None and high > 1 >= row["rate"] and is_share(view.indicators[name]):
        return {**row, "rate_high": 1.0}
    return row


def axis_for(view: SessionView, rows: Sequence[Indicator]) -> Axis:
    """One axis for rows of a family."""
    of = family(rows[0])
    limits = [
        (rate["rate_high"] if rate["rate_high"] is not None else rate["rate"]) * of.scale
        for i in rows
        for role in PAIR
        if (rate := rate_row(view, i.name, role)) is not None
    ]
    end = axis_end(max(limits, default=10.0))
    return Axis(of, min(end, 100.0) if all(map(is_share, rows)) and of.scale == 100 else end)


def _others(view: SessionView, name: str, role: str) -> list[float]:
    return [o[role] for o in view.history.get(name, ()) if o[role] is not None]


def _mark(view: SessionView, axis: Axis, name: str, role: str, y: float) -> tuple[list[str], str]:
    """A role's estimate, interval and other sessions at a height, and what is said of it."""
    rate = rate_row(view, name, role)
    if rate is None:
        return [], ""
    low, high = rate["rate_low"], rate["rate_high"]
    drawn = [m.ghosts([axis.x(o) for o in _others(view, name, role)], y + 15)]
    if low is not None and high is not None:
        drawn.append(m.line(axis.x(low), axis.x(high), y, y, f"s{m.ink(role)} w15"))
    drawn.append(m.glyph(axis.x(rate["rate"]), y, m.person(role)))
    return drawn, f"{view.pair[role].name} {rate_words(axis.of, rate)}"


def rate_words(of: Family, rate: Row) -> str:
    """A rate with its interval and unit, in words."""
    at = amount(rate["rate"] * of.scale)
    low, high = rate["rate_low"], rate["rate_high"]
    if low is None or high is None:
        return f"{at} {of.unit}, no interval"
    unit = of.unit.split(",")[0] if of.unit.startswith("per 100,") else of.unit
    return f"{at} [{amount(low * of.scale)}, {amount(high * of.scale)}] {unit}"


def counted(view: SessionView, i: Indicator, r: Row) -> tuple[Value, ...]:
    """Each person's number and what it was counted over, the therapist's first."""
    of, out = family(i), []
    seconds = " s" if "seconds" in i.unit and of.scale > 1 else ""
    for role in PAIR:
        k, e, rate = r[f"k_{role}"], r[f"e_{role}"], r[role]
        if unseen(r) or (k is None and rate is None):
            continue
        count = k is not None and (of.scale > 1 or rate is None)
        text = f"{k:,.0f}" if count else amount(rate)
        over = "" if e is None else f"{'of' if count else 'over'} {e:,.0f}{seconds}"
        label = f"{view.told(i.title)}, {view.pair[role].name}: {text}. Show the turns."
        out.append(Value(role, text, evidence_href(view, i.name, role), label, over))
    return tuple(out)


def _count_svg(view: SessionView, axis: Axis, i: Indicator) -> Markup | None:
    """The therapist's mark above the client's; lower where no other session stands below."""
    roles = [role for role in PAIR if rate_row(view, i.name, role) is not None]
    if not roles:
        return None
    step = 30 if any(_others(view, i.name, role) for role in roles) else 20
    drawn, said = [], []
    for n, role in enumerate(roles):
        marks, words = _mark(view, axis, i.name, role, 12 + step * n)
        drawn += marks
        said.append(words)
    tall = step * (len(roles) - 1) + (38 if step == 30 else 24)
    grid = m.grid(axis.ticks, tall, LEFT)
    return m.drawing(tall, [grid, *drawn], f"{view.told(i.title)}: {'; '.join(said)}")


def count_row(view: SessionView, axis: Axis, i: Indicator, r: Row) -> ProfileRow:
    """A row on the count axis, absent or not."""
    svg = _count_svg(view, axis, i)
    unit = view.told(i.unit) if i.unit in TURNS_OF and i.unit not in PLAIN else ""
    why, reason = reason_of(r) if r["absent"] or svg is None else ("", "")
    return ProfileRow(
        titles=(view.told(i.title),),
        unit=f"{capital(unit)}." if unit and svg else "",
        svg=svg,
        values=counted(view, i, r),
        exposure="",
        verdict="",
        reason=reason,
        caution=view.told(i.caution),
        why=why,
    )


def count_cells(view: SessionView, i: Indicator, r: Row) -> list[list[str]]:
    """Rows of the table: one a person, or one with the reason."""
    of = family(i)
    found = []
    for role in PAIR:
        rate = rate_row(view, i.name, role)
        if rate is not None:
            counted = f"{rate['k']:,.0f} of {rate['e']:,.0f}" if of.scale > 1 else ""
            note = r["absent"] or ""
            found.append(
                [view.told(i.title), view.pair[role].name, counted, rate_words(of, rate), note]
            )
    return found or [[view.told(i.title), "", "", "", small(" ".join(reason_of(r)).rstrip("."))]]


__all__ = ["Axis", "axis_for", "count_cells", "count_row", "evidence_href", "family"]
