"""Head of a dyad's page."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.core.wording import listed
from evenhand.reports.blocks import Opening, Section
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.numbers import capital, day, in_words, percent, small
from evenhand.reports.profile_rows import ROOM
from evenhand.reports.scales import outcome_sentence
from evenhand.reports.session_view import SessionView
from evenhand.reports.summary import KINDS_OF_QUESTION, act

MOST_NAMED = 5
"""Sessions that a sentence names one by one."""
LIMITS = (
    "whether one of these led to another. This is one pair and a few sessions, and other things "
    "happened to both in the same weeks."
)


def talk_range(view: DyadView) -> str:
    """The client's lowest and highest part of the talk."""
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
        if name in KINDS_OF_QUESTION and "questions" in view.pooled:
            continue
        low, high = r["tilt_low"], r["tilt_high"]
        if r["tilt"] is None or low is None or high is None or low <= 0 <= high:
            continue
        more[(r["tilt"] > 0) != (i.direction < 0)].append(act(small(i.title)))
    parts = [
        f"more of the {listed(sorted(names))} came from {view.pair[role].called}"
        for role, names in (("therapist", more[True]), ("client", more[False]))
        if names
    ]
    if not parts:
        return "Taken together, no act came clearly more from one of them than chance might give."
    return f"Over all sessions taken together, {', and '.join(parts)}."


def _strengths(view: DyadView) -> str:
    """Where a part was owned aloud and a place in the world was named."""
    mended = [n for n, v in numbered(view) if v.turns_with("mending", "therapist")]
    named = [n for n, v in numbered(view) if v.turns_with("position_named")]
    therapist = view.pair.therapist
    parts = []
    if mended:
        own = "your" if therapist.you else "their"
        parts.append(f"{therapist.called} named {own} own part in {sessions_named(mended)}")
    if named:
        parts.append(f"a place in the world was named in {sessions_named(named)}")
    if not parts:
        return "Our phrases matched no mending and no naming of a place in the world."
    return capital("; ".join(parts)) + "."


def numbered(view: DyadView) -> list[tuple[str, SessionView]]:
    """Sessions with their labels."""
    return list(zip(view.labels, view.sessions, strict=True))


def sessions_named(labels: Sequence[str]) -> str:
    """``session 4``, ``sessions 2 and 4``; how many, where they are too many to name."""
    if len(labels) > MOST_NAMED:
        return f"{in_words(len(labels))} sessions"
    return f"session{'s' if len(labels) > 1 else ''} {listed(labels)}"


def _sentences(view: DyadView) -> list[str]:
    """Strengths first, then what leans, then how the client fared; at most three."""
    fared = outcome_sentence(view)
    if not view.read:
        rated = fared or "Only one’s own and released ratings stand here."
        return ["There is no transcript: this course is read from ratings alone.", rated]
    last = [_leans(view), fared] if fared else [talk_range(view), _leans(view)]
    heard = any(v.turns for v in view.sessions)
    return [_strengths(view), *last] if heard else last


def build(view: DyadView) -> list[Opening]:
    """Three sentences over the course."""
    dates = [day(v.date, brief=True) for v in view.sessions if v.date]
    n = len(view.sessions)
    parts = [f"{capital(in_words(n))} session{'' if n == 1 else 's'}"]
    if dates:
        parts.append(f"{dates[0]} to {dates[-1]}" if len(dates) > 1 else dates[0])
    ended = [e for v in view.sessions if (e := view.study.meetings[v.id].row.get("ended"))]
    if ended:
        parts.append(str(ended[-1]))
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
            sentences=_sentences(view),
            limits=LIMITS,
            facts=facts,
        )
    ]


SECTION = Section("opening", "dyad", 10, build)
