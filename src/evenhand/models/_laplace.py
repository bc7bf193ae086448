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

from evenhand.models._blocks import Pattern, Sums
from evenhand.models._elimination import System, unscale_rest
from evenhand.models._gaussian import split_rest
from evenhand.models._leverage import leverages, taken
from evenhand.models._mode import Mode, find_mode
from evenhand.models._nested import NestedSystem
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate


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
        outer: the pattern of the other factors, where the first is nested in all of them.
    """

    pattern: Pattern
    k: np.ndarray
    trials: np.ndarray
    fixed: np.ndarray
    offset: np.ndarray
    slope: np.ndarray | None
    constant: float
    mode: Mode = field(repr=False)
    outer: Pattern | None = None

    @property
    def dense(self) -> int:
        """Columns of the dense matrix."""
        return (self.outer or self.pattern).layout.rest

    def at(self, scales: Scales, params: np.ndarray) -> LaplacePoint:
        """Deviance and gradient; parameters of variances first, then fixed effects."""
        lam = scales.lam(params[: scales.count])
        base = self.offset + self.fixed @ params[scales.count :]
        system, eta = find_mode(self, lam, base)
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
        small = np.exp(-np.abs(eta))  # log(1 + exp eta), without overflow, by the quick functions
        small += 1.0
        softplus = np.log(small, out=small) + np.maximum(eta, 0.0)
        return float(self.k @ eta - self.trials @ softplus)

    def _weights(self, eta: np.ndarray) -> np.ndarray:
        return self.pull(eta)[0]

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
        if self.outer is not None:
            return NestedSystem(self.pattern, self.outer, weights, lam)
        none = np.zeros((len(weights), 0))
        sums = Sums(self.powers(weights), (none, none), np.zeros((0, 0)))
        return System(self.pattern, self.pattern.fill(sums), lam)

    def penalised(self, eta: np.ndarray, b1: np.ndarray, br: np.ndarray) -> float:
        """Log likelihood, less what the unit effects cost."""
        return self._log(eta) - 0.5 * float((b1**2).sum() + br @ br)

    def pull(self, eta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights, and outcomes less their expectation."""
        p = expit(eta)
        expected = self.trials * p
        return expected * (1.0 - p), self.k - expected

    def _gradient(
        self, at: LaplacePoint, scales: Scales, params: np.ndarray, eta: np.ndarray
    ) -> np.ndarray:
        lam = scales.lam(params[: scales.count])
        leverage, blocks = leverages(at.system, self.slope)
        p = expit(eta)
        g = leverage * at.weights * (1.0 - 2.0 * p)
        q1, qr = (x[..., 0] for x in at.system.unwhiten(*at.system.whiten(*self.sums(g))))
        fixed = self.fixed.T @ (
            g - at.weights * self.spread(lam, q1, qr) - 2.0 * (self.k - self.trials * p)
        )
        b = self._by_factor(at.b1, at.br)
        q = self._by_factor(q1, qr)
        moves, more = scales.moves(params[: scales.count]), taken(blocks)
        out = [np.sum(m * (more[f] - b[f].T @ b[f] + q[f].T @ b[f])) for f, m in moves]
        return np.concatenate([out, fixed])

    def _by_factor(self, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
        return [first, *(x[..., 0] for x in split_rest(self.pattern, rest[:, None]))]
