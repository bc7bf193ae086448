"""Ratings over the course: the alliance first, then how the client fared, then the rest."""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.reports.blocks import Figure, Section
from evenhand.reports.course_facts import (
    RUPTURES_HOW,
    ScaleFacts,
    flag_says,
    ruptures_say,
    scale_facts,
)
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.measures import Measure
from evenhand.reports.scales import scales_of
from evenhand.reports.score_chart import Drawn, Scores, score_panel
from evenhand.reports.score_words import how_read, scores_say
from evenhand.reports.session_view import PAIR
from evenhand.reports.tables import by_session


def _seen(view: DyadView) -> str:
    """Whose scores stand here."""
    meeting = view.study.meetings[view.sessions[-1].id]
    reader = view.study.data.for_person
    if reader is not None and reader in {meeting.client_id, meeting.therapist_id}:
        return "Your own answers, and what was released to you."
    return "Only what was released is shown."


def _figure(view: DyadView, n: int, measure: Measure, raters: Mapping[str, Scores]) -> Figure:
    names = {str(r): view.pair[r].name for r in PAIR}
    facts = {r: scale_facts(view, measure, r, scores) for r, scores in raters.items()}
    client = facts.get("client", ScaleFacts())
    marks = client.marks([v.number for v in view.sessions])
    drawn = Drawn(measure, raters, names, client.expected, marks)
    cells = [
        ["not given" if scores[i] is None else f"{scores[i]:.4g}" for scores in raters.values()]
        for i in range(len(view.sessions))
    ]
    head = [names[r] for r in raters]
    table = by_session(view, f"{measure.title}: scores that may be seen here.", head, cells)
    people = {str(r): view.pair[r] for r in PAIR}
    labels = {v.number: n for v, n in zip(view.sessions, view.labels, strict=True) if v.number}
    said = [
        scores_say(measure, people, raters, view.labels),
        ruptures_say(client, view.pair.client, labels),
        flag_says(client),
    ]
    say = " ".join(one for one in said if one)
    shaded = "expected" if any(client.expected) else "noise" if drawn.noise else ""
    read = [how_read(measure, shaded), RUPTURES_HOW if client.ruptures else "", _seen(view)]
    how = " ".join(one for one in read if one)
    return Figure(f"rating-{n}", measure.title, say, how, score_panel(view.columns, drawn), table)


def build(view: DyadView) -> list[Figure]:
    """A panel a scale."""
    return [_figure(view, n, *one) for n, one in enumerate(scales_of(view))]


SECTION = Section("scores", "dyad", 30, build)
