"""The dyads side by side, each with a small course; never a comparison of people."""

from __future__ import annotations

from evenhand.reports import course_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.dyad_view import DyadView, dyad_view
from evenhand.reports.numbers import day, in_words, percent
from evenhand.reports.page import part
from evenhand.reports.study_view import StudyView

MOST_DRAWN = 12
"""Dyads that are drawn; all others are in the list below."""


def _figure(view: DyadView, n: int) -> Figure:
    rows = []
    for label, v in zip(view.labels, view.sessions, strict=True):
        r = v.readings.get("talk_share")
        share = percent(r["client"]) if r and r["client"] is not None else "not readable"
        named = len(v.turns_with("position_named"))
        mended = len(v.turns_with("mending", "therapist"))
        rows.append([label, day(v.date), f"{len(v.turns):,}", share, str(mended), str(named)])
    c = view.pair.client.name
    table = Table(
        f"Sessions of {view.pair.title}.",
        ["session", "date", "turns", f"share of the talk, {c}", "mending", "position named"],
        rows,
    )
    body = part(
        "small_course.html",
        header=draw.header(view.columns, view.links),
        strips=draw.strips(view.columns, 90),
        page=view.study.dyad_files[view.id],
        title=view.pair.title,
    )
    mended = sum(bool(v.turns_with("mending", "therapist")) for v in view.sessions)
    named = sum(bool(v.turns_with("position_named")) for v in view.sessions)
    say = (
        f"{in_words(len(view.sessions)).capitalize()} sessions. Mending markers in "
        f"{in_words(mended)}, a place in the world named in {in_words(named)}."
    )
    how = f"{c} left, {view.pair.therapist.name} right, time downward. A number opens its session."
    return Figure(f"dyad-{n}", view.pair.title, say, how, body, table)


def build(view: StudyView) -> list[Figure]:
    """A small course for each dyad, in the order of the study."""
    first = list(view.dyads)[:MOST_DRAWN]
    return [_figure(dyad_view(view, one), n) for n, one in enumerate(first, start=1)]


SECTION = Section("dyads", "study", 20, build)
