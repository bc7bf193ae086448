"""Evenhand: who holds what in a therapy session, with the turns that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "EvenhandError",
    "__version__",
    "examine",
    "explain",
    "maihda",
    "mirror",
    "release",
    "simulate",
]

if TYPE_CHECKING:
    from evenhand.core.errors import EvenhandError
    from evenhand.runs.examine import examine
    from evenhand.runs.explain import explain
    from evenhand.runs.maihda import maihda
    from evenhand.runs.mirror import mirror
    from evenhand.runs.release import release
    from evenhand.runs.simulate import simulate

_HOMES = {
    "EvenhandError": "evenhand.core.errors",
    "examine": "evenhand.runs.examine",
    "explain": "evenhand.runs.explain",
    "maihda": "evenhand.runs.maihda",
    "mirror": "evenhand.runs.mirror",
    "release": "evenhand.runs.release",
    "simulate": "evenhand.runs.simulate",
}


def __getattr__(name: str) -> Any:
    """Load a public name where it lives, so that ``import evenhand`` stays instant."""
    if name not in _HOMES:
        raise AttributeError(f"module 'evenhand' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Public names, loaded or not."""
    return sorted(__all__)
