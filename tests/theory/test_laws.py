"""Laws of the theory: what must hold whatever the constants are."""

from dataclasses import replace

import numpy as np
import pytest

from evenhand.theory import AS_IS, Conditions, World, course, gather, shipped_theory, specs
from evenhand.theory.dyads import make_dyads
from evenhand.theory.figures import England
from evenhand.theory.luck import Luck
from evenhand.theory.people import draw_clients
from evenhand.theory.summary import summarise, together

SEED = 4


def world(conditions=AS_IS, n=4000, sessions=20, **settings):
    return World(shipped_theory().with_(settings), n, n // 20, sessions, SEED, conditions)


def run(conditions=AS_IS, n=4000, **settings):
    w = world(conditions, n, **settings)
    staff = w.staff()
    return together(summarise(w, b, staff) for b in range(w.blocks))


def last_states(w):
    """All states of the first block, stacked where they have one size."""
    return list(course(w, 0, gather(w, 0, w.staff())))


def same(a, b):
    """All sessions alike to the bit."""
    for one, two in zip(a, b, strict=True):
        for name in ("voice", "direct", "resistance", "resentment", "trust", "alliance"):
            if not np.array_equal(getattr(one, name), getattr(two, name)):
                return False
        if not np.array_equal(one.symptoms, two.symptoms):
            return False
        if not np.array_equal(one.leaves, two.leaves):
            return False
    return True


def test_a_flat_society_knows_no_advantage_but_the_role():
    w = world(h=0.0)
    d = gather(w, 0, w.staff())
    assert np.unique(d.advantage).tolist() == [pytest.approx(2 * 0.136)]
    assert not d.difference.any()


def test_in_a_flat_society_positions_may_be_permuted_to_the_bit():
    w = world(h=0.0)
    staff = w.staff()
    clients = draw_clients(w.theory, Luck(SEED, 0), staff, "random").take(slice(4000))
    order = np.random.default_rng(1).permutation(4000)
    others = replace(clients, decile=clients.decile[order], positions=clients.positions.take(order))
    once = list(course(w, 0, make_dyads(w.theory, clients, staff, AS_IS)))
    again = list(course(w, 0, make_dyads(w.theory, others, staff, AS_IS)))
    assert same(once, again)


def test_full_humility_and_naming_take_all_felt_power_to_the_bit():
    humble = world(Conditions(full_humility=True, named_from=1))
    unfelt = world(Conditions(named_from=1), v_P=0.0, tau_P=0.0, r_P=0.0, d_P=0.0)
    assert same(last_states(humble), last_states(unfelt))


def test_without_the_role_swapping_the_two_turns_the_advantage_round():
    from evenhand.theory.dyads import advantage

    p = shipped_theory().with_({"f_r": 0.0, "weight_gender": 0.5})
    rng = np.random.default_rng(2)
    gaps = {a: rng.uniform(-1, 1, 50) for a in ("ethnicity", "class", "gender", "orientation")}
    swapped = {a: -g for a, g in gaps.items()}
    assert np.allclose(advantage(p, gaps), -advantage(p, swapped), atol=1e-15)


OFF = {"y_b": 0.0, "y_b0": 0.0, "c_b": 0.0, "b_G": 0.0, "m_G": 0.0, "f_d": 0.0}


def test_without_its_paths_there_are_no_gaps():
    s = run(n=60_000, **OFF)
    e = England(s, 0.17)
    for group in (e.s.minoritised, e.s.decile <= 5):
        y, n = e.recovered.astype(float), group.sum()
        error = np.sqrt(y.var() * (1 / n + 1 / (len(y) - n)))
        assert abs(y[group].mean() - y[~group].mean()) < 3 * error


def outcomes(s):
    """Drop-out, last symptoms, alliance: means over the same people."""
    return np.array([s.dropped.mean(), s.post[0].mean(), -s.felt.mean()])


@pytest.mark.parametrize("name", ["v_P", "tau_P", "n_M"])
def test_what_hurts_hurts_more_on_the_same_draws(name):
    spec = specs()[name]
    found = [outcomes(run(n=8192, **{name: spec.value * k})) for k in (0.0, 1.0, 2.0)]
    assert np.all(np.diff(found, axis=0) > 0)


BETTER = {
    "humility": Conditions(humility=1.0),
    "feedback": Conditions(feedback_from=2),
    "naming": Conditions(named_from=1),
    "preference": Conditions(preferred=0.8),
}


@pytest.mark.parametrize("name", BETTER)
def test_what_helps_helps_on_the_same_draws(name):
    assert np.all(outcomes(run(BETTER[name], n=8192)) < outcomes(run(n=8192)))


def test_with_nobody_leaving_the_course_settles_and_stays_in_range():
    states = last_states(world(Conditions(nobody_leaves=True), n=2000, sessions=200))
    means = np.array([[s.trust.mean(), s.voice.mean(), s.symptoms[0].mean()] for s in states])
    first, second = means[50:125].mean(axis=0), means[125:].mean(axis=0)
    # a difference once named stays named, so that a little is still gained late
    assert np.all(np.abs(second - first) < [0.1, 0.02, 0.2])
    assert len(states) == 201
    for s in states[1:]:
        assert np.all(np.abs(s.power) < 2)
        assert np.all((s.voice >= 0) & (s.voice <= 1))
        assert np.all((s.resistance >= 0) & (s.resistance <= 4))
        assert np.all((s.resentment >= 0) & (s.resentment <= 6))
        assert np.all((s.symptoms[0] >= 0) & (s.symptoms[0] <= 27))
        assert np.all((s.symptoms[1] >= 0) & (s.symptoms[1] <= 21))


def test_whoever_has_left_has_left():
    w = world()
    d = gather(w, 0, w.staff())
    gone = np.zeros(len(d), dtype=bool)
    for s in list(course(w, 0, d))[1:]:
        assert not (s.here & gone[: len(s)]).any()
        gone[: len(s)] |= s.leaves
        assert not (s.leaves & (s.number >= d.planned[: len(s)])).any()


def test_gaps_grow_with_the_steepness_of_the_society():
    gaps = []
    for h in (0.0, 1.0, 2.0):
        e = England(run(n=40_000, h=h), 0.17)
        gaps.append(
            (
                e.rate(e.recovered, e.decile(1)) - e.rate(e.recovered, e.decile(10)),
                e.rate(e.recovered, ~e.s.minoritised) - e.rate(e.recovered, e.s.minoritised),
            )
        )
    assert np.all(np.diff(gaps, axis=0) > 0)


@pytest.mark.parametrize("name", sorted(specs()))
def test_at_both_limits_of_every_parameter_the_course_stays_finite(name):
    spec = specs()[name]
    for value in (spec.low, spec.high):
        states = last_states(world(n=200, sessions=6, **{name: value}))
        assert all(np.isfinite(s.trust).all() and np.isfinite(s.symptoms).all() for s in states)
