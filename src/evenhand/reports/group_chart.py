"""Figures of a group: shares with their intervals, and curves of what had happened by a session.

Ink alone: the pair's two colours belong to two people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from markupsafe import Markup

from evenhand.reports import marks as m
from evenhand.reports.numbers import percent

Row = Mapping[str, Any]

FIRST, LAST = 4.0, 96.0
"""Where a share of 0 and of 1 stand, in per cent of a row's width."""

DOT = '<circle r="5" class="fi sp w15"/>'
KEYS: Sequence[tuple[Markup, str]] = (
    (Markup('<svg><circle cx="8" cy="7" r="5" class="fi"/></svg>'), "share, from rounded counts"),
    (
        Markup('<svg><line x1="0" x2="16" y1="7" y2="7" class="si w15"/></svg>'),
        "95 % interval",
    ),
    (
        Markup('<svg><rect width="16" height="14" rx="3" class="fb"/></svg>'),
        "left open by rounding",
    ),
)
"""What marks of a row of shares mean."""


def _x(share: float) -> float:
    return FIRST + (LAST - FIRST) * share


def share_axis() -> Markup:
    """The scale above rows of shares."""
    words = [
        m.text(
            _x(at), 14, percent(at) if at else "0", "wide" if at in (0.25, 0.75) else "", "middle"
        )
        for at in (0, 0.25, 0.5, 0.75, 1)
    ]
    return m.drawing(20, words)


def share_row(row: Row, label: str) -> Markup:
    """One share: dot, 95 % interval, and the range that rounding leaves open."""
    marks = [m.grid([_x(at) for at in (0, 0.25, 0.5, 0.75, 1)], 28)]
    least, most = _x(row["rounding_low"]), _x(row["rounding_high"])
    marks.append(m.rect(least, most - least, 4, 20, "fb", 3))
    marks.append(m.line(_x(row["low"]), _x(row["high"]), 14, 14, "si w15"))
    marks.append(m.glyph(_x(row["share"]), 14, DOT))
    return m.drawing(28, marks, label)


TALL, FOOT, ROOF = 148, 128.0, 22.0
LEFT, RIGHT = 2.0, 99.0
TAIL = 2.5
"""How far a curve goes on after its last step: what comes then is not told."""
STEP = 0.25
"""Shares are drawn up to the next quarter."""
CLOSE = 11.0
"""Numbers of those still seen stand at least so far apart on a narrow screen, in per cent."""


def top_of(rows: Sequence[Row]) -> float:
    """Where the axis of shares ends, the same for all curves."""
    return min(1.0, ceil(max((r["high"] for r in rows), default=STEP) / STEP) * STEP)


def _at(session: float, end: int) -> float:
    """Where a session stands, with room behind the last one."""
    return LEFT + (RIGHT - LEFT) * session / (end + 0.75)


def curve(rows: Sequence[Row], end: int, top: float, label: str) -> Markup:
    """The share by each session, in steps, with its interval and what rounding leaves open.

    Args:
        rows: points of one curve, in the order of their sessions.
        end: the last session of the axis.
        top: where the axis of shares ends.
        label: the curve in a sentence.
    """

    def y(share: float) -> float:
        return FOOT - (FOOT - ROOF) * min(share / top, 1.0)

    marks = []
    begins = [_at(r["session"], end) for r in rows]
    spans = list(zip(begins, [*begins[1:], begins[-1] + TAIL], rows, strict=True))
    for a, b, r in spans:
        marks.append(m.rect(a, b - a, y(r["high"]), y(r["low"]) - y(r["high"]), "fb"))
    for n in range(round(top / STEP) + 1):
        at = y(n * STEP)
        marks.append(m.line(LEFT, RIGHT, at, at, "sr"))
        marks.append(m.text(LEFT, at - 4, percent(n * STEP) if n else "0", "halo"))
    points = [(LEFT, y(0.0))]
    for a, _, r in spans:
        points += [(a, points[-1][1]), (a, y(r["share"]))]
    points.append((begins[-1] + TAIL, points[-1][1]))
    for a, b, r in spans:
        middle = a + (b - a) / 2
        least, most = y(r["rounding_low"]), y(r["rounding_high"])
        marks.append(m.line(middle, middle, most, least, "s3 w15"))
    marks.append(m.path_through(points, TALL, "si w2"))
    return m.drawing(TALL, marks, label)


def seen_row(rows: Sequence[Row], end: int) -> Markup:
    """Sessions, and beneath them how many were still seen, where that is told and fits."""
    marks = []
    every = ceil(end / 7)
    for session in range(0, end + 1):
        x = _at(session, end)
        marks.append(m.line(x, x, 0, 5, "s3"))
        if session % every == 0 or session == end:
            close = session != end and end - session < every
            marks.append("" if close else m.text(x, 20, str(session), anchor="middle"))
    shown = {"": -CLOSE, "wide": -CLOSE}
    for row in rows:
        x = _at(row["session"], end)
        if x - max(shown.values()) >= CLOSE / 2:
            # On a narrow screen only those stay that have room; the table has them all.
            kind = "" if x - shown[""] >= CLOSE else "wide"
            shown[kind] = x
            marks.append(m.text(x, 60, f"{row['n']:,}", f"fi {kind}".strip(), "middle"))
    marks.append(m.text(LEFT, 42, "still seen at that session, about"))
    return m.drawing(68, marks, "Sessions, and how many were still seen. Figures are in the table.")
