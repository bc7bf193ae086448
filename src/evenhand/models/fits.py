"""What a fitted mixed model can say: fixed effects, variances, effects of levels, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from evenhand.models._elimination import System, scale_rest
from evenhand.models._gaussian import GaussianProblem, split_rest
from evenhand.models._integrated import integrated_variance
from evenhand.models._laplace import LogitProblem
from evenhand.models._leverage import unit_blocks
from evenhand.models._scales import Scales
from evenhand.models._threads import threads_for

DOUBT = 0.25
"""Standard error of a log variance from which errors of effects are integrated over it."""
ENTRIES = 4_000_000
"""Numbers of a prediction that are worked on at a time: rows × columns of all factors."""


@dataclass(frozen=True)
class State:
    """The equations at the optimum, from which effects and errors are worked out.

    Args:
        system: the factorised equations.
        scales, params: the variances' parameters.
        params_cov: their covariance.
        scale: the residual variance, 1 where there is none.
        fixed_inverse: (X'V⁻¹X)⁻¹ in units of `scale`.
        b1, br: unit effects of the eliminated factor and of the rest.
        x1, xr: the same of the columns of X.
        problem: what was optimised, for profiles.
        optimum: all its parameters there.
    """

    system: System
    scales: Scales
    params: np.ndarray
    params_cov: np.ndarray
    scale: float
    fixed_inverse: np.ndarray
    b1: np.ndarray
    br: np.ndarray
    x1: np.ndarray
    xr: np.ndarray
    problem: GaussianProblem | LogitProblem
    optimum: np.ndarray

    def by_factor(self, first: np.ndarray, rest: np.ndarray) -> list[np.ndarray]:
        """Arrays as levels × effects × columns, factor by factor."""
        return [first, *split_rest(self.system.pattern, rest)]


@dataclass(frozen=True)
class MixedFit:
    """A fitted mixed model; levels are numbered by their codes.

    Args:
        method: ``reml``, ``ml``, ``laplace`` or ``quadrature``.
        n: observations (for counts: the sum of trials is not n; n is the rows).
        levels: factor to its number of levels.
        fixed: fixed effects, in the order of the columns.
        fixed_cov: their covariance.
        variances: factor to the variance of its intercepts; a factor with a slope also has
            ``NAME.slope`` and ``NAME.covariance``; Gaussian models have ``residual``.
        variance_se: the same names to standard errors, NaN where the variance is 0.
        loglik: log likelihood (REML: restricted), constants included.
        singular: a variance is 0, or a slope's correlation is 1.
        converged: the search ended where the gradient is 0 and the curvature is right.
        state: the equations at the optimum.
    """

    method: str
    n: int
    levels: Mapping[str, int]
    fixed: np.ndarray
    fixed_cov: np.ndarray
    variances: Mapping[str, float]
    variance_se: Mapping[str, float]
    loglik: float
    singular: bool
    converged: bool
    state: State = field(repr=False)

    @property
    def fixed_se(self) -> np.ndarray:
        """Standard errors of the fixed effects."""
        return np.asarray(np.sqrt(np.diagonal(self.fixed_cov)))

    def effect(self, factor: str) -> np.ndarray:
        """Predicted effects of a factor's levels (BLUPs; modes in a logit model).

        Returns:
            One a level; levels × (intercept, slope) where the factor has a slope.
        """
        state = self.state
        f = state.system.layout.place(factor)
        unit = state.by_factor(state.b1[..., None], state.br[:, None])[f][..., 0]
        found = np.matmul(unit, state.system.lam[f].T)
        return np.asarray(found[:, 0] if found.shape[1] == 1 else found)

    def se(self, factor: str, *, variance_known: bool = False) -> np.ndarray:
        """Standard errors of `effect` (effect minus truth), fixed effects being estimated too.

        Args:
            factor: its name.
            variance_known: leave out the uncertainty of the variances, as most programs do.
                Without it intervals of few levels are too short. With it, a first-order term is
                added (Kass and Steffey 1989), or, where the variance is poorly known or 0, the
                errors are averaged over what it may be.

        Returns:
            The shape of `effect`.
        """
        cov = self.cov(factor, variance_known=variance_known)
        found = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
        return np.asarray(found[:, 0] if found.shape[1] == 1 else found)

    def cov(self, factor: str, *, variance_known: bool = False) -> np.ndarray:
        """Covariance of each level's effects: levels × effects × effects."""
        with threads_for(self.state.problem.dense):
            return self._cov(factor, variance_known)

    def _cov(self, factor: str, variance_known: bool) -> np.ndarray:
        state = self.state
        f = state.system.layout.place(factor)
        if not variance_known and self._doubtful(f):
            effect = self.effect(factor)
            found = integrated_variance(state.problem, state.scales, state.optimum, f, effect)
            return found[:, None, None]
        unit = unit_blocks(state.system, f)
        x = state.by_factor(state.x1, state.xr)[f]
        unit = unit + np.einsum("qap,ps,qbs->qab", x, state.fixed_inverse, x, optimize=True)
        low = state.system.lam[f]
        out = state.scale * np.matmul(np.matmul(low, unit), low.T)
        if not variance_known and len(state.params):
            moved = _moved(state)[f]
            out = out + np.einsum("qaj,jk,qbk->qab", moved, state.params_cov, moved, optimize=True)
        return np.asarray(out)

    def _doubtful(self, f: int) -> bool:
        """Whether a factor's variance is so poorly known that its errors are integrated."""
        scales, cov = self.state.scales, self.state.params_cov
        if scales.dims[f] > 1 or np.isnan(cov).any():
            return False
        return f in scales.zero or bool(cov[scales.places[f], scales.places[f]][0, 0] > DOUBT**2)

    def predict(
        self,
        fixed: np.ndarray,
        codes: Mapping[str, np.ndarray] | None = None,
        slope: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Linear predictors with their joint standard errors.

        Args:
            fixed: rows × fixed effects.
            codes: factor to codes of the levels whose effects are added; factors left out add
                nothing (the average level).
            slope: the slope's variable, where a factor with a slope is among the codes.

        Returns:
            Predictors and standard errors (variances of the effects taken as known).
        """
        rows = np.asarray(fixed, float)
        each = max(1, ENTRIES // max(self.state.system.layout.rest, 1))
        with threads_for(self.state.problem.dense):
            parts = [
                _predict(self, rows[at], _cut(codes, at), None if slope is None else slope[at])
                for at in np.array_split(np.arange(len(rows)), max(1, -(-len(rows) // each)))
            ]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


@dataclass(frozen=True)
class GaussianFit(MixedFit):
    """A fitted Gaussian mixed model."""

    @property
    def residual(self) -> float:
        """The residual variance."""
        return self.variances["residual"]


@dataclass(frozen=True)
class LogitFit(MixedFit):
    """A fitted logit mixed model; effects and predictors are log odds."""


def _moved(state: State) -> list[np.ndarray]:
    """How every effect moves with each parameter: levels × effects × parameters, by factor."""
    system, layout = state.system, state.system.layout
    e1 = np.zeros((*state.b1.shape, len(state.params)))
    er = np.zeros((len(state.br), len(state.params)))
    parts = state.by_factor(e1, er)
    unit = state.by_factor(state.b1[..., None], state.br[:, None])
    for j, (f, g) in enumerate(state.scales.moves(state.params)):
        parts[f][..., j] = unit[f][..., 0] @ g.T
    fixed = np.einsum("qap,qaj->pj", state.x1, e1) + state.xr.T @ er
    a1, ar = system.solve(e1, er)
    a1 = a1 + state.x1 @ (state.fixed_inverse @ fixed)
    ar = ar + state.xr @ (state.fixed_inverse @ fixed)
    both = state.by_factor(a1, ar)
    return [np.matmul(system.lam[f], both[f]) for f in range(len(layout.names))]


def _cut(codes: Mapping[str, np.ndarray] | None, at: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.asarray(one)[at] for name, one in (codes or {}).items()}


def _predict(
    fit: MixedFit, fixed: np.ndarray, codes: Mapping[str, np.ndarray], slope: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    state = fit.state
    system, layout = state.system, state.system.layout
    estimate = fixed @ fit.fixed
    left = fixed.copy()  # x − X'V⁻¹ZΘz
    z1 = np.zeros((len(fixed), layout.dims[0]))
    zr = np.zeros((layout.rest, len(fixed)))
    unit = state.by_factor(state.b1[..., None], state.br[:, None])
    x = state.by_factor(state.x1, state.xr)
    for name, one in codes.items():
        f = layout.place(name)
        z = _design(layout.dims[f], len(fixed), slope) @ system.lam[f]
        estimate = estimate + (z * unit[f][one, :, 0]).sum(axis=1)
        left = left - np.einsum("na,nap->np", z, x[f][one])
        if f == 0:
            z1, first = z, one
        else:
            for a in range(layout.dims[f]):
                zr[layout.column_of(f, a, one), np.arange(len(fixed))] = z[:, a]
    variance = np.einsum("np,ps,ns->n", left, state.fixed_inverse, left, optimize=True)
    if z1.any():
        variance = variance + np.einsum("na,nab,nb->n", z1, system.full[first], z1)
        zr = zr - _met(system, first, z1)
    if layout.rest:
        variance = variance + (system.forward(zr) ** 2).sum(axis=0)
    return estimate, np.sqrt(state.scale * variance)


def _design(d: int, n: int, slope: np.ndarray | None) -> np.ndarray:
    if d == 1:
        return np.ones((n, 1))
    return np.column_stack([np.ones(n), np.zeros(n) if slope is None else slope])


def _met(system: System, first: np.ndarray, z1: np.ndarray) -> np.ndarray:
    """Mr1M11⁻¹z for levels of the eliminated factor: r × rows."""
    out = np.zeros((system.layout.rest, len(first)))
    entries = system.reduced()
    for a in range(z1.shape[1]):
        picked = system.matrix(entries, a)[first]
        whole = picked if isinstance(picked, np.ndarray) else picked.toarray()
        out += whole.T * z1[:, a]
    return scale_rest(system.layout, system.lam, out)
