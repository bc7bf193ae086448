"""What is counted: a measure's parts, the margins of a table, and cells shown in a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from evenhand.release.course_sets import COURSE, course_values

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Measure:
    """A count, a share or a mean, as sets of people.

    Args:
        key: its name in the ledger; measures that count the same people share it.
        dim: the dimension that says who counts, or None where all do.
        base: its values that are counted.
        numerator: those of them that a share is of; empty for a count or a mean.
        complement: the rest of the base.
    """

    key: str
    dim: str | None = None
    base: tuple[str, ...] = ()
    numerator: tuple[str, ...] = ()
    complement: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The sets whose counts are published, the base first."""
        return (self.base, self.numerator) if self.numerator else (self.base,)

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """All sets that can be worked out from those."""
        return (*self.shown, self.complement) if self.numerator else self.shown


DROPPED, COMPLETED = "dropped out", "completed"
IMPROVED, NOT_IMPROVED = "improved", "not improved"
SCORED = "scored"


def measure_of(key: str) -> Measure:
    """The measure that a key of the ledger stands for: its kind, then what it is about."""
    kind = key.partition(":")[0]
    if kind == "clients":
        return Measure(key)
    if kind == COURSE:
        return Measure(key, COURSE, course_values(key))
    if kind == "ended":
        return Measure(key, "ended", (DROPPED, COMPLETED), (DROPPED,), (COMPLETED,))
    if kind == "improved":
        return Measure(key, key, (IMPROVED, NOT_IMPROVED), (IMPROVED,), (NOT_IMPROVED,))
    return Measure(key, key, (SCORED,))


@dataclass(frozen=True)
class Margin:
    """One level of a table: a measure over some of its positions, none for the total."""

    measure: Measure
    dims: tuple[str, ...]


def margins_of(measure: Measure, dims: tuple[str, ...]) -> list[Margin]:
    """All levels of a table, the total first."""
    return [
        Margin(measure, tuple(d for d in dims if d in some))
        for n in range(len(dims) + 1)
        for some in combinations(dims, n)
    ]


@dataclass(frozen=True)
class Block:
    """Cells of one margin in one snapshot."""

    margin: Margin
    s: int
    cells: Whole
