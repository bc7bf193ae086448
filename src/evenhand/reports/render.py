"""`render_report`: the pages of a study, one file each, that need nothing but a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from evenhand.reports import course_chart
from evenhand.reports.blocks import Block, Section
from evenhand.reports.context import ReportData
from evenhand.reports.dyad_view import DyadView, dyad_view
from evenhand.reports.page import Link, Page, page_html, style_for
from evenhand.reports.session_view import SessionView
from evenhand.reports.study_view import StudyView

Progress = Callable[[str, int, int], None]


@cache
def sections(page: str) -> tuple[Section, ...]:
    """Every section of a kind of page, top to bottom; found by scanning, never listed."""
    home = "evenhand.reports.sections"
    found = [
        section
        for info in iter_modules(import_module(home).__path__)
        if (section := getattr(import_module(f"{home}.{info.name}"), "SECTION", None)) is not None
        and section.page == page
    ]
    return tuple(sorted(found, key=lambda s: (s.order, s.name)))


def blocks(page: str, view: Any) -> list[Block]:
    """All blocks of a page."""
    return [block for section in sections(page) for block in section.build(view)]


def render_report(data: ReportData, out: Path, progress: Progress | None = None) -> list[Path]:
    """Write the report: ``index.html``, a page a dyad, a page a session.

    Each page is one file with its style and script inside; it asks the network for nothing.
    With a single session ``index.html`` is that session's page.

    Args:
        data: the tables and what is known of the study.
        out: a folder, made if need be.
        progress: told (what is being done, how much is done, of how much).

    Returns:
        The files written, ``index.html`` first.
    """
    view = StudyView(data)
    out.mkdir(parents=True, exist_ok=True)
    style = style_for(sorted(data.indicators))
    written = [out / "index.html"]
    total = len(view.shown) + len(view.dyads) + 1
    for done, (name, html) in enumerate(_pages(view, style), start=1):
        path = out / name
        path.write_text(html, encoding="utf-8")
        if path not in written:
            written.append(path)
        if progress is not None:
            progress("Writing the report", min(done, total), total)
    return written


def _pages(view: StudyView, style: str) -> Iterable[tuple[str, str]]:
    """File names and their HTML; a dyad's sessions are let go when its pages are written."""
    alone = len(view.shown) == len(view.listed) == 1 and view.total == 1
    groups: list[tuple[str | None, Sequence[str]]] = [*view.dyads.items()]
    groups += [(None, [one]) for one in view.shown if view.meetings[one].dyad is None]
    if not alone:
        yield "index.html", page_html(study_page(view), style)
        view.forget()
    for dyad, ids in groups:
        if dyad is not None:
            page = page_html(dyad_page(dyad_view(view, dyad)), style)
            yield view.dyad_files[dyad], page
        paged = [one for one in ids if one in view.session_files]
        for i, one in enumerate(paged):
            around = (
                paged[i - 1] if i else None,
                paged[i + 1] if i + 1 < len(paged) else None,
            )
            html = page_html(session_page(view.session(one), around), style)
            yield view.session_files[one], html
            if alone:
                yield "index.html", html
        view.forget()


def _study_key(view: StudyView) -> str:
    """What a browser keeps this study's notes under."""
    return sha256(view.data.title.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _nav(view: StudyView, session: str | None, dyad: str | None, here: str) -> list[Link]:
    links = []
    if len(view.listed) > 1:
        links.append(Link("Study", "index.html", here == "study"))
    if dyad is not None:
        links.append(Link("Course", view.dyad_files[dyad], here == "dyad"))
    if session is not None:
        links.append(Link("Session", view.session_files[session], here == "session"))
    if view.data.mirror:
        links.append(Link("Mirror", view.data.mirror))
    return links


def study_page(view: StudyView) -> Page:
    """The study's own page."""
    return Page(
        title=view.data.title,
        kind="study",
        blocks=blocks("study", view),
        nav=_nav(view, None, None, "study"),
        study=_study_key(view),
    )


def dyad_page(view: DyadView) -> Page:
    """The course of one dyad."""
    return Page(
        title=f"{view.pair.title}, the course",
        kind="dyad",
        blocks=blocks("dyad", view),
        nav=_nav(view.study, None, view.id, "dyad"),
        study=_study_key(view.study),
        header=course_chart.header(view.columns, view.links),
    )


def session_page(view: SessionView, around: tuple[str | None, str | None] = (None, None)) -> Page:
    """One session, with links to those before and after it."""
    study = view.study
    before, after = (
        Link(
            study.meetings[o].id
            if study.meetings[o].number is None
            else f"Session {study.meetings[o].number}",
            study.session_files[o],
        )
        if o is not None
        else None
        for o in around
    )
    meeting = study.meetings[view.id]
    people = {meeting.client_id: "client", meeting.therapist_id: "therapist"}
    return Page(
        title=f"{view.pair.title}, {view.label}",
        kind="session",
        blocks=blocks("session", view),
        nav=_nav(study, view.id, view.dyad, "session"),
        study=_study_key(study),
        session=view.id,
        viewer=people.get(study.data.for_person, "") if study.data.for_person else "",
        before=before,
        after=after,
    )
