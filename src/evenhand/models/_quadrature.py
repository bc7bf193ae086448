"""A logit model whose largest factor is integrated by quadrature; all others by Laplace.

Laplace's approximation takes each level's posterior for a bell. Clients with a handful of
yes-or-no sessions have no such posterior, and so their variance comes out too small. Therapists and
strata, with many rows each, do: for them it is as good as exact. Here each client is integrated by
adaptive quadrature for given effects of all others, and the likelihood of those, which then has
curved blocks by client, is integrated by Laplace. With one factor this is plain quadrature.

Source: Pinheiro and Bates (1995), doi 10.1080/10618600.1995.10474663, for the quadrature; ours
nests it in Laplace's approximation over crossed factors, with the gradient of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular

from evenhand.models._elimination import diagonal_blocks, scale_both, scale_rest, unscale_rest
from evenhand.models._laplace import LogitProblem
from evenhand.models._leverage import rest_leverage, taken
from evenhand.models._mode import not_found
from evenhand.models._nodes import Binomial, Nodes, nodes_at
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate

FOUND = 1e-18
"""Decrement at which the mode of the other factors is found."""
SLOW = 0.1
"""Share of the last decrement above which older curvature is given up."""
MOST_STEPS = 100

Lam = list[np.ndarray]


@dataclass
class Held:
    """Where the latest mode was, in u, and the curvature there, as a start for the next."""

    ur: np.ndarray
    u1: np.ndarray
    upper: np.ndarray | None = None
    lam: Lam = field(default_factory=list)


@dataclass(frozen=True)
class _At:
    """A place of the other factors' unit effects, and what the integrated factor says there."""

    br: np.ndarray
    nodes: Nodes
    value: float


@dataclass(frozen=True)
class QuadratureProblem(LogitProblem):
    """A logit problem whose deviance is integrated over its largest factor.

    Args:
        count: nodes of the quadrature, centred at each level's mode.
        held: the latest mode of the other factors.
    """

    count: int = 15
    held: Held = field(default_factory=lambda: Held(np.zeros(0), np.zeros(0)), repr=False)

    def deviance(self, scales: Scales) -> Evaluate:
        """The deviance as a function of the parameters, with the integral's own gradient."""

        def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
            return self._integrated(scales, params)

        return evaluate

    def _integrated(self, scales: Scales, params: np.ndarray) -> tuple[float, np.ndarray]:
        lam = scales.lam(params[: scales.count])
        base = self.offset + self.fixed @ params[scales.count :]
        at, entries, upper = self._mode_of_rest(lam, base)
        value = -2.0 * (at.value + self.constant)
        if not self.pattern.layout.rest:
            by_scale = -2.0 * float((at.nodes.share * at.nodes.by_scale).sum())
            fixed = -2.0 * self.fixed.T @ at.nodes.mean
            return value, np.concatenate([np.full(scales.count, by_scale), fixed])
        value += 2.0 * float(np.log(np.diagonal(upper)).sum())
        return value, self._slope(scales, params, at, entries, upper)

    def _place(self, lam: Lam, base: np.ndarray, br: np.ndarray, u1: np.ndarray) -> _At:
        """The integrated factor at these effects of the others."""
        ur = unscale_rest(self.pattern.layout, lam, br)
        offset = base
        for column in self.pattern.columns:
            offset = offset + ur[column]
        low = float(lam[0][0, 0])
        data = Binomial(self.k, self.trials, self.pattern.codes[0], self.pattern.layout.sizes[0])
        start = u1 / low if low > 0 else np.zeros_like(u1)
        nodes = nodes_at(data, offset, low, start, self.count)
        return _At(br, nodes, nodes.log - 0.5 * float(br @ br))

    def _mode_of_rest(self, lam: Lam, base: np.ndarray) -> tuple[_At, np.ndarray, np.ndarray]:
        """The mode, the entries of the integrated factor's scores there, and the curvature."""
        held, layout = self._kept(), self.pattern.layout
        scale = np.repeat([one[0, 0] for one in lam[1:]], layout.sizes[1:])
        br = np.divide(held.ur, scale, out=np.zeros_like(held.ur), where=scale > 0)
        at = self._place(lam, base, br, held.u1)
        if layout.rest:
            at = self._walk(lam, base, at)
        entries, upper = self._curvature(at.nodes, lam)
        held.ur, held.u1 = at.br * scale, at.nodes.centre * lam[0][0, 0]
        held.upper, held.lam = upper, lam
        return at, entries, upper

    def _walk(self, lam: Lam, base: np.ndarray, at: _At) -> _At:
        """Steps to the mode; curvature is worked out anew only where the older one is slow."""
        held, layout = self.held, self.pattern.layout
        alike = [bool(one.any()) for one in held.lam] == [bool(one.any()) for one in lam]
        chord, then = (held.upper, held.lam) if alike else (None, lam)
        last, enough = np.inf, FOUND * layout.rest**0.5
        for _ in range(MOST_STEPS):
            fresh = chord is None
            if chord is None:
                chord, then = self._curvature(at.nodes, lam)[1], lam
            pull = self._pull(at, lam)
            step = _step(chord, layout.sizes, lam, then, pull)
            rise = float(step @ pull)
            at, share = self._halved(lam, base, at, step, rise)
            decrement = share**2 * rise
            pace = min(1.0, decrement / last) if np.isfinite(last) else 1.0
            if share == 1.0 and decrement * pace < enough:
                return at
            slow = share < 1.0 or (decrement > SLOW * last and not fresh)
            chord, last = (None, np.inf) if slow else (chord, decrement)
        raise not_found()

    def _kept(self) -> Held:
        if not len(self.held.u1):
            layout = self.pattern.layout
            self.held.ur, self.held.u1 = np.zeros(layout.rest), np.zeros(layout.sizes[0])
        return self.held

    def _pull(self, at: _At, lam: Lam) -> np.ndarray:
        """Gradient of the penalised log likelihood by the others' unit effects."""
        sums = self.pattern.rest_sums([at.nodes.mean[:, None]])
        return np.asarray(scale_rest(self.pattern.layout, lam, sums)[:, 0] - at.br)

    def _halved(
        self, lam: Lam, base: np.ndarray, at: _At, step: np.ndarray, rise: float
    ) -> tuple[_At, float]:
        """A step that does not overshoot: beyond it the likelihood falls no faster than it rose.

        It goes by the gradient, since with few nodes the value is not quite its integral.
        """
        share, u1 = 1.0, at.nodes.centre * lam[0][0, 0]
        new = self._place(lam, base, at.br + step, u1)
        while share > 1e-4 and not step @ self._pull(new, lam) > -rise:
            share /= 2
            new = self._place(lam, base, at.br + share * step, u1)
        return new, share

    def _curvature(self, nodes: Nodes, lam: Lam) -> tuple[np.ndarray, np.ndarray]:
        """Centred scores by entry × node, and the upper Cholesky factor of the curvature."""
        pattern = self.pattern
        if not pattern.layout.rest:
            return np.zeros((0, self.count)), np.zeros((0, 0))
        entries = np.zeros((self.count, len(pattern.index)))
        for n, pull in enumerate(nodes.pull):
            left = pull - nodes.mean
            for at in pattern.at:
                entries[n] += np.bincount(at, left, entries.shape[1])
        weighed = (entries[n] * np.sqrt(share)[pattern.row] for n, share in enumerate(nodes.share))
        s = pattern.rest_products((nodes.weight,)) - pattern.gram_of(weighed)
        s = scale_both(pattern.layout, lam, s)
        s[np.diag_indices_from(s)] += 1.0
        upper = cholesky(s.T, lower=False, overwrite_a=True, check_finite=False)
        return entries.T, np.asarray(upper)

    def _slope(
        self, scales: Scales, params: np.ndarray, at: _At, entries: np.ndarray, upper: np.ndarray
    ) -> np.ndarray:
        """The gradient of the deviance."""
        lam, layout = scales.lam(params[: scales.count]), self.pattern.layout
        inverse = np.asarray(lapack.dpotri(upper, lower=0)[0].T)
        blocks = diagonal_blocks(layout, inverse)
        lower = scale_both(layout, lam, inverse.copy())
        turn = _turn(self, at.nodes, entries, lower)
        h = scale_rest(layout, lam, self.pattern.rest_sums([turn.rows[:, None]]))
        half = solve_triangular(upper, h, trans="T", check_finite=False)
        q = solve_triangular(upper, half, check_finite=False)[:, 0]
        t = np.zeros(len(self.k))
        uq = unscale_rest(layout, lam, q)
        for column in self.pattern.columns:
            t += uq[column]
        rows = turn.rows - at.nodes.curved(t) - 2.0 * at.nodes.mean
        first = turn.scale + float(t @ turn.by_scale)
        first -= 2.0 * float((at.nodes.share * at.nodes.by_scale).sum())
        others = [float(one[0, 0]) for one in taken(blocks)]
        out = [first] + [
            others[f] + float(at.br[s : s + n] @ (q[s : s + n] - at.br[s : s + n]))
            for f, (s, n) in enumerate(zip(layout.starts[:-1], layout.sizes[1:], strict=True))
        ]
        free = [value for f, value in enumerate(out) if f not in scales.zero]
        return np.concatenate([free, self.fixed.T @ rows])


@dataclass(frozen=True)
class _Turn:
    """How the log determinant turns.

    Args:
        rows: by the predictor of each row.
        scale: by the integrated factor's log variance.
        by_scale: what the mean pull of each row does with that log variance.
    """

    rows: np.ndarray
    scale: float
    by_scale: np.ndarray


def _turn(problem: LogitProblem, nodes: Nodes, entries: np.ndarray, lower: np.ndarray) -> _Turn:
    """Derivatives of the log determinant, by third moments of each level's posterior.

    With G = ΛH⁻¹Λ, the trace tr(G N) is that of N = Z'(diag E[w] − Cov(s))Z; by η of a row l it is
    G_ll E[w'] + Cov(Σ G_jj w_j − Σ G_jk s_j s_k, s_l) + 2 Σ G_lk Cov(w_l, s_k).
    """
    pattern, codes = problem.pattern, nodes.data.codes
    met = pattern.times(entries, lower)
    own = rest_leverage(pattern, lower)
    rows, by_scale, total = np.zeros(len(codes)), np.zeros(len(codes)), 0.0
    middle = (nodes.share * nodes.by_scale).sum(axis=0)
    for n, share in enumerate(nodes.share):
        pull, w = nodes.pull[n], nodes.weights(n)
        steep = w * (1.0 - 2.0 * (nodes.data.k - pull) / nodes.data.trials)
        across = np.zeros(len(codes))
        for at in pattern.at:
            across += met[at, n]
        square = np.bincount(pattern.row, entries[:, n] * met[:, n], nodes.data.levels)
        levels = nodes.data.by_level(own * w) - square
        each, left = own * steep + 2.0 * w * across, pull - nodes.mean
        rows += share[codes] * (each + levels[codes] * left)
        half = 0.5 * nodes.low * nodes.b[n]
        total += float(share @ (half * nodes.data.by_level(each)))
        total += float(share @ (levels * (nodes.by_scale[n] - middle)))
        by_scale += share[codes] * (left * nodes.by_scale[n][codes] - half[codes] * w)
    return _Turn(rows, total, by_scale)


def _step(
    upper: np.ndarray, sizes: tuple[int, ...], lam: Lam, then: Lam, pull: np.ndarray
) -> np.ndarray:
    """H⁻¹pull, by a curvature that was factorised where Λ was `then`."""
    by = [b[0, 0] / a[0, 0] if a.any() else 0.0 for a, b in zip(lam[1:], then[1:], strict=True)]
    ratio = np.repeat(by, sizes[1:])
    half = solve_triangular(upper, ratio * pull, trans="T", check_finite=False)
    return np.asarray(ratio * solve_triangular(upper, half, check_finite=False))
