"""The caterpillar of strata: each one's difference, what its positions add up to, what is beyond.

One drawing for two uses: rows of a page that was released, and a picture by itself for the holder
of the data, which says that it is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from evenhand.reports import marks as m
from evenhand.reports import mirror_chart as draw
from evenhand.reports.page import asset

Row = Mapping[str, Any]
"""A stratum: ``stratum, n``, ``total, total_low, total_high``; ``parts``, ``beyond, beyond_low,
beyond_high``, which are null where strata are a single column."""

HEIGHT = 24
TICK = '<line y1="-8" y2="8" class="si w2"/>'
DOT = '<circle r="4.5" class="fi sp w15"/>'
LEGEND = (
    (DOT, "how far from the average, with its joint 95 % interval"),
    (TICK, "what the positions add up to, one by one"),
)


def ordered(rows: Sequence[Row]) -> list[Row]:
    """In the order of the estimate, which is no ranking: neighbours could change places."""
    return sorted(rows, key=lambda row: (-row["total"], row["stratum"]))


def total_of(row: Row) -> draw.Ends:
    """A stratum's whole difference from the average."""
    return row["total"], row["total_low"], row["total_high"]


def beyond_of(row: Row) -> draw.Ends:
    """What a stratum has beyond the sum of its positions."""
    return row["beyond"], row["beyond_low"], row["beyond_high"]


def total_marks(row: Row, scale: draw.Scale) -> list[str]:
    """Dot, interval and tick of one stratum."""
    tick = [] if row["parts"] is None else [m.glyph(scale.x(row["parts"]), HEIGHT / 2, TICK)]
    dot = draw.interval(total_of(row), HEIGHT / 2, scale, DOT)
    return [draw.lines(scale, HEIGHT), *tick, dot]


def beyond_marks(row: Row, scale: draw.Scale) -> list[str]:
    """What lies beyond the sum, with its interval: a bar from no difference, and its dot."""
    value = row["beyond"]
    low, high = sorted((scale.x(0.0), scale.x(value)))
    bar = m.rect(low, high - low, HEIGHT / 2 - 2.5, 5, "f3")
    dot = draw.interval(beyond_of(row), HEIGHT / 2, scale, draw.RING)
    return [draw.lines(scale, HEIGHT), bar, dot]


def scale_of(rows: Sequence[Row], *, odds: bool) -> draw.Scale:
    """One scale for both panels."""
    ends = [total_of(row) for row in rows]
    ends += [beyond_of(row) for row in rows if row["beyond"] is not None]
    ends += [(row["parts"], None, None) for row in rows if row["parts"] is not None]
    return draw.scale_for(ends, odds=odds, most=float("inf"))


LEFT, PANEL, GAP, RIGHT, TOP = 300, 250, 24, 70, 96
"""Pixels of the picture: names, a panel, the gap between panels, counts, what stands above."""
MOST_LETTERS = 44


def picture(
    rows: Sequence[Row], *, title: str, note: str, unit: str, odds: bool, mark: str
) -> Markup:
    """A picture by itself: an SVG with its style inside, light and dark.

    Args:
        rows: strata.
        title: what is drawn.
        note: a sentence beneath the title.
        unit: of the axis.
        odds: whether numbers are log odds.
        mark: said at the foot: whether the figures were released.
    """
    scale = scale_of(rows, odds=odds)
    two = all(row["beyond"] is not None for row in rows)
    panels = [("Difference from the average", total_marks)]
    panels += [("Beyond the sum of the positions", beyond_marks)] if two else []
    width = LEFT + len(panels) * (PANEL + GAP) + RIGHT
    body = [_words(0, 20, title, "fi b big"), _words(0, 42, note, "")]
    for n, (name, _) in enumerate(panels):
        body.append(_panel(n, TOP - 40, 40, [_heading(name), *_axis(scale)]))
    body.append(_words(width, TOP - 6, "n", "", "end"))
    for i, row in enumerate(ordered(rows)):
        y = TOP + i * HEIGHT
        body.append(_words(0, y + 16, _short(row["stratum"]), "fi"))
        body += [_panel(n, y, HEIGHT, marks(row, scale)) for n, (_, marks) in enumerate(panels)]
        body.append(_words(width, y + 16, f"{row['n']:,}", "", "end"))
    foot = TOP + len(rows) * HEIGHT + 24
    body += [_words(0, foot, f"{unit}. {LEGEND[0][1].capitalize()}; | {LEGEND[1][1]}.", "")]
    body.append(_words(0, foot + 20, mark, "fi"))
    return _whole(width, foot + 40, title, body)


def _heading(name: str) -> str:
    return m.text(50, 12, name, "fi b", "middle")


def _axis(scale: draw.Scale) -> list[str]:
    return [m.text(scale.x(t), 34, scale.named(t), "", "middle") for t in scale.ticks]


def _panel(n: int, y: float, height: float, marks: Sequence[str]) -> str:
    x = LEFT + n * (PANEL + GAP)
    return (
        f'<svg x="{x}" y="{m.px(y)}" width="{PANEL}" height="{m.px(height)}" overflow="visible">'
        f"{''.join(marks)}</svg>"
    )


def _words(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return (
        f'<text x="{m.px(x)}" y="{m.px(y)}" text-anchor="{anchor}" class="{kind}">'
        f"{escape(words)}</text>"
    )


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else name[: MOST_LETTERS - 1] + "…"


def _whole(width: int, height: int, title: str, body: Sequence[str]) -> Markup:
    size = f'width="{width + 24}" height="{height}"'
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="evenhand" viewBox="-12 -8 {width + 24} '
        f'{height}" {size} role="img" aria-label="{escape(title)}">'
        f"<style>{asset('picture.css')}</style>"
        f'<rect x="-12" y="-8" {size} class="fp"/>{"".join(body)}</svg>\n'
    )
