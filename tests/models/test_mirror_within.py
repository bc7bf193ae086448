"""Within dyads: a session's tilt and its alliance, though no tilt is ever seen."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_stacked import Stack
from evenhand.models.mirror_within import Sessions, Within, expected_tilts, fit_within
from tests.models.reference import r_numbers


def made(
    seed: int,
    *,
    b: float = -0.4,
    between: float = 0.5,
    therapists: int = 25,
    each: int = 8,
    acts: float = 30.0,
    spread: float = 0.4,
) -> Sessions:
    """Sessions whose alliance follows their dyad's tilt by `between`, their own by `b`."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(therapists), each)
    lengths = rng.integers(4, 9, len(who))
    dyad = np.repeat(np.arange(len(who)), lengths)
    number = np.concatenate([np.arange(1.0, n + 1) for n in lengths])
    usual, own = rng.normal(0, 0.5, len(who))[dyad], rng.normal(0, spread, len(dyad))
    y = between * usual + b * own + 0.05 * number + rng.normal(0, 0.5, len(who))[dyad]
    y = y + rng.normal(0, 0.6, len(dyad))
    trials = rng.poisson(acts, len(dyad)) + 1.0
    offset = rng.normal(0.3, 0.3, len(dyad))
    chance = 1 / (1 + np.exp(-(offset + 0.4 + usual + own)))
    k = rng.binomial(trials.astype(int), chance).astype(float)
    counts = Stack(k, trials, offset, np.arange(len(dyad)), np.zeros(len(dyad), dtype=np.int64))
    return Sessions(counts, dyad, who[dyad], y, number)


def fit(sessions: Sessions) -> Within:
    return fit_within(sessions, np.random.default_rng(1))


def test_the_slope_within_is_found_and_not_the_one_between() -> None:
    found = fit(made(1))
    assert found.low < -0.4 < found.high < 0  # between dyads it is +.5
    assert found.spread == pytest.approx(0.4, abs=0.08)
    assert found.method.startswith("wild")
    assert found.sessions == len(made(1).y)


def test_what_counts_let_one_expect_is_not_shrunk_as_what_is_observed() -> None:
    sessions = made(2, therapists=60, acts=15.0)
    stack = sessions.counts
    observed = np.log((stack.k + 0.5) / (stack.n - stack.k + 0.5)) - stack.offset
    mean = np.bincount(sessions.dyad, observed) / np.bincount(sessions.dyad)
    x = observed - mean[sessions.dyad]
    naive = float(x @ sessions.y / (x @ x))
    assert abs(naive) < 0.2
    assert fit(sessions).estimate == pytest.approx(-0.4, abs=0.1)


@pytest.mark.slow
def test_variances_are_nearly_those_that_lme4_finds(tmp_path: Path) -> None:
    sessions = made(3, therapists=12)
    stack = sessions.counts
    frame = pl.DataFrame(
        {"k": stack.k, "n": stack.n, "o": stack.offset, "pair": sessions.dyad, "s": stack.dyad}
    )
    lines = (
        "library(lme4); m <- glmer(cbind(k, n - k) ~ 1 + offset(o) + (1 | pair) + (1 | s), d, "
        "family = binomial); v <- as.data.frame(VarCorr(m)); tell(v$vcov[v$grp == 's']); "
        "tell(ranef(m)$s[, 1])"
    )
    variance, *modes = r_numbers(lines, frame, tmp_path)
    found = expected_tilts(stack, sessions.dyad)
    assert found.variance == pytest.approx(variance, rel=0.07)  # ours: penalised quasi-likelihood
    assert np.corrcoef(found.tilt, modes)[0, 1] > 0.999
    assert np.std(found.tilt) == pytest.approx(np.std(modes), rel=0.05)


def test_many_therapists_are_drawn_themselves() -> None:
    sessions = made(4, therapists=110, each=2)
    drawn = fit(sessions)
    assert drawn.method.startswith("percentile")
    assert drawn.low < drawn.estimate < drawn.high


def test_counts_that_hardly_show_a_session_are_refused() -> None:
    with pytest.raises(EvenhandError, match="hardly show"):
        fit(made(5, acts=3.0, spread=0.3))


def test_few_people_are_refused_with_their_number() -> None:
    with pytest.raises(EvenhandError, match="of 40 dyads and 5 therapists"):
        fit(made(6, therapists=5))


def test_dyads_seen_once_say_nothing_within() -> None:
    sessions = made(7)
    once = Sessions(
        sessions.counts, np.arange(len(sessions.y)), sessions.therapist, sessions.y, sessions.number
    )
    with pytest.raises(EvenhandError, match="0 sessions of 0 dyads"):
        fit(once)


@pytest.mark.slow
@pytest.mark.parametrize("b", [0.0, -0.4])
def test_the_slope_within_is_covered(b: float) -> None:
    runs = 200
    found = [fit(made(seed, b=b)) for seed in range(runs)]
    inside = sum(one.low < b < one.high for one in found)
    assert 0.91 < inside / runs < 0.985
    assert np.mean([one.estimate for one in found]) == pytest.approx(b, abs=0.02)
