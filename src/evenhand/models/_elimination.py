"""The mixed-model equations at one value of the variances, largest factor eliminated.

With u = Λb and b of unit variance (times σ²), the equations are M b = Λ'Z'W(y − Xβ) where
M = I + Λ'Z'WZΛ; they stay regular where a variance is 0. The block of the largest factor is
(block-)diagonal, so that what has to be factorised densely is S, which has the other factors only.

Source: Henderson (1953) for the equations; Bates et al. (2015), doi 10.18637/jss.v067.i01, for
the spherical form. Ours differs in the fixed elimination order, with a dense second block.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.linalg import cholesky, lapack, solve_triangular
from scipy.sparse import csr_array

from evenhand.models._blocks import Blocks, Pattern
from evenhand.models._layout import Layout

DENSE = 1_000_000
"""Multiplications q·r·r up to which a q × r matrix is kept whole."""


def scale_rest(layout: Layout, lam: Sequence[np.ndarray], m: np.ndarray) -> np.ndarray:
    """Λr'm for a matrix with a row for each column of the rest."""
    if not layout.rest:
        return m
    out = np.empty_like(m)
    for f, (q, d) in enumerate(zip(layout.sizes[1:], layout.dims[1:], strict=True), start=1):
        at = slice(layout.starts[f - 1], layout.starts[f - 1] + q * d)
        if d == 1:
            out[at] = m[at] * lam[f][0, 0]
        else:
            part = np.matmul(lam[f].T, m[at].reshape(q, d, -1))
            out[at] = part.reshape(q * d, *m.shape[1:])
    return out


def unscale_rest(layout: Layout, lam: Sequence[np.ndarray], m: np.ndarray) -> np.ndarray:
    """Λr m, from b to u."""
    return scale_rest(layout, [one.T for one in lam], m)


def scale_both(layout: Layout, lam: Sequence[np.ndarray], m: np.ndarray) -> np.ndarray:
    """Λr'mΛr for a symmetric matrix of which the lower triangle is given; lower is right."""
    if all(d == 1 for d in layout.dims[1:]):
        by = np.repeat([one[0, 0] for one in lam[1:]], layout.sizes[1:])
        m *= by[:, None]
        m *= by
        return m
    whole = np.tril(m) + np.tril(m, -1).T
    return scale_rest(layout, lam, scale_rest(layout, lam, whole).T)


def diagonal_blocks(layout: Layout, lower: np.ndarray) -> list[np.ndarray]:
    """Blocks of a symmetric r × r matrix by level, for each factor of the rest."""
    found = []
    for q, d, s in zip(layout.sizes[1:], layout.dims[1:], layout.starts[:-1], strict=True):
        at = s + np.arange(q) * d
        rows = [[lower[at + max(a, b), at + min(a, b)] for b in range(d)] for a in range(d)]
        found.append(np.array(rows).reshape(d, d, q).transpose(2, 0, 1))
    return found


class System:
    """Factorised equations; everything that likelihoods, effects and errors need from them.

    Args:
        pattern: where the entries are.
        blocks: their values for the weights at hand.
        lam: Λ of each factor, lower triangular, in the layout's order.
    """

    def __init__(self, pattern: Pattern, blocks: Blocks, lam: Sequence[np.ndarray]) -> None:
        """Eliminate the first factor and factorise the rest."""
        self.pattern, self.layout, self.blocks = pattern, pattern.layout, blocks
        self.lam = lam
        m11 = np.eye(lam[0].shape[0]) + np.matmul(np.matmul(lam[0].T, blocks.d), lam[0])
        inverse = _inverse_root(m11)
        self.logdet1 = -2.0 * float(np.log(np.diagonal(inverse, axis1=1, axis2=2)).sum())
        self.root = inverse.transpose(0, 2, 1)  # M11⁻¹ is root·root'
        self.half = np.matmul(inverse, lam[0].T)  # whitens sums of the first factor
        self.full = np.matmul(self.root, inverse)  # M11⁻¹
        self.back = np.matmul(self.root, self.half)  # M11⁻¹Λ1'
        self.bw = self._rows(self.half)  # whitened Z1'WZr
        self.whitened = [self.matrix(self.bw, a) for a in range(self.bw.shape[1])]
        self.upper = self._dense()

    def _rows(self, by: np.ndarray) -> np.ndarray:
        """Entries of by·Z1'WZr, level by level."""
        if by.shape[1] == 1:
            return np.asarray(self.blocks.b * by[self.pattern.row, :, 0])
        return np.asarray(np.einsum("nab,nb->na", by[self.pattern.row], self.blocks.b))

    def matrix(self, values: np.ndarray, a: int) -> np.ndarray | csr_array:
        """Entries as a q × r matrix, for effect a of the eliminated factor."""
        shape = (self.layout.sizes[0], self.layout.rest)
        p = self.pattern
        if shape[0] * shape[1] ** 2 <= DENSE:
            whole = np.zeros(shape)
            whole[p.row, p.index] = values[:, a]
            return whole
        return csr_array((np.ascontiguousarray(values[:, a]), p.index, p.indptr), shape=shape)

    def _dense(self) -> np.ndarray:
        """Upper Cholesky factor of S, in Fortran's order, so that LAPACK copies nothing."""
        if not self.layout.rest:
            return np.zeros((0, 0))
        s = self.blocks.r.copy()
        for a in range(self.bw.shape[1]):
            s -= self.pattern.gram(self.bw[:, a], self.bw[:, a])
        s = scale_both(self.layout, self.lam, s)
        s[np.diag_indices_from(s)] += 1.0
        return np.asarray(cholesky(s.T, lower=False, overwrite_a=True, check_finite=False))

    @property
    def logdet(self) -> float:
        """log|M|."""
        return self.logdet1 + 2.0 * float(np.log(np.diagonal(self.upper)).sum())

    def whiten(self, h1: np.ndarray, hr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums Z'(columns) as whitened ones: those of the eliminated factor, those of the rest.

        The sum of squares of both is h'ΛM⁻¹Λ'h.
        """
        w1 = np.matmul(self.half, h1)
        left = hr.copy()
        for a in range(w1.shape[1]):
            if self.layout.rest:
                left -= self.whitened[a].T @ w1[:, a]
        return w1, self.forward(scale_rest(self.layout, self.lam, left))

    def forward(self, m: np.ndarray) -> np.ndarray:
        """L⁻¹m for the dense factor L."""
        if not self.layout.rest:
            return m
        return np.asarray(solve_triangular(self.upper, m, trans="T", check_finite=False))

    def backward(self, m: np.ndarray) -> np.ndarray:
        """L'⁻¹m for the dense factor L."""
        if not self.layout.rest:
            return m
        return np.asarray(solve_triangular(self.upper, m, check_finite=False))

    def unwhiten(self, w1: np.ndarray, wr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """B = M⁻¹Λ'h from whitened sums (`whiten`): q × a × columns, r × columns."""
        br = self.backward(wr)
        return self.first(w1, unscale_rest(self.layout, self.lam, br)), br

    def first(self, w1: np.ndarray, ur: np.ndarray) -> np.ndarray:
        """B of the eliminated factor, given its whitened sums and u of the rest."""
        left = w1.copy()
        for a in range(w1.shape[1]):
            if self.layout.rest:
                left[:, a] -= self.whitened[a] @ ur
        return np.asarray(np.matmul(self.root, left))

    def half_solve(self, e1: np.ndarray, er: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """L⁻¹e for unit effects e, LL' = M; `unwhiten` leads on to M⁻¹e."""
        w1 = np.matmul(self.root.transpose(0, 2, 1), e1)
        left = np.zeros_like(er)
        for a in range(w1.shape[1]):
            if self.layout.rest:
                left += self.whitened[a].T @ w1[:, a]
        return w1, self.forward(er - scale_rest(self.layout, self.lam, left))

    def solve(self, e1: np.ndarray, er: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """M⁻¹e for unit effects e: q × a × columns, r × columns."""
        return self.unwhiten(*self.half_solve(e1, er))

    @cached_property
    def rest_inverse(self) -> np.ndarray:
        """S⁻¹, its lower triangle, 0 above."""
        if not self.layout.rest:
            return np.zeros((0, 0))
        return np.asarray(lapack.dpotri(self.upper, lower=0)[0].T)

    def in_u(self) -> np.ndarray:
        """ΛrS⁻¹Λr', its lower triangle."""
        turned = [one.T for one in self.lam]
        return scale_both(self.layout, turned, self.rest_inverse.copy())

    def reduced(self) -> np.ndarray:
        """Entries of M11⁻¹Λ1'Z1'WZr on the pattern."""
        return self._rows(self.back)


def _inverse_root(m: np.ndarray) -> np.ndarray:
    """Inverse of the lower Cholesky factor of each block."""
    if m.shape[1] == 1:
        return np.asarray(1.0 / np.sqrt(m))
    a, b, c = m[:, 0, 0], m[:, 1, 0], m[:, 1, 1]
    out = np.zeros_like(m)
    out[:, 0, 0] = 1.0 / np.sqrt(a)
    rest = 1.0 / np.sqrt(c - b * b / a)
    out[:, 1, 1] = rest
    out[:, 1, 0] = -b / a * rest
    return out
