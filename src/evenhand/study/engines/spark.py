"""Partitions on Spark, each a task of its own; the session is the one that is configured.

A cluster's executors must see the same folders as the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pyspark.sql import SparkSession

P = TypeVar("P")
R = TypeVar("R")


def map_partitions(fn: Callable[[P], R], parts: Iterable[P]) -> Iterator[R]:
    """Results of `fn` over `parts`, in order."""
    listed = list(parts)
    if not listed:
        return iter(())
    context = SparkSession.builder.appName("evenhand").getOrCreate().sparkContext
    done: list[R] = context.parallelize(listed, len(listed)).map(fn).collect()
    return iter(done)
