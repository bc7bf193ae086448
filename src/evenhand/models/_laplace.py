"""The Laplace deviance of a logit model, with its exact gradient.

The outer parameters are the variances' and the fixed effects; for each, the mode of the random
effects is found by Newton steps, tightly, since the gradient rests on it.

Source: Breslow and Clayton (1993) and Bates et al. (2015) for the approximation; Kristensen et
al. (2016), doi 10.18637/jss.v070.i05, for its gradient by the implicit function theorem.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import expit

from evenhand.core.errors import EvenhandError, Exit
from evenhand.models._blocks import Pattern, Sums
from evenhand.models._elimination import System, diagonal_blocks, unscale_rest
from evenhand.models._gaussian import split_rest
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate

TIGHT = 1e-10
"""Newton decrement at which the mode is found."""
MOST_STEPS = 200


@dataclass
class Mode:
    """Unit effects at the mode, kept as a start for the next."""

    b1: np.ndarray
    br: np.ndarray


@dataclass(frozen=True)
class LaplacePoint:
    """The model at one value of its parameters; as `_gaussian.Point`, at the mode."""

    deviance: float
    gradient: np.ndarray
    b1: np.ndarray
    br: np.ndarray
    weights: np.ndarray
    system: System


@dataclass(frozen=True)
class LogitProblem:
    """Binomial counts by combination of levels and columns.

    Args:
        pattern: where each row stands.
        k, trials: counts.
        fixed: rows × columns.
        offset: added to the predictor.
        slope: the variable of a random slope.
        constant: of the log likelihood.
        mode: the latest mode.
    """

    pattern: Pattern
    k: np.ndarray
    trials: np.ndarray
    fixed: np.ndarray
    offset: np.ndarray
    slope: np.ndarray | None
    constant: float
    mode: Mode = field(repr=False)

    def at(self, scales: Scales, params: np.ndarray) -> LaplacePoint:
        """Deviance and gradient; parameters of variances first, then fixed effects."""
        lam = scales.lam(params[: scales.count])
        base = self.offset + self.fixed @ params[scales.count :]
        system, eta = self._find_mode(lam, base)
        b1, br = self.mode.b1, self.mode.br
        squares = float((b1**2).sum() + br @ br)
        deviance = -2.0 * (self._log(eta) + self.constant) + squares + system.logdet
        weights = self._weights(eta)
        point = LaplacePoint(deviance, np.zeros(0), b1, br, weights, system)
        return replace(point, gradient=self._gradient(point, scales, params, eta))

    def deviance(self, scales: Scales) -> Evaluate:
        """The deviance as a function of the parameters."""

        def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
            at = self.at(scales, params)
            return at.deviance, at.gradient

        return evaluate

    def _log(self, eta: np.ndarray) -> float:
        return float(self.k @ eta - self.trials @ np.logaddexp(0.0, eta))

    def _weights(self, eta: np.ndarray) -> np.ndarray:
        p = expit(eta)
        return np.asarray(self.trials * p * (1.0 - p))

    def powers(self, w: np.ndarray) -> tuple[np.ndarray, ...]:
        """w, and w·t, w·t² where there is a slope."""
        return (w,) if self.slope is None else (w, w * self.slope, w * self.slope**2)

    def spread(self, lam: list[np.ndarray], b1: np.ndarray, br: np.ndarray) -> np.ndarray:
        """ZΛb, row by row."""
        layout, pattern = self.pattern.layout, self.pattern
        u1 = b1 @ lam[0].T
        out = u1[pattern.codes[0], 0]
        if layout.dims[0] == 2:
            out = out + u1[pattern.codes[0], 1] * self._t()
        ur = unscale_rest(layout, lam, br)
        for (_, a), column in zip(layout.columns(), pattern.columns, strict=True):
            out = out + (ur[column] * self._t() if a else ur[column])
        return np.asarray(out)

    def _t(self) -> np.ndarray:
        assert self.slope is not None
        return self.slope

    def sums(self, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Z'column: q × a × 1, r × 1."""
        wx = [one[:, None] for one in self.powers(column)[:2]]
        return self.pattern.eliminated_sums(wx), self.pattern.rest_sums(wx)

    def system(self, lam: list[np.ndarray], weights: np.ndarray) -> System:
        """The equations at these weights."""
        none = np.zeros((len(weights), 0))
        sums = Sums(self.powers(weights), (none, none), np.zeros((0, 0)))
        return System(self.pattern, self.pattern.fill(sums), lam)

    def _find_mode(self, lam: list[np.ndarray], base: np.ndarray) -> tuple[System, np.ndarray]:
        """Newton steps to the mode, halved where they overshoot."""
        b1, br = self.mode.b1, self.mode.br
        part = self.spread(lam, b1, br)
        value = self._penalised(base + part, b1, br)
        for _ in range(MOST_STEPS):
            eta = base + part
            w = self._weights(eta)
            system = self.system(lam, w)
            h1, hr = self.sums(w * part + self.k - self.trials * expit(eta))
            n1, nr = (x[..., 0] for x in system.unwhiten(*system.whiten(h1, hr)))
            moved = self.spread(lam, n1, nr)
            share, new = 1.0, self._penalised(base + moved, n1, nr)
            while new < value - 1e-9 * abs(value) and share > 1e-4:
                share /= 2
                new = self._penalised(
                    base + part + share * (moved - part),
                    b1 + share * (n1 - b1),
                    br + share * (nr - br),
                )
            decrement = self._decrement(w, part, moved, n1 - b1, nr - br)
            b1, br = b1 + share * (n1 - b1), br + share * (nr - br)
            part, value = part + share * (moved - part), new
            if decrement < TIGHT * max(1.0, len(b1)) ** 0.5 and share == 1.0:
                self.mode.b1, self.mode.br = b1, br
                eta = base + part
                return self.system(lam, self._weights(eta)), eta
        raise EvenhandError(
            "The modes of the random effects are not found.",
            "logit model",
            "Look for levels or columns whose outcomes are all alike, and for very large values.",
            Exit.INPUT,
        )

    def _penalised(self, eta: np.ndarray, b1: np.ndarray, br: np.ndarray) -> float:
        return self._log(eta) - 0.5 * float((b1**2).sum() + br @ br)

    @staticmethod
    def _decrement(
        w: np.ndarray, part: np.ndarray, moved: np.ndarray, d1: np.ndarray, dr: np.ndarray
    ) -> float:
        return float(w @ (moved - part) ** 2 + (d1**2).sum() + dr @ dr)

    def _gradient(
        self, at: LaplacePoint, scales: Scales, params: np.ndarray, eta: np.ndarray
    ) -> np.ndarray:
        lam = scales.lam(params[: scales.count])
        leverage, taken = leverages(at.system, self.slope)
        p = expit(eta)
        g = leverage * at.weights * (1.0 - 2.0 * p)
        q1, qr = (x[..., 0] for x in at.system.unwhiten(*at.system.whiten(*self.sums(g))))
        fixed = self.fixed.T @ (
            g - at.weights * self.spread(lam, q1, qr) - 2.0 * (self.k - self.trials * p)
        )
        b = self._by_factor(at.b1, at.br)
        q = self._by_factor(q1, qr)
        moves = scales.moves(params[: scales.count])
        out = [np.sum(m * (taken[f] - b[f].T @ b[f] + q[f].T @ b[f])) for f, m in moves]
        return np.concatenate([out, fixed])

    def _by_factor(self, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
        return [first, *(x[..., 0] for x in split_rest(self.pattern, rest[:, None]))]


def leverages(system: System, slope: np.ndarray | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """z'ΛM⁻¹Λ'z of each row, and Σ (I − M⁻¹) over each factor's levels."""
    layout, pattern = system.layout, system.pattern
    lower, entries = system.in_u(), system.reduced()
    met = system.on_pattern(entries, lower)
    blocks = system.full.copy()
    d = layout.dims[0]
    for a in range(d):
        for b in range(d):
            products = met[:, a] * entries[:, b]
            blocks[:, a, b] += np.bincount(pattern.row, products, len(blocks))
    both = [blocks, *diagonal_blocks(layout, system.rest_inverse)]
    taken = [len(one) * np.eye(one.shape[1]) - one.sum(axis=0) for one in both]
    own = np.matmul(np.matmul(system.lam[0], blocks), system.lam[0].T)
    return _by_row(system, slope, own, met @ system.lam[0].T, lower), taken


def _by_row(
    system: System,
    slope: np.ndarray | None,
    own: np.ndarray,
    met: np.ndarray,
    lower: np.ndarray,
) -> np.ndarray:
    layout, pattern = system.layout, system.pattern
    t = np.ones(len(pattern.codes[0])) if slope is None else slope
    first, d = pattern.codes[0], layout.dims[0]
    out = np.zeros(len(first))
    for a in range(d):
        for b in range(d):
            out += own[first, a, b] * t ** (a + b)
    columns = [
        (a, c, e)
        for (_, a), c, e in zip(layout.columns(), pattern.columns, pattern.at, strict=True)
    ]
    for a, column, entry in columns:
        for b in range(d):
            out -= 2.0 * met[entry, b] * t ** (a + b)
        for other, against, _ in columns:
            rows, across = np.maximum(column, against), np.minimum(column, against)
            out += lower[rows, across] * t ** (a + other)
    return out
