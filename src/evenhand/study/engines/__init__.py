"""Where partitions run: this machine, or a cluster behind the same one function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from evenhand.core.errors import EvenhandError, Exit

NAMES = ("local", "dask", "spark")

MapPartitions = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


def find_engine(name: str) -> MapPartitions:
    """The engine's ``map_partitions(fn, parts)``: results in the order of the parts.

    Raises:
        EvenhandError: no engine of that name, or its library is not installed.
    """
    if name not in NAMES:
        raise EvenhandError(
            f"There is no engine {name!r}.", "--engine", f"Known: {', '.join(NAMES)}.", Exit.USAGE
        )
    try:
        module = import_module(f"evenhand.study.engines.{name}")
    except ImportError:
        raise EvenhandError(
            f"The engine {name} is not installed.",
            "--engine",
            f"Install it with: pip install 'evenhand[{name}]'.",
            Exit.USAGE,
        ) from None
    found: MapPartitions = module.map_partitions
    return found
