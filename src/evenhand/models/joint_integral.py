"""The likelihood of scores and leaving together, each dyad's own course integrated out.

Given its own level and slope, a dyad's scores and its leaving have nothing more to do with each
other. The integral over the two is adaptive Gauss-Hermite quadrature in the plane, with nodes
about each dyad's mode; while the parameters are sought the nodes stand still, so that the
gradient is exactly that of the sum which stands for the integral.

Source: Pinheiro and Bates (1995), doi 10.1080/10618600.1995.10474663, for the nodes; Rizopoulos
(2012), Joint Models for Longitudinal and Time-to-Event Data, for the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evenhand.models.course_series import Floats, Ints, Series

NEWTON = 12
"""Steps to each dyad's mode; the log density is concave and nearly a parabola."""

BEFORE = 6
"""Parameters of the scores; those of the ways of ending follow."""


@dataclass(frozen=True)
class Joint:
    """Scores in standard units, and what came after each attended session.

    Args:
        series: scores and the basis of their sessions, both standardised.
        code: each attended session's dyad, by the series' codes, in order.
        after: 0 where another session followed, else the way of ending, from 1.
        designs: columns of each way of ending, a row an attended session.
        nodes_n: nodes of the quadrature in each direction.
    """

    series: Series
    code: Ints
    after: Ints
    designs: tuple[Floats, ...]
    nodes_n: int = 5

    @cached_property
    def sums(self) -> tuple[Floats, ...]:
        """By dyad: n, Σx, Σx², Σy, Σxy, Σy²."""
        x, y = self.series.t, self.series.y
        return tuple(self.series.total(s) for s in (np.ones_like(x), x, x * x, y, x * y, y * y))

    @cached_property
    def ended(self) -> tuple[Floats, ...]:
        """Whether each attended session was followed by each way of ending."""
        return tuple((self.after == c + 1).astype(np.float64) for c in range(len(self.designs)))

    @property
    def parameters_n(self) -> int:
        """Mean level and slope, three of the dyads' spread, the noise, and each way's weights."""
        return BEFORE + sum(int(d.shape[1]) + 2 for d in self.designs)


@dataclass(frozen=True)
class Values:
    """Parameters by their names.

    Args:
        mean: level and slope.
        root: Cholesky factor of the covariance of dyads' own levels and slopes.
        noise: variance of a score about its dyad's course.
        weights: of each way's columns.
        shares: log odds of each way for a unit of a dyad's own level and slope.
    """

    mean: Floats
    root: Floats
    noise: float
    weights: tuple[Floats, ...]
    shares: Floats

    @property
    def level_sd(self) -> float:
        """How far dyads' own levels are apart."""
        return float(self.root[0, 0])

    @property
    def slope_sd(self) -> float:
        """How far dyads' own slopes are apart."""
        return float(np.hypot(*self.root[1]))

    @property
    def precision(self) -> Floats:
        """Inverse of the dyads' covariance."""
        return np.asarray(np.linalg.inv(self.root @ self.root.T), dtype=np.float64)


def values_of(joint: Joint, params: Floats) -> Values:
    """The vector that is searched over, taken apart."""
    root = np.array([[np.exp(params[2]), 0.0], [params[3], np.exp(params[4])]])
    weights, shares, at = [], [], BEFORE
    for design in joint.designs:
        p = design.shape[1]
        weights.append(params[at : at + p])
        shares.append(params[at + p : at + p + 2])
        at += p + 2
    noise = float(np.exp(2 * params[5]))
    return Values(params[:2], root, noise, tuple(weights), np.array(shares))


@dataclass(frozen=True)
class Nodes:
    """Own levels and slopes at which the integral is worked out.

    Args:
        at: dyads × nodes × 2.
        log_weight: dyads × nodes.
    """

    at: Floats
    log_weight: Floats


def nodes_about(joint: Joint, params: Floats) -> Nodes:
    """Nodes about each dyad's mode under these parameters, spread as its curvature says."""
    v = values_of(joint, params)
    mode, curve = _modes(joint, v)
    spread = np.linalg.cholesky(np.linalg.inv(curve))
    z, w = np.polynomial.hermite_e.hermegauss(joint.nodes_n)
    grid = np.stack(np.meshgrid(z, z, indexing="ij"), axis=-1).reshape(-1, 2)
    logs = np.add.outer(np.log(w), np.log(w)).ravel() + 0.5 * (grid**2).sum(axis=1)
    at = mode[:, None, :] + np.einsum("nab,kb->nka", spread, grid)
    size = np.log(spread[:, 0, 0] * spread[:, 1, 1])
    return Nodes(at, logs[None, :] + size[:, None])


def _modes(joint: Joint, v: Values) -> tuple[Floats, Floats]:
    """Each dyad's likeliest level and slope, and the negative curvature there."""
    n, sx, sxx, sy, sxy, _ = joint.sums
    fixed = np.empty((joint.series.n, 2, 2))
    fixed[:, 0, 0], fixed[:, 1, 1] = n / v.noise, sxx / v.noise
    fixed[:, 0, 1] = fixed[:, 1, 0] = sx / v.noise
    fixed += v.precision
    pull = np.column_stack([sy, sxy]) / v.noise + v.precision @ v.mean
    own: Floats = np.linalg.solve(fixed, pull[..., None])[..., 0].astype(np.float64)
    curve: Floats = fixed
    for _ in range(NEWTON):
        slope, bend = _leaving_slopes(joint, v, own)
        curve = fixed + bend
        left = pull - np.einsum("nab,nb->na", fixed, own) + slope
        step = np.linalg.solve(curve, left[..., None])[..., 0]
        own = own + step
        if np.abs(step).max(initial=0.0) < 1e-8:
            break
    return own, curve


def _leaving_slopes(joint: Joint, v: Values, own: Floats) -> tuple[Floats, Floats]:
    """First and negative second derivatives of the log chance of what came after, by dyad."""
    chances = np.stack(_chances(joint, v, own[:, None, :])[0])[..., 0]
    left = np.stack(joint.ended) - chances
    pulls = left.T @ v.shares
    n, code = joint.series.n, joint.code
    slope: Floats = np.column_stack([np.bincount(code, p, n) for p in pulls.T])
    mean = chances.T @ v.shares
    bends = np.einsum("cr,ca,cb->rab", chances, v.shares, v.shares, optimize=True)
    bends -= mean[:, :, None] * mean[:, None, :]
    whole = [np.bincount(code, b, n) for b in bends.reshape(-1, 4).T]
    bend: Floats = np.column_stack(whole).astype(np.float64).reshape(-1, 2, 2)
    return slope, bend


def _chances(joint: Joint, v: Values, at: Floats) -> tuple[tuple[Floats, ...], Floats]:
    """Chance of each way after each session at each node, and the log of one of staying."""
    powers = []
    for design, weight, share in zip(joint.designs, v.weights, v.shares, strict=True):
        row, own = _bounded(design @ weight), _bounded(at @ share)
        powers.append(row[:, None] * own[joint.code])
    total = 1.0 + sum(powers)
    for power in powers:
        power /= total
    return tuple(powers), -np.log(total)


def _bounded(log_odds: Floats) -> Floats:
    """Odds, kept where their products are numbers: a search may look far out."""
    odds: Floats = np.exp(np.clip(log_odds, -150.0, 150.0))
    return odds


def evaluate(joint: Joint, params: Floats, nodes: Nodes) -> tuple[float, Floats]:
    """The deviance and its gradient."""
    log, scores = by_dyad(joint, params, nodes)
    return -2.0 * float(log.sum()), -2.0 * scores.sum(axis=0)


def by_dyad(joint: Joint, params: Floats, nodes: Nodes) -> tuple[Floats, Floats]:
    """Each dyad's log likelihood, and its derivatives by the parameters."""
    v, at = values_of(joint, params), nodes.at
    chances, stays = _chances(joint, v, at)
    came = stays.copy()
    for c, ended in enumerate(joint.ended):
        rows = ended > 0
        came[rows] = np.log(np.maximum(chances[c][rows], 1e-300))
    squares, about = _squares(joint, at), at - v.mean
    white = about @ np.linalg.inv(v.root).T
    logs = nodes.log_weight - 0.5 * squares / v.noise - 0.5 * (white**2).sum(axis=-1)
    logs += _rows_to_dyads(joint, came)
    top = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = shares.sum(axis=1, keepdims=True)
    shares /= total
    n = joint.sums[0]
    constant = -0.5 * n * np.log(2 * np.pi * v.noise) - np.log(2 * np.pi)
    log = (top + np.log(total))[:, 0] + constant - np.log(v.root[0, 0] * v.root[1, 1])
    scores = np.zeros((joint.series.n, params.size))
    scores[:, :BEFORE] = _slopes_of_scores(v, shares, squares, white, n)
    scores[:, BEFORE:] = _slopes_of_leaving(joint, shares, chances, at)
    return log, scores


def _squares(joint: Joint, at: Floats) -> Floats:
    """Sum of squares of each dyad's scores about each node's course."""
    n, sx, sxx, sy, sxy, syy = (s[:, None] for s in joint.sums)
    a, b = at[..., 0], at[..., 1]
    whole: Floats = syy - 2 * (a * sy + b * sxy) + n * a * a + 2 * a * b * sx + b * b * sxx
    return whole


def _rows_to_dyads(joint: Joint, rows: Floats) -> Floats:
    """Sums over each dyad's attended sessions, 0 where it has none."""
    starts = np.flatnonzero(np.diff(joint.code, prepend=-1))
    out = np.zeros((joint.series.n, rows.shape[1]))
    out[joint.code[starts]] = np.add.reduceat(rows, starts, axis=0)
    return out


def _slopes_of_scores(
    v: Values, shares: Floats, squares: Floats, white: Floats, n: Floats
) -> Floats:
    """By mean level and slope, by the spread's three parameters, and by the noise's."""
    inverse = np.linalg.inv(v.root)
    mean = np.einsum("nk,nka->na", shares, white) @ inverse
    second = np.einsum("nk,nka,nkb->nab", shares, white, white, optimize=True) - np.eye(2)
    # derivative by the root R of -log|R| - |R⁻¹(a - m)|²/2, below and on its diagonal
    by_root = np.einsum("ca,ncb->nab", inverse, second)
    spread = np.column_stack(
        [by_root[:, 0, 0] * v.root[0, 0], by_root[:, 1, 0], by_root[:, 1, 1] * v.root[1, 1]]
    )
    noise = (shares * squares).sum(axis=1) / v.noise - n
    return np.column_stack([mean, spread, noise])


def _slopes_of_leaving(
    joint: Joint, shares: Floats, chances: tuple[Floats, ...], at: Floats
) -> Floats:
    """By each way's weights, and by what a dyad's own level and slope add to it."""
    columns, n = [], joint.series.n
    here = shares[joint.code]
    for c, design in enumerate(joint.designs):
        left = (joint.ended[c][:, None] - chances[c]) * here
        whole = left @ np.ones(left.shape[1])
        columns += [np.bincount(joint.code, whole * d, n) for d in design.T]
        own = _rows_to_dyads(joint, left)
        columns += [(own * at[..., a]).sum(axis=1) for a in (0, 1)]
    return np.column_stack(columns)
