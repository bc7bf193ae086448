"""Expectation-states advantage: the numbers of the literature, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.positions import advantage, axis_strength, expectation, path_strength

standing = st.floats(-1, 1)


@pytest.mark.parametrize(("length", "strength"), [(2, 0.632), (3, 0.318), (4, 0.136), (5, 0.054)])
def test_longer_paths_count_for_less(length: int, strength: float) -> None:
    # Fişek, Norman & Nelson-Kilger 1992: f(i) = 1 − exp(−2.618^(2 − i))
    assert path_strength(length) == pytest.approx(strength, abs=0.0006)


def test_one_axis_that_tells_two_people_apart() -> None:
    # two paths, four and five steps: 1 − (1 − .1358)(1 − .0542) = 1 − .8642 × .9458 = .1826
    assert expectation([1.0]) == pytest.approx(0.1826, abs=0.0001)
    assert expectation([-1.0]) == pytest.approx(-0.1826, abs=0.0001)
    assert advantage([1.0], role=False) == pytest.approx(0.3652, abs=0.0002)


def test_a_second_axis_of_the_same_kind_adds_less_than_the_first() -> None:
    # 1 − (.8174)² = .3319
    assert expectation([1.0, 1.0]) == pytest.approx(0.3319, abs=0.0002)
    assert expectation([1.0, 1.0]) < 2 * expectation([1.0])


def test_axes_that_point_both_ways_cancel() -> None:
    assert expectation([1.0, -1.0]) == pytest.approx(0.0)


def test_two_for_and_one_against() -> None:
    # .3319 − .1826 = .1493
    assert expectation([1.0, 1.0, -1.0]) == pytest.approx(0.1493, abs=0.0002)


def test_the_role_alone_is_one_path_of_four_steps() -> None:
    # .1358 for the therapist, −.1358 for the client
    assert expectation([], role=1) == pytest.approx(0.1358, abs=0.0001)
    assert advantage([]) == pytest.approx(0.2715, abs=0.0002)


def test_the_role_and_an_axis_add_as_paths_do() -> None:
    # 1 − .8642 × .8174 = .2936, twice for the pair
    assert advantage([1.0]) == pytest.approx(0.5872, abs=0.0003)


def test_a_client_who_stands_higher_outweighs_the_role() -> None:
    # .1358 − .1826 = −.0468, twice for the pair
    assert advantage([-1.0]) == pytest.approx(-0.0937, abs=0.0003)


def test_half_the_difference_is_half_the_path() -> None:
    # 1 − (1 − .1826 × .5) = .0913
    assert expectation([0.5]) == pytest.approx(axis_strength() / 2)


@given(st.lists(standing, max_size=6))
def test_turning_all_standings_turns_the_advantage(standings: list[float]) -> None:
    turned = [-s for s in standings]
    assert expectation(turned) == pytest.approx(-expectation(standings), abs=1e-12)
    assert expectation(turned, role=-1) == pytest.approx(-expectation(standings, role=1), abs=1e-12)


@given(st.lists(standing, max_size=6), st.randoms())
def test_the_order_of_axes_changes_nothing(standings: list[float], random: object) -> None:
    mixed = list(standings)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert expectation(mixed) == pytest.approx(expectation(standings), abs=1e-12)


@given(st.lists(standing, max_size=6))
def test_an_advantage_stays_in_its_range(standings: list[float]) -> None:
    assert -1 <= expectation(standings, role=1) <= 1
    assert expectation([*standings, 0.0]) == pytest.approx(expectation(standings))
