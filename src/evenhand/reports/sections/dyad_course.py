"""The course: strips and markers, a column a session."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.reports import course_chart as draw
from evenhand.reports.barcode import cut_offs
from evenhand.reports.blocks import Figure, Section
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.numbers import day
from evenhand.reports.sections.dyad_opening import sessions_named
from evenhand.reports.session_view import PAIR
from evenhand.reports.tables import by_session


def _strips(view: DyadView) -> Figure:
    timed, _ = draw.strip_scale(view.sessions)
    c, t = view.pair.client.name, view.pair.therapist.name
    cells = []
    for v in view.sessions:
        n = {r: sum(x.role == r for x in v.turns) for r in PAIR}
        cut = {r: sum(who == r for who, _ in cut_offs(v)) for r in PAIR}
        cells.append(
            [
                day(v.date),
                str(n["client"]),
                str(n["therapist"]),
                str(cut["client"]),
                str(cut["therapist"]),
            ]
        )
    table = by_session(
        view,
        "Turns and cut-offs of each session.",
        ["date", f"turns, {c}", f"turns, {t}", f"cut-offs by {c}", f"cut-offs by {t}"],
        cells,
    )
    how = "Minutes run downward." if timed else "Words run downward: not every session has times."
    say = f"Each strip is one session: {c} left, {t} right."
    return Figure("strips", "Hour by hour", say, how, draw.strips(view.columns), table)


def _events(view: DyadView) -> Figure | None:
    svg, counts = draw.events(view.columns)
    if not any(k for _, found in counts for k in found):
        return None
    cells = list(zip(*([str(k) for k in found] for _, found in counts), strict=True))
    table = by_session(
        view, "Turns with each marker.", ["strain", "mending", "position named"], cells
    )
    how = "Not validated on text. Words can hint at this; only the two of you know."
    return Figure("events", "Strain, mending, naming", _events_say(view, counts), how, svg, table)


_EVENTS_SAY = ("Strain markers", "Mending markers", "A place in the world was named")


def _events_say(view: DyadView, counts: Sequence[tuple[str, Sequence[int]]]) -> str:
    """In which sessions the table has each marker."""
    parts = []
    for words, (_, found) in zip(_EVENTS_SAY, counts, strict=True):
        there = [label for label, k in zip(view.labels, found, strict=True) if k]
        if there:
            parts.append(f"{words} in {sessions_named(there)}.")
    return " ".join(parts)


def build(view: DyadView) -> list[Figure]:
    """What happened, session by session."""
    if not any(v.turns for v in view.sessions):
        return []
    events = _events(view)
    return [_strips(view), *([events] if events else [])]


SECTION = Section("course", "dyad", 20, build)
