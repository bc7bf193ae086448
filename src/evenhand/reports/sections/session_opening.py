"""Head of a session page: three sentences, and what they cannot tell."""

from __future__ import annotations

from markupsafe import Markup

from evenhand.reports.blocks import Opening, Section
from evenhand.reports.moments import pick_moments
from evenhand.reports.numbers import day, duration
from evenhand.reports.session_view import SessionView
from evenhand.reports.summary import limits, sentences


def _eyebrow(view: SessionView) -> str:
    parts = [view.label]
    if view.dyad and view.others_n > 0:
        parts[0] += f" of {view.others_n + 1}"
    if view.date:
        parts.append(day(view.date))
    if view.timed:
        parts.append(duration(view.length_s).split(" ")[0])
    return " · ".join(parts)


def _read_from(view: SessionView) -> str:
    if not view.turns:
        return "Ready-made readings; no transcript."
    words = sum(t.words for t in view.turns)
    times = (
        "with times"
        if view.ends_known
        else "with the time at which each turn begins"
        if view.timed
        else "without times, so that places are counted in words"
    )
    return f"A transcript {times}: {len(view.turns):,} turns, {words:,} words."


def _notes(view: SessionView) -> tuple[str, ...]:
    """What to know of this transcript; notes on the whole study where this is all of it."""
    data = view.study.data
    whole = data.notes if view.study.total == 1 else ()
    return tuple(dict.fromkeys([*data.session_notes.get(view.id, ()), *whole]))


def role_name(view: SessionView, role: str) -> str:
    """What a role is called in the list of facts."""
    return view.study.data.roles.get(role, role).capitalize()


def build(view: SessionView) -> list[Opening]:
    """The opening block."""
    facts = [
        (role_name(view, role), view.pair[role].standing(where))
        for role, where in (
            ("therapist", "square, above and to the right"),
            ("client", "circle, below and to the left"),
        )
    ]
    facts.append(("Read from", Markup("{}").format(_read_from(view))))
    return [
        Opening(
            eyebrow=_eyebrow(view),
            title=view.pair.title,
            sentences=sentences(view, pick_moments(view)),
            limits=limits(view),
            facts=facts,
            notes=_notes(view),
        )
    ]


SECTION = Section("opening", "session", 10, build)
