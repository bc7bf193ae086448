"""Which factors a model has, how many levels each, and where their effects stand.

The factor with most levels comes first: its block of the equations is diagonal (block-diagonal
with a slope) and is eliminated. The others, the rest, share one dense matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evenhand.core.errors import EvenhandError

MOST_REST = 20_000
"""Columns of the dense matrix beyond which it would not fit a common machine."""


@dataclass(frozen=True)
class Layout:
    """Factors with their numbers of levels, the eliminated one first.

    Args:
        names: the factors.
        sizes: levels of each.
        dims: effects a level: 1 (intercept), or 2 (intercept and slope).
        unit: typical size of the slope's variable, so that its scale does not matter.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    dims: tuple[int, ...]
    unit: float = 1.0

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each factor of the rest begins in the dense matrix."""
        widths = [q * d for q, d in zip(self.sizes[1:], self.dims[1:], strict=True)]
        return tuple(int(n) for n in np.concatenate([[0], np.cumsum(widths)]))

    @property
    def rest(self) -> int:
        """Columns of the dense matrix."""
        return self.starts[-1]

    def place(self, name: str) -> int:
        """Where a factor stands among the names; 0 is the eliminated one."""
        if name not in self.names:
            raise EvenhandError(
                "There is no such factor in the model.", name, f"Use {' or '.join(self.names)}."
            )
        return self.names.index(name)

    def columns(self) -> Iterator[tuple[int, int]]:
        """Each effect of the rest: (place of its factor, 0 intercept or 1 slope)."""
        for f, d in enumerate(self.dims[1:], start=1):
            for a in range(d):
                yield f, a

    def column_of(self, f: int, a: int, codes: np.ndarray) -> np.ndarray:
        """Column of the dense matrix for codes of a factor of the rest."""
        return self.starts[f - 1] + codes * self.dims[f] + a


def lay_out(
    factors: Mapping[str, np.ndarray],
    n: int,
    slope_of: str | None = None,
    slope: np.ndarray | None = None,
) -> tuple[Layout, list[np.ndarray]]:
    """Check the factors' codes and put the factor with most levels first.

    Args:
        factors: name to integer codes from 0, one an observation.
        n: number of observations.
        slope_of: the factor that has a slope beside its intercept.
        slope: the variable on which it has one.

    Returns:
        The layout, and the codes in its order.

    Raises:
        EvenhandError: no factor, a wrong length, or a code below 0.
    """
    coded = {name: _checked(name, codes, n) for name, codes in factors.items()}
    sizes = {name: int(codes.max()) + 1 for name, codes in coded.items()}
    layout = layout_of(sizes, slope_of)
    if slope is not None:
        layout = replace(layout, unit=_typical(slope, n))
    return layout, [coded[name] for name in layout.names]


def layout_of(sizes: Mapping[str, int], slope_of: str | None = None) -> Layout:
    """The layout for factors of these numbers of levels.

    Raises:
        EvenhandError: no factor, or a slope for none of them.
    """
    if not sizes or (slope_of is not None and slope_of not in sizes):
        raise EvenhandError(
            "The slope's factor is not given." if sizes else "A mixed model needs a factor.",
            slope_of or "factors",
            "Give each factor as name: codes.",
        )
    order = sorted(sizes, key=lambda name: -sizes[name])
    dims = tuple(2 if name == slope_of else 1 for name in order)
    return Layout(tuple(order), tuple(sizes[name] for name in order), dims)


def check_dense(layout: Layout) -> None:
    """Refuse a dense matrix that would not fit.

    Raises:
        EvenhandError: the factors but the largest have too many levels.
    """
    if layout.rest > MOST_REST:
        raise EvenhandError(
            f"All factors but the largest have {layout.rest:,} levels together.",
            ", ".join(layout.names[1:]),
            f"At most {MOST_REST:,} can be crossed with the largest factor: leave one out.",
        )


def _typical(slope: np.ndarray, n: int) -> float:
    if slope.shape != (n,) or not np.isfinite(slope).all() or not slope.any():
        raise EvenhandError(
            "The slope's variable is missing somewhere, or 0 everywhere.",
            "slopes",
            f"Give {n:,} numbers.",
        )
    return float(np.sqrt(np.mean(slope**2)))


def _checked(name: str, codes: np.ndarray, n: int) -> np.ndarray:
    found = np.asarray(codes)
    if found.shape != (n,) or found.dtype.kind not in "iu" or n == 0 or int(found.min()) < 0:
        raise EvenhandError(
            "A factor's codes are not whole numbers from 0, one a row.",
            name,
            f"Give {n:,} integer codes.",
        )
    return found.astype(np.int64, copy=False)
