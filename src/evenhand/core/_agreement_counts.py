"""Figures of agreement as functions of counts, and their intervals by drawing whole groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Counts = NDArray[np.float64]

DRAWS = 2_000
"""Bootstrap draws of an interval."""

CHUNK = 250
"""Draws worked out at once, which bounds the memory by draws × classes²."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval; None where it, or its interval, cannot be worked out."""

    value: float | None
    low: float | None = None
    high: float | None = None

    def as_dict(self) -> dict[str, float | None]:
        """For a machine."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        """``.74 [.71, .77]``, or a dash where there is no number."""
        if self.value is None:
            return "—"
        if self.low is None or self.high is None:
            return f"{self.value:.3f} [no interval]"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def _ratio(over: Counts, under: Counts) -> Counts:
    """`over` ÷ `under`, NaN where there is nothing to divide by."""
    none = np.full(np.shape(over), np.nan)
    found: Counts = np.divide(over, under, out=none, where=under > 0)
    return found


def kappa_of(counts: Counts) -> Counts:
    """Cohen's κ of confusion matrices.

    Args:
        counts: shape (…, classes, classes); rows are people, columns the other coding.

    Returns:
        Shape (…), −1…1; NaN where chance alone would agree on everything.

    Source:
        Cohen 1960, doi:10.1177/001316446002000104.
    """
    n = counts.sum(axis=(-2, -1))
    seen = np.trace(counts, axis1=-2, axis2=-1) * n
    chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1)
    return _ratio(seen - chance, n * n - chance)


def alpha_of(coincidences: Counts) -> Counts:
    """Krippendorff's α for nominal labels, from coincidence matrices (`coincidences_of`).

    Args:
        coincidences: shape (…, classes, classes), symmetric.

    Returns:
        Shape (…); 1 is perfect, 0 chance; NaN where only one label was ever used.

    Source:
        Krippendorff 2011, "Computing Krippendorff's alpha-reliability" (Penn, asc_papers 43).
    """
    n = coincidences.sum(axis=(-2, -1))
    totals = coincidences.sum(axis=-1)
    differing = n - np.trace(coincidences, axis1=-2, axis2=-1)
    expected = n * n - (totals * totals).sum(axis=-1)
    return 1 - _ratio((n - 1) * differing, expected)


def f1_of(counts: Counts) -> Counts:
    """F1 of each class, from confusion matrices.

    Args:
        counts: shape (…, classes, classes).

    Returns:
        Shape (…, classes), 0…1; NaN for a class that neither coding used.
    """
    same = np.diagonal(counts, axis1=-2, axis2=-1)
    return _ratio(2 * same, counts.sum(axis=-1) + counts.sum(axis=-2))


def macro_f1_of(counts: Counts) -> Counts:
    """The mean F1 over the classes that either coding used."""
    each = f1_of(counts)
    return _ratio(np.nansum(each, axis=-1), np.isfinite(each).sum(axis=-1))


def weighted_f1_of(counts: Counts) -> Counts:
    """The mean F1, weighted by how often people (rows) used each class."""
    people = counts.sum(axis=-1)
    return _ratio((np.nan_to_num(f1_of(counts)) * people).sum(axis=-1), people.sum(axis=-1))


def accuracy_of(counts: Counts) -> Counts:
    """The share with the same label."""
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def group_confusions(truth: Array, given: Array, groups: Array, classes: Sequence[str]) -> Counts:
    """A confusion matrix for each group.

    Args:
        truth: people's label of each turn, each one of `classes`.
        given: the other coding's.
        groups: the group of each turn.
        classes: the labels, sorted.

    Returns:
        Shape (groups, classes, classes), groups in sorted order.
    """
    k = len(classes)
    names = np.asarray(classes)
    group = np.unique(groups, return_inverse=True)[1]
    cell = np.searchsorted(names, truth) * k + np.searchsorted(names, given)
    n_groups = int(group.max(initial=-1)) + 1
    flat = np.bincount(group * k * k + cell, minlength=n_groups * k * k)
    return flat.reshape(n_groups, k, k).astype(float)


def coincidences_of(votes: Counts) -> Counts:
    """The coincidence matrix of each unit, from how often it got each label.

    Args:
        votes: shape (units, classes); a unit with fewer than two labels counts for nothing,
            which is how missing labels are dealt with.

    Returns:
        Shape (units, classes, classes).
    """
    m = votes.sum(axis=-1)
    pairs = votes[:, :, None] * votes[:, None, :]
    pairs -= votes[:, :, None] * np.eye(votes.shape[1])
    return pairs / np.where(m > 1, m - 1, np.inf)[:, None, None]


def bootstrap_figure(
    per_group: Counts, figure_of: Callable[[Counts], Counts], rng: np.random.Generator
) -> list[Figure]:
    """Figures with intervals from drawing whole groups with replacement.

    The interval is the percentile bootstrap's, 2,000 draws. It is known to run narrow where
    groups are few: below about 20 read it as a lower bound of the uncertainty.

    Args:
        per_group: shape (groups, …), counts that add up over groups.
        figure_of: summed counts (draws, …) to figures (draws,) or (draws, figures).
        rng: the source of the draws.

    Returns:
        One figure a column; without an interval where there are fewer than two groups.
    """
    value = np.atleast_1d(figure_of(per_group.sum(axis=0)))
    g = per_group.shape[0]
    if g < 2:
        return [Figure(_number(v)) for v in value]
    flat, tail = per_group.reshape(g, -1), per_group.shape[1:]
    drawn = []
    for size in [CHUNK] * (DRAWS // CHUNK):
        weights = rng.multinomial(g, np.full(g, 1 / g), size=size).astype(float)
        figures = figure_of((weights @ flat).reshape(size, *tail))
        drawn.append(figures.reshape(size, -1))
    return [_figure(v, column) for v, column in zip(value, np.vstack(drawn).T, strict=True)]


def _figure(value: float, draws: Counts) -> Figure:
    """Quantiles of the draws in which the figure exists."""
    known = draws[np.isfinite(draws)]
    if not np.isfinite(value) or known.size < DRAWS // 2:
        return Figure(_number(value))
    low, high = np.quantile(known, [0.025, 0.975])
    return Figure(float(value), float(low), float(high))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
