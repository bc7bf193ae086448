"""Disclosure control: the only way a group figure gets out.

The package may be called: ``evenhand.release(study, "TABLE", out="DIR")`` runs a whole release.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from evenhand.release.released import ReleasedTable
from evenhand.release.rules import RULES, Rules

__all__ = ["RULES", "ReleasedTable", "Rules"]


class _Door(ModuleType):
    """This package, which can be called, as the function of the same name can."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Release tables of a study; see `evenhand.runs.release.release`."""
        return import_module("evenhand.runs.release").release(*given, **named)


sys.modules[__name__].__class__ = _Door
