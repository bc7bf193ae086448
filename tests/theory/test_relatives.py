"""Models beside the theory do what their authors say of them, and what algebra says."""

import numpy as np
import pytest

from evenhand.theory.relatives import Affect, Minimal, one_state, runge_kutta


def test_the_integrator_meets_an_exponential():
    found = runge_kutta(lambda x: -x, np.array([1.0]), 2.0, 0.1)
    assert len(found) == 21
    assert found[-1, 0] == pytest.approx(np.exp(-2.0), abs=1e-6)


def test_affect_settles_where_the_algebra_says():
    # both answers are past their most: each state is level + influence, over the inertia
    last = Affect(levels=(0.1, 0.3)).run((0.5, 0.5))[-1]
    assert last == pytest.approx([2.1, 2.3], abs=1e-6)


def test_who_answers_the_other_more_ends_better_off():
    """Peluso, Liebovitch, Gottman, Norman & Su 2012, finding 1."""
    therapist, client = Affect(influence=(2.0, 3.0)).run((0.2, 0.2))[-1]
    assert client > therapist > 0


def test_a_therapist_who_starts_low_leaves_both_low():
    """The same, finding 3: from one negative start both end negative, from a better one not."""
    assert (Affect().run((-0.6, 0.3))[-1] < 0).all()
    assert (Affect().run((-0.2, 0.3))[-1] > 0).all()


def test_less_influence_and_more_inertia_do_the_same():
    """The same, finding 4: only their ratio decides where both end."""
    one, other = Affect(-1.0, influence=(2.0, 2.0)), Affect(-2.0, influence=(4.0, 4.0))
    assert one.run((0.2, 0.4))[-1] == pytest.approx(other.run((0.2, 0.4))[-1], abs=1e-6)


def test_a_rising_influence_never_swings():
    """Finding 2, the client's swing, needs an influence function that falls: ours rises."""
    for start in ((-1.0, 0.9), (0.9, -1.0), (0.1, -0.2)):
        moves = np.diff(Affect().run(start)[:, 1])
        up = moves[np.abs(moves) > 1e-9] > 0
        assert np.count_nonzero(np.diff(up)) <= 1


def test_the_minimal_model_stands_still_where_it_should():
    model = Minimal()
    (at,) = model.stationary()
    assert model.drift(at) == pytest.approx([0.0, 0.0], abs=1e-12)
    # 0.2 − 0.2 x − 5 x³ = 0
    assert 5 * at[0] ** 3 + 0.2 * at[0] == pytest.approx(0.2)
    assert at[1] == pytest.approx(5 * at[0] ** 2)


def test_it_swings_at_the_pace_of_its_eigenvalues():
    model = Minimal()
    (at,) = model.stationary()
    rate = model.rates(at)[0]
    assert rate.real < 0
    away = model.run((at[0] + 1e-4, at[1]), 40.0)[:, 0] - at[0]
    crossings = np.flatnonzero(np.diff(np.sign(away))) * 0.02
    assert np.diff(crossings) == pytest.approx(np.pi / abs(rate.imag), abs=0.05)


def test_uncoupled_each_settles_alone():
    model = Minimal(rest=(0.4, -0.7), a=0.0, b=0.0)
    assert model.stationary()[0] == pytest.approx([0.4, -0.7])
    assert model.run((2.0, 2.0), 60.0)[-1] == pytest.approx([0.4, -0.7], abs=1e-4)
    assert sorted(model.rates(np.zeros(2)).real) == pytest.approx([-0.2, -0.2])


def test_one_state_ends_normal_with_variance_q_over_k():
    x = one_state(0.5, 2.0, 3.0, np.full(200_000, 20.0), 60.0, 1)
    assert x.mean() == pytest.approx(3.0, abs=0.02)
    assert x.var() == pytest.approx(4.0, rel=0.01)
    soon = one_state(0.5, 2.0, 3.0, np.full(200_000, 20.0), 1.0, 2)
    assert soon.mean() == pytest.approx(3.0 + 17.0 * np.exp(-0.5), abs=0.02)
    assert soon.var() == pytest.approx(4.0 * (1.0 - np.exp(-1.0)), rel=0.01)
