"""Within a dyad: does a session's tilt go with that session's alliance?

This is another question than the path from the gap, which is constant in a dyad, and its answer
stands apart from a·b. A session's own tilt is not known; its counts say how far it may lie from its
dyad's. The alliance, less the dyad's mean, is regressed on what the counts let one expect of it,
which noise does not shrink as it shrinks a slope on the observed tilt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_stacked import Stack

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST_SESSIONS = 100
FEWEST_DYADS = 30
FEWEST_THERAPISTS = 10
MANY_THERAPISTS = 100
"""From here on therapists are drawn with replacement; below, their scores keep or turn signs."""
DRAWS = 4_000
LEAST_RELIABLE = 0.2
"""Below this the counts hardly show how a session differs from its dyad, and what they let one
expect is drawn in too far: in simulations slopes came out a seventh too large at .14."""
_ROUNDS = 200
_CLOSE = 1e-6


@dataclass(frozen=True)
class Within:
    """Standard deviations of the outcome, a step of 1 in a session's log rate ratio.

    Args:
        estimate: between sessions of one dyad, session number taken out.
        low, high: its 95 % interval over therapists with their clients.
        spread: standard deviation of sessions' tilts about their dyads'.
        reliability: share of it that the counts show.
        sessions, dyads, therapists: who was counted.
        method: how the interval was drawn.
    """

    estimate: float
    low: float
    high: float
    spread: float
    reliability: float
    sessions: int
    dyads: int
    therapists: int
    method: str


@dataclass(frozen=True)
class Sessions:
    """A row a session.

    Args:
        counts: the acts, k_T of k_T + k_C; ``dyad`` there numbers the session.
        dyad: of each session, from 0. `therapist`: likewise.
        y: the outcome, in its standard deviations.
        number: of the session.
    """

    counts: Stack
    dyad: Whole
    therapist: Whole
    y: Numbers
    number: Numbers


def fit_within(sessions: Sessions, rng: np.random.Generator) -> Within:
    """Fit the slope within dyads and its interval.

    Args:
        sessions: counts and outcome.
        rng: for the draws.

    Raises:
        EvenhandError: too few people, or counts that hardly show how sessions differ.

    Source: Carroll et al. 2006, Measurement Error in Nonlinear Models, chapter 4 (regression on
        what is expected of an unseen cause); Zhang, Zyphur & Preacher 2009, Organ Res Methods
        12:695-719, for keeping within and between apart.
    """
    repeated = np.bincount(sessions.dyad)[sessions.dyad] > 1
    n = int(repeated.sum())
    dyads, therapists = (
        len(np.unique(which[repeated])) for which in (sessions.dyad, sessions.therapist)
    )
    if n < FEWEST_SESSIONS or dyads < FEWEST_DYADS or therapists < FEWEST_THERAPISTS:
        raise EvenhandError(
            f"{n:,} sessions of {dyads:,} dyads and {therapists:,} therapists have counts and an "
            "alliance, and another such session beside them.",
            "within dyads",
            f"It takes {FEWEST_SESSIONS} sessions, {FEWEST_DYADS} dyads, {FEWEST_THERAPISTS} "
            "therapists.",
        )
    seen = expected_tilts(sessions.counts, sessions.dyad)
    if seen.reliability < LEAST_RELIABLE:
        raise EvenhandError(
            "The counts hardly show how a session's tilt differs from its dyad's (reliability "
            f"{seen.reliability:.2f}).",
            "within dyads",
            "It takes an act that is done more often.",
        )
    value, draws, method = _slope(sessions, seen.tilt, rng)
    low, high = np.quantile(draws, [0.025, 0.975])
    sigma = float(np.sqrt(seen.variance))
    return Within(
        value, float(low), float(high), sigma, seen.reliability, n, dyads, therapists, method
    )


@dataclass(frozen=True)
class Expected:
    """What counts let one expect of sessions' tilts about their dyads'.

    ``variance``: of the tilts; ``reliability``: the share of it that the counts show.
    """

    tilt: Numbers
    variance: float
    reliability: float


def expected_tilts(counts: Stack, dyad: Whole) -> Expected:
    """Modes of a logit with effects of dyad, of session and of indicator.

    Args:
        counts: rows of sessions and indicators.
        dyad: of each session.

    Source: Breslow & Clayton 1993, J Am Stat Assoc 88:9-25; sessions are nested in dyads, so each
        dyad's equations are solved by themselves.
    """
    at = _Modes(
        np.zeros(int(counts.indicator.max()) + 1),
        np.zeros(int(dyad.max()) + 1),
        np.zeros(len(dyad)),
        0.25,
        0.1,
        np.ones(len(dyad)),
    )
    for _ in range(_ROUNDS):
        new = _step(counts, dyad, at)
        close = abs(np.log(new.sigma2 / at.sigma2)) < _CLOSE
        at = new
        if close:
            break
    return Expected(at.u, at.sigma2, float(np.clip(1 - at.unsure.mean() / at.sigma2, 0.0, 1.0)))


@dataclass(frozen=True)
class _Modes:
    """Effects of indicators, dyads and sessions, their variances, and how unsure sessions' are."""

    phi: Numbers
    v: Numbers
    u: Numbers
    tau2: float
    sigma2: float
    unsure: Numbers


def _step(counts: Stack, dyad: Whole, at: _Modes) -> _Modes:
    """One Newton step of the effects, then their variances from squares and uncertainty."""
    many, sessions = len(at.v), len(dyad)
    p = expit(counts.offset + at.phi[counts.indicator] + (at.v[dyad] + at.u)[counts.dyad])
    weight, left = counts.n * p * (1 - p), counts.k - counts.n * p
    w, r = (np.bincount(counts.dyad, x, sessions) for x in (weight, left))
    inner = w + 1 / at.sigma2
    slope_u = r - at.u / at.sigma2
    outer = np.bincount(dyad, w / (1 + w * at.sigma2), many) + 1 / at.tau2
    slope_v = np.bincount(dyad, r - w / inner * slope_u, many) - at.v / at.tau2
    dv = slope_v / outer
    du = (slope_u - w * dv[dyad]) / inner
    size = min(1.0, 2.0 / max(1e-12, float(np.abs(du).max()), float(np.abs(dv).max())))
    v, u = at.v + size * dv, at.u + size * du
    moved, curve = (np.bincount(counts.indicator, x) for x in (left, weight))
    unsure = 1 / inner + (w / inner) ** 2 / outer[dyad]
    return _Modes(
        at.phi + moved / np.maximum(curve, 1e-12),
        v,
        u,
        max(float(np.mean(v**2 + 1 / outer)), 1e-6),
        max(float(np.mean(u**2 + unsure)), 1e-6),
        unsure,
    )


def _slope(
    sessions: Sessions, tilt: Numbers, rng: np.random.Generator
) -> tuple[float, Numbers, str]:
    """The slope within dyads, draws of it over therapists, and how they were drawn."""
    y, x, number = (_inside(a, sessions.dyad) for a in (sessions.y, tilt, sessions.number))
    if float(number @ number) > 0:
        y, x = (a - number * (number @ a) / (number @ number) for a in (y, x))
    many = int(sessions.therapist.max()) + 1
    xx, xy = (np.bincount(sessions.therapist, x * a, many) for a in (x, y))
    value = float(xy.sum() / xx.sum())
    if many >= MANY_THERAPISTS:
        times = rng.multinomial(many, np.full(many, 1 / many), DRAWS)
        return value, (times @ xy) / (times @ xx), "percentile, therapists drawn"
    signs = rng.choice([-1.0, 1.0], (DRAWS, many)) * np.sqrt(many / (many - 1))
    return value, value + signs @ (xy - value * xx) / xx.sum(), "wild, scores of therapists drawn"


def _inside(values: Numbers, dyad: Whole) -> Numbers:
    """Less the dyad's mean."""
    means = np.bincount(dyad, values) / np.bincount(dyad)
    return np.asarray(values - means[dyad])
