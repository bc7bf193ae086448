"""Head of a dyad's page."""

from __future__ import annotations

from evenhand.reports.blocks import Opening, Section
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.numbers import capital, day, in_words, listed, percent, small
from evenhand.reports.profile_rows import ROOM

LIMITS = (
    "whether one of these led to another. This is one pair and a few sessions, and other things "
    "happened to both in the same weeks."
)


def _talk(view: DyadView) -> str:
    shares = [
        r["client"]
        for v in view.sessions
        if (r := v.readings.get("talk_share")) and r["client"] is not None
    ]
    if not shares:
        return "The floor could not be read in these sessions."
    low, high = min(shares), max(shares)
    name = view.pair.client.called
    if len(shares) == 1:
        return f"In the one session that could be read {name} held {percent(low)} of the talk."
    return (
        f"Over {in_words(len(shares))} sessions {name} held between {percent(low)} and "
        f"{percent(high)} of the talk."
    )


def _leans(view: DyadView) -> str:
    """What leans over the whole course, by the pooled readings."""
    more: dict[bool, list[str]] = {True: [], False: []}
    for name, r in view.pooled.items():
        i = view.study.data.indicators.get(name)
        if i is None or i.kind != "tilted" or i.facet in {ROOM, "floor"}:
            continue
        low, high = r["tilt_low"], r["tilt_high"]
        if r["tilt"] is None or low is None or high is None or low <= 0 <= high:
            continue
        more[(r["tilt"] > 0) != (i.direction < 0)].append(small(i.title))
    parts = [
        f"{view.pair[role].called} did more of these: {listed(sorted(names))}"
        for role, names in (("therapist", more[True]), ("client", more[False]))
        if names
    ]
    if not parts:
        return "Taken together, no act came clearly more from one of them than chance might give."
    return capital("; ".join(parts)) + ". That is by all sessions taken together."


def _sessions(n: int) -> str:
    return f"{in_words(n)} session{'' if n == 1 else 's'}"


def _strengths(view: DyadView) -> str:
    mended = [v for v in view.sessions if v.turns_with("mending", "therapist")]
    named = [v for v in view.sessions if v.turns_with("position_named")]
    parts = []
    if mended:
        parts.append(f"a part in something was owned aloud in {_sessions(len(mended))}")
    if named:
        parts.append(f"a place in the world was named in {_sessions(len(named))}")
    if not parts:
        return "Our phrases matched no mending and no naming of a place in the world."
    return capital(listed(parts)) + "."


def build(view: DyadView) -> list[Opening]:
    """Three sentences over the course."""
    dates = [day(v.date, brief=True) for v in view.sessions if v.date]
    parts = [capital(_sessions(len(view.sessions)))]
    if dates:
        parts.append(f"{dates[0]} to {dates[-1]}" if len(dates) > 1 else dates[0])
    ended = view.study.meetings[view.sessions[-1].id].row.get("ended")
    if ended:
        parts.append(str(ended))
    roles = view.study.data.roles
    facts = [
        (roles.get(r, r).capitalize(), view.pair[r].standing(where))
        for r, where in (
            ("therapist", "square, right or above"),
            ("client", "circle, left or below"),
        )
    ]
    return [
        Opening(
            eyebrow=" · ".join(parts),
            title=f"{view.pair.title}, the course",
            sentences=[_strengths(view), _talk(view), _leans(view)],
            limits=LIMITS,
            facts=facts,
        )
    ]


SECTION = Section("opening", "dyad", 10, build)
