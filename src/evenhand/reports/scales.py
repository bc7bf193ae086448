"""The scales of a dyad that a reader may see, and the one that says how the client fared."""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.reports.dyad_view import DyadView
from evenhand.reports.measures import Measure, measure_of
from evenhand.reports.numbers import small
from evenhand.reports.ratings import series
from evenhand.reports.score_chart import Scores
from evenhand.reports.score_words import scores_say

FIRST = ("alliance", "outcome")
"""What a reader looks for first."""


def scales_of(view: DyadView) -> list[tuple[Measure, Mapping[str, Scores]]]:
    """Scales that may be seen, in the order of the page; parts of one only without the whole."""
    own = tuple(view.study.data.instruments)
    found: list[tuple[Measure, Mapping[str, Scores]]] = []
    for (instrument, scale), raters in series([v.ratings for v in view.sessions]).items():
        ordered = {str(r): raters[r] for r in ("client", "therapist") if r in raters}
        if ordered:
            found.append((measure_of(instrument, scale, next(iter(ordered)), own), ordered))
    whole = {one.instrument for one, _ in found if not one.scale}
    kept = [one for one in found if not one[0].scale or one[0].instrument not in whole]
    return sorted(kept, key=lambda one: _place(one[0]))


def _place(measure: Measure) -> int:
    return FIRST.index(measure.about) if measure.about in FIRST else len(FIRST)


def outcome_sentence(view: DyadView) -> str:
    """How the client fared by the first outcome scale, "" where none may be seen."""
    for measure, raters in scales_of(view):
        scores = [v for v in raters.get("client", ()) if v is not None]
        if measure.about == "outcome" and len(scores) > 1:
            people = {"client": view.pair.client}
            said = scores_say(measure, people, {"client": raters["client"]}, view.labels)
            went = " went" if said.startswith("From") else ":"
            return f"{measure.title}{went} {small(said)}"
    return ""
