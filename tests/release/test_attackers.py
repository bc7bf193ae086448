"""Each attacker succeeds against the naive rule that it was invented for."""

from __future__ import annotations

import numpy as np

from tests.release.attackers import World, back_calculated, fact_of, rounded, spanned

DIMS = {"a": ["a0", "a1", "a2"]}
TRUTH = {"a0": 24, "a1": 13, "a2": 3}


def one_way(counts: dict[str, int], hidden: set[str], *, exact: bool, quarter: int = 0) -> list:
    """Facts of a table with its total, some cells withheld."""
    facts = [fact_of(quarter, (), {}, sum(counts.values()), exact=exact)]
    for value, n in counts.items():
        told = None if value in hidden else n
        facts.append(fact_of(quarter, (), {"a": value}, told, exact=exact))
    return facts


def test_differencing_opens_a_threshold() -> None:
    everybody, all_but_one_group = 40, 37
    assert everybody >= 10
    assert all_but_one_group >= 10
    assert everybody - all_but_one_group == TRUTH["a2"]


def test_a_tracker_opens_pairs_that_overlap_little() -> None:
    """Three overlapping sums, each large, any two far apart: together they give one cell."""
    sets = np.array([[1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 1, 1]], dtype=float)
    aim = np.array([0, 0, 1, 0], dtype=float)
    sizes = sets @ np.array([20, 15, 4, 12])
    assert (sizes >= 10).all()
    assert spanned(sets, aim)
    assert not spanned(sets[:1], aim)


def test_a_linear_programme_opens_primary_suppression() -> None:
    world = World(DIMS, [0])
    facts = one_way(TRUTH, {"a2"}, exact=True)
    world.learn(facts)
    assert world.bounds(facts[-1]) == (3.0, 3.0)


def test_a_linear_programme_opens_threshold_and_rounding() -> None:
    """Margins and rounded counts leave a hidden cell fewer values than five apart."""
    alone = World({"a": ["a0", "a2"]}, [0])
    told = one_way({"a0": 23, "a2": 0}, {"a2"}, exact=False)
    alone.learn(told)
    low, high = alone.bounds(told[-1])
    assert high - low < 5


def test_percentages_open_rounded_counts() -> None:
    """A share printed to four decimals gives back what rounding hid."""
    found = back_calculated(11 / 37, 39, 4)
    assert found == [(11, 37)]
    assert rounded(37) == 35


def test_means_open_a_hidden_sum() -> None:
    mean_of_all, mean_of_others = 10.25, 10.0
    assert 40 * mean_of_all - 39 * mean_of_others == 20.0


def test_quarters_open_threshold_and_rounding() -> None:
    """A cell that stands still is told by the noise of the others, quarter by quarter."""
    quarters = [25, 38, 51, 63]
    widths = []
    world = World({"a": ["a0", "a2"]}, list(range(len(quarters))))
    first = None
    for q, x in enumerate(quarters):
        facts = one_way({"a0": x, "a2": 3}, {"a2"}, exact=False, quarter=q)
        world.learn(facts)
        if first is None:
            first = facts[-1]
        else:
            world.same(first, facts[-1])
        low, high = world.bounds(first)
        widths.append(high - low)
    assert widths[0] >= 5
    assert widths[-1] < 5


def test_a_member_opens_a_cell_of_two() -> None:
    """Who knows that they are one of two knows all about the other."""
    world = World(DIMS, [0])
    facts = one_way({"a0": 24, "a1": 14, "a2": 2}, {"a2"}, exact=True)
    world.learn(facts)
    others = world.bounds(facts[-1])[1] - 1
    assert others == 1.0


def test_two_roles_open_a_cell_that_passes_the_threshold() -> None:
    """A therapist with nine of ten clients, and the tenth, know each other's answer."""
    cell, caseload = 10, 9
    assert cell >= 10
    assert cell - caseload == 1
