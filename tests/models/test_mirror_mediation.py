"""The path through the tilt: found through counts, though no tilt is ever seen."""

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_latent import Dyads, fit_latent, moved, reliability, scores
from evenhand.models.mirror_mediation import _information, fit_mediation
from evenhand.models.mirror_stacked import Stack


def made(
    rng: np.random.Generator,
    *,
    a: float = 0.6,
    b: float = -0.5,
    direct: float = 0.0,
    therapists: int = 40,
    each: int = 10,
    acts: float = 12.0,
    tau: float = 0.5,
) -> tuple[Dyads, np.ndarray]:
    """Dyads whose tilt follows the gap and whose outcome follows the tilt."""
    therapist = np.repeat(np.arange(therapists), each)
    n = len(therapist)
    gap = rng.uniform(-1, 1, n)
    eta = a * gap + rng.normal(0, tau, n)
    y = direct * gap + b * eta + rng.normal(0, 0.8, n) + rng.normal(0, 0.1, therapists)[therapist]
    dyad = np.repeat(np.arange(n), 5)
    trials = rng.poisson(acts, len(dyad)) + 1.0
    offset = rng.normal(0.3, 0.3, len(dyad))
    chance = 1 / (1 + np.exp(-(offset + 0.4 + eta[dyad] + rng.normal(0, 0.2, len(dyad)))))
    stack = Stack(
        rng.binomial(trials.astype(int), chance).astype(float),
        trials,
        offset,
        dyad,
        np.zeros(len(dyad), dtype=np.int64),
    )
    columns = np.column_stack([np.ones(n), gap])
    return Dyads(stack, columns, columns, y, np.ones(n)), therapist


def test_the_path_is_found() -> None:
    dyads, therapist = made(np.random.default_rng(1))
    found = fit_mediation(dyads, therapist, np.random.default_rng(2))
    assert found.a.low < 0.6 < found.a.high
    assert found.b.low < -0.5 < found.b.high
    assert found.indirect.low < -0.3 < found.indirect.high
    assert found.indirect.high < 0
    assert found.direct.low < 0 < found.direct.high
    assert found.method.startswith("wild")
    assert -1 < found.rho < 0
    assert found.e_value.estimate > found.e_value.limit > 1


@pytest.mark.slow
def test_noisy_counts_do_not_shrink_the_path() -> None:
    # with few acts an observed tilt would be noisy and b would shrink toward 0
    dyads, _ = made(np.random.default_rng(3), therapists=150, each=10, acts=2.0)
    found = fit_latent(dyads)
    assert found.b == pytest.approx(-0.5, abs=0.12)
    stack = dyads.counts
    k = np.bincount(stack.dyad, stack.k) + 0.5
    rest = np.bincount(stack.dyad, stack.n - stack.k) + 0.5
    offset = np.bincount(stack.dyad, stack.offset) / 5
    observed = np.log(k / rest) - offset
    naive = np.linalg.lstsq(np.column_stack([dyads.z, observed]), dyads.y, rcond=None)[0][2]
    assert abs(naive) < 0.75 * abs(found.b)


def test_scores_are_0_at_the_fit_and_are_the_slope_of_the_likelihood() -> None:
    dyads, _ = made(np.random.default_rng(4), therapists=15)
    found = fit_latent(dyads)
    assert np.abs(scores(dyads, found).sum(axis=0)).max() < 0.02
    away = moved(found, np.full(7, 0.05))

    def likelihood(at) -> float:
        fit = (dyads.x @ at.a)[:, None]
        left = (dyads.y - dyads.z @ at.c)[:, None] - at.b * at.grid
        log = at.seen - 0.5 * ((at.grid - fit) / at.tau) ** 2 - np.log(at.tau)
        log = log - 0.5 * (left / at.sigma) ** 2 - np.log(at.sigma)
        top = log.max(axis=1, keepdims=True)
        return float((np.log(np.exp(log - top).sum(axis=1)) + top[:, 0]).sum())

    for j, slope in enumerate(scores(dyads, away).sum(axis=0)):
        step = np.zeros(7)
        step[j] = 1e-5
        rise = likelihood(moved(away, step)) - likelihood(moved(away, -step))
        assert rise / 2e-5 == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_the_information_curves_downward_everywhere() -> None:
    dyads, _ = made(np.random.default_rng(4), therapists=15)
    assert np.linalg.eigvalsh(_information(dyads, fit_latent(dyads))).min() > 0


@pytest.mark.slow
def test_many_therapists_are_drawn_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.models.mirror_mediation.MANY_THERAPISTS", 30)
    monkeypatch.setattr("evenhand.models.mirror_mediation.DRAWS_PERCENTILE", 60)
    dyads, therapist = made(np.random.default_rng(5))
    drawn = fit_mediation(dyads, therapist, np.random.default_rng(2))
    assert drawn.method.startswith("percentile")
    monkeypatch.setattr("evenhand.models.mirror_mediation.MANY_THERAPISTS", 100)
    wild = fit_mediation(dyads, therapist, np.random.default_rng(2))
    assert drawn.indirect.estimate == wild.indirect.estimate
    assert drawn.indirect.low == pytest.approx(wild.indirect.low, abs=0.06)
    assert drawn.indirect.high == pytest.approx(wild.indirect.high, abs=0.06)


def test_counts_that_show_nothing_are_refused() -> None:
    dyads, therapist = made(np.random.default_rng(6), acts=0.05, tau=0.2)
    with pytest.raises(EvenhandError, match="hardly show"):
        fit_mediation(dyads, therapist, np.random.default_rng(2))


def test_more_acts_show_a_tilt_better() -> None:
    few, many = (made(np.random.default_rng(7), acts=acts)[0] for acts in (1.0, 40.0))
    assert reliability(few, fit_latent(few)) < reliability(many, fit_latent(many))


def test_too_few_people_are_refused() -> None:
    dyads, therapist = made(np.random.default_rng(8), therapists=5)
    with pytest.raises(EvenhandError, match="50 dyads of 5 therapists"):
        fit_mediation(dyads, therapist, np.random.default_rng(2))


@pytest.mark.slow
@pytest.mark.parametrize("b", [0.0, -0.5])
def test_the_indirect_effect_is_covered(b: float) -> None:
    inside = found_none = 0
    runs = 200
    for seed in range(runs):
        dyads, therapist = made(np.random.default_rng(seed), b=b, therapists=30, acts=6.0)
        found = fit_mediation(dyads, therapist, np.random.default_rng(seed)).indirect
        inside += found.low < 0.6 * b < found.high
        found_none += not found.low < 0 < found.high
    assert 0.91 < inside / runs < 0.99
    if b == 0:
        assert found_none / runs < 0.085
