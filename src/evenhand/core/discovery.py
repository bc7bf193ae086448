"""Parts are found by scanning their package: there is no list to keep."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from evenhand.core.errors import EvenhandError, Exit

KINDS = {
    "reader": ("evenhand.readers", "READER"),
    "coder": ("evenhand.coders", "CODER"),
    "indicator": ("evenhand.indicators", "INDICATOR"),
    "model": ("evenhand.models", "MODEL"),
}
"""Kind of part to the package that is scanned and the constant that is looked for."""


@cache
def discover(kind: str) -> dict[str, Any]:
    """Every part of a kind, by name, in the order of their names.

    Args:
        kind: a key of `KINDS`.

    Returns:
        Name to part. A module may hold one part (``INDICATOR``) or a tuple of near relations
        (``INDICATORS``).

    Raises:
        EvenhandError: two modules declare one name.
    """
    package, constant = KINDS[kind]
    found: dict[str, Any] = {}
    for info in iter_modules(import_module(package).__path__):
        if info.name.startswith("_") or info.ispkg:
            continue
        module = import_module(f"{package}.{info.name}")
        one = getattr(module, constant, None)
        for part in (one,) if one is not None else getattr(module, f"{constant}S", ()):
            if part.name in found:
                raise EvenhandError(
                    f"Two parts are called {part.name!r}.",
                    module.__name__,
                    "Give one of them another name.",
                    Exit.FAILED,
                )
            found[part.name] = part
    return dict(sorted(found.items()))
