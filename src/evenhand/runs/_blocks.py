"""Work in blocks: in this process, or spread over several, always in the order of the blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

R = TypeVar("R")

ALONE = {
    "POLARS_MAX_THREADS": "1",  # a process has one core to itself
    # arrays of a block are made and dropped all the time: the C library keeps their memory
    "MALLOC_MMAP_THRESHOLD_": str(1 << 25),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 28),
}
"""What worker processes find in their environment."""


def cores() -> int:
    """How many processes may run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(one: Callable[[Any], R], tasks: Sequence[Any], workers: int = 1) -> Iterator[R]:
    """Results of `one` over `tasks`, in their order, each as soon as it is there.

    Args:
        one: a function that another process can import, or a `functools.partial` of one.
        tasks: what it takes.
        workers: processes; 1 works in this one. More need a main module that can be imported
            without running anything, as Python's own `multiprocessing` does.
    """
    few = min(workers, len(tasks))
    if few <= 1:
        yield from map(one, tasks)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with _environment(ALONE), ProcessPoolExecutor(few, mp_context=get_context("spawn")) as pool:
        yield from pool.map(one, tasks)


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
