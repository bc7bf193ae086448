"""Published averages of what helps, read from a file of figures and sources."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from evenhand.reports.page import asset

METRICS = ("d", "r", "odds")


@dataclass(frozen=True)
class Help:
    """One published average.

    Args:
        key: its row in evidence.csv.
        title: what was done.
        about: what it went with: symptoms, outcome, staying.
        metric: ``d``, ``r`` or ``odds``.
        value: the average, with low and high where its interval was read.
        source: who published it.
        checked: whether the figure was read where it was published.
        studies: how many studies, where it is known.
        low: see `value`.
        high: see `value`.
    """

    key: str
    title: str
    about: str
    metric: str
    value: float
    source: str
    checked: bool
    studies: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> Sequence[float | None]:
        """As a figure draws it: odds ratios as logarithms."""
        given = (self.value, self.low, self.high)
        if self.metric != "odds":
            return given
        return [None if x is None else float(np.log(x)) for x in given]

    @property
    def known(self) -> bool:
        """Whether the interval was read."""
        return self.low is not None


@cache
def helps() -> tuple[Help, ...]:
    """Every average, in the order of the file."""
    found = tomllib.loads(asset("helps.toml"))
    return tuple(Help(key=key, **one) for key, one in found.items())
