"""Partitions on a Dask cluster: the one that DASK_SCHEDULER_ADDRESS names, or this machine's cores.

A cluster's workers must see the same folders as the machine that asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from distributed import Client

P = TypeVar("P")
R = TypeVar("R")


def map_partitions(fn: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Results of `fn` over `parts`, in order, each as soon as it and those before are there."""
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    client = Client(address) if address else Client(threads_per_worker=1, dashboard_address=None)
    with client:
        for future in client.map(fn, list(parts), pure=False, retries=0):
            yield future.result()
