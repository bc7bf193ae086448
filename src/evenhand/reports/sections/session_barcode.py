"""Who spoke, when."""

from __future__ import annotations

from markupsafe import Markup

from evenhand.core.wording import listed
from evenhand.reports import marks as m
from evenhand.reports.barcode import (
    below,
    cut_offs,
    held,
    lanes,
    overlaps,
    silences,
    span_label,
    thirds,
)
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.moments import pick_moments
from evenhand.reports.numbers import capital, clock, in_words, percent, plural
from evenhand.reports.page import part
from evenhand.reports.session_view import SessionView


def _say(view: SessionView) -> str:
    """The plainest thing to be seen: in which third the client held most."""
    shares = thirds(view)
    if not shares:
        return "There is nothing to draw."
    name, client, _ = max(shares, key=lambda s: s[1])
    least = min(s[1] for s in shares)
    if client - least < 0.1:
        return f"{view.pair.client.opens} held much the same part in each third."
    return f"{view.pair.client.opens} held most in the {name.lower()}: {percent(client)}."


def _how(view: SessionView) -> str:
    base = "Each bar is a turn. Numbers lead to the moments below, strengths first."
    if not view.timed:
        return (
            f"This transcript has no times: bars run by words, and silences cannot be seen. {base}"
        )
    if not view.ends_known:
        return f"Turns have a beginning and no end: silences cannot be seen. {base}"
    if not view.gaps_known:
        return (
            "Each turn begins where the one before it ends: silences and talk at once cannot be "
            f"seen. {base}"
        )
    gaps = silences(view)
    if not gaps:
        return f"{base} No silence of four seconds or more."
    longest = max(g for _, _, g in gaps)
    return (
        f"{base} {capital(in_words(len(gaps)))} silence{'s' if len(gaps) > 1 else ''} of four "
        f"seconds or more, the longest {longest:.0f} s."
    )


def _glyph(inner: str) -> Markup:
    return Markup(f'<svg viewBox="-8 -7 16 14" aria-hidden="true">{inner}</svg>')


def _legend(view: SessionView) -> list[tuple[Markup, str]]:
    bar = (
        '<rect x="-8" y="-6" width="2.5" height="12" class="ft"/>'
        '<rect x="-3" y="-6" width="6" height="12" class="ft"/>'
    )
    found = [
        (
            _glyph(bar),
            "a turn" + (", as long as it lasted" if view.timed else ", as long as its words"),
        )
    ]
    if silences(view):
        found.append(
            (
                _glyph('<rect x="-6" y="-6" width="12" height="12" class="fb"/>'),
                "silence of 4 s or more",
            )
        )
    if overlaps(view):
        found.append(
            (_glyph('<rect x="-6" y="-2" width="12" height="4" class="f2"/>'), "both at once")
        )
    if cut_offs(view):
        found.append((_glyph(m.triangle("therapist")), "cut off, pointing at whose turn ended"))
    if view.turns_with("position_named"):
        found.append((_glyph(m.DIAMOND), "a position named"))
    if view.turns_with("withdrawal", "client") or view.turns_with("confrontation", "client"):
        found.append((_glyph(m.BROKEN), "strain marker"))
    if view.turns_with("mending", "therapist"):
        found.append((_glyph(m.BRIDGE), "mending marker"))
    if any(t.role not in ("therapist", "client") for t in view.turns):
        found.append(
            (_glyph('<rect x="-6" y="-3" width="12" height="6" class="f3"/>'), "someone else")
        )
    return found


def _markers(view: SessionView) -> dict[str, list[float]]:
    """What is drawn below and between the lanes, where there is any: heading to places."""
    strain = [*view.turns_with("withdrawal", "client"), *view.turns_with("confrontation", "client")]
    found = {
        "strain": [t.x0 for t in strain],
        "mending": [t.x0 for t in view.turns_with("mending", "therapist")],
        "positions named": [t.x0 for t in view.turns_with("position_named")],
        "both at once": [a for a, _ in overlaps(view)],
    }
    return {name: places for name, places in found.items() if places}


def _table(view: SessionView) -> Table:
    rows = []
    for i, (name, client, therapist) in enumerate(thirds(view)):
        a, b = 100 * i / 3, 100 * (i + 1) / 3 if i < 2 else 101.0
        here = [t for t in view.turns if a <= t.x0 < b]
        n = {role: sum(t.role == role for t in here) for role in ("client", "therapist")}
        cut = {role: sum(r == role and a <= t.x0 < b for r, t in cut_offs(view)) for role in n}
        quiet = str(sum(a <= before.x1 < b for before, _, _ in silences(view)))
        rows.append(
            [
                name,
                span_label(view, i),
                *(str(k) for k in n.values()),
                percent(client),
                percent(therapist),
                *(str(k) for k in cut.values()),
                quiet if view.gaps_known else "cannot be seen",
                *(str(sum(a <= x < b for x in places)) for places in _markers(view).values()),
            ]
        )
    c, t = view.pair.client.name, view.pair.therapist.name
    head = ["", "where", f"turns, {c}", f"turns, {t}", f"share, {c}", f"share, {t}"]
    head += [f"cut-offs by {c}", f"cut-offs by {t}", "silences ≥ 4 s", *_markers(view)]
    caption = "Turns, shares, cut-offs, silences and markers, by third of the session."
    return Table(caption, head, rows, frozenset({1}))


def build(view: SessionView) -> list[Figure]:
    """The barcode with its two sliders, which show a stretch of the transcript."""
    if not view.turns:
        return []
    moments = pick_moments(view)
    named = [view.place(t) for t in view.turns_with("position_named")]
    more = (
        [
            f"Positions were named at {listed(named[:6])}."
            if view.timed
            else f"Positions were named in {plural(len(named), 'turn')}."
        ]
        if named
        else []
    )
    body = part(
        "barcode.html",
        view=view,
        lanes=lanes(view, moments),
        below=below(view),
        held={role: held(view, role) for role in ("therapist", "client")},
        end=clock(view.length_s) if view.timed else "the last word",
    )
    return [
        Figure(
            "barcode",
            "Who spoke, when",
            _say(view),
            _how(view),
            body,
            _table(view),
            _legend(view),
            more,
        )
    ]


SECTION = Section("barcode", "session", 20, build)
