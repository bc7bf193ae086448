"""One partition after another in this process; Polars keeps all cores busy within each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")


def map_partitions(fn: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Results of `fn` over `parts`, in order, each as soon as it is there."""
    return map(fn, parts)
