"""Λ of each factor from unbounded parameters, and what a change of a parameter does.

An intercept's parameter is the log of its variance (ratio); an intercept and a slope have the
log-Cholesky of theirs: (log l11, l21, log l22).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LOWEST = -25.0
"""Log of a variance ratio under which it is 0."""


@dataclass(frozen=True)
class Scales:
    """Which parameters belong to which factor.

    Args:
        dims: effects a level, factor by factor.
        zero: factors (of one effect) that are held at variance 0, which have no parameter.
        unit: typical size of the slope's variable; a slope's Λ is in units of 1/unit.
    """

    dims: tuple[int, ...]
    zero: frozenset[int] = frozenset()
    unit: float = 1.0

    @property
    def places(self) -> tuple[slice, ...]:
        """Each factor's parameters."""
        out, at = [], 0
        for f, d in enumerate(self.dims):
            n = 0 if f in self.zero else 1 if d == 1 else 3
            out.append(slice(at, at + n))
            at += n
        return tuple(out)

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
        a, c, b = np.exp(part[0]), part[1], np.exp(part[2])
        return np.array([[a, 0.0], [c / self.unit, b / self.unit]])

    def moves(self, params: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """For each parameter its factor and G = L⁻¹(dΘ)L'⁻¹, where Θ = LL'."""
        out: list[tuple[int, np.ndarray]] = []
        for f, place in enumerate(self.places):
            if f not in self.zero:
                out += [(f, g) for g in self._moves(f, params[place])]
        return out

    def _moves(self, f: int, part: np.ndarray) -> list[np.ndarray]:
        if self.dims[f] == 1:
            return [np.ones((1, 1))]
        low = self._one(f, part)
        inverse = np.linalg.inv(low)
        out = []
        for n in range(3):
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
            if f not in self.zero:
                log = float(np.log(first[f]))
                parts += [log] if d == 1 else [0.5 * log, 0.0, 0.5 * log - 1.15]
        return np.array(parts)

    def steps(self, sizes: Sequence[int]) -> np.ndarray:
        """A typical standard error of each parameter, for the search's scale."""
        parts: list[float] = []
        for f, d in enumerate(self.dims):
            if f not in self.zero:
                one = float(np.sqrt(2.0 / sizes[f]))
                parts += [one] if d == 1 else [one / 2, one, one / 2]
        return np.array(parts)

    def flat(self, params: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All variances and covariances in a row, and their derivatives by parameter.

        Intercept variance; for a slope's factor intercept variance, covariance, slope variance.
        """
        values: list[float] = []
        rows: list[np.ndarray] = []
        for f, place in enumerate(self.places):
            low = self._one(f, params[place])
            for a, b in [(0, 0)] if self.dims[f] == 1 else [(0, 0), (1, 0), (1, 1)]:
                values.append(float((low @ low.T)[a, b]))
                row = np.zeros(len(params))
                if f not in self.zero:
                    moved = [low @ g @ low.T for g in self._moves(f, params[place])]
                    row[place] = [m[a, b] for m in moved]
                rows.append(row)
        return np.array(values), np.array(rows)
