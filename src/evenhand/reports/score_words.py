"""What a panel of scores says: from where to where, and how much of it noise could be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenhand.reports.measures import Measure
from evenhand.reports.numbers import capital, in_words
from evenhand.reports.people import Person
from evenhand.reports.score_chart import Scores

SAME = 1e-9
"""Scores that are means carry rounding."""


def scores_say(
    measure: Measure,
    people: Mapping[str, Person],
    raters: Mapping[str, Scores],
    labels: Sequence[str],
) -> str:
    """One to three sentences on a panel of scores.

    Args:
        measure: how the scale is read.
        people: rater to the person.
        raters: rater to a score a session.
        labels: of the sessions.
    """
    if list(raters) == ["client"]:
        return _course(measure, people["client"], raters["client"], labels)
    said = [_ends(people[rater], scores) for rater, scores in raters.items()]
    return " ".join([*said, _apart(raters, labels)]).strip()


def _known(scores: Scores) -> list[float]:
    return [v for v in scores if v is not None]


def _ends(person: Person, scores: Scores) -> str:
    """A person's first and last score."""
    known = [f"{round(v, 2):g}" for v in _known(scores)]
    whose = capital(person.owns)
    if len(known) == 1:
        return f"{whose} answer: {known[0]}."
    return f"{whose} answers: {known[0]} at first, {known[-1]} at last."


def _course(measure: Measure, person: Person, scores: Scores, labels: Sequence[str]) -> str:
    known = _known(scores)
    change = known[-1] - known[0]
    if len(known) < 2:
        return _ends(person, scores)
    if abs(change) < SAME:
        return f"{round(known[0], 2):g} at first and at last."
    way = "up" if change > 0 else "down"
    first, last = (f"{round(v, 2):g}" for v in (known[0], known[-1]))
    say = f"From {first} to {last}: {_points(abs(change))} {way}"
    limit = measure.reliable
    if limit is None:
        return f"{say}."
    noise = _amount(limit.points)
    if abs(change) < limit.points - SAME:
        return f"{say}, where {noise} could be noise in the measure."
    cut = _crossed(measure, scores, labels)
    return f"{say}, {_at_least(change, limit.points, noise)}. {cut}What did it, these cannot say."


def _at_least(change: float, limit: float, noise: str) -> str:
    """How a reliable change stands to the limit."""
    if abs(abs(change) - limit) < SAME:
        return f"as much as the {noise} that noise alone would seldom make"
    return f"more than the {noise} that could be noise in the measure"


def _amount(points: float) -> str:
    return in_words(int(points)) if points == int(points) else f"{points:g}"


def _points(points: float) -> str:
    points = round(points, 2)
    return f"{_amount(points)} point{'' if points == 1 else 's'}"


def _crossed(measure: Measure, scores: Scores, labels: Sequence[str]) -> str:
    """Since when the scores have been on the side of those who are no case."""
    cut = measure.cutoff
    measured = [(label, v) for label, v in zip(labels, scores, strict=True) if v is not None]
    if cut is None or not measure.is_case(measured[0][1]) or measure.is_case(measured[-1][1]):
        return ""
    since = measured[-1][0]
    for label, value in reversed(measured):
        if measure.is_case(value):
            break
        since = label
    side = "Below" if cut.side.endswith("above") else "Above"
    return f"{side} {cut.at:g} since session {since}. "


def _apart(raters: Mapping[str, Scores], labels: Sequence[str]) -> str:
    """Where the two views lay furthest apart."""
    if len(raters) < 2:
        return ""
    pairs = zip(labels, *(raters[r] for r in ("client", "therapist")), strict=True)
    gaps = [(abs(a - b), label) for label, a, b in pairs if a is not None and b is not None]
    if not gaps or max(gaps)[0] < SAME:
        return ""
    widest = max(gap for gap, _ in gaps)
    label = next(label for gap, label in gaps if gap == widest)
    return f"Furthest apart after session {label}, by {widest:.2g}."


def how_read(measure: Measure, shaded: str) -> str:
    """How a panel is to be read.

    Args:
        measure: how the scale is read.
        shaded: ``noise`` where the band is change that could be noise, ``expected`` where it is
            where scores were expected, or "".
    """
    parts = [_made_of(measure)]
    if shaded == "noise" and measure.reliable is not None:
        parts.append("Shaded: change that could be measurement noise.")
        if not measure.reliable.verified:
            parts.append("That limit was not read in a paper.")
    if shaded == "expected":
        parts.append("Shaded: where this score was expected from the sessions before it.")
    if not measure.known:
        parts.append("A score has its own noise: a small step may be none.")
    return " ".join(part for part in parts if part)


def _made_of(measure: Measure) -> str:
    """What the scale is made of: ``Mean of 12 items, 1 to 5``."""
    scale, (low, high) = measure.made_of, measure.bounds
    if scale is None or low is None or high is None or len(scale.items) < 2:
        return ""
    kind = "Sum" if scale.scoring == "sum" else "Mean"
    ends = f"{low:g} to {high:g}".replace("-", "−")
    return f"{kind} of {len(scale.items)} items, {ends}."
