"""The profiled Gaussian deviance, REML or ML, with its gradient."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Blocks, Pattern
from evenhand.models._elimination import System, diagonal_blocks
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate

DEPENDENT = 1e-7
"""Share of a column that the others do not give, below which it is theirs."""


@dataclass(frozen=True)
class Point:
    """The model at one value of its parameters.

    Args:
        deviance: −2 log likelihood, residual variance and fixed effects profiled out.
        gradient: by parameter.
        quadratic: the penalised residual sum of squares.
        fixed: fixed effects.
        fixed_inverse: (X'V⁻¹X)⁻¹ for V in units of the residual variance.
        b1, br: unit effects of the eliminated factor and of the rest.
        x1, xr: the same, of the columns of X.
        system: the factorised equations.
    """

    deviance: float
    gradient: np.ndarray
    quadratic: float
    fixed: np.ndarray
    fixed_inverse: np.ndarray
    b1: np.ndarray
    br: np.ndarray
    x1: np.ndarray
    xr: np.ndarray
    system: System


@dataclass(frozen=True)
class GaussianProblem:
    """Cross-products of [X y], and what the deviance needs besides.

    Args:
        pattern, blocks: the cross-products; y is the last column.
        n: observations.
        log_weights: sum of the logs of the weights.
        reml: REML, or ML.
        residual: None where the residual variance is profiled; else it is held at this.
    """

    pattern: Pattern
    blocks: Blocks
    n: int
    log_weights: float
    reml: bool
    residual: float | None = None

    @property
    def dense(self) -> int:
        """Columns of the dense matrix."""
        return self.pattern.layout.rest

    def at(self, scales: Scales, params: np.ndarray) -> Point:
        """Deviance and gradient at these parameters."""
        system = System(self.pattern, self.blocks, scales.lam(params))
        w1, wr = system.whiten(self.blocks.c, self.blocks.x)
        g = self.blocks.g - np.einsum("qac,qad->cd", w1, w1) - np.einsum("rc,rd->cd", wr, wr)
        p = g.shape[0] - 1
        factor = _factor(g[:p, :p])
        inverse = cho_solve(factor, np.eye(p))
        fixed = cho_solve(factor, g[:p, p])
        quadratic = float(g[p, p] - g[:p, p] @ fixed)
        c1, cr = system.unwhiten(w1, wr)
        take = np.concatenate([-fixed, [1.0]])
        point = Point(
            deviance=self._deviance(system, factor, quadratic, p),
            gradient=np.zeros(0),
            quadratic=quadratic,
            fixed=fixed,
            fixed_inverse=inverse,
            b1=c1 @ take,
            br=cr @ take,
            x1=c1[..., :p],
            xr=cr[:, :p],
            system=system,
        )
        return replace(point, gradient=self._gradient(point, scales, params))

    def deviance(self, scales: Scales) -> Evaluate:
        """The deviance as a function of the parameters."""

        def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
            at = self.at(scales, params)
            return at.deviance, at.gradient

        return evaluate

    def freedom(self, p: int) -> int:
        """What the quadratic form is divided by."""
        return self.n - p if self.reml else self.n

    def _deviance(
        self, system: System, factor: tuple[np.ndarray, bool], quadratic: float, p: int
    ) -> float:
        m = self.freedom(p)
        logs = system.logdet - self.log_weights
        if self.reml:
            logs += 2.0 * float(np.log(np.diagonal(factor[0])).sum())
        s2 = quadratic / m if self.residual is None else self.residual
        return float(m * np.log(2 * np.pi * s2) + quadratic / s2 + logs)

    def _gradient(self, at: Point, scales: Scales, params: np.ndarray) -> np.ndarray:
        taken = self._taken(at)
        s2 = self.residual or at.quadratic / self.freedom(len(at.fixed))
        squares = [b.T @ b / s2 for b in self.by_factor(at.b1, at.br)]
        moves = scales.moves(params)
        return np.array([np.sum(g * (taken[f] - squares[f])) for f, g in moves])

    def _taken(self, at: Point) -> list[np.ndarray]:
        """Σ (I − A) over each factor's levels, A the inverse of the equations."""
        found = taken(at.system)
        if self.reml:
            for x, into in zip(self.by_factor_many(at.x1, at.xr), found, strict=True):
                into -= np.tensordot(x @ at.fixed_inverse, x, axes=([0, 2], [0, 2]))
        return found

    def by_factor(self, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
        return [x[..., 0] for x in self.by_factor_many(first[..., None], rest[:, None])]

    def by_factor_many(self, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
        """Effects as levels × effects × columns, factor by factor."""
        return [first, *split_rest(self.pattern, rest)]


def split_rest(pattern: Pattern, rest: np.ndarray) -> list[np.ndarray]:
    """Rows of the dense block as levels × effects × columns, factor by factor."""
    layout = pattern.layout
    shapes = zip(layout.sizes[1:], layout.dims[1:], layout.starts[:-1], strict=True)
    return [rest[s : s + q * d].reshape(q, d, -1) for q, d, s in shapes]


def taken(system: System) -> list[np.ndarray]:
    """Σ (I − M⁻¹) over each factor's levels: what the data take from the prior."""
    layout = system.layout
    first = layout.sizes[0] * np.eye(layout.dims[0]) - system.full.sum(axis=0)
    if layout.rest:
        first = first - _through_rest(system)
    blocks = diagonal_blocks(layout, system.rest_inverse)
    return [first, *(len(b) * np.eye(b.shape[1]) - b.sum(axis=0) for b in blocks)]


def _through_rest(system: System) -> np.ndarray:
    """Σ of M11⁻¹M1r S⁻¹Mr1M11⁻¹ over the levels of the eliminated factor."""
    lower, entries = system.in_u(), system.reduced()
    d = entries.shape[1]
    out = np.zeros((d, d))
    for a in range(d):
        for b in range(a + 1):
            u, v = entries[:, a], entries[:, b]
            met = system.pattern.gram(u, u if a == b else v)
            out[a, b] = out[b, a] = lower_product(met, lower)
    return out


def lower_product(one: np.ndarray, other: np.ndarray) -> float:
    """Sum of products of two symmetric matrices; the first is 0 above its diagonal."""
    diagonal = np.diagonal(one) @ np.diagonal(other)
    return float(2.0 * np.vdot(one, other) - diagonal)


def check_columns(g: np.ndarray) -> None:
    """Refuse cross-products [X y]'W[X y] of columns of X that depend on one another.

    Raises:
        EvenhandError: they do, or one of them is 0 throughout.
    """
    whole = g[:-1, :-1]
    scale = np.sqrt(np.clip(np.diagonal(whole), 1e-300, None))
    try:
        least = np.diagonal(np.linalg.cholesky(whole / np.outer(scale, scale))).min()
    except np.linalg.LinAlgError:
        least = 0.0
    if least < DEPENDENT:
        raise _twice()


def _factor(m: np.ndarray) -> tuple[np.ndarray, bool]:
    try:
        factor, lower = cho_factor(m, lower=True)
    except np.linalg.LinAlgError:
        raise _twice() from None
    return np.asarray(factor), bool(lower)


def _twice() -> EvenhandError:
    return EvenhandError(
        "The fixed effects say the same thing twice, or one of them says nothing.",
        "fixed",
        "Leave out a column that others add up to.",
    )
