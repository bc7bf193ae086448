"""Λ of each factor from unbounded parameters, and what a change of a parameter does.

An intercept's parameter is the log of its variance (ratio); an intercept and a slope have the
log-Cholesky of theirs: (log l11, l21, log l22).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

LOWEST = -25.0
"""Log of a variance ratio under which it is 0."""
PINNED = -9.0
"""Log of a standard deviation (ratio) at which one of a slope's block is held when it goes to 0:
its variance is then 1e-8, and the block stays regular."""
NOTHING = 1e-7
"""Variance (ratio) that is 0: what is left of one that is held."""
INTERCEPT_PIN, SLOPE_PIN = (0, 1), (2,)
"""Parameters that are held where no intercept varies, and where a slope follows its intercept."""


@dataclass(frozen=True)
class Scales:
    """Which parameters belong to which factor.

    Args:
        dims: effects a level, factor by factor.
        zero: factors (of one effect) that are held at variance 0, which have no parameter.
        pinned: factors with a slope to those of their three parameters that are held.
        unit: typical size of the slope's variable; a slope's Λ is in units of 1/unit.
    """

    dims: tuple[int, ...]
    zero: frozenset[int] = frozenset()
    pinned: tuple[int, ...] = ()
    unit: float = 1.0

    def free(self, f: int) -> tuple[int, ...]:
        """Which of a factor's parameters are searched for."""
        if self.dims[f] == 1:
            return () if f in self.zero else (0,)
        return tuple(n for n in range(3) if n not in self.pinned)

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Each factor's parameters."""
        ends = np.cumsum([0, *(len(self.free(f)) for f in range(len(self.dims)))])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @property
    def count(self) -> int:
        """Number of parameters."""
        return int(self.places[-1].stop)

    def lam(self, params: np.ndarray) -> list[np.ndarray]:
        """Λ of each factor."""
        return [self._one(f, params[place]) for f, place in enumerate(self.places)]

    def _one(self, f: int, part: np.ndarray) -> np.ndarray:
        if f in self.zero:
            return np.zeros((1, 1))
        if self.dims[f] == 1:
            return np.exp(0.5 * part).reshape(1, 1)
        whole = np.array([PINNED, 0.0, PINNED])
        whole[list(self.free(f))] = part
        a, c, b = np.exp(whole[0]), whole[1], np.exp(whole[2])
        return np.array([[a, 0.0], [c / self.unit, b / self.unit]])

    def moves(self, params: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """For each parameter its factor and G = L⁻¹(dΘ)L'⁻¹, where Θ = LL'."""
        out: list[tuple[int, np.ndarray]] = []
        for f, place in enumerate(self.places):
            out += [(f, g) for g in self._moves(f, params[place])]
        return out

    def _moves(self, f: int, part: np.ndarray) -> list[np.ndarray]:
        if self.dims[f] == 1:
            return [np.ones((1, 1)) for _ in self.free(f)]
        low = self._one(f, part)
        inverse = np.linalg.inv(low)
        out = []
        for n in self.free(f):
            d = np.zeros((2, 2))
            at = (0, 1, 1)[n], (0, 0, 1)[n]
            d[at] = 1.0 / self.unit if n == 1 else low[at]
            step = inverse @ d
            out.append(step + step.T)
        return out

    def start(self, first: Sequence[float]) -> np.ndarray:
        """Parameters where each intercept has this variance, and a slope a tenth, in units."""
        parts: list[float] = []
        for f, d in enumerate(self.dims):
            log = float(np.log(first[f]))
            whole = [log] if d == 1 else [0.5 * log, 0.0, 0.5 * log - 1.15]
            parts += [whole[n] for n in self.free(f)]
        return np.array(parts)

    def steps(self, sizes: Sequence[int]) -> np.ndarray:
        """A typical standard error of each parameter, for the search's scale."""
        parts: list[float] = []
        for f, d in enumerate(self.dims):
            one = float(np.sqrt(2.0 / sizes[f]))
            whole = [one] if d == 1 else [one / 2, one, one / 2]
            parts += [whole[n] for n in self.free(f)]
        return np.array(parts)

    def flat(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All variances and covariances in a row, and their derivatives by parameter.

        Intercept variance; for a slope's factor intercept variance, covariance, slope variance.
        """
        values: list[float] = []
        rows: list[np.ndarray] = []
        for f, place in enumerate(self.places):
            low = self._one(f, params[place])
            moved = [low @ g @ low.T for g in self._moves(f, params[place])]
            for a, b in [(0, 0)] if self.dims[f] == 1 else [(0, 0), (1, 0), (1, 1)]:
                value = float((low @ low.T)[a, b])
                values.append(0.0 if abs(value) < NOTHING else value)
                row = np.zeros(len(params))
                row[place] = [m[a, b] for m in moved]
                rows.append(row)
        return np.array(values), np.array(rows)
