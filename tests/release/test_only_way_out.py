"""Figures of a group leave through `evenhand.release` and by no other way."""

from __future__ import annotations

import ast
from collections.abc import Callable

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.release.models import ReleasedModel
from evenhand.release.released import ReleasedTable
from tests.release import way_out
from tests.release.way_out import Modules, our_modules

NO_GROUP = {
    ("evenhand.reports.study_view", "_stated"): "how many sessions of a dyad find room on pages",
    ("evenhand.reports.tilt_core", "with_core"): "the two roles of one session side by side",
}
"""Where pages make one number of many rows, and of what."""


def summed(modules: Modules) -> list[str]:
    return way_out.summed(modules, NO_GROUP)


CHECKS: list[Callable[[Modules], list[str]]] = [
    way_out.forged,
    way_out.computed,
    summed,
    way_out.unreleased_sections,
    way_out.unreleased_fields,
    way_out.tables_given,
    way_out.other_pages,
    way_out.ways_to_people,
    way_out.released_page,
]


OPEN = {
    "evenhand.reports.course_facts takes the table flag_errors",
    "evenhand.runs.telling takes the table flag_errors",
}
"""Error rates of a flag, reckoned from all dyads: to be taken from the pages or released."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_there_is_no_other_way_out(check: Callable[[Modules], list[str]]) -> None:
    assert set(check(our_modules())) - OPEN == set()


NEEDED = (
    "evenhand.reports.context",
    "evenhand.reports.mirror_view",
    "evenhand.runs._release_page",
    "evenhand.study.folder",
    "evenhand.runs.inputs",
)
"""Modules that checks look at by name."""

OFFENDING = {
    "forged": [
        ("evenhand.runs.x", "from evenhand.release.released import seal"),
        ("evenhand.runs.x", "table = ReleasedTable('t', 'T', (), 'count', frame)"),
        ("evenhand.reports.x", "shown = replace(table, frame=raw)"),
        ("evenhand.reports.x", "object.__setattr__(table, 'frame', raw)"),
    ],
    "computed": [
        ("evenhand.reports.x", "from evenhand.models.maihda import fit"),
        ("evenhand.reports.x", "from evenhand.release.clients import clients_of"),
        ("evenhand.reports.x", "import statistics"),
        ("evenhand.reports.x", "from scipy.stats import binom"),
    ],
    "summed": [
        ("evenhand.reports.x", "def f(v):\n    return v.data.sessions.group_by('gender').len()"),
        ("evenhand.reports.x", "def f(v):\n    return v.data.readings['tilt'].mean()"),
    ],
    "unreleased_sections": [
        (
            "evenhand.reports.sections.x",
            "def build(view):\n    return len(view.dyads)\n"
            "SECTION = Section('x', 'study', 15, build)",
        ),
        (
            "evenhand.reports.sections.x",
            "def build(view):\n    return view.data.sessions.height\n"
            "SECTION = Section('x', 'study', 15, build)",
        ),
    ],
    "unreleased_fields": [
        (
            "evenhand.reports.mirror_view",
            "class MirrorView:\n    title: str\n    release: MirrorRelease\n    gaps: pl.DataFrame",
        ),
        (
            "evenhand.reports.context",
            "class ReportData:\n    released: Sequence[pl.DataFrame]",
        ),
    ],
    "tables_given": [
        ("evenhand.reports.x", "rows = view.course_table('caseloads')"),
        ("evenhand.runs.telling", "found = course.tables.get('hazards')"),
        ("evenhand.reports.x", "rows = pooled.filter(pl.col('level') == 'study')"),
    ],
    "other_pages": [
        ("evenhand.runs.x", "from evenhand.reports.page import page_html"),
        ("evenhand.cli.x", "from evenhand.reports.render import render_report"),
    ],
    "ways_to_people": [
        ("evenhand.runs._plan_page", "from evenhand.study.folder import load_study"),
        ("evenhand.runs._theory_page", "from evenhand.runs.inputs import gather"),
    ],
    "released_page": [
        ("evenhand.runs._release_page", "def release_page(table: pl.DataFrame) -> str: ..."),
    ],
}
"""Made-up modules, each with another way out, and the check that must name it."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_another_way_out_is_found(check: Callable[[Modules], list[str]]) -> None:
    few = {name: our_modules()[name] for name in NEEDED}
    assert check(few) == []
    for name, code in OFFENDING[check.__name__]:
        assert check({**few, name: ast.parse(code)}), code


def test_each_exception_is_still_needed() -> None:
    found = way_out.summed(our_modules(), {})
    assert {".".join(place) for place in NO_GROUP} == {one.split(" ")[0] for one in found}
    assert set(way_out.SINGLY) <= set(our_modules())
    assert set(way_out.PAGES) <= set(our_modules())


def test_nobody_makes_a_released_figure_by_hand() -> None:
    with pytest.raises(EvenhandError, match="release"):
        ReleasedTable("t", "T", (), "count", pl.DataFrame({"n": [3]}))
    with pytest.raises(EvenhandError, match="release"):
        ReleasedModel("k", {}, False, {"gap": (1.0, 0.5, 1.5)}, {}, 40, 5, (), 0, "2026-Q3")
