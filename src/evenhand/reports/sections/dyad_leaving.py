"""How likely the treatment is to be left: to its own therapist, and to nobody else."""

from __future__ import annotations

from markupsafe import Markup

from evenhand.core.wording import listed
from evenhand.reports import marks as m
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.numbers import percent

CALLED = {
    "first_session": "this being the first session",
    "log_session": "how many sessions there have been",
    "progress": "how much of the plan is done",
    "log_planned": "how long it was planned",
    "log_gap_days": "the days since the session before",
    "alliance": "the alliance as the client rated it",
    "alliance_fall": "its recent fall",
    "outcome_worse": "how unwell the client is by the outcome scale",
    "directives": "directives in the room",
    "withdrawal": "withdrawal markers",
    "confrontation": "confrontation markers",
    "client_standing": "the client’s place on the ladder that the study claims",
    "therapist_standing": "your place on the ladder that the study claims",
    "standing_gap": "how far apart the two of you stand on it",
    "therapist": "what your other treatments have in common",
}
"""What a predictor is called; others by their own name."""

MOST = 4
"""Reasons that are told."""
LEAST = 1.05
"""Odds ratios nearer to 1 are no reason."""


def _called(name: str) -> str:
    return CALLED.get(name, name.replace("_", " "))


def _drawing(chance: float, low: float, high: float, usual: float) -> Markup:
    """The chance with its interval, and what is usual, on one axis."""
    end = next(e for e in (0.1, 0.2, 0.3, 0.5, 1.0) if max(high, usual) <= e)

    def x(value: float) -> float:
        return 8 + 88 * value / end

    marks = [
        *(m.line(x(end * i / 2), x(end * i / 2), 8, 56, "sr") for i in range(3)),
        *(m.text(x(end * i / 2), 74, percent(end * i / 2), anchor="middle") for i in range(3)),
        m.line(x(low), x(high), 24, 24, "si w15"),
        m.glyph(x(chance), 24, '<circle r="5.5" class="fi"/>'),
        m.glyph(x(usual), 44, '<circle r="3" class="f3"/>'),
        m.text(x(usual) + 1.5, 48, "usual after as many sessions", "halo"),
    ]
    return m.drawing(84, marks, "The chance with its interval. Figures are in the table.")


def build(view: DyadView) -> list[Figure]:
    """The chance with its interval and its reasons, or nothing."""
    chances = view.study.course_of(view.id, "chances").to_dicts()
    if not chances:
        return []
    now = chances[-1]
    parts = view.study.course_of(view.id, "reasons").to_dicts()
    more = [_called(r["predictor"]) for r in parts if r["odds_ratio"] >= LEAST][:MOST]
    less = [_called(r["predictor"]) for r in parts if r["odds_ratio"] <= 1 / LEAST][:MOST]
    say = (
        f"Between {percent(now['low'])} and {percent(now['high'])} of treatments with these "
        f"figures were left after such a session. "
    )
    if more:
        say += f"More than usual by {listed(more)}. "
    if less:
        say += f"Less by {listed(less)}. "
    how = (
        "Shown to you because it is your treatment, and to nobody else. A chance, from what this "
        "study's treatments had in common; it says nothing of why, and an open question tells "
        "more."
    )
    rows = [
        ["chance", f"{now['chance']:.1%}", f"{now['low']:.1%} to {now['high']:.1%}"],
        ["usual", f"{now['usual']:.1%}", ""],
        *([_called(r["predictor"]), f"odds × {r['odds_ratio']:.2f}", ""] for r in parts),
    ]
    table = Table(
        "Chance of leaving after the last session.", ["", "figure", "95 % interval"], rows
    )
    drawn = _drawing(now["chance"], now["low"], now["high"], now["usual"])
    return [Figure("leaving", "Staying and leaving", say.strip(), how, drawn, table)]


SECTION = Section("leaving", "dyad", 35, build)
