"""One thread for small matrices: there, waking others costs many times what they save.

Speaks to the OpenBLAS that comes with NumPy's and SciPy's wheels; where another library is used,
nothing is changed. Results do not depend on it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy
import scipy

LARGE = 4_000
"""Columns of a dense matrix from which threads pay."""

_FOLDERS = ("{}.libs", "{}/.dylibs")
_NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads")


@cache
def _libraries() -> tuple[tuple[Callable[[], int], Callable[[int], None]], ...]:
    """How to read and set the number of threads, for each library that is found."""
    found = []
    for package in (numpy, scipy):
        above = Path(str(package.__file__)).parents[1]
        for folder in _FOLDERS:
            for path in (above / folder.format(package.__name__)).glob("*openblas*"):
                library = ctypes.CDLL(str(path))
                found += [
                    (getattr(library, name.format("get")), getattr(library, name.format("set")))
                    for name in _NAMES
                    if hasattr(library, name.format("set"))
                ]
    return tuple(found)


@contextmanager
def threads_for(columns: int) -> Iterator[None]:
    """Hold matrix work to one thread while the dense matrix has few columns."""
    libraries = _libraries() if columns < LARGE else ()
    before = [get() for get, _ in libraries]
    for _, put in libraries:
        put(1)
    try:
        yield
    finally:
        for (_, put), threads in zip(libraries, before, strict=True):
            put(threads)
