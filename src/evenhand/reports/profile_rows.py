"""Which indicators stand where: facets in order, tilts apart from counts."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.core.contracts import Indicator
from evenhand.reports.session_view import Row, SessionView

ROOM = "room"
"""The facet of `room_tilt`: last in the profile, never without it."""

FACETS: dict[str, tuple[str, str]] = {
    "floor": ("Floor", "Who had the time. Talking more is not holding more."),
    "control": ("Control", "Acts that set what happens next. More of them is not worse therapy."),
    "agenda": ("Agenda", "What the talk is about, and who brings it in."),
    "deference": (
        "Deference",
        "Ways of giving way. More from one means that the other holds more.",
    ),
    "frame": ("Frame", "Whose view of things is put forward, and whose stands."),
    "naming": ("Naming", "Whose words the problem is spoken of in."),
    "voice": ("Voice", "Saying no, asking, or wanting something else, and the room made for it."),
    "recognition": ("Recognition", "Places in the world, as either person spoke of them."),
    "rupture": ("Strain and mending", "Not validated on text. Words can hint; only you two know."),
    "timed": ("Pauses", "Where times allow it. What a silence means, they do not say."),
    "shown": ("Shown, never tilted", "These bear on more than power, so that they lean nowhere."),
    ROOM: ("Room tilt", "For comparing settings and for checking the tool; no measure of quality."),
}
"""Facet to its title and one line of how to read it, in the order of the page."""

COUNTED_FIRST = ("voice", "recognition", "rupture", "frame", "naming", "agenda", "control")
"""Facets of the counts: what a person said for themselves stands before how they spoke."""

FIRST = (
    *("talk_share", "turn_length", "cut_off", "questions", "closed_questions", "open_questions"),
    *("directives", "directives_process", "directives_life", "word_uptake", "yielding"),
    *("deference", "coordination", "lead_share", "presumption", "reading_corrected"),
    *("disagreement", "self_advocacy", "invitation", "position_named", "uptake"),
    *("withdrawal", "confrontation", "mending"),
)
"""Indicators in the order of INDICATORS.md; any other follows in the order of its name."""


def facet_title(facet: str) -> tuple[str, str]:
    """Title and line of a facet, also of one that this page has never met."""
    return FACETS.get(facet, (facet.capitalize(), ""))


def in_order(view: SessionView) -> Iterator[tuple[Indicator, Row]]:
    """Indicators that have a row in this session, absent ones too, facet by facet."""
    facets = list(FACETS)
    place = {n: i for i, n in enumerate(FIRST)}

    def key(name: str) -> tuple[int, str, int, str]:
        facet = view.indicators[name].facet
        known = facets.index(facet) if facet in FACETS else len(facets) - 2
        return (known, facet, place.get(name, len(FIRST)), name)

    for name in sorted((n for n in view.readings if n in view.indicators), key=key):
        yield view.indicators[name], view.readings[name]


def tilt_rows(view: SessionView) -> list[tuple[Indicator, Row]]:
    """Indicators that compare the two people."""
    return [(i, r) for i, r in in_order(view) if i.kind == "tilted"]


def count_rows(view: SessionView) -> list[tuple[Indicator, Row]]:
    """One-sided ones, lists and those that are only shown; the client's voice first."""
    place = {facet: n for n, facet in enumerate(COUNTED_FIRST)}
    rows = [(i, r) for i, r in in_order(view) if i.kind != "tilted"]
    return sorted(rows, key=lambda row: place.get(row[0].facet, len(place)))


def by_facet(
    rows: list[tuple[Indicator, Row]],
) -> list[tuple[str, list[tuple[Indicator, Row]]]]:
    """Neighbouring rows of one facet, together."""
    groups: dict[str, list[tuple[Indicator, Row]]] = {}
    for indicator, reading in rows:
        groups.setdefault(indicator.facet, []).append((indicator, reading))
    return list(groups.items())
