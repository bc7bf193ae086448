"""Pages of the theory: rows of dots with intervals, each with its table, in the report's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from evenhand.reports import marks as m
from evenhand.reports.blocks import Block, Figure, Table
from evenhand.reports.page import Page, asset, page_html, policy, style_for

LEFT, RIGHT = 4.0, 96.0
HEIGHT = 28
OF_PEOPLE = "Pseudonymised, not anonymous: keep it as you keep notes."
OF_NOBODY = "Simulated: nobody in it is real. A consistent story, not evidence."
ALL_ROWS = ".prow .vals.one { grid-template-columns: minmax(0, 1fr); } .prow svg { width: 100%; }"


@dataclass(frozen=True)
class Dot:
    """A row: a dot with its interval, and where a published figure or a comparison lies.

    ``low`` and ``high`` are None where there is no interval; ``ghosts`` are single draws.
    """

    label: str
    small: str
    value: float
    low: float | None = None
    high: float | None = None
    told: str = ""
    ghosts: tuple[float, ...] = ()
    hollow: bool = False


@dataclass(frozen=True)
class Axis:
    """What the rows lie on: its ends, its ticks, the line of nothing, a band."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    zero: float | None = 0.0
    band: tuple[float, float] | None = None

    def at(self, value: float) -> float:
        """A value as per cent of the width, held inside."""
        share = (value - self.low) / (self.high - self.low)
        return LEFT + (RIGHT - LEFT) * max(0.0, min(1.0, share))

    def beyond(self, value: float) -> bool:
        """Whether a value lies past the ends."""
        return not self.low <= value <= self.high


def _drawn(axis: Axis, row: Dot) -> Markup:
    """One row's picture."""
    parts = []
    if axis.band is not None:
        left, right = axis.at(axis.band[0]), axis.at(axis.band[1])
        parts.append(m.rect(left, right - left, 0, HEIGHT, "fb"))
    ticks = [axis.at(t) for t, _ in axis.ticks]
    zero = None if axis.zero is None else axis.at(axis.zero)
    parts.append(m.grid(ticks, HEIGHT, zero))
    middle = HEIGHT / 2
    if row.low is not None and row.high is not None:
        parts.append(m.line(axis.at(row.low), axis.at(row.high), middle, middle, "si w15"))
    parts += [
        f'<circle cx="{m.pct(axis.at(g))}" cy="{middle}" r="2" class="f3"/>' for g in row.ghosts
    ]
    kind = "fp si w15" if row.hollow else "fi"
    parts.append(
        f'<circle cx="{m.pct(axis.at(row.value))}" cy="{middle}" r="4.75" class="{kind}"/>'
    )
    if axis.beyond(row.value):
        side, word = (RIGHT, "›") if row.value > axis.high else (LEFT, "‹")
        parts.append(m.text(side + (1.6 if word == "›" else -2.6), middle + 4, word, "fi"))
    return m.drawing(HEIGHT, parts, f"{row.label}: {row.told}")


def rows(axis: Axis, given: Sequence[Dot]) -> Markup:
    """All rows under their axis."""
    labels = "".join(m.text(axis.at(t), 14, word, anchor="middle") for t, word in axis.ticks)
    head = Markup('<div class="prow axis"><div></div>{}<div></div></div>').format(
        m.drawing(18, [labels])
    )
    body = [
        Markup(
            '<div class="prow"><div class="lab">{}<small>{}</small></div>{}'
            '<div class="vals one"><span>{}</span></div></div>'
        ).format(r.label, r.small, _drawn(axis, r), r.told)
        for r in given
    ]
    return head + Markup("").join(body)


def figure(
    anchor: str, title: str, say: str, how: str, axis: Axis, given: Sequence[Dot], twin: Table
) -> Figure:
    """Rows with their rail and their table."""
    return Figure(anchor, title, say, how, rows(axis, given), twin)


def page(title: str, blocks: Sequence[Block], script: str = "", style: str = "") -> str:
    """A whole page, one file that loads nothing.

    Args:
        title: of the page.
        blocks: from top to bottom.
        script: our own, besides the report's.
        style: rules besides the report's.
    """
    css = "\n".join([style_for([]), ALL_ROWS, style])
    html = page_html(Page(title, "study", blocks, [], "theory"), css)
    usual, own = asset("page.js"), asset("page.js") + "\n" + script
    if script:
        html = html.replace(str(escape(policy(css, usual))), str(escape(policy(css, own))))
        html = html.replace(f"<script>{usual}</script>", f"<script>{own}</script>")
    return html.replace(OF_PEOPLE, OF_NOBODY)
