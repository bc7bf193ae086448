"""Figures of a group leave through `evenhand.release` and by no other way."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.release.models import ReleasedModel
from evenhand.release.released import ReleasedTable, seal
from evenhand.reports.page import page_html
from evenhand.reports.render import study_page
from evenhand.reports.sections import study_opening
from evenhand.reports.study_view import StudyView
from tests.release import way_out
from tests.release.way_out import Modules, our_modules
from tests.reports.made_up import made_data

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
    way_out.unreleased_pictures,
    way_out.ways_to_people,
    way_out.released_page,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_there_is_no_other_way_out(check: Callable[[Modules], list[str]]) -> None:
    assert check(our_modules()) == []


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
    "unreleased_pictures": [
        ("evenhand.runs.x", "from evenhand.reports.caterpillar import picture"),
        ("evenhand.cli.x", "svg = picture(rows, title='t', mark='')"),
        ("evenhand.runs._maihda_page", "from evenhand.reports.page import page_html"),
        ("evenhand.runs._maihda_page", "path = found.with_suffix('.html')"),
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
    assert set(way_out.PICTURES) <= set(our_modules())


def test_nobody_makes_a_released_figure_by_hand() -> None:
    with pytest.raises(EvenhandError, match="release"):
        ReleasedTable("t", "T", (), "count", pl.DataFrame({"n": [3]}))
    with pytest.raises(EvenhandError, match="release"):
        ReleasedModel("k", {}, False, {"gap": (1.0, 0.5, 1.5)}, {}, 40, 5, (), 0, "2026-Q3")


def test_a_released_table_takes_no_other_figures_afterwards() -> None:
    told = seal("t", "T", (), "count", pl.DataFrame({"n": [15]}))
    with pytest.raises(EvenhandError, match="release"):
        replace(told, frame=pl.DataFrame({"n": [3]}))


CAST = [("abel", "thea"), ("bruno", "thea"), ("cleo", "tomas"), ("dana", "tomas")]
NAMES = {name: name.capitalize() for pair in CAST for name in pair}
MEETINGS = [(f"{c}-{n}", c, t, n) for c, t in CAST for n in (1, 2)]


def study_html(readings: pl.DataFrame) -> list[str]:
    """The page of a study of four pairs, cut where a row, an item or a small picture begins."""
    data = replace(made_data(MEETINGS, n=12, names=NAMES), readings=readings)
    html = page_html(study_page(StudyView(data)), "")
    return re.split(r"(?=<(?:tr|li|article|section|h2|h3)\b)", html)


def strays() -> list[str]:
    """What one pair's readings move on a study's page without bearing its name."""
    readings = made_data(MEETINGS, n=12, names=NAMES).readings
    own = pl.col("session_id").str.starts_with("cleo")
    numbers = ["therapist", "client", "tilt", "k_client", "e_client", "k_therapist", "e_therapist"]
    half = [pl.when(own).then(pl.col(n) * 0.5).otherwise(n).alias(n) for n in numbers]
    pages = (study_html(readings), study_html(readings.with_columns(half)))
    moved = [(a, b) for a, b in zip(*pages, strict=True) if a != b]
    assert any("Cleo" in a for a, _ in moved)
    return [b for a, b in moved if "Cleo" not in a or "Cleo" not in b]


def test_one_pair_moves_nothing_on_a_study_page_but_what_bears_its_name() -> None:
    """Were any number there made of several pairs, it would move with each of them."""
    assert strays() == []


def test_a_mean_over_pairs_on_a_study_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def mean(view: StudyView) -> str:
        return f"On the whole {view.data.readings['tilt'].mean():.4f}."

    monkeypatch.setattr(study_opening, "group_sentence", mean)
    (found,) = strays()
    assert "On the whole" in found
