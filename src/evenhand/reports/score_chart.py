"""Scores over the sessions: both views, what noise alone could do, the cut-off, strain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from evenhand.reports import marks as m
from evenhand.reports.course_chart import LEFT, Columns
from evenhand.reports.measures import Measure

Scores = Sequence[float | None]
Band = Sequence[tuple[float, float] | None]
HEIGHT, TOP, BOTTOM = 138, 14.0, 122.0


@dataclass(frozen=True)
class Drawn:
    """What a panel of scores shows.

    Args:
        measure: how the scale is read.
        raters: rater to a score a session, None where there is none.
        names: rater to what the page calls them.
        expected: a range a session in which the score was expected before it came.
        marks: session's place to the mark of a rupture or repair.
    """

    measure: Measure
    raters: Mapping[str, Scores]
    names: Mapping[str, str]
    expected: Band = ()
    marks: Mapping[int, str] = field(default_factory=dict)

    @property
    def noise(self) -> tuple[float, float] | None:
        """The range around the client's first score that noise alone could fill."""
        change, first = self.measure.reliable, first_of(self.raters.get("client", ()))
        if change is None or first is None or self.measure.about != "outcome":
            return None
        return first - change.points, first + change.points


def first_of(scores: Scores) -> float | None:
    """The first score that there is."""
    return next((v for v in scores if v is not None), None)


def score_panel(columns: Columns, drawn: Drawn) -> Markup:
    """Scores over the sessions, a line a rater; missing ones leave a gap."""
    every = [v for scores in drawn.raters.values() for v in scores if v is not None]
    low, high, step = drawn.measure.axis(every)

    def y(value: float) -> float:
        inside = min(max(value, low), high)
        return BOTTOM - (BOTTOM - TOP) * (inside - low) / (high - low)

    marks = [*_bands(columns, drawn, y), *_levels(low, high, step, y), columns.guides(HEIGHT)]
    marks += _cutoff(drawn.measure, y, low, high)
    for rater, scores in drawn.raters.items():
        marks += _line(columns, rater, scores, y)
    marks += [m.glyph(columns.x(i), HEIGHT - 6, mark) for i, mark in drawn.marks.items()]
    marks += [_name(columns, rater, drawn, y) for rater in drawn.raters]
    label = f"{drawn.measure.title} by session. Figures are in the table."
    return m.drawing(HEIGHT + (8 if drawn.marks else 0), marks, label)


def _bands(columns: Columns, drawn: Drawn, y: Callable[[float], float]) -> list[str]:
    """Noise around the start, or what was expected before each score came."""
    known = [(i, pair) for i, pair in enumerate(drawn.expected) if pair is not None]
    if known:
        half = 46.0 / len(columns.views)
        return [
            m.rect(columns.x(i) - half, 2 * half, y(high), max(1.0, y(low) - y(high)), "fb")
            for i, (low, high) in known
        ]
    if drawn.noise is None:
        return []
    low, high = drawn.noise
    return [m.rect(LEFT, 100 - LEFT, y(high), y(low) - y(high), "fb")]


def _levels(low: float, high: float, step: float, y: Callable[[float], float]) -> list[str]:
    n = round((high - low) / step)
    marks = []
    for i in range(n + 1):
        at = low + i * step
        marks.append(m.line(LEFT, 100, y(at), y(at), "sr"))
        marks.append(m.text(LEFT - 2, y(at) + 4.5, f"{at:g}".replace("-", "−"), anchor="end"))
    return marks


def _cutoff(measure: Measure, y: Callable[[float], float], low: float, high: float) -> list[str]:
    """A dashed line at the cut-off, with what it divides."""
    cut = measure.cutoff
    if cut is None or not low < cut.at <= high:
        return []
    under = cut.side.endswith("above")
    words = f"{'below' if under else 'above'} {cut.at:g}: not a case"
    at = y(cut.at) + (16 if under else -6)
    return [m.line(LEFT, 100, y(cut.at), y(cut.at), "si cut"), m.text(LEFT + 1, at, words, "halo")]


def _line(columns: Columns, rater: str, scores: Scores, y: Callable[[float], float]) -> list[str]:
    marks: list[str] = []
    run: list[tuple[float, float]] = []
    for i, value in enumerate([*scores, None]):
        if value is not None:
            run.append((columns.x(i), y(value)))
            continue
        if len(run) > 1:
            marks.append(m.path_through(run, HEIGHT, f"s{m.ink(rater)} w2"))
        run = []
    return marks + [
        m.glyph(columns.x(i), y(v), m.person(rater)) for i, v in enumerate(scores) if v is not None
    ]


def _name(columns: Columns, rater: str, drawn: Drawn, y: Callable[[float], float]) -> str:
    """The line's name, above it where it is the higher of the two, else below."""
    scores = drawn.raters[rater]
    first = next(i for i, v in enumerate(scores) if v is not None)
    here = scores[first] or 0.0
    others = [s[first] for r, s in drawn.raters.items() if r != rater and s[first] is not None]
    above = all(here >= (o or 0.0) for o in others) and (
        rater == "therapist" or not others or here != others[0]
    )
    at = y(here) + (-11 if above else 21)
    name = drawn.names.get(rater, rater)
    words = f"{name}’s view" if len(drawn.raters) > 1 else name
    return m.text(columns.x(first) - 1.5, at, words, f"f{m.ink(rater)} b halo")
