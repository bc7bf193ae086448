"""Equations whose two largest factors are both eliminated: sessions within clients.

Where every level of the first factor meets one level of each other factor, its elimination leaves
equations of the same form for the others, with weights W/m by level (m = 1 + λ²W). The second
factor is then eliminated as a first one always is, and only what is crossed with it is dense: with
(1|session) + (1|client) + (1|therapist), the therapists. All costs stay linear in sessions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.models._blocks import Pattern, Sums
from evenhand.models._elimination import System
from evenhand.models._layout import Layout


def outer_pattern(layout: Layout, codes: Sequence[np.ndarray]) -> Pattern | None:
    """The pattern of all factors but the first, a row a level of it; None where it is not nested.

    Args:
        layout: the factors.
        codes: their codes, one a row.
    """
    if len(layout.names) < 2 or max(layout.dims) > 1:
        return None
    by_level = []
    for one in codes[1:]:
        found = np.zeros(layout.sizes[0], np.int64)
        found[codes[0]] = one
        if not np.array_equal(found[codes[0]], one):
            return None
        by_level.append(found)
    return Pattern(Layout(layout.names[1:], layout.sizes[1:], layout.dims[1:]), by_level)


class NestedSystem(System):
    """As `System`, for a first factor whose levels meet one level of each other factor.

    Whitened sums of the rest are those of the second factor, followed by those of the dense rest.

    Args:
        pattern: of all factors.
        outer: of all but the first, a row a level of it.
        weights: of the rows.
        lam: Λ of each factor.
    """

    def __init__(
        self, pattern: Pattern, outer: Pattern, weights: np.ndarray, lam: Sequence[np.ndarray]
    ) -> None:
        """Eliminate the first factor, then the second; factorise the rest."""
        self.pattern, self.layout, self.lam = pattern, pattern.layout, lam
        self.low = float(lam[0][0, 0])
        w = np.bincount(pattern.codes[0], weights, self.layout.sizes[0])
        self.m = 1.0 + self.low**2 * w
        self.back_by = self.low * w / self.m
        none = np.zeros((len(w), 0))
        sums = Sums((w / self.m,), (none,), np.zeros((0, 0)))
        self.outer = System(outer, outer.fill(sums), lam[1:])
        self.full = (1.0 / self.m)[:, None, None]

    @property
    def logdet(self) -> float:
        """log|M|."""
        return float(np.log(self.m).sum()) + self.outer.logdet

    def whiten(self, h1: np.ndarray, hr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums Z'(columns) as whitened ones (`System.whiten`)."""
        through = (self.low * self.back_by)[:, None] * h1[:, 0]
        o1, other = self._split(hr - self._sums(through))
        return h1 * (self.low / np.sqrt(self.m))[:, None, None], _joined(
            self.outer.whiten(o1, other)
        )

    def unwhiten(self, w1: np.ndarray, wr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """B = M⁻¹Λ'h from whitened sums."""
        br = _joined(self.outer.unwhiten(*self._split(wr)))
        b1 = w1 / np.sqrt(self.m)[:, None, None] - self._seen(br)
        return b1, br

    def solve(self, e1: np.ndarray, er: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """M⁻¹e for unit effects e."""
        own = self._sums(self.back_by[:, None] * e1[:, 0])
        o1, other = self._split(er)
        s1, others = self._split(own)
        o1 = o1 - s1 * self.lam[1][0, 0]
        scaled = others.copy()
        layout = self.outer.layout
        for f, (q, at) in enumerate(zip(layout.sizes[1:], layout.starts[:-1], strict=True), 2):
            scaled[at : at + q] *= self.lam[f][0, 0]
        br = _joined(self.outer.solve(o1, other - scaled))
        return e1 * self.full - self._seen(br), br

    def forward(self, m: np.ndarray) -> np.ndarray:
        """L⁻¹m for the factor L of what is left when the first is eliminated."""
        return _joined(self.outer.half_solve(*self._split(m)))

    def reduced(self) -> np.ndarray:
        """Entries of M11⁻¹Λ1'Z1'WZr on the pattern."""
        return np.asarray(self.back_by[self.pattern.row][:, None])

    def _split(self, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the rest as the second factor's and the others'."""
        q = self.layout.sizes[1]
        return m[:q, None], m[q:]

    def _sums(self, by_level: np.ndarray) -> np.ndarray:
        """Sums over levels of the first factor, by column of the rest."""
        wx = (by_level,)
        return _joined((self.outer.pattern.eliminated_sums(wx), self.outer.pattern.rest_sums(wx)))

    def _seen(self, br: np.ndarray) -> np.ndarray:
        """M11⁻¹M1r b for unit effects of the rest."""
        out = np.zeros((self.layout.sizes[0], br.shape[1]))
        codes = self.outer.pattern.codes
        starts = self.layout.starts[:-1]
        for f, (q, at) in enumerate(zip(self.layout.sizes[1:], starts, strict=True), start=1):
            out += (self.lam[f][0, 0] * br[at : at + q])[codes[f - 1]]
        return (self.back_by[:, None] * out)[:, None]


def _joined(parts: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.concatenate([parts[0][:, 0], parts[1]])
