"""The dyads side by side, each with a small course; never a comparison of people."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from evenhand.reports import course_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.dyad_view import DyadView, dyad_view
from evenhand.reports.numbers import day, in_words, percent, plural
from evenhand.reports.page import part
from evenhand.reports.scales import scales_of
from evenhand.reports.score_chart import Drawn, score_panel
from evenhand.reports.sections.dyad_opening import numbered, sessions_named
from evenhand.reports.session_view import PAIR, SessionView
from evenhand.reports.study_view import StudyView

MOST_DRAWN = 12
"""Dyads that are drawn; all others are in the list below."""
MOST_DATES = 4
"""Sessions whose dates fit above a small course."""
TALL = 110


def _share(view: SessionView) -> float | None:
    reading = view.readings.get("talk_share")
    return reading["client"] if reading else None


def _facts(view: DyadView) -> list[tuple[str, str]]:
    """What is to be seen in a course, the same lines for each."""
    shares = [s for v in view.sessions if (s := _share(v)) is not None]
    talk = "not readable"
    if shares:
        low, high = percent(min(shares)), percent(max(shares))
        talk = low if low == high else f"{low} to {high}"
    mended = [n for n, v in numbered(view) if v.turns_with("mending", "therapist")]
    named = [n for n, v in numbered(view) if v.turns_with("position_named")]
    nothing = "our phrases matched nothing"
    if not view.read:
        shown = [measure.title for measure, _ in scales_of(view)]
        return [
            ("Sessions", f"{len(view.sessions)}, no transcript"),
            ("Drawn", shown[0] if shown else "nothing that was rated may be shown here"),
        ]
    return [
        (f"{view.pair.client.name}’s part of the talk", talk),
        ("Mending markers", sessions_named(mended) if mended else nothing),
        ("A place in the world named", sessions_named(named) if named else nothing),
    ]


def _scores(view: DyadView) -> Markup | str:
    """The first scale that may be seen, small; nothing where none may."""
    for measure, raters in scales_of(view):
        names = {str(r): view.pair[r].name for r in PAIR}
        return score_panel(view.columns, Drawn(measure, raters, names))
    return ""


def _rows(view: DyadView) -> list[list[str]]:
    rows = []
    for label, v in numbered(view):
        share = _share(v)
        rows.append(
            [
                view.pair.title,
                label,
                day(v.date),
                f"{len(v.turns):,}",
                percent(share) if share is not None else "not readable",
                str(len(v.turns_with("mending", "therapist"))),
                str(len(v.turns_with("position_named"))),
            ]
        )
    return rows


def _how(views: Sequence[DyadView], left: int, scale: tuple[bool, float]) -> str:
    if not any(v.read for v in views):
        return (
            "A column a session, with the scores that may be shown here. The name opens the "
            "course. Nobody is compared with anybody."
        )
    timed, longest = scale
    length = f"{longest / 60:.0f} minutes" if timed else f"{longest:,.0f} words"
    more = (
        f" {plural(left, 'more pair')} {'is' if left == 1 else 'are'} in the list." if left else ""
    )
    return (
        "Client left, therapist right, time downward, all to one scale: the longest session has "
        f"{length}. A number opens its session. Usual is not the same as fair.{more}"
    )


def build(view: StudyView) -> list[Figure]:
    """One figure with a small course for each dyad, in the order of the study."""
    views = [dyad_view(view, one) for one in list(view.dyads)[:MOST_DRAWN]]
    if not views:
        return []
    scale = draw.strip_scale([s for v in views for s in v.sessions])
    panels = [
        {
            "title": v.pair.title,
            "page": view.dyad_files[v.id],
            "header": draw.header(v.columns, v.links, MOST_DATES),
            "strips": draw.strips(v.columns, TALL, scale) if v.read else _scores(v),
            "facts": _facts(v),
        }
        for v in views
    ]
    head = ["pair", "session", "date", "turns", "client’s part of the talk", "mending"]
    table = Table(
        "Sessions of each pair, in the order of the study.",
        [*head, "position named"],
        [row for v in views for row in _rows(v)],
        frozenset({1, 2}),
    )
    n = len(views)
    say = (
        f"{in_words(n).capitalize()} pairs side by side, each read on its own."
        if n > 1
        else "One pair, with all its sessions."
    )
    left = len(view.dyads) - n
    body = part("pairs.html", panels=panels)
    return [Figure("pairs", "The pairs", say, _how(views, left, scale), body, table)]


SECTION = Section("dyads", "study", 20, build)
