"""The course of a dyad: one column a session, shared by every panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evenhand.core.contracts import Indicator
from evenhand.reports import marks as m
from evenhand.reports.count_chart import Axis, axis_end, family, rate_row
from evenhand.reports.numbers import amount, day
from evenhand.reports.session_view import PAIR, SessionView

LEFT, WIDE = 8.0, 92.0
STRIP = 150
MOST_LABELS = 14


@dataclass(frozen=True)
class Columns:
    """Where each session stands: at 8 + 92·(i + ½)/n per cent."""

    views: Sequence[SessionView]

    def x(self, i: int) -> float:
        """The middle of a column."""
        return LEFT + WIDE * (i + 0.5) / len(self.views)

    @property
    def every(self) -> int:
        """Each how many columns a label is written, so that they do not run together."""
        return -(-len(self.views) // MOST_LABELS)

    @property
    def half(self) -> float:
        """The width of one lane of a strip."""
        return min(2.6, WIDE / len(self.views) * 0.3)

    def guides(self, height: float) -> str:
        """A dotted hairline down each column."""
        return "".join(
            m.line(self.x(i), self.x(i), 0, height, "sr dash") for i in range(len(self.views))
        )


def header(columns: Columns, links: Sequence[str] = (), most_dates: int = MOST_LABELS) -> Markup:
    """Session numbers, each leading to its page, and dates where there are few enough."""
    words = []
    dated = len(columns.views) <= most_dates
    for i, view in enumerate(columns.views):
        if i % columns.every:
            continue
        name = str(view.number if view.number is not None else i + 1)
        number = m.text(columns.x(i), 14, name, "fi b", "middle")
        if links and links[i]:
            number = Markup('<a href="{}" aria-label="{}">{}</a>').format(
                links[i],
                f"Open {view.label}",
                Markup(number),
            )
        words.append(number)
        if dated:
            words.append(m.text(columns.x(i), 32, day(view.date, brief=True), "wide", "middle"))
    return m.drawing(40 if dated else 22, words, "Sessions, each with its page.", role="group")


def strip_scale(views: Sequence[SessionView]) -> tuple[bool, float]:
    """Whether strips run in minutes (all sessions have times), and the longest."""
    timed = all(v.timed for v in views if v.turns)
    lengths = [v.length_s if timed else sum(t.words for t in v.turns) for v in views]
    return timed, float(max(lengths, default=0)) or 1.0


def strips(
    columns: Columns, height: int = STRIP, scale: tuple[bool, float] | None = None
) -> Markup:
    """Each session's barcode, upright: client left, therapist right.

    Args:
        columns: the sessions.
        height: pixels of the longest.
        scale: of `strip_scale`, where several drawings share one and its axis stands elsewhere.
    """
    timed, longest = scale or strip_scale(columns.views)
    marks = [columns.guides(height + 8)]
    for i, view in enumerate(columns.views):
        marks.append(_strip(columns, i, view, timed, longest, height))
    if scale is None:
        unit = f"{longest / 60:.0f}" if timed else f"{longest:,.0f}"
        marks.append(m.text(LEFT - 2, 16, "0", anchor="end"))
        marks.append(m.text(LEFT - 2, height + 4, unit, anchor="end"))
    return m.drawing(
        height + 12, marks, "Turns of each session, upright. Figures are in the table."
    )


def _strip(
    columns: Columns, i: int, view: SessionView, timed: bool, longest: float, height: int
) -> str:
    x, half = columns.x(i), columns.half
    long = view.length_s if timed else sum(t.words for t in view.turns)
    scale = height * (long / longest) / 100
    lanes = []
    for role, left, kind in (("client", x - half - 0.15, "fc"), ("therapist", x + 0.15, "ft")):
        bars = "".join(
            f'<rect y="{m.px(4 + t.x0 * scale)}" height="{m.px(max(0.5, (t.x1 - t.x0) * scale))}"/>'
            for t in view.turns
            if t.role == role
        )
        lanes.append(
            f'<svg x="{m.pct(left)}" width="{m.pct(half)}" class="{kind} lanebars">{bars}</svg>'
        )
    return "".join(lanes).replace("<rect ", '<rect width="100%" ')


def events(columns: Columns) -> tuple[Markup, list[tuple[str, list[int]]]]:
    """Markers of strain and mending, and positions named, by session; and their counts."""
    rows: list[tuple[str, str, Callable[[SessionView], int]]] = [
        (
            "strain",
            m.BROKEN,
            lambda v: len(v.turns_with("withdrawal")) + len(v.turns_with("confrontation")),
        ),
        ("mending", m.BRIDGE, lambda v: len(v.turns_with("mending", "therapist"))),
        ("named", m.DIAMOND, lambda v: len(v.turns_with("position_named"))),
    ]
    height = 36 * len(rows) + 8
    marks, counts = [columns.guides(height)], []
    for n, (name, shape, count) in enumerate(rows):
        y = 26 + 36 * n
        marks.append(m.text(LEFT - 2, y + 4.5, name, "wide", "end"))
        marks.append(m.text(0, y - 10, name, "narrow halo"))
        found = [count(v) for v in columns.views]
        counts.append((name, found))
        for i, k in enumerate(found):
            if k:
                marks.append(m.glyph(columns.x(i), y, shape))
            if k > 1:
                marks.append(_beside(columns.x(i), y + 4, str(k)))
    return m.drawing(height, marks, "Markers by session. Figures are in the table."), counts


def _beside(x: float, y: float, words: str) -> str:
    """Words a few pixels to the right of a mark."""
    return m.glyph(x, y, f'<text x="11" y="0">{words}</text>')


def _levels(height: float, ticks: Sequence[tuple[float, str]], y: Callable[[float], float]) -> str:
    return "".join(
        m.line(LEFT, 100, y(v), y(v), "sr")
        + (m.text(LEFT - 2, y(v) + 4.5, words, anchor="end") if words else "")
        for v, words in ticks
    )


def tilt_panel(columns: Columns, i: Indicator, parts: Sequence[str] = ()) -> Markup:
    """Tilts of one indicator over the sessions, the therapist's side above."""
    height = 104

    def y(tilt: float) -> float:
        return 52 - 42 * tilt

    marks = [
        _levels(height, ((1, "+1"), (-1, "−1")), y),
        m.line(LEFT, 100, y(0), y(0), "s3"),
        m.text(LEFT - 2, y(0) + 4.5, "even", anchor="end"),
        columns.guides(height),
    ]
    for n, view in enumerate(columns.views):
        marks += _tilt_mark(columns.x(n), view, i.name, y, parts)
    return m.drawing(height, marks, f"{i.title} over the sessions. Figures are in the table.")


def _tilt_mark(
    x: float, view: SessionView, name: str, y: Callable[[float], float], parts: Sequence[str]
) -> list[str]:
    marks = []
    for part in parts:
        r = view.readings.get(part)
        if r is not None and r["tilt"] is not None:
            marks.append(m.glyph(x, y(r["tilt"]), '<circle cx="-10" r="2" class="f3"/>'))
    r = view.readings.get(name)
    if r is None or r["tilt"] is None:
        return [*marks, m.text(x, y(0) + 4.5, "n/r", "halo", "middle")]
    low, high = r["tilt_low"], r["tilt_high"]
    if low is not None and high is not None:
        marks.append(m.line(x, x, y(high), y(low), "si w15"))
    marks.append(m.glyph(x, y(r["tilt"]), '<circle r="4.75" class="fi"/>'))
    return marks


def rate_panel(columns: Columns, i: Indicator) -> Markup:
    """Rates of one indicator over the sessions, each with its interval."""
    height, of = 96, family(i)
    rates = [
        (n, role, rate)
        for n, view in enumerate(columns.views)
        for role in PAIR
        if (rate := rate_row(view, i.name, role)) is not None
    ]
    highest = max((r["rate_high"] or r["rate"] for _, _, r in rates), default=0.1) * of.scale
    axis = Axis(of, axis_end(highest))

    def y(rate: float) -> float:
        return 84 - 72 * min(1.0, rate * of.scale / axis.end)

    end = axis.end / of.scale
    marks = [
        _levels(height, ((0, "0"), (end / 2, ""), (end, amount(axis.end))), y),
        columns.guides(height),
    ]
    both = len({role for _, role, _ in rates}) > 1
    for n, role, r in rates:
        side = (8 if role == "therapist" else -8) if both else 0
        inner = ""
        if r["rate_low"] is not None and r["rate_high"] is not None:
            at = y(r["rate"])
            inner = (
                f'<line y1="{m.px(y(r["rate_high"]) - at)}" y2="{m.px(y(r["rate_low"]) - at)}" '
                f'class="s{m.ink(role)} w15"/>'
            )
        shape = f'<g transform="translate({side} 0)">{inner}{m.person(role)}</g>'
        marks.append(m.glyph(columns.x(n), y(r["rate"]), shape))
    seen = {n for n, _, _ in rates}
    for n in range(len(columns.views)):
        if n not in seen:
            marks.append(m.text(columns.x(n), 80, "n/r", "halo", "middle"))
    return m.drawing(height, marks, f"{i.title} over the sessions. Figures are in the table.")


def share_panel(columns: Columns) -> Markup:
    """The two people's shares of the talk, a split bar a session."""
    height = 96
    marks = []
    for i, view in enumerate(columns.views):
        r = view.readings.get("talk_share")
        x, half = columns.x(i), columns.half
        if not r or r["client"] is None:
            marks.append(m.text(x, 52, "n/r", "halo", "middle"))
            continue
        at = 88 * r["therapist"]
        marks.append(m.rect(x - half, 2 * half, 4, max(0.0, at - 0.5), "ft"))
        marks.append(m.rect(x - half, 2 * half, 4 + at + 0.5, max(0.0, 88 - at - 0.5), "fc"))
    marks.append(m.line(LEFT, 100, 48, 48, "sp w15"))
    marks.append(m.text(LEFT - 2, 52, "half", anchor="end"))
    return m.drawing(height, marks, "Shares of the talk by session. Figures are in the table.")
