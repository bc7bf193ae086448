"""Rules that may be tightened only, tables of others, and what stands from quarter to quarter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.release.crowd import crowd_of
from evenhand.release.decide import Case
from evenhand.release.declared import read_lattice
from evenhand.release.figures import Margin, margins_of, measure_of
from evenhand.release.history import History
from evenhand.release.possible import with_possible
from evenhand.release.primary import Tally, enough, not_pinned, tally_of
from evenhand.release.released import ReleasedTable
from evenhand.release.rules import LOWER_IS_TIGHTER, RULES, Rules
from evenhand.runs.release import release
from tests.release.clinics import made_clinic
from tests.release.studies import TOML, write_study

TIGHTER: dict[str, Any] = {
    "clients": 20,
    "therapists": 4,
    "share": 0.4,
    "nk_n": 3,
    "nk_k": 0.8,
    "p": 0.2,
    "width": 8,
    "base": 10,
    "movers": 15,
    "positions": 2,
    "clinic_clients": 100,
    "clinic_therapists": 6,
}


def looser(name: str) -> Any:
    default = getattr(RULES, name)
    step = 0.01 if isinstance(default, float) else 1
    return default + step if name in LOWER_IS_TIGHTER else default - step


@pytest.mark.parametrize("name", [f.name for f in fields(Rules)])
def test_every_rule_may_be_tightened_and_none_loosened(name: str) -> None:
    rules, _ = read_lattice({"release": {"rules": {name: TIGHTER[name]}}})
    assert getattr(rules, name) == TIGHTER[name]
    with pytest.raises(EvenhandError, match=r"never looser|above 0"):
        read_lattice({"release": {"rules": {name: looser(name)}}})
    with pytest.raises(EvenhandError, match="never looser"):
        replace(RULES, **{name: looser(name)})


@pytest.mark.parametrize("given", [0, -1, True, "ten", float("nan")])
def test_what_is_no_limit_is_refused(given: Any) -> None:
    with pytest.raises(EvenhandError, match="clients"):
        read_lattice({"release": {"rules": {"clients": given}}})


def test_a_name_that_is_no_rule_is_refused() -> None:
    with pytest.raises(EvenhandError, match="no rule"):
        read_lattice({"release": {"rules": {"treshold": 20}}})


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.setenv("EVENHAND_KEYS", str(tmp_path / "keys"))

    def study(more: str = "", clients: int = 300, name: str = "study") -> Path:
        clinic = made_clinic(np.random.default_rng(4), clients)
        return write_study(tmp_path / name, clinic.quarters[0], toml=TOML + more)

    return study


def test_a_tightened_threshold_holds_in_what_leaves(made: Callable[..., Path]) -> None:
    study = made("\n[release.rules]\nclients = 60\n")
    frame = release(study, "people").tables[0].frame
    assert (frame["n"].drop_nulls() >= 60).all()
    at_first = release(made(name="other"), "people").tables[0].frame
    assert (at_first["n"].drop_nulls() < 60).any()


def test_a_loosened_rule_stops_the_release_and_records_nothing(made: Callable[..., Path]) -> None:
    study = made("\n[release.rules]\nclients = 5\n")
    with pytest.raises(EvenhandError, match="never looser"):
        release(study, "people")
    assert (study / ".evenhand" / "ledger").stat().st_size == 0


NHS = """
[release.tables.nhs]
file = "nhs.csv"
published = "NHS England 2024, Open Government Licence v3.0"
"""


def test_a_table_of_others_passes_unchanged_and_says_whose_it_is(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    study = made(NHS)
    text = "group,referrals,finished\nA,1234,567\nB,3,1\n"
    (study / "nhs.csv").write_text(text, encoding="utf-8")
    (table,) = release(study, "nhs", out=tmp_path / "out").tables
    assert (tmp_path / "out" / "nhs.csv").read_text(encoding="utf-8") == text
    assert table.source == "NHS England 2024, Open Government Licence v3.0"
    assert table.source in (tmp_path / "out" / "nhs.html").read_text(encoding="utf-8")
    assert (study / ".evenhand" / "ledger").stat().st_size == 0


@pytest.mark.parametrize("published", ["", "NHS England", ", licence", "source, "])
def test_a_table_of_others_needs_its_source_and_its_licence(
    made: Callable[..., Path], published: str
) -> None:
    told = f'\n[release.tables.nhs]\nfile = "nhs.csv"\npublished = "{published}"\n'
    study = made(told)
    (study / "nhs.csv").write_text("group,n\nA,10\n", encoding="utf-8")
    with pytest.raises(EvenhandError, match="source and its licence"):
        release(study, "nhs")


@pytest.mark.parametrize(
    "own", ["people.csv", "sessions.csv", "ratings.csv", "../study/people.csv"]
)
def test_a_studys_own_table_is_never_passed_on_as_published(
    made: Callable[..., Path], own: str
) -> None:
    study = made(NHS.replace("nhs.csv", own))
    with pytest.raises(EvenhandError, match="study's own"):
        release(study, "nhs")


def test_a_copy_of_a_studys_own_table_under_another_name_is_not_passed_on_either(
    made: Callable[..., Path], tmp_path: Path
) -> None:
    study = made(NHS.replace("nhs.csv", "../copy.csv"))
    (tmp_path / "copy.csv").write_bytes((study / "sessions.csv").read_bytes())
    with pytest.raises(EvenhandError, match="study's own"):
        release(study, "nhs")


def test_rows_and_published_together_are_refused(made: Callable[..., Path]) -> None:
    with pytest.raises(EvenhandError, match="never be declared as published"):
        release(made(NHS + 'rows = ["a"]\n'), "nhs")


def test_a_changed_copy_of_a_released_table_is_no_released_table(made: Callable[..., Path]) -> None:
    (table,) = release(made(), "people").tables
    with pytest.raises(EvenhandError, match="only be made by a release"):
        replace(table, frame=pl.DataFrame({"a": ["made up"]}))
    assert isinstance(table, ReleasedTable)


def test_two_therapists_may_not_have_nearly_all_of_a_cell() -> None:
    """Ten clients, three therapists, none above half: yet two of them know all but one."""

    def passes(*caseloads: int) -> bool:
        therapists = np.repeat(np.arange(len(caseloads)), caseloads)
        clients = np.array([sum(caseloads)])
        found = tally_of(clients, np.zeros(therapists.size, dtype=np.int64), therapists, 9)
        return bool(enough(found, RULES)[0])

    assert not passes(5, 4, 1)
    assert not passes(4, 4, 2, 2)
    assert passes(4, 4, 3, 2)


def test_the_rules_do_not_pin_down_the_count_behind_a_rounded_one() -> None:
    """17 is printed as 15, which stands for 17 at most; two hold 12, and five must be strangers."""

    def passes(*caseloads: int) -> bool:
        therapists = np.repeat(np.arange(len(caseloads)), caseloads)
        clients = np.array([sum(caseloads)])
        found = tally_of(clients, np.zeros(therapists.size, dtype=np.int64), therapists, 9)
        return bool(enough(found, RULES)[0])

    assert not passes(6, 6, 3, 2)
    assert not passes(6, 2, 2, 2)
    assert passes(6, 5, 3, 3)


def case_of(quarters: list[dict[str, tuple[str, ...]]], history: History) -> Case:
    history.widen(["therapist", "ended", "a"])
    for n in range(len(history.rosters), len(quarters)):
        history.labels.append(str(n))
        history.rosters.append(quarters[n])
    crowd = crowd_of(history.dims, history.rosters, {})
    table = Margin(measure_of("clients"), ("a",))
    crowd = with_possible(crowd, [table], list(range(len(quarters))))
    return Case(crowd, history, len(quarters) - 1, RULES)


def people(counts: dict[str, int], first: int = 0) -> dict[str, tuple[str, ...]]:
    places = [a for a, n in counts.items() for _ in range(n)]
    return {f"p{first + n}": (f"t{n % 12}", "ongoing", a) for n, a in enumerate(places)}


def test_a_figure_stands_where_its_group_shrank_and_what_is_left_of_it_is_kept_back() -> None:
    """Shown with thirty clients; 24 leave. The old figure stands: no withheld count beside it."""
    before = people({"a0": 60, "a1": 50, "a2": 30})
    ended = {tag for tag, row in before.items() if row[2] == "a2"}
    after = {tag: row for tag, row in before.items() if tag not in sorted(ended)[:24]}
    after |= people({"a0": 40, "a1": 40}, first=1_000)
    history = History()
    table = margins_of(measure_of("clients"), ("a",))
    for quarters in ([before], [before, after]):
        case = case_of(quarters, history)
        for one in case.decide(table, {}) or []:
            shown = {case.crowd.labels(one.margin.dims, int(c)): (1.0,) for c in one.fresh}
            history.of(one.margin).add(case.s, shown, one.lapsed)
    told = history.of(table[1])
    assert told.standing[("a2",)].s == 0
    assert told.released[1] == {("a0",), ("a1",), ("a2",)}
    assert told.kept_back[1] >= {("a2",)}
    _, hidden = case_of([before, after], history).earlier()
    now = [b for b in hidden if b.margin == table[1] and b.s == 1]
    assert len(now[0].cells) >= 1


@pytest.mark.parametrize("seed", range(4))
def test_who_has_moved_is_the_same_for_all_quarters_at_once(seed: int) -> None:
    """Against sets of people, counted one by one."""
    rng = np.random.default_rng(seed)
    roster = people({"a0": 40, "a1": 40, "a2": 20})
    quarters = []
    for q in range(4):
        quarters.append(dict(roster))
        for tag in list(roster):
            if rng.random() < 0.1:
                del roster[tag]
            elif rng.random() < 0.1:
                roster[tag] = (*roster[tag][:2], f"a{rng.integers(3)}")
        roster |= people(
            {"a0": int(rng.integers(20)), "a1": int(rng.integers(20))}, 1_000 * (q + 1)
        )
    case = case_of(quarters, History())
    table = Margin(measure_of("clients"), ("a",))
    found = case.moved_since(table, [0, 1, 2])
    for since in range(3):
        for a in ("a0", "a1", "a2"):
            then, now = (
                {tag for tag, row in quarters[q].items() if row[2] == a} for q in (since, 3)
            )
            apart = then ^ now
            loads = [
                sum(1 for tag in apart if any(r.get(tag, ("",))[0] == f"t{t}" for r in quarters))
                for t in range(12)
            ]
            due = len(apart) >= 10 and sum(n > 0 for n in loads) >= 3
            due = due and max(loads) <= 0.5 * len(apart)
            assert found[since, case.cell(("a",), (a,))] == due


def test_a_clinic_may_let_nothing_move_so_that_what_was_withheld_stays_withheld() -> None:
    """Whoever knows all who came would else know what a withheld cell held before."""
    quarters = [people({"a0": 60, "a1": 8}), people({"a0": 60, "a1": 40})]
    case = case_of(quarters, History())
    table = Margin(measure_of("clients"), ("a",))
    cell = case.cell(("a",), ("a1",))
    assert case.moved(table, 0)[cell]
    case.rules = replace(RULES, movers=1_000_000)
    assert not case.moved(table, 0).any()


def test_a_position_that_comes_later_brings_no_value_that_nobody_has() -> None:
    rosters = [{"p1": ("t1", "")}, {"p1": ("t1", "b0")}]
    assert list(crowd_of(["therapist", "b"], rosters, {}).dims["b"].labels) == ["b0"]


def test_two_therapists_do_not_learn_a_count_by_whom_of_theirs_it_leaves_out() -> None:
    """68 of 75 are printed as 70: two who know the seven others would know it to be 68."""
    n = np.array([68])
    found = Tally(n, np.array([4]), np.array([28]), np.array([53]))
    others = Tally(np.array([7]), np.array([2]), np.array([4]), np.array([7]))
    assert enough(found, RULES).all()
    assert not not_pinned(found, np.array([75]), others, RULES).any()
    one_unknown = replace(others, two=np.array([6]))
    assert not_pinned(found, np.array([75]), one_unknown, RULES).all()
