"""Ratings over the course: the alliance first, then how the client fared, then the rest."""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.reports.blocks import Figure, Section
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
    drawn = Drawn(measure, raters, names)
    cells = [
        ["not given" if scores[i] is None else f"{scores[i]:g}" for scores in raters.values()]
        for i in range(len(view.sessions))
    ]
    head = [names[r] for r in raters]
    table = by_session(view, f"{measure.title}: scores that may be seen here.", head, cells)
    say = scores_say(measure, {str(r): view.pair[r] for r in PAIR}, raters, view.labels)
    how = f"{how_read(measure, 'noise' if drawn.noise else '')} {_seen(view)}".strip()
    return Figure(f"rating-{n}", measure.title, say, how, score_panel(view.columns, drawn), table)


def build(view: DyadView) -> list[Figure]:
    """A panel a scale."""
    return [_figure(view, n, *one) for n, one in enumerate(scales_of(view))]


SECTION = Section("scores", "dyad", 30, build)
