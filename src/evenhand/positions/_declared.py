"""What study.toml says of its columns: ``[positions]``, an axis a line or a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenhand.core.errors import EvenhandError
from evenhand.positions._contract import Axis, CodeSystem, Declared
from evenhand.positions._library import all_axes, all_systems, find_system
from evenhand.positions._toml import Keys

DIRECTIONS = ("1-most", "1-least")
"""Which end a number starts from: 1 is the most deprived, or the least."""

FILE = "study.toml"


def declared_systems(config: Mapping[str, Any]) -> dict[str, Declared]:
    """The code system of each column that study.toml declares.

    Args:
        config: study.toml as a dict. ``[positions] ethnicity = "nhs-ethnicity"``, or
            ``[positions.deprivation]`` with ``system`` and what it must be told.

    Raises:
        EvenhandError: no such axis or system, or a system without what it must be told.
    """
    keys = Keys(config, FILE).table("positions")
    return {axis: _declared(keys, axis) for axis in keys.names()}


def default_system(axis: Axis) -> CodeSystem | None:
    """The only system of a number that needs no declaration: age is in years."""
    known = [all_systems()[name] for name in axis.systems]
    if axis.kind == "number" and len(known) == 1 and not known[0].must_declare:
        return known[0]
    return None


def _declared(keys: Keys, axis: str) -> Declared:
    if axis not in all_axes():
        raise keys.bad(axis, f"{axis} is no axis.", f"Axes: {', '.join(all_axes())}.")
    if isinstance(keys.get(axis), dict):
        told = keys.table(axis)
    else:
        told = Keys({"system": keys.get(axis)}, FILE, f"positions.{axis}")
    system = find_system(told.text("system"), f"{FILE}, positions.{axis}")
    if axis not in system.axes:
        raise told.bad("system", f"{system.key} does not code {axis}.", _fitting(axis))
    said = {name: _said(told, name) for name in system.must_declare}
    told.done()
    return Declared(axis, system, said)


def _said(told: Keys, name: str) -> str:
    value = told.get(name)
    if name == "direction" and value not in DIRECTIONS:
        raise told.bad(
            name,
            "Which end is which is not said.",
            'Write direction = "1-most" (1 is the most deprived) or "1-least".',
        )
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise told.bad(name, f"{name} is not said, and numbers differ by it.", f"Write {name} = …")
    return str(value)


def _fitting(axis: str) -> str:
    known = ", ".join(all_axes()[axis].systems) or "none"
    return f"Systems of {axis}: {known}."


def system_of(axis: Axis, name: str) -> CodeSystem:
    """A system that a row names itself, if it codes the axis.

    Raises:
        EvenhandError: there is none, or it codes another axis.
    """
    system = find_system(name, "people.csv")
    if axis.key not in system.axes:
        raise EvenhandError(
            f"{system.key} does not code {axis.key}.", "people.csv", _fitting(axis.key)
        )
    return system
