"""Covariances within dyads at each lag, freed of what taking out each dyad's line does to them.

A dyad's deviations from its own line sum to zero, so that neighbours seem to oppose each other:
an association in the same session alone makes a false one across sessions (Nickell 1981). What
the lines take out is known exactly, and is put back here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import polars as pl

from evenhand.models.course_series import Floats, Series, as_series

LAGS = 2
"""Sessions apart up to which within-dyad covariances are let differ from zero."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What is summed over dyads; every estimate is made of such sums.

    The last axis is the dyad, or the cluster of dyads. With L lags there are K = 2L + 1 lags
    from -L to L, of the second series against the first.

    Args:
        dyads: dyads.
        m: sessions.
        mm: squares of the dyads' sessions.
        spread: by lag, pairs of sessions that far apart over the dyad's sessions, summed.
        apart: the same without division.
        mixing: K × K, what a covariance at one lag adds to the products at another.
        xy, xx, yy: K each, products of deviations from the dyads' own lines.
        means: of dyads' means times their sessions: x, y, xx, xy, yy.
        equal_mixing, equal_xy, equal_xx, equal_yy: the same, each dyad having the weight of one.
    """

    dyads: Floats
    m: Floats
    mm: Floats
    spread: Floats
    apart: Floats
    mixing: Floats
    xy: Floats
    xx: Floats
    yy: Floats
    means: Floats
    equal_mixing: Floats
    equal_xy: Floats
    equal_xx: Floats
    equal_yy: Floats

    def without_each(self) -> Sums:
        """The sums with each cluster left out in turn."""
        return self._map(lambda s: s.sum(axis=-1, keepdims=True) - s)

    def together(self) -> Sums:
        """The sums over all clusters."""
        return self._map(lambda s: s.sum(axis=-1, keepdims=True))

    def grouped(self, code: npt.NDArray[np.int64]) -> Sums:
        """The sums of larger clusters, by the code of the larger one that each belongs to."""
        size = int(code.max()) + 1

        def add(sums: Floats) -> Floats:
            flat = sums.reshape(-1, sums.shape[-1])
            added = np.stack([np.bincount(code, row, size) for row in flat])
            return added.reshape(*sums.shape[:-1], size).astype(np.float64)

        return self._map(add)

    def _map(self, change: Callable[[Floats], Floats]) -> Sums:
        return Sums(*(change(getattr(self, f.name)) for f in fields(self)))


def sums_of(pairs: pl.DataFrame, lags: int = LAGS) -> Sums:
    """Sums by dyad.

    Args:
        pairs: ``dyad, nth, x, y``, sorted by dyad and nth.
        lags: as `LAGS`.
    """
    x = as_series(pairs.with_columns(number="nth", score="x"))
    y = x.with_y(pairs["y"].to_numpy().astype(np.float64))
    mx, my = _means(x), _means(y)
    k = 2 * lags + 1
    by = {f.name: np.zeros((*_shape(f.name, k), x.n)) for f in fields(Sums)}
    for dyads, t in _patterns(x):
        _add(by, dyads, t, x, y, lags)
    m = x.counts.astype(np.float64)
    for n, value in enumerate((mx, my, mx * mx, mx * my, my * my)):
        by["means"][n] = m * value
    return Sums(**by)


def _shape(name: str, k: int) -> tuple[int, ...]:
    if name in {"dyads", "m", "mm"}:
        return ()
    if name == "means":
        return (5,)
    return (k, k) if name.endswith("mixing") else (k,)


def _means(series: Series) -> Floats:
    """Dyads' means, brought to the same session by the pooled line of all dyads."""
    m = series.counts
    middle, mean = series.total(series.t) / m, series.total(series.y) / m
    t = series.t - middle[series.code]
    line = float((t * series.y).sum() / (t * t).sum())
    brought: Floats = mean - line * (middle - series.t.mean())
    return brought


def _patterns(series: Series) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
    """Dyads with the same sessions, and these from 0: what is worked out once for all of them."""
    kinds: dict[bytes, list[int]] = {}
    for code, (start, m) in enumerate(zip(series.starts, series.counts, strict=True)):
        t = series.t[start : start + m]
        kinds.setdefault((t - t[0]).tobytes(), []).append(code)
    for key, dyads in kinds.items():
        yield np.array(dyads), np.frombuffer(key)


def _add(
    by: dict[str, Floats],
    dyads: npt.NDArray[np.int64],
    t: Floats,
    x: Series,
    y: Series,
    lags: int,
) -> None:
    """Fill in the dyads of one pattern."""
    z = np.column_stack([np.ones_like(t), t - t.mean()])
    keep = np.eye(t.size) - z @ np.linalg.pinv(z)
    apart = t[None, :] - t[:, None]
    steps = [(apart == h).astype(np.float64) for h in range(-lags, lags + 1)]
    mixing = np.array([[np.sum((keep @ d @ keep) * e) for d in steps] for e in steps])
    rows = x.starts[dyads][:, None] + np.arange(t.size)
    rx, ry = x.y[rows] @ keep, y.y[rows] @ keep
    weight = 1.0 / (t.size - 2)
    pairs = np.array([d.sum() for d in steps])
    by["dyads"][dyads], by["m"][dyads], by["mm"][dyads] = 1.0, t.size, t.size**2
    by["spread"][:, dyads] = pairs[:, None] / t.size
    by["apart"][:, dyads] = pairs[:, None]
    by["mixing"][:, :, dyads] = mixing[:, :, None]
    by["equal_mixing"][:, :, dyads] = mixing[:, :, None] * weight
    for name, a, b in (("xy", rx, ry), ("xx", rx, rx), ("yy", ry, ry)):
        products = np.stack([((a @ d) * b).sum(axis=1) for d in steps])
        by[name][:, dyads] = products
        by[f"equal_{name}"][:, dyads] = products * weight
