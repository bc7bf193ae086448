"""Curves of leaving and completing: every step holds ten endings, and nothing else can be seen."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from evenhand.models.incidence import cumulative_incidence
from evenhand.release.clients import until_quarter
from evenhand.release.course_points import Counts, course_points, laid_out, seen_at
from evenhand.release.course_sets import course_key, course_set, course_values, courses_of
from evenhand.release.curves import CURVES, ENDED, SEEN, release_courses
from evenhand.release.ledger import open_ledger
from evenhand.release.released import ReleasedTable
from evenhand.runs.examine import examine
from evenhand.runs.simulate import simulate
from evenhand.study.folder import load_study
from tests.release.courses import (
    Course,
    ledger,
    made_courses,
    narrowest,
    printed,
    study_of,
    table_of,
)

SILENCE = 42


def released(courses: list[Course]) -> tuple[dict[str, ReleasedTable], dict[str, float]]:
    book = ledger()
    tables = release_courses(study_of(courses), book, SILENCE)
    return {table.name: table for table in tables}, printed(book)


@pytest.fixture(scope="module")
def clinic() -> list[Course]:
    return made_courses(1, 300, top=11)


@pytest.fixture(scope="module")
def told(clinic: list[Course]) -> tuple[dict[str, ReleasedTable], dict[str, float]]:
    return released(clinic)


Told = tuple[dict[str, ReleasedTable], dict[str, float]]


def inside(courses: list[Course], name: str) -> list[Course]:
    ending, first, last = course_set(name)
    return [c for c in courses if ending in ("any", c[3]) and first <= c[2] <= last]


def test_every_step_holds_ten_clients_of_three_therapists(clinic: list[Course], told: Told) -> None:
    _, shown = told
    for ending in ("completed", "dropped out", "ongoing"):
        ends = sorted(course_set(n)[2] for n in shown if course_set(n)[0] == ending)
        for first, last in zip([1, *(e + 1 for e in ends)], ends, strict=False):
            step = inside(clinic, course_key(ending, first, last))
            therapists = Counter(c[1] for c in step)
            assert len(step) >= 10
            assert len(therapists) >= 3
            assert max(therapists.values()) <= len(step) / 2


def test_printed_steps_are_never_fewer_than_ten(told: Told) -> None:
    tables, _ = told
    for _, curve in tables[CURVES].frame.group_by("ending"):
        assert curve.height > 2
        assert (curve["k"].diff().fill_null(curve["k"][0]) >= 10).all()


def test_no_step_of_fewer_than_ten_can_be_bounded() -> None:
    courses = made_courses(2, 120, top=7)
    _, shown = released(courses)
    assert len(shown) > 6
    assert narrowest(table_of(courses), shown) >= 5


def test_counts_at_every_session_would_let_small_steps_be_seen() -> None:
    courses = made_courses(2, 120, top=7)
    every = {
        course_key(ending, 1, n): float(
            (len(inside(courses, course_key(ending, 1, n))) + 2) // 5 * 5
        )
        for ending in ("completed", "dropped out", "ongoing")
        for n in range(1, 8)
        if len(inside(courses, course_key(ending, 1, n))) >= 10
    }
    assert narrowest(table_of(courses), every) < 5


def test_counts_are_rounded_and_add_up_to_what_was_there(clinic: list[Course], told: Told) -> None:
    tables, shown = told
    assert all(value % 5 == 0 for value in shown.values())
    for name, value in shown.items():
        assert abs(len(inside(clinic, name)) - value) <= 2
    ended = tables[ENDED].frame
    assert ended["status"].to_list() == ["shown"] * 3
    assert ended["n"].to_list() == [300] * 3


def holds(courses: list[Course], curves: pl.DataFrame) -> bool:
    """Whether the curve of all the data lies within what every point leaves open."""
    true = cumulative_incidence([c[2] for c in courses], [c[3] for c in courses])
    found = []
    for row in curves.iter_rows(named=True):
        upto = true.filter(pl.col("cause") == row["ending"], pl.col("time") <= row["session"])
        found.append(row["rounding_low"] <= upto["share"][-1] <= row["rounding_high"])
    return all(found)


def test_what_is_left_open_holds_the_curve_of_all_the_data(
    clinic: list[Course], told: Told
) -> None:
    curves = told[0][CURVES].frame
    assert holds(clinic, curves)
    assert (curves["low"] < curves["share"]).all()
    assert (curves["share"] < curves["high"]).all()


def test_without_anybody_going_on_a_point_is_a_share() -> None:
    counts = Counts(200, {"dropped out": {4: 40, 99: 80}, "completed": {6: 60, 99: 120}})
    points = {(p.cause, p.session): p for p in course_points(counts, 5)}
    assert points["dropped out", 4].share == pytest.approx(40 / 200)
    assert points["completed", 6].share == pytest.approx(60 / 200)
    assert points["completed", 6].rounding_high - 0.3 >= 2.5 / 200


def test_who_goes_on_is_reckoned_with_by_hand() -> None:
    # 100 clients: 10 go on after one session, then 30 of the 90 leave at the second.
    ended = {"dropped out": {1: 0.0, 2: 30.0, 99: 60.0}, "ongoing": {1: 10.0, 99: 10.0}}
    counts = Counts(100, {**ended, "completed": {2: 0.0, 99: 30.0}})
    laid = laid_out(counts)
    assert laid is not None
    assert laid.sum() == pytest.approx(100)
    point = next(p for p in course_points(counts, 5) if (p.cause, p.session) == ("dropped out", 2))
    assert point.share == pytest.approx(30 / 90)


def test_numbers_at_risk_lie_within_what_is_told(clinic: list[Course], told: Told) -> None:
    tables, _ = told
    for row in tables[SEEN].frame.iter_rows(named=True):
        seen = sum(c[2] >= row["session"] for c in clinic)
        assert row["rounding_low"] <= seen <= row["rounding_high"]


def test_numbers_at_risk_by_hand() -> None:
    counts = Counts(60, {"completed": {3: 20, 99: 40}, "dropped out": {1: 10, 99: 20}})
    seen = {s.session: (s.n, s.low, s.high) for s in seen_at(counts, 5)}
    # 10 had left after the first; of 20 who completed after at most 3, two thirds by then
    assert seen[1] == (60, 57.5, 62.5)
    assert seen[4][1:] == (60 - 20 - 20 - 7.5, 60 - 20 - 10 + 7.5)
    assert sorted(seen) == [1, 2, 3, 4]


def test_one_withheld_ending_is_what_the_others_leave_and_two_are_too_many() -> None:
    one = Counts(100, {"completed": {5: 30, 99: 60}, "ongoing": {99: 25}})
    assert one.totals is not None
    assert one.totals.tolist() == [60, 15, 25]
    two = Counts(100, {"completed": {5: 30, 99: 60}})
    assert two.totals is None
    assert course_points(two, 5) == []


def test_an_ending_of_a_few_is_withheld_and_stays_uncertain() -> None:
    courses = made_courses(4, 120, top=5)
    kept = [c for c in courses if c[3] != "dropped out"]
    few = kept + [c for c in courses if c[3] == "dropped out"][:4]
    tables, shown = released(few)
    left = tables[ENDED].frame.filter(pl.col("ending") == "dropped out")
    assert left["status"].to_list() == ["withheld"]
    assert left["k"].to_list() == [None]
    assert narrowest(table_of(few), shown) >= 5


def test_the_same_study_releases_the_same_and_adds_nothing() -> None:
    book, study = ledger(), study_of(made_courses(8, 100, top=6))
    first = release_courses(study, book, SILENCE)
    lines = len(book.entries)
    again = release_courses(study, book, SILENCE)
    assert [t.frame.equals(u.frame) for t, u in zip(first, again, strict=True)] == [True] * 3
    assert len(book.entries) == lines == 1


def test_a_few_more_clients_do_not_move_a_curve() -> None:
    book, clinic = ledger(), made_courses(8, 100, top=6)
    first = release_courses(study_of(clinic[:-5]), book, SILENCE)
    later = release_courses(study_of(clinic), book, SILENCE)
    assert first[1].frame.equals(later[1].frame)
    assert len(book.entries) == 1


def test_a_curve_moves_when_enough_have_come_at_every_step() -> None:
    early, late = made_courses(5, 300, top=6), made_courses(6, 300, top=6)
    more = [(f"n{c}", t, n, e) for c, t, n, e in late]
    book = ledger()
    dates = {c[0]: "2025-03-31" for c in early} | {c[0]: "2025-06-30" for c in more}
    both = [*early, *more]
    ongoing = 100_000  # a silence so long that nobody's ending changes by it
    first = release_courses(study_of(early, dates), book, ongoing)
    later = release_courses(study_of(both, dates), book, ongoing)
    assert set(first[0].frame["as_of"]) == {"2025-Q1"}
    assert set(later[0].frame["as_of"]) == {"2025-Q2"}
    assert later[0].frame["n"].to_list() == [600] * 3


def test_a_client_counts_once_whoever_treats_them() -> None:
    rows = [
        ("a1", "a", "t1", "1", "2025-01-06", "dropped out"),
        ("a2", "a", "t2", "1", "2025-02-03", None),
        ("a3", "a", "t2", "2", "2025-02-10", "completed"),
        ("b1", "b", "t1", "1", "2025-02-10", None),
    ]
    names = ["session_id", "client_id", "therapist_id", "number", "date", "ended"]
    sessions = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    found = dict(courses_of(sessions, SILENCE).iter_rows())
    assert found == {"a": "completed 3", "b": "ongoing 1"}


def test_a_pair_without_consent_is_in_no_curve() -> None:
    courses = made_courses(7, 120)
    study = study_of(courses)
    assert study.sessions is not None
    out = pl.col("client_id").is_in([c[0] for c in courses[:20]])
    said = study.sessions.with_columns(
        consent=pl.when(out).then(pl.lit("no")).otherwise(pl.lit("yes"))
    )
    assert courses_of(said, SILENCE).height == 100


def test_names_of_sets_say_what_they_hold() -> None:
    assert course_values(course_key("completed", 2, 3)) == ("completed 2", "completed 3")
    assert len(course_values(course_key("any"))) == 3 * 99


@pytest.mark.slow
@pytest.mark.parametrize("clients", [60, 100, 200, 400])
def test_many_clinics_let_no_small_step_be_seen(clients: int) -> None:
    for seed in range(25):
        courses = made_courses(seed, clients, therapists=8)
        tables, shown = released(courses)
        assert not shown or narrowest(table_of(courses), shown) >= 5
        assert holds(courses, tables[CURVES].frame)


@pytest.mark.slow
def test_the_page_of_a_simulated_study_lets_no_small_step_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))
    root = tmp_path / "study"
    simulate(out=root, clients=300, sessions=12, therapists=15, seed=1)
    first = examine(root, out=tmp_path / "out")
    assert first.exit_code == 0
    page, book = (tmp_path / "out/report/index.html"), root / ".evenhand/ledger"
    steps = steps_of(page.read_text(encoding="utf-8"))
    assert set(steps) == {"Completed", "Dropped out"}
    for counts in steps.values():
        assert min(b - a for a, b in zip([0, *counts], counts, strict=False)) >= 10
    before = page.read_bytes(), book.read_bytes()
    examine(root, out=tmp_path / "out")
    assert (page.read_bytes(), book.read_bytes()) == before
    with open_ledger(root) as opened:
        shown = printed(opened)
    assert narrowest(table_of(courses_in(root)), shown) >= 5


def steps_of(page: str) -> dict[str, list[int]]:
    """The counts behind a page's curves, as its table has them."""
    twin = page.partition('aria-label="When they ended, as a table"')[2].partition("</table>")[0]
    found: dict[str, list[int]] = {}
    for name, k in re.findall(r'<th scope="row">(\w[\w ]+)</th>.*?<td>(\d+) of \d+</td>', twin):
        found.setdefault(name, []).append(int(k))
    return found


def courses_in(root: Path) -> list[Course]:
    """The courses as they truly were when the last curve was released."""
    sessions = load_study(root).sessions
    assert sessions is not None
    sessions, _ = until_quarter(sessions)
    rows = courses_of(sessions, 3650).iter_rows()
    return [(c, "", int(n.rpartition(" ")[2]), n.rpartition(" ")[0]) for c, n in rows]
