"""What a study's models say of one course, cut to what this reader may see.

Where a score was expected is worked out from earlier scores, so it would tell them: nothing of a
scale is shown here unless every score of it may be seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from evenhand.reports.dyad_view import DyadView
from evenhand.reports.marks import BRIDGE, BROKEN
from evenhand.reports.measures import Measure
from evenhand.reports.numbers import capital, in_words
from evenhand.reports.people import Person
from evenhand.reports.score_chart import Band, Scores

Row = Mapping[str, Any]

EARLIER, USUALLY = 2, 40
"""Ratings that come before any that is judged; and of how many usual ones one falls below."""


@dataclass(frozen=True)
class ScaleFacts:
    """What is known of one scale of a course.

    Args:
        expected: a range a session, None where too little came before it.
        ruptures: a row a rupture, with the number of the session by which it was mended.
        judged: how many of the client's ratings have enough before them to be one.
        flag: the last session's chance of not getting better and whether it is flagged.
    """

    expected: Band = ()
    ruptures: Sequence[Row] = ()
    judged: int = 0
    flag: Row | None = None

    def marks(self, numbers: Sequence[int | None]) -> dict[int, str]:
        """Session's place to the mark of a rupture, or of the second return."""
        place = {number: i for i, number in enumerate(numbers) if number is not None}
        found = {place[r["number"]]: BROKEN for r in self.ruptures if r["number"] in place}
        for r in self.ruptures:
            if r["repaired_number"] in place:
                found.setdefault(place[r["repaired_number"]], BRIDGE)
        return found


def scale_facts(view: DyadView, measure: Measure, rater: str, scores: Scores) -> ScaleFacts:
    """The models' part of a panel; empty where a score of it may not be seen here.

    Args:
        view: the dyad.
        measure: the scale.
        rater: whose view.
        scores: those that may be seen, a session each.
    """
    rows = _rows(view, "sessions", measure)
    rows = rows.filter(pl.col("rater") == rater) if rows.height else rows
    ids = [v.id for v in view.sessions]
    seen = {one for one, score in zip(ids, scores, strict=True) if score is not None}
    if rows.is_empty() or not set(rows["session_id"]) <= seen:
        return ScaleFacts()
    bands = {r["session_id"]: (r["band_low"], r["band_high"]) for r in rows.to_dicts()}
    expected = [
        pair if (pair := bands.get(one)) is not None and None not in pair else None for one in ids
    ]
    if rater != "client":
        return ScaleFacts(expected)
    return ScaleFacts(
        expected,
        _rows(view, "ruptures", measure).to_dicts(),
        max(len(seen) - EARLIER, 0),
        _last_flag(view, measure),
    )


def _last_flag(view: DyadView, measure: Measure) -> Row | None:
    """What is foretold of this course: to the two people themselves, and to nobody else."""
    meeting = view.study.meetings[view.sessions[-1].id]
    reader = view.study.data.for_person
    if reader is None or reader not in {meeting.client_id, meeting.therapist_id}:
        return None
    rows = _rows(view, "not_on_track", measure)
    found = rows.sort("number").tail(1).to_dicts() if rows.height else []
    return found[0] if found else None


def _rows(view: DyadView, name: str, measure: Measure) -> pl.DataFrame:
    frame = view.study.course_of(view.id, name)
    if frame.is_empty() or "instrument" not in frame.columns:
        return frame.clear()
    frame = frame.filter(pl.col("instrument") == measure.instrument)
    if "scale" in frame.columns:
        frame = frame.filter(pl.col("scale") == (measure.scale or "total"))
    return frame


def ruptures_say(facts: ScaleFacts, person: Person, labels: Mapping[int, str]) -> str:
    """Ratings that fell below what came before, and what came of them; never more than that."""
    if not facts.ruptures:
        return ""
    said = [_counted(facts)]
    for r in facts.ruptures[:2]:
        number = labels.get(r["number"], str(r["number"]))
        fate = {
            "repaired": "two ratings in a row were back where they had been",
            "not repaired": "they were not back two sessions in a row",
            "cannot be judged": "what came of it cannot be told yet",
        }[r["repair"]]
        said.append(f"After session {number} {person.owns} rating was so low; later {fate}.")
    return " ".join(said)


def _counted(facts: ScaleFacts) -> str:
    """What was observed beside what is to be expected where nothing happens."""
    n = len(facts.ruptures)
    return (
        f"{capital(in_words(n))} of {facts.judged} ratings {'is' if n == 1 else 'are'} lower than "
        f"those before allow; without any change it would be about {facts.judged / USUALLY:.1f}."
    )


RUPTURES_HOW = (
    "Without any change about one rating in forty falls so low, and low ones rise again by "
    "themselves: ask, before you take it for strain or for mending."
)


def flag_says(facts: ScaleFacts) -> str:
    """Whether the course looks as if it does not get better, with how often that errs."""
    if facts.flag is None or not facts.flag["flag"]:
        return ""
    return (
        "Not on the expected track at the last score. The flag is set so that one in ten courses "
        "that do get better has it too, and it misses some that do not: a reason to ask, not a "
        "forecast."
    )
