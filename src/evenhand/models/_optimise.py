"""From a deviance with its gradient to the optimum, factors at the boundary held at 0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evenhand.models._layout import Layout
from evenhand.models._scales import INTERCEPT_PIN, LOWEST, SLOPE_PIN, Scales
from evenhand.models._search import (
    NEARER,
    Curve,
    Evaluate,
    Optimum,
    approach,
    hessian,
    polish,
    search,
    upward,
)

NEAR_ZERO = 0.05
"""Variance (ratio) times a level's information under which 0 is tried as well."""
SAME = 1e-7
"""Deviances that differ by less are the same."""

VANISHING = 2e-3
"""Standard deviation (ratio) of a slope's block under which 0 is tried as well."""
CLOSE = 1e-3
"""Gradient at which a search ends that no Newton steps follow."""
PIN_COSTS = 1e-4
"""What holding one just above 0 may add to the deviance."""

MANY = 5_000
"""Levels of the largest factor from which the exact curvature at the start saves evaluations, and
the memory of a library besides; below it they cost next to nothing."""

FARTHEST = 1.0
"""Longest step of a log variance ratio from such a start."""

Near = tuple[np.ndarray, np.ndarray]
"""Parameters and the Hessian there."""

For = Callable[[Scales], Evaluate]
"""The deviance for a set of factors that have a variance; parameters of variances come first."""


def optimise(
    layout: Layout,
    information: float,
    deviance: For,
    extra: np.ndarray,
    curve: Callable[[Scales], Curve] | None = None,
    *,
    errors: bool = True,
    near: Near | None = None,
) -> tuple[Scales, Optimum]:
    """The optimum over the variances' parameters and others.

    Args:
        layout: the factors.
        information: of all observations, in units in which a level's effect has variance 1.
        deviance: what is minimised.
        extra: starts of further parameters, of typical error 1.
        curve: the exact Hessian; differences of gradients where there is none.
        errors: whether the curvature is wanted; without it, the search alone decides.
        near: where the optimum is nearly, all factors having a variance, and the curvature there.

    Returns:
        The scales, with factors at the boundary held at 0, and the optimum.
    """
    dear = layout.sizes[0] > MANY

    def best(scales: Scales, start: np.ndarray) -> Optimum:
        exact = curve(scales) if curve else None
        begun = near if not scales.zero and not scales.pinned else None
        steps = _steps(layout, scales, start)
        return _best(_once(deviance(scales)), scales, start, steps, exact, begun, errors, dear)

    scales = Scales(layout.dims, unit=layout.unit)
    first = [min(1.0, 2.0 * q / information + 0.05) for q in layout.sizes]
    optimum = best(scales, np.append(scales.start(first), extra))
    for f in _doubtful(layout, information, scales, optimum.params):
        without = replace(scales, zero=scales.zero | {f})
        at_zero = best(without, np.delete(optimum.params, scales.places[f]))
        if at_zero.value <= optimum.value + SAME:
            scales, optimum = without, at_zero
    held = _flat(scales, optimum.params)
    if held:
        pinned = replace(scales, pinned=held)
        drop = [n for n in range(3) if n in held]
        f = scales.dims.index(2)
        start = np.delete(optimum.params, [scales.places[f].start + n for n in drop])
        at_pin = best(pinned, start)
        if at_pin.value <= optimum.value + PIN_COSTS:
            scales, optimum = pinned, at_pin
    return scales, optimum


def _best(
    found: Evaluate,
    scales: Scales,
    start: np.ndarray,
    steps: np.ndarray,
    curve: Curve | None,
    near: Near | None,
    errors: bool,
    dear: bool,
) -> Optimum:
    """The optimum for one set of factors that have a variance."""
    low = np.full(len(start), -np.inf)
    low[: scales.count] = LOWEST
    reached = None if near is None else approach(found, *near, steps)
    if near is None and curve is not None and dear and len(start):
        reached = approach(
            found, start, upward(curve(start), steps), steps, np.full(len(start), FARTHEST)
        )
    if not errors:
        at = search(found, start, steps, low, CLOSE) if reached is None else reached
        return Optimum(at, found(at)[0], np.full((len(at), len(at)), np.nan), False)
    at = search(found, start, steps, low) if reached is None else reached
    exact = curve or (lambda params: hessian(found, params, steps))
    optimum = polish(found, exact, at, steps)
    if not optimum.converged:
        at = search(found, optimum.params, steps, low, NEARER)
        optimum = polish(found, exact, at, steps)
    return optimum


def _once(evaluate: Evaluate) -> Evaluate:
    """The same, which remembers its last answer."""
    last: tuple[np.ndarray, tuple[float, np.ndarray]] | None = None

    def remembered(params: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal last
        if last is None or not np.array_equal(last[0], params):
            last = params.copy(), evaluate(params)
        return last[1]

    return remembered


def _flat(scales: Scales, params: np.ndarray) -> tuple[int, ...]:
    """Parameters of the slope's factor that go to where one of its effects does not vary."""
    if 2 not in scales.dims:
        return ()
    low = scales.lam(params[: scales.count])[scales.dims.index(2)] * [[1.0], [scales.unit]]
    if low[0, 0] < VANISHING:
        return INTERCEPT_PIN
    return SLOPE_PIN if low[1, 1] < VANISHING else ()


def _steps(layout: Layout, scales: Scales, params: np.ndarray) -> np.ndarray:
    return np.append(scales.steps(layout.sizes), np.ones(len(params) - scales.count))


def _doubtful(layout: Layout, information: float, scales: Scales, params: np.ndarray) -> list[int]:
    """Factors of one effect whose variance may be 0, the least first."""
    found = []
    for f, place in enumerate(scales.places):
        if layout.dims[f] == 1:
            shrunk = float(np.exp(params[place][0])) * information / layout.sizes[f]
            if shrunk < NEAR_ZERO:
                found.append((shrunk, f))
    return [f for _, f in sorted(found)]
