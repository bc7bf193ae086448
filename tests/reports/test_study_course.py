"""The study page's figures of the group: released tables, drawn and as tables, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from evenhand.release.course_points import Counts
from evenhand.release.curves import CURVES, _tables, release_courses
from evenhand.release.released import ReleasedTable
from evenhand.release.rules import RULES
from evenhand.reports.blocks import Block, Figure, Words
from evenhand.reports.group_chart import curve, share_row, top_of
from evenhand.reports.page import Page, page_html, style_for
from evenhand.reports.sections.study_better import NONE, better
from evenhand.reports.sections.study_endings import FEW, endings
from evenhand.reports.sections.study_opening import group_sentence
from evenhand.reports.study_view import StudyView
from tests.release.courses import ledger, made_courses, study_of
from tests.reports.made_up import made_data
from tests.reports.test_wording import BANNED, said

MANY = [(f"s-{i}", f"c{i}", f"t{i % 4}", 1) for i in range(12)]


@pytest.fixture(scope="module")
def tables() -> list[ReleasedTable]:
    return release_courses(study_of(made_courses(1, 150, top=8)), ledger(), 42)


def page(blocks: Sequence[Block]) -> str:
    return page_html(Page("Study", "study", blocks, [], "key"), style_for([]))


def test_every_released_share_stands_with_its_interval_rounding_and_counts(
    tables: list[ReleasedTable],
) -> None:
    figures = [b for b in endings(tables) if isinstance(b, Figure)]
    assert [f.anchor for f in figures] == ["endings", "curves"]
    words = said(page(figures))
    for row in tables[0].frame.iter_rows(named=True):
        assert f"{row['k']} of {row['n']} clients" in words
    assert words.count("by rounding") >= 3
    assert "95 % interval" in words


def test_a_curve_s_table_has_every_point_and_how_many_were_still_seen(
    tables: list[ReleasedTable],
) -> None:
    figure = endings(tables)[1]
    assert isinstance(figure, Figure)
    points = tables[1].frame
    last = points["session"].max()
    still = [row for row in figure.twin.rows if row[0] == "Still seen"]
    assert len(figure.twin.rows) == points.height + len(still)
    assert [row[1] for row in still] == [str(n) for n in range(1, int(str(last)) + 1)]
    assert all(len(row) == len(figure.twin.head) for row in figure.twin.rows)


def test_a_curve_is_drawn_in_steps_and_stops_at_its_last_one() -> None:
    base = {"low": 0.1, "high": 0.3, "rounding_low": 0.18, "rounding_high": 0.22}
    rows = [{"session": s, "share": v, **base} for s, v in ((3, 0.15), (5, 0.2))]
    drawn = str(curve(rows, 12, top_of(rows), "Left."))
    points = re.search(r'polyline points="([^"]+)"', drawn)
    assert points is not None
    places = [tuple(map(float, p.split(","))) for p in points[1].split()]
    assert len(places) == 6
    assert places[-1][0] < 60
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(places))
    assert 'aria-label="Left."' in drawn


def test_a_share_s_drawing_holds_its_interval() -> None:
    row = {"share": 0.5, "low": 0.4, "high": 0.6, "rounding_low": 0.48, "rounding_high": 0.52}
    drawn = str(share_row(row, "Half."))
    assert 'x1="40.8%" x2="59.2%"' in drawn
    assert 'x="50%"' in drawn


def test_withheld_figures_say_so_and_nothing_else() -> None:
    told = {"completed": {3: 40.0, 99: 80.0}, "ongoing": {99: 30.0}}
    figure = endings(_tables(Counts(115, told), "2026-Q1", RULES))[0]
    assert isinstance(figure, Figure)
    row = next(r for r in figure.twin.rows if r[0] == "Dropped out")
    assert row == ["Dropped out", "withheld", "", "", "", ""]
    assert "dropped out" not in figure.say


def test_too_few_endings_for_a_curve_is_said() -> None:
    told = {"completed": {99: 40.0}, "dropped out": {99: 20.0}, "ongoing": {99: 20.0}}
    blocks = endings(_tables(Counts(80, told), "2026-Q1", RULES))
    assert isinstance(blocks[1], Words)
    assert blocks[1].say == FEW


def test_no_released_table_no_figure(tables: list[ReleasedTable]) -> None:
    assert endings([]) == []
    assert better([]) == []
    assert endings([t for t in tables if t.name != CURVES]) == []


def test_the_opening_says_that_figures_passed_or_why_there_are_none(
    tables: list[ReleasedTable],
) -> None:
    data = made_data(MANY, n=8)
    assert "disclosure control" in group_sentence(StudyView(replace(data, released=tables)))
    why = "With fewer than 60 clients a figure would tell on a person."
    small = group_sentence(StudyView(replace(data, not_released=why)))
    assert small.startswith("There is no group figure: with fewer than 60 clients")


def test_three_dyads_keep_their_own_sentence() -> None:
    few = [row for i, row in enumerate(MANY) if i < 3]
    view = StudyView(replace(made_data(few, n=8), not_released="something else."))
    assert "three dyads are too few" in group_sentence(view)


def test_words_of_the_group_describe_acts_and_judge_nobody(tables: list[ReleasedTable]) -> None:
    words = said(page(endings(tables)))
    assert not re.findall(BANNED, words, flags=re.I)
    assert not re.findall(BANNED, NONE, flags=re.I)
