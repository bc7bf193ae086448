"""What the outside sees: printed cells, and what a publication says of how it was made.

Attackers read this and nothing else. The engine's tables and the naive rules' are read into it
alike, so that one attacker is set on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

Place = tuple[tuple[str, str], ...]
"""Position to value; what is not named is summed over."""

ALL, SHOWN = "all", "shown"


@dataclass(frozen=True)
class About:
    """What a table counts: its people, and those of them that a share is of.

    Args:
        name: how the table is called.
        dims: the positions that divide it.
        state: the state that says who counts, or "" where all do.
        base: values of the state that are counted.
        numerator: those that a share is of; empty for counts and means.
        mean: whether a mean score is printed.
    """

    name: str
    dims: tuple[str, ...]
    state: str = ""
    base: tuple[str, ...] = ()
    numerator: tuple[str, ...] = ()
    mean: bool = False

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """All sets of people of a cell: the base, the numerator, the rest."""
        if not self.numerator:
            return (self.base,)
        rest = tuple(v for v in self.base if v not in self.numerator)
        return (self.base, self.numerator, rest)

    def levels(self) -> Iterator[tuple[str, ...]]:
        """The total, the single positions, and so on to the whole table."""
        for n in range(len(self.dims) + 1):
            yield from combinations(self.dims, n)


@dataclass(frozen=True)
class Cell:
    """A printed cell. Cells that are not here were withheld.

    Args:
        about: its table.
        quarter: the quarter that its figures speak of.
        place: where it stands.
        n: the count of the base.
        k: the count of the numerator, or None.
        share: the printed share, or None.
        mean: the printed mean, or None.
        sd: the printed standard deviation, or None.
    """

    about: About
    quarter: int
    place: Place
    n: int
    k: int | None = None
    share: float | None = None
    mean: float | None = None
    sd: float | None = None


@dataclass(frozen=True)
class Publication:
    """All that left of a clinic, and what everybody may know of the rule behind it.

    Args:
        cells: printed cells, each once.
        values: position to the values that a client can give.
        totals: clients in each quarter, which all who work there know.
        base: what counts are rounded to; 1 for none.
        least: the least people in a printed cell.
        complement: whether numerators and complements must be that large too.
        largest: the largest part of a printed cell that one therapist has; 1 for no such rule.
        therapists: the least therapists behind a printed cell.
        strangers: the least clients of a printed cell whom no two therapists have.
        withheld: the most people that a cell can have for having been withheld.
        refused: tables of which nothing was printed, with their quarter.
        abouts: the tables.
        standing: quarter to the (table, place) of cells that are shown then, also those that
            stand as they were printed before.
    """

    cells: tuple[Cell, ...]
    values: Mapping[str, tuple[str, ...]]
    totals: tuple[int, ...]
    base: int
    least: int
    complement: bool
    largest: float = 1.0
    therapists: int = 1
    strangers: int = 0
    withheld: float = float("inf")
    refused: frozenset[tuple[str, int]] = frozenset()
    abouts: tuple[About, ...] = ()
    standing: Mapping[int, frozenset[tuple[str, Place]]] = field(default_factory=dict)

    def places(self, about: About) -> Iterator[Place]:
        """Every cell that a table has, printed or not, margins too."""
        for dims in about.levels():
            for labels in product(*(self.values[d] for d in dims)):
                yield tuple(zip(dims, labels, strict=True))


ENDED = ("dropped out", "completed")
IMPROVED = ("improved", "not improved")
ABOUT: Mapping[str, Mapping[str, Any]] = {
    "clients": {},
    "dropped out": {"state": "ended", "base": ENDED, "numerator": ("dropped out",)},
    "reliably improved": {"state": "score", "base": IMPROVED, "numerator": ("improved",)},
    "last": {"state": "score", "base": (*IMPROVED, "one"), "mean": True},
}
"""Measures of study.toml, in the attackers' words."""


def about_of(measure: str, dims: Sequence[str]) -> About:
    """The table of a measure by positions."""
    return About(f"{measure} by {' and '.join(dims)}", tuple(dims), **ABOUT[measure])


def read_frame(about: About, frame: Any, quarters: Mapping[str, int]) -> Iterable[Cell]:
    """The printed cells of a released table; `quarters` numbers the words of as_of."""
    for row in frame.iter_rows(named=True):
        if row["status"] == SHOWN:
            place = tuple((d, row[d]) for d in about.dims if row[d] != ALL)
            told = {key: row.get(key) for key in ("n", "k", "share", "mean", "sd")}
            yield Cell(about, quarters[row["as_of"]], place, **told)
