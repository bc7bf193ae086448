"""The mode of the random effects of a logit model, for the parameters at hand.

Newton's steps need new equations each time. Where the parameters have moved little, the equations
that were factorised last do nearly as well, at a tenth of the cost: such a step is taken until the
rest is far below what the gradient of the deviance notices, or until it converges slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenhand.core.errors import EvenhandError, Exit
from evenhand.models._elimination import System, scale_rest

if TYPE_CHECKING:
    from evenhand.models._laplace import LogitProblem

TIGHT = 1e-10
"""Newton decrement at which the mode is found; what is left then is its square."""
TIGHTER = 1e-18
"""Decrement that a step by older equations may leave, at the pace of the last one."""
SLOW = 0.1
"""Share of the last decrement above which older equations are given up."""
MOVED = 0.7
"""Change of a log standard deviation from which they are not even tried."""
MOST_STEPS = 200


@dataclass
class Mode:
    """Unit effects at the latest mode, and the equations there, as a start for the next."""

    b1: np.ndarray
    br: np.ndarray
    system: System | None = None


@dataclass(frozen=True)
class _Place:
    """Unit effects, ZΛb, and the penalised log likelihood there."""

    b1: np.ndarray
    br: np.ndarray
    part: np.ndarray
    value: float

    def toward(self, to: _Place, share: float, value: float) -> _Place:
        """A place on the way to another."""
        return _Place(
            self.b1 + share * (to.b1 - self.b1),
            self.br + share * (to.br - self.br),
            self.part + share * (to.part - self.part),
            value,
        )


def find_mode(
    problem: LogitProblem, lam: list[np.ndarray], base: np.ndarray
) -> tuple[System, np.ndarray]:
    """Steps to the mode, halved where they overshoot.

    Args:
        problem: counts and design; its `mode` is where the search starts, and is moved.
        lam: Λ of each factor.
        base: offset and fixed part of the predictor.

    Returns:
        The equations at the mode, and the predictor.

    Raises:
        EvenhandError: there is no mode.
    """
    chord, place = _start(problem, lam, base)
    last = np.inf
    for _ in range(MOST_STEPS):
        weights, left = problem.pull(base + place.part)
        fresh = chord is None
        chord = chord or problem.system(lam, weights)
        to = _end(problem, lam, base, place, _step(problem, chord, place, lam, left))
        share, new = _halved(problem, base, place, to)
        decrement = share**2 * _decrement(weights, place, to)
        place = new
        if share == 1.0 and _done(decrement, last, fresh, len(place.b1)):
            return _settled(problem, lam, base + place.part, place)
        slow = share < 1.0 or decrement > SLOW * last
        chord = None if slow else chord
        last = np.inf if slow else decrement
    raise not_found()


def not_found() -> EvenhandError:
    """What to say where steps do not end."""
    return EvenhandError(
        "The modes of the random effects are not found.",
        "logit model",
        "Look for levels or columns whose outcomes are all alike, and for very large values.",
        Exit.INPUT,
    )


def _settled(
    problem: LogitProblem, lam: list[np.ndarray], eta: np.ndarray, place: _Place
) -> tuple[System, np.ndarray]:
    mode = problem.mode
    mode.system = None  # so that two of them are never held at once
    mode.b1, mode.br = place.b1, place.br
    mode.system = problem.system(lam, problem.pull(eta)[0])
    return mode.system, eta


def _done(decrement: float, last: float, fresh: bool, levels: int) -> bool:
    size = max(1.0, levels) ** 0.5
    if fresh:
        return bool(decrement < TIGHT * size)
    share = decrement / last if np.isfinite(last) else 1.0
    return bool(decrement * min(1.0, share) < TIGHTER * size)


def _step(
    problem: LogitProblem, chord: System, place: _Place, lam: list[np.ndarray], left: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What to add to the unit effects, by equations that were factorised at another place.

    Where Λ was another too, it is a step of u rather than of b that is carried over.
    """
    layout = chord.layout
    h1, hr = problem.sums(left)
    g1 = np.matmul(lam[0].T, h1) - place.b1[..., None]
    gr = scale_rest(layout, lam, hr) - place.br[:, None]
    by = _ratios(lam, chord.lam)
    s1, sr = chord.solve(np.matmul(by[0].T, g1), scale_rest(layout, by, gr))
    back = [one.T for one in by]
    return np.matmul(by[0], s1)[..., 0], scale_rest(layout, back, sr)[:, 0]


def _ratios(now: Sequence[np.ndarray], then: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Λ⁻¹ now, times Λ then; 0 where there is no variance now."""

    def one(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        if not a.any():
            return np.zeros_like(a)
        return b / a if len(a) == 1 else np.linalg.solve(a, b)

    return [one(a, b) for a, b in zip(now, then, strict=True)]


def _start(
    problem: LogitProblem, lam: list[np.ndarray], base: np.ndarray
) -> tuple[System | None, _Place]:
    """Where the latest mode was, in u rather than in b, and its equations if they are near."""
    b1, br, system = problem.mode.b1, problem.mode.br, problem.mode.system
    chord = None
    if system is not None:
        by = _ratios(lam, system.lam)
        b1 = b1 @ by[0].T
        br = scale_rest(system.layout, [one.T for one in by], br[:, None])[:, 0]
        chord = system if _near(by, lam) else None
    part = problem.spread(lam, b1, br)
    return chord, _Place(b1, br, part, problem.penalised(base + part, b1, br))


def _near(by: list[np.ndarray], lam: list[np.ndarray]) -> bool:
    sizes = [np.diagonal(r) for r, one in zip(by, lam, strict=True) if one.any()]
    whole = np.concatenate([np.zeros(0), *sizes])
    return bool((whole > 0).all() and (np.abs(np.log(whole)) < MOVED).all())


def _end(
    problem: LogitProblem,
    lam: list[np.ndarray],
    base: np.ndarray,
    place: _Place,
    step: tuple[np.ndarray, np.ndarray],
) -> _Place:
    b1, br = place.b1 + step[0], place.br + step[1]
    part = problem.spread(lam, b1, br)
    return _Place(b1, br, part, problem.penalised(base + part, b1, br))


def _halved(
    problem: LogitProblem, base: np.ndarray, place: _Place, to: _Place
) -> tuple[float, _Place]:
    share, found = 1.0, to
    while found.value < place.value - 1e-9 * abs(place.value) and share > 1e-4:
        share /= 2
        found = place.toward(to, share, 0.0)
        found = place.toward(to, share, problem.penalised(base + found.part, found.b1, found.br))
    return share, found


def _decrement(weights: np.ndarray, place: _Place, to: _Place) -> float:
    d1, dr = to.b1 - place.b1, to.br - place.br
    return float(weights @ (to.part - place.part) ** 2 + (d1**2).sum() + dr @ dr)
