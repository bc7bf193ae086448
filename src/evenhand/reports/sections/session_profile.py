"""Who held what: the power profile, tilts first, then counts."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evenhand.core.contracts import Indicator
from evenhand.core.wording import listed
from evenhand.reports import marks as m
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.count_chart import axis_for, count_cells, count_row, family
from evenhand.reports.numbers import capital, in_words, plural, small
from evenhand.reports.page import part
from evenhand.reports.profile_chart import (
    ProfileRow,
    axis_svg,
    tilt_cells,
    tilt_row,
    together,
    unseen,
)
from evenhand.reports.profile_rows import ROOM, by_facet, count_rows, facet_title, tilt_rows
from evenhand.reports.session_view import Row, SessionView
from evenhand.reports.summary import act, leaning

VOICE = {
    "disagreement": "disagreed aloud",
    "self_advocacy": "asked or preferred something about the therapy",
}
COMPONENTS = ("cut_off", "closed_questions", "directives", "yielding", "deference")
FEWEST_EVENTS = 5.0


def room_parts(readings: dict[str, Row] | Sequence[Row]) -> list[str]:
    """The indicators that the room tilt of a session is the mean of.

    Args:
        readings: rows of one session, or indicator to row.
    """
    rows = readings if not isinstance(readings, dict) else list(readings.values())
    held = {r["indicator"]: r for r in rows}
    found = []
    for name in COMPONENTS:
        r = held.get(name)
        if r is None or r["tilt"] is None:
            continue
        if (r["k_therapist"] or 0) + (r["k_client"] or 0) >= FEWEST_EVENTS:
            found.append(name)
    return [n for n in found if n != "yielding"] if "deference" in found else found


def _legend(view: SessionView) -> list[tuple[Markup, str]]:
    def glyph(inner: str) -> Markup:
        return Markup(f'<svg viewBox="-8 -7 16 14" aria-hidden="true">{inner}</svg>')

    here = (
        '<line x1="-8" x2="8" class="si w15"/><line x1="-5" x2="5" class="si w5"/>'
        '<circle r="4.75" class="fi"/>'
    )
    found = [(glyph(here), "this session, with where half and 95 % of its chances lie")]
    if view.others_n > 0:
        ghost = (
            '<rect x="-8" y="-6" width="16" height="12" rx="6" class="fb"/>'
            '<circle cx="-4" r="2.5" class="f3"/><circle cx="3" r="2.5" class="f3"/>'
        )
        n = view.others_n
        found.append(
            (
                glyph(ghost),
                f"the other {in_words(n) + ' sessions' if n > 1 else 'session'} of these two; "
                "usual is not the same as fair",
            )
        )
    return found


def _say(view: SessionView) -> str:
    lean = leaning(view)
    parts = []
    for names, who in (
        (lean.therapist, view.pair.therapist.called),
        (lean.client, view.pair.client.called),
    ):
        if names:
            parts.append(f"More from {who}: {listed([act(n) for n in names])}.")
    if lean.chance_n:
        parts.append(f"{capital(in_words(lean.chance_n))} could be chance.")
    return " ".join(parts) or "Nothing could be compared here."


def _room_note(view: SessionView) -> str:
    reading = view.readings.get("room_tilt")
    if reading is None or reading["tilt"] is None:
        return ""
    titles = [act(small(view.indicators[n].title)) for n in room_parts(dict(view.readings))]
    return (
        f"The mean of {listed(titles)}. Never read it without the rows above; sessions with other "
        "parts cannot be set beside it."
    )


def tilts(view: SessionView) -> Figure:
    """Everything that compares the two."""
    rows = tilt_rows(view)
    groups = [
        (*facet_title(facet), facet, together([tilt_row(view, i, r) for i, r in some]))
        for facet, some in by_facet(rows)
    ]
    body = part(
        "profile.html",
        view=view,
        axis=axis_svg(view),
        groups=groups,
        room=ROOM,
        note_room=_room_note(view),
    )
    c, t = view.pair.client.name, view.pair.therapist.name
    table = Table(
        f"Tilts from −1 ({c} holds all of it) to +1 ({t} does), with 95 % intervals.",
        ["", c, t, "counted", "tilt, interval, in words", "other sessions"],
        [tilt_cells(view, i, r) for i, r in rows],
        frozenset({3, 4}),
    )
    how = (
        "One facet at a time, never added up. More direction is not worse therapy. A number leads "
        "to the turns that made it."
    )
    return Figure("profile", "Who held what", _say(view), how, body, table, _legend(view))


def _families(
    view: SessionView, some: Sequence[tuple[Indicator, Row]]
) -> list[tuple[str, Markup, list[ProfileRow]]]:
    """Rows of a facet by the scale that they share, each with its axis; absent rows last."""
    shared: dict[str, list[tuple[Indicator, Row]]] = {}
    for i, r in some:
        shared.setdefault("" if unseen(r) else family(i).unit, []).append((i, r))
    found = []
    for unit, rows in sorted(shared.items(), key=lambda item: not item[0]):
        axis = axis_for(view, [i for i, _ in rows])
        drawn = together([count_row(view, axis, i, r) for i, r in rows])
        found.append((view.told(unit), axis.header(), drawn))
    return found


def _titled(
    view: SessionView, facet: str, some: Sequence[tuple[Indicator, Row]]
) -> tuple[str, str]:
    """A facet's title and line; a caution that all its rows share stands there once."""
    title, line = facet_title(facet)
    shared = {view.told(i.caution) for i, _ in some}
    caution = shared.pop() if len(shared) == 1 else ""
    return title, caution or line


def heard(view: SessionView) -> str:
    """The client's voice, in one sentence."""
    client = view.pair.client
    turns = {
        words: len({h.turn for h in view.evidence.get((name, "client"), ())})
        for name, words in VOICE.items()
    }
    said = [f"{words} in {plural(n, 'turn')}" for words, n in turns.items() if n]
    if not said:
        return (
            f"Our phrases found no disagreement and no wish about the therapy from {client.called}."
        )
    missed = [words for words, n in turns.items() if not n]
    rest = f"; our phrases found no turn in which {client.called} {missed[0]}" if missed else ""
    return f"{client.opens} {listed(said)}{rest}."


def _counts_say(view: SessionView) -> str:
    asked = len({h.turn for h in view.evidence.get(("invitation", "therapist"), ())})
    therapist = view.pair.therapist
    if not asked:
        return f"{heard(view)} They found no invitation from {therapist.called} to give a view."
    return f"{heard(view)} {therapist.opens} invited a view in {plural(asked, 'turn')}."


def counts(view: SessionView) -> Figure | None:
    """One person's acts, and what is shown without a tilt."""
    rows = count_rows(view)
    if not rows:
        return None
    groups = [(*_titled(view, f, some), _families(view, some)) for f, some in by_facet(rows)]
    table = Table(
        "Rates with 95 % intervals.",
        ["", "who", "counted", "rate and interval", "note"],
        [cells for i, r in rows for cells in count_cells(view, i, r)],
        frozenset({1, 3, 4}),
    )
    legend = [
        (
            Markup(f'<svg viewBox="-8 -7 16 14" aria-hidden="true">{m.person(role)}</svg>'),
            view.pair[role].name,
        )
        for role in ("client", "therapist")
    ]
    how = (
        "Counts of one person’s acts, so that nothing leans. Small numbers: read the words first. "
        "Phrases miss a good deal, and none found is not none there."
    )
    body = part("counts.html", view=view, groups=groups)
    return Figure("aloud", "What was said aloud", _counts_say(view), how, body, table, legend)


def build(view: SessionView) -> list[Figure]:
    """Tilts, then counts."""
    aloud = counts(view)
    return [tilts(view), *([aloud] if aloud else [])]


SECTION = Section("profile", "session", 40, build)
