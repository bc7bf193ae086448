"""Intervals of a mirror page: ink only, one scale a figure, ends that go on marked as such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from evenhand.reports import marks as m

FROM, TO = 3.0, 97.0
"""Per cent of a drawing's width that its scale takes."""
STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
RATIOS = (1.05, 1.1, 1.2, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0, 64.0)
"""Steps from tick to tick: the least that leaves two ticks or fewer to each side."""

SOLID = '<circle r="4.75" class="fi si w15"/>'
HOLLOW = '<circle r="4.75" class="fp si w15"/>'
DIAMOND = '<path d="M0-4.5 4.5 0 0 4.5-4.5 0Z" class="fp si w15"/>'
RING = '<circle r="3.5" class="fp si w15"/>'

Ends = Sequence[float | None]


@dataclass(frozen=True)
class Scale:
    """A scale that is the same to both sides of no difference.

    Args:
        reach: the end of the scale; what lies further is drawn at its edge, with a mark.
        odds: whether values are log ratios, whose ticks are ratios.
    """

    reach: float
    odds: bool = False

    def x(self, value: float) -> float:
        """A value's place in per cent, held at the edges."""
        share = (max(-self.reach, min(self.reach, value)) + self.reach) / (2 * self.reach)
        return FROM + (TO - FROM) * share

    @property
    def step(self) -> float:
        """From tick to tick."""
        ten = 10.0 ** (np.floor(np.log10(self.reach)) - 1)
        plain = [s * ten * by for by in (1, 10) for s in STEPS]
        steps = [float(np.log(r)) for r in RATIOS] if self.odds else plain
        return next((s for s in steps if self.reach < 3 * s), steps[-1])

    @property
    def ticks(self) -> list[float]:
        """Values that are written on the axis."""
        n = int(self.reach / self.step + 1e-9)
        return [k * self.step for k in range(-n, n + 1)]

    def named(self, tick: float) -> str:
        """A tick in words."""
        if self.odds:
            return "1" if tick == 0 else f"×{np.exp(tick):.2f}".rstrip("0").rstrip(".")
        if tick == 0:
            return "0"
        return f"{'−' if tick < 0 else '+'}{abs(tick):,.4g}".replace("0.", ".", 1)


def scale_for(rows: Iterable[Ends], *, odds: bool = False, most: float = 1.0) -> Scale:
    """A scale wide enough for all estimates and for intervals up to `most`."""
    reach = 0.0
    for estimate, low, high in rows:
        ends = [abs(x) for x in (low, high) if x is not None]
        reach = max(reach, min(max(ends, default=0.0), most), abs(estimate or 0.0))
    return Scale((reach or 0.1) * 1.06, odds)


def interval(ends: Ends, y: float, scale: Scale, mark: str, weight: str = "w15") -> str:
    """A mark on its interval; where the interval goes on beyond the scale, a chevron says so."""
    estimate, low, high = ends
    if estimate is None:
        return ""
    return span(low, high, y, scale, weight) + m.glyph(scale.x(estimate), y, mark)


def span(low: float | None, high: float | None, y: float, scale: Scale, weight: str = "w15") -> str:
    """The line of an interval, without a mark."""
    if low is None or high is None:
        return ""
    line = m.line(scale.x(low), scale.x(high), y, y, f"si {weight}")
    return line + _goes_on(low, high, y, scale)


def _goes_on(low: float, high: float, y: float, scale: Scale) -> str:
    found = ""
    if low < -scale.reach:
        found += m.glyph(FROM, y, '<path d="M3-4 -1 0 3 4" class="fn si w15"/>')
    if high > scale.reach:
        found += m.glyph(TO, y, '<path d="M-3-4 1 0 -3 4" class="fn si w15"/>')
    return found


def lines(scale: Scale, height: float) -> str:
    """Hairlines down a row, no difference darker."""
    return m.grid([scale.x(t) for t in scale.ticks], height, scale.x(0.0))


def axis(scale: Scale, left: str, right: str, height: int = 40) -> Markup:
    """Ticks with their numbers, and which way is which."""
    named = "".join(
        m.text(scale.x(t), height - 6, scale.named(t), "", "middle") for t in scale.ticks
    )
    ways = m.text(scale.x(0.0) - 2, 13, f"← {left}", "fi b", "end")
    ways += m.text(scale.x(0.0) + 2, 13, f"{right} →", "fi b")
    return m.drawing(height, [ways, named])


def legend(marks: Sequence[tuple[str, str]]) -> list[tuple[Markup, str]]:
    """Marks on a short line, with what they stand for."""
    line = '<line x1="-8" x2="8" class="si w15"/>'
    return [(glyph_html(line + mark), words) for mark, words in marks]


def glyph_html(inner: str) -> Markup:
    """A mark of its own, as legends show it."""
    return Markup(f'<svg viewBox="-8 -7 16 14" aria-hidden="true">{inner}</svg>')
