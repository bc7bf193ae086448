"""Observations whose own error variance is known beside a residual variance that is not.

An outcome that was itself estimated (a log rate ratio from counts) comes with its error variance
v. Its residual is then of variance σ² + v. Cross-products are kept apart by classes of v, 32 of
them on a log scale, each at its mean, so that any σ² can be tried without going back to the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Pattern, Sums
from evenhand.models._cells import Cells, cells_of
from evenhand.models._gaussian import GaussianProblem
from evenhand.models._layout import Layout
from evenhand.models._scales import Scales
from evenhand.models._search import Evaluate

CLASSES = 32
STEP = 1e-4
UNIT = 0.2
"""Typical error of the residual's log variance, in which it is searched."""
NONE = 1e-8
"""Share of the mean known variance at which a residual variance is 0."""


def classes_of(known: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Each observation's class, and the classes' mean variances.

    Raises:
        EvenhandError: a variance is missing or below 0, or all are 0.
    """
    v = np.asarray(known, float)
    if v.shape != (n,) or not np.isfinite(v).all() or (v < 0).any() or not v.any():
        raise EvenhandError(
            "A known variance is missing or below 0, or all of them are 0.",
            "known",
            f"Give {n:,} error variances of the outcome.",
        )
    positive = v[v > 0]
    edges = np.geomspace(positive.min(), positive.max(), CLASSES + 1)[1:-1]
    at = np.where(v > 0, 1 + np.searchsorted(edges, v), 0)
    _, codes = np.unique(at, return_inverse=True)
    return codes, np.bincount(codes, v) / np.bincount(codes)


@dataclass(frozen=True)
class KnownProblem:
    """Sums by combination of levels and class of variance.

    Args:
        pattern: where each cell stands.
        cells: sums over cells; their last codes are the classes.
        classes: mean variance of each.
        products: [X y]'[X y] of each class.
        counts: observations of each class.
        start: log residual variance from which the search starts.
        reml: REML, or ML.
    """

    pattern: Pattern
    cells: Cells
    classes: np.ndarray
    products: np.ndarray
    counts: np.ndarray
    start: float
    reml: bool

    def held(self, log: float) -> GaussianProblem:
        """The problem at a log residual variance; ratios are then variances themselves."""
        w = 1.0 / (np.exp(log) + self.classes)
        by = w[self.cells.codes[-1]]
        s = self.cells.sums
        sums = Sums(
            tuple(one * by for one in s.w),
            tuple(one * by[:, None] for one in s.wx),
            np.tensordot(w, self.products, axes=1),
        )
        logs = float(self.counts @ np.log(w))
        return GaussianProblem(
            self.pattern, self.pattern.fill(sums), self.cells.n, logs, self.reml, 1.0
        )

    def log(self, extra: float) -> float:
        """Log residual variance of the search's last parameter."""
        return self.start + UNIT * extra

    def deviance(self, scales: Scales) -> Evaluate:
        """Deviance by the variances' parameters and the residual's, which comes last if there."""

        def evaluate(params: np.ndarray) -> tuple[float, np.ndarray]:
            own = params[: scales.count]
            if len(params) == scales.count:
                at = self.held(self.nothing).at(scales, own)
                return at.deviance, at.gradient
            last = float(params[-1])
            at = self.held(self.log(last)).at(scales, own)
            ends = [self.held(self.log(last + h)).at(scales, own).deviance for h in (-STEP, STEP)]
            return at.deviance, np.append(at.gradient, (ends[1] - ends[0]) / (2 * STEP))

        return evaluate

    @property
    def nothing(self) -> float:
        """A log residual variance that is as good as 0."""
        return float(np.log(NONE * (self.counts @ self.classes) / self.counts.sum()))


def known_problem(
    y: np.ndarray,
    fixed: np.ndarray,
    codes: Sequence[np.ndarray],
    layout: Layout,
    known: np.ndarray,
    slope: np.ndarray | None,
    reml: bool,
) -> KnownProblem:
    """Sums by class of known variance."""
    of, classes = classes_of(known, len(y))
    cells = cells_of(y, fixed, [*codes, of], slope=slope)
    both = np.column_stack([fixed, y])
    products = np.array([both[of == k].T @ both[of == k] for k in range(len(classes))])
    left = y - fixed @ np.linalg.lstsq(fixed, y, rcond=None)[0]
    spread = float(np.mean(left**2))
    start = float(np.log(max(spread - float(known.mean()), 0.2 * spread)))
    pattern = Pattern(layout, cells.codes[:-1])
    return KnownProblem(pattern, cells, classes, products, np.bincount(of), start, reml)
