"""Profile-likelihood intervals of variances, and the test of a variance against 0.

Source: Venzon and Moolgavkar (1988) for profiles; Self and Liang (1987) for the mixture ½χ²₀ + ½χ²₁
that the ratio follows at the boundary; Crainiceanu and Ruppert (2004), doi
10.1111/j.1467-9868.2004.00438.x, for its exact distribution with one factor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import chdtrc, chdtri, ndtri

from evenhand.core.errors import EvenhandError
from evenhand.models._gaussian import GaussianProblem
from evenhand.models._laplace import LogitProblem
from evenhand.models._layout import Layout
from evenhand.models._scales import LOWEST, Scales
from evenhand.models._search import NEARER, Evaluate, search
from evenhand.models._threads import threads_for
from evenhand.models.fits import MixedFit

WIDEST = 60
"""Steps outward from the estimate before a limit is given up."""


def profile_interval(fit: MixedFit, factor: str, level: float = 0.95) -> tuple[float, float | None]:
    """A profile-likelihood interval of a factor's variance.

    Args:
        fit: a fitted model in which the factor has one effect a level.
        factor: its name.
        level: of confidence.

    Returns:
        Low (0 where the data do not speak against 0, and always where the variance is 0: the fit
        is ``singular`` then) and high (None where they do not bound it).

    Raises:
        EvenhandError: the factor has a slope.
    """
    layout = fit.state.system.layout
    f = layout.place(factor)
    problem = fit.state.problem
    known = isinstance(problem, GaussianProblem) and problem.residual is not None
    if layout.dims[f] != 1 or known:
        raise EvenhandError(
            "A profile is made for a factor with intercepts, and without known error variances.",
            factor,
            "Use its standard error.",
        )
    with threads_for(problem.dense):
        distance = _distance(fit, f)
        centre = float(np.log(max(fit.variances[factor], _least(fit, layout, f))))
        cut = float(chdtri(1, 1 - level))
        low = 0.0
        if fit.variances[factor] > 0 and _from_zero(fit, f) > cut:
            low = float(np.exp(_crossing(distance, centre, -0.5, cut) or LOWEST))
        high = _crossing(distance, centre, 0.5, cut)
    return low, None if high is None else float(np.exp(high))


def share_interval(
    fit: MixedFit, factor: str, rest: float = 0.0, *, own: bool = True
) -> tuple[float, float | None]:
    """A 95 % interval of a factor's share of all variance, worked out on the log-odds scale.

    Args:
        fit: a fitted model whose factors have one effect a level.
        factor: its name.
        rest: variance that is known beside the model's (π²/3 for a logit model).
        own: whether the rows' own variance (residual, rest) is part of all.

    Returns:
        Low and high; (0, high by the profile) where the variance is 0; 0 and 1 where nothing
        else varies.
    """
    state = fit.state
    f = state.system.layout.place(factor)
    rows = fit.variances.get("residual", 0.0)
    others = sum(fit.variances.values()) - fit.variances[factor] + (rest if own else -rows)
    if f in state.scales.zero:
        high = profile_interval(fit, factor)[1]
        return 0.0, None if high is None or not others > 0 else high / (high + others)
    if not others > 0:
        return 0.0, 1.0
    ratios, slopes = state.scales.flat(state.params)
    unit = rest if isinstance(state.problem, LogitProblem) else 1.0
    beside = (unit if own else 0.0) + ratios.sum() - ratios[f]
    gradient = slopes[f] / ratios[f] - (slopes.sum(axis=0) - slopes[f]) / beside
    se = float(np.sqrt(gradient @ state.params_cov @ gradient))
    odds = fit.variances[factor] / others
    ends = [odds * float(np.exp(sign * ndtri(0.975) * se)) for sign in (-1, 1)]
    return ends[0] / (1 + ends[0]), ends[1] / (1 + ends[1])


def restricted_ratio(fit: MixedFit, factor: str) -> tuple[float, float]:
    """How far the likelihood falls where a factor's variance is 0.

    Returns:
        The (restricted) likelihood ratio statistic and its p value by ½χ²₀ + ½χ²₁, which is a
        little too large with few levels.
    """
    statistic = max(_from_zero(fit, fit.state.system.layout.place(factor)), 0.0)
    return statistic, float(0.5 * chdtrc(1, statistic)) if statistic > 0 else 1.0


def _least(fit: MixedFit, layout: Layout, f: int) -> float:
    """A variance that is small against what a level's rows tell."""
    return 0.02 * fit.variances.get("residual", 4.0) * layout.sizes[f] / fit.n


def _from_zero(fit: MixedFit, f: int) -> float:
    """Deviance with the factor's variance at 0, less that of the fit."""
    state = fit.state
    if f in state.scales.zero:
        return 0.0
    without = replace(state.scales, zero=state.scales.zero | {f})
    start = np.delete(state.optimum, state.scales.places[f])
    return _lowest(state.problem.deviance(without), start, without, fit) + 2.0 * fit.loglik


def _lowest(evaluate: Evaluate, start: np.ndarray, scales: Scales, fit: MixedFit) -> float:
    sizes = fit.state.system.layout.sizes
    steps = np.ones(len(start))
    typical = scales.steps(sizes)
    steps[: min(len(typical), len(start))] = typical[: len(start)]
    return evaluate(search(evaluate, start, steps, np.full(len(start), -np.inf)))[0]


def _distance(fit: MixedFit, f: int) -> Callable[[float], float]:
    """Log variance of factor f to the rise of the profile deviance."""
    state = fit.state
    scales = replace(state.scales, zero=state.scales.zero - {f})
    at = scales.places[f].start
    others = state.optimum if f in state.scales.zero else np.delete(state.optimum, at)
    gaussian = isinstance(state.problem, GaussianProblem)
    warm = np.append(others, np.log(state.scale)) if gaussian else others

    def rise(log: float) -> float:
        nonlocal warm
        evaluate = _held(state.problem, scales, at, log)
        steps = np.full(len(warm), 0.1)
        if len(warm):
            warm = search(evaluate, warm, steps, np.full(len(warm), -np.inf), NEARER)
        return evaluate(warm)[0] + 2.0 * fit.loglik

    return rise


def _held(problem: GaussianProblem | LogitProblem, scales: Scales, at: int, log: float) -> Evaluate:
    """The deviance with one log variance held; a Gaussian one has the residual's log last."""
    if isinstance(problem, LogitProblem):
        whole = problem.deviance(scales)

        def of_logit(others: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = whole(np.insert(others, at, log))
            return value, np.delete(gradient, at)

        return of_logit

    def of_gaussian(others: np.ndarray) -> tuple[float, np.ndarray]:
        residual = float(others[-1])
        held = replace(problem, residual=float(np.exp(residual)))
        point = held.at(scales, np.insert(others[:-1], at, log - residual))
        by_residual = (
            held.freedom(len(point.fixed)) - point.quadratic / np.exp(residual) - point.gradient[at]
        )
        return point.deviance, np.append(np.delete(point.gradient, at), by_residual)

    return of_gaussian


def _crossing(
    rise: Callable[[float], float], centre: float, step: float, cut: float
) -> float | None:
    """Where the profile rises by `cut`, going out from the centre."""
    from scipy.optimize import brentq  # loaded where a profile is asked for: it takes 16 MB

    inner = centre
    for _ in range(WIDEST):  # a variance of 0 is looked at from above it: perhaps from too far
        if rise(inner) < cut:
            break
        inner -= abs(step)
    for _ in range(WIDEST):
        outer = inner + step
        try:
            beyond = rise(outer) > cut
        except EvenhandError:  # so far off that the arithmetic gives way: no limit to be seen
            return None
        if beyond:
            if rise(inner) >= cut:  # a search from elsewhere ends a hair higher: this is the place
                return inner
            ends = sorted((inner, outer))
            return float(brentq(lambda at: rise(at) - cut, *ends, xtol=1e-4))
        inner, step = outer, step * 1.4
        if not LOWEST < inner < -LOWEST:
            return None
    return None
