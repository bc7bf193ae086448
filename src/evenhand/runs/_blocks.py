"""Work in blocks: in this process, or spread over several, always in the order of the blocks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

R = TypeVar("R")


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

    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"  # a process has one core to itself
    try:
        with ProcessPoolExecutor(few, mp_context=get_context("spawn")) as pool:
            yield from pool.map(one, tasks)
    finally:
        _restore("POLARS_MAX_THREADS", before)


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
