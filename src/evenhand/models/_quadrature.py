"""Adaptive Gauss-Hermite quadrature for a logit model with one factor of intercepts.

Laplace's approximation is quadrature with one node; with more, the likelihood of levels with few
yes-or-no rows is no longer taken for a bell.

Source: Pinheiro and Bates (1995), doi 10.1080/10618600.1995.10474663.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evenhand.models._laplace import LogitProblem
from evenhand.models._mode import find_mode
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate


@dataclass(frozen=True)
class QuadratureProblem(LogitProblem):
    """A logit problem whose deviance is integrated; modes and equations are Laplace's.

    Args:
        nodes: of the quadrature, centred at each level's mode.
    """

    nodes: int = 15

    def deviance(self, scales: Scales) -> Evaluate:
        """The deviance as a function of the parameters, with the integral's own gradient."""

        def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
            return self._integrated(scales, params)

        return evaluate

    def _integrated(self, scales: Scales, params: np.ndarray) -> tuple[float, np.ndarray]:
        lam = float(scales.lam(params[: scales.count])[0][0, 0])
        base = self.offset + self.fixed @ params[scales.count :]
        system, _ = find_mode(self, scales.lam(params[: scales.count]), base)
        mode, spread = self.mode.b1[:, 0], np.sqrt(system.full[:, 0, 0])
        codes, levels = self.pattern.codes[0], len(mode)
        z, w = np.polynomial.hermite_e.hermegauss(self.nodes)
        logs = np.empty((self.nodes, levels))
        for j in range(self.nodes):
            b = mode + spread * z[j]
            eta = base + lam * b[codes]
            rows = self.k * eta - self.trials * np.logaddexp(0.0, eta)
            logs[j] = np.bincount(codes, rows, levels) - 0.5 * b**2
            logs[j] += np.log(w[j]) + 0.5 * z[j] ** 2
        top = logs.max(axis=0)
        shares = np.exp(logs - top)
        total = shares.sum(axis=0)
        log = top + np.log(total) + np.log(spread) - 0.5 * np.log(2 * np.pi)
        shares /= total
        by_row = np.zeros_like(base)
        by_scale = 0.0
        for j in range(self.nodes):
            b = mode + spread * z[j]
            left = self.k - self.trials * expit(base + lam * b[codes])
            left *= shares[j][codes]
            by_row += left
            by_scale += 0.5 * lam * float(left @ b[codes])
        gradient = np.concatenate([np.full(scales.count, by_scale), self.fixed.T @ by_row])
        return -2.0 * (float(log.sum()) + self.constant), -2.0 * gradient
