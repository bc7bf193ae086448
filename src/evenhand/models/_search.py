"""Finding the optimum: a bounded quasi-Newton search, Newton steps at the end, boundaries tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evenhand.core.errors import EvenhandError

Evaluate = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Parameters to deviance and gradient."""

Curve = Callable[[np.ndarray], np.ndarray]
"""Parameters to the Hessian."""

STEP = 1e-4
"""Step of the differences of analytic gradients that make the Hessian, in typical errors."""
ENOUGH = 1e-7
"""A gradient below this, in units of typical errors, is 0."""


NEAR, NEARER = 1e-2, 1e-5
"""Gradients at which a search ends, in the same units: near enough for Newton's steps as a rule;
and where the surface is flat without being curved upward, as it is towards a boundary."""
FAR = 1e-3
"""A gradient above this, in the same units, is too far off for its curvature to stand."""
FORBIDDEN = 1e4
"""What a trial costs, above the worst so far, at which the arithmetic gives way."""
FLATTEST = 0.1
"""Least curvature of a start that is far from the optimum, in the same units."""
STEPS, LONGEST = 12, 30.0
"""Steps of an approach, and the longest of a parameter, in typical errors."""


@dataclass(frozen=True)
class Optimum:
    """Where the search ended, and the curvature there.

    Args:
        params: the parameters.
        value: the deviance.
        hessian: of the deviance, by parameter.
        converged: the gradient is as good as 0 and the curvature is upward.
    """

    params: np.ndarray
    value: float
    hessian: np.ndarray
    converged: bool


def search(
    evaluate: Evaluate,
    start: np.ndarray,
    steps: np.ndarray,
    lowest: np.ndarray,
    enough: float = NEAR,
) -> np.ndarray:
    """Parameters near the minimum above bounds, on a scale of typical errors.

    There are no upper bounds: with both, the method's first step would be as long as the gradient.
    """
    if not len(start):
        return start
    from scipy.optimize import minimize  # 16 MB, which a model that `approach` fits does without

    worst = -np.inf

    def scaled(z: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal worst
        try:
            value, gradient = evaluate(start + z * steps)
        except EvenhandError:
            if not np.isfinite(worst):  # at the start it is the data, further off the arithmetic
                raise
            return worst + FORBIDDEN, np.zeros_like(z)
        worst = max(worst, value)
        return value, gradient * steps

    bounds = np.column_stack([(lowest - start) / steps, np.full(len(start), np.inf)])
    found = minimize(
        scaled,
        np.zeros_like(start),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxcor": 20, "ftol": 1e-13, "gtol": enough, "maxiter": 500},
    )
    return np.asarray(start + found.x * steps)


def approach(
    evaluate: Evaluate,
    start: np.ndarray,
    curve: np.ndarray,
    steps: np.ndarray,
    longest: np.ndarray | None = None,
) -> np.ndarray | None:
    """Quasi-Newton steps (BFGS) from a curvature that is nearly right; None where they fail.

    No parameter moves by more than its `longest` at a time, `LONGEST` typical errors by default.

    Source: Nocedal and Wright (2006), Numerical Optimization, chapter 6.
    """
    at, (value, gradient) = start, evaluate(start)
    longest = LONGEST * steps if longest is None else longest
    for _ in range(STEPS):
        if float(np.abs(gradient * steps).max()) < FAR:
            return at
        step = -np.linalg.solve(curve, gradient)
        step *= min(1.0, 1.0 / float(np.abs(step / longest).max()))
        new, found = at + step, evaluate(at + step)
        if not found[0] < value:
            return None
        turn = found[1] - gradient
        if step @ turn > 0:
            moved = curve @ step
            curve = curve - np.outer(moved, moved) / (step @ moved)
            curve = curve + np.outer(turn, turn) / (step @ turn)
        at, (value, gradient) = new, found
    return None


def upward(curve: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The same curvature, its downward directions turned upward and none of them flat.

    Source: Nocedal and Wright (2006), chapter 3.4.
    """
    units = np.outer(steps, steps)
    values, vectors = np.linalg.eigh(curve * units)
    lifted: np.ndarray = (vectors * np.maximum(np.abs(values), FLATTEST)) @ vectors.T / units
    return lifted


def hessian(evaluate: Evaluate, params: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Second derivatives, as differences of the analytic gradient.

    They are forward ones: the step is a ten-thousandth of a typical error, so that what a
    central difference would mend is as small, for twice the evaluations.
    """
    n = len(params)
    out = np.zeros((n, n))
    here = evaluate(params)[1]
    for j in range(n):
        h = np.zeros(n)
        h[j] = STEP * max(steps[j], 1e-3)
        out[:, j] = (evaluate(params + h)[1] - here) / h[j]
    return (out + out.T) / 2


def polish(
    evaluate: Evaluate, curve_at: Curve, params: np.ndarray, steps: np.ndarray, most: int = 8
) -> Optimum:
    """Newton steps from near the optimum, with the curvature at its end.

    The curvature is worked out again only where the last step was long.
    """
    value, gradient = evaluate(params)
    if not len(params):
        return Optimum(params, value, np.zeros((0, 0)), True)
    curve = curve_at(params)
    for _ in range(most):
        far = float(np.abs(gradient * steps).max())
        if far < ENOUGH or not _upward(curve):
            break
        tried = params - np.linalg.solve(curve, gradient)
        new_value, new_gradient = evaluate(tried)
        if not new_value <= value + 1e-9 * abs(value):
            break
        params, value, gradient = tried, new_value, new_gradient
        curve = curve_at(params) if far > FAR else curve
    good = bool(np.abs(gradient * steps).max() < 1e-2 and _upward(curve))
    return Optimum(params, value, curve, good)


def _upward(curve: np.ndarray) -> bool:
    return bool(np.isfinite(curve).all() and np.linalg.eigvalsh(curve).min() > 0)
