"""All axes, code systems and presets: a file each, found by scanning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError
from evenhand.positions._contract import Axis, CodeSystem, Preset
from evenhand.positions._load import load_axis, load_preset, load_system


def _scan(folder: str, load: Callable[[Path], Any]) -> dict[str, Any]:
    with as_file(files("evenhand.positions") / folder) as here:
        found = [load(path) for path in sorted(here.glob("*.toml"))]
    if len({one.key for one in found}) < len(found):
        raise EvenhandError("Two files share a key.", f"positions/{folder}", "Rename one.")
    return {one.key: one for one in sorted(found, key=lambda one: str(one.key))}


@cache
def all_axes() -> Mapping[str, Axis]:
    """Every axis, by key."""
    return _scan("axes", load_axis)


@cache
def all_systems() -> Mapping[str, CodeSystem]:
    """Every code system, by key."""
    return _scan("systems", load_system)


@cache
def all_presets() -> Mapping[str, Preset]:
    """Every published ranking, by key. None is in use until a study names it."""
    return _scan("hierarchies", load_preset)


def find_system(name: str, where: str = "study.toml") -> CodeSystem:
    """A code system by its key.

    Raises:
        EvenhandError: there is none of this name, with the nearest.
    """
    return _found(all_systems(), name, "code system", where)  # type: ignore[no-any-return]


def find_preset(name: str, where: str = "study.toml, [hierarchy]") -> Preset:
    """A published ranking by its key.

    Raises:
        EvenhandError: there is none of this name, with the nearest.
    """
    return _found(all_presets(), name, "preset", where)  # type: ignore[no-any-return]


def _found(known: Mapping[str, Any], name: str, what: str, where: str) -> Any:
    if name not in known:
        near = get_close_matches(name, known, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Those there are: {', '.join(known)}."
        raise EvenhandError(f"There is no {what} of this name.", where, remedy)
    return known[name]


def map_code(system: str, code: str, to: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a code of one system is in another, and what is lost on the way.

    Returns:
        The codes there (none where nothing says the same), and what is lost: of the whole
        crossing first, then of this code.

    Raises:
        EvenhandError: no such system or code, or nobody has mapped the two.
    """
    source = find_system(system, "map_code")
    crossing = next((one for one in source.crossings if one.to == to), None)
    found = source.find(code)
    if crossing is None or found is None:
        known = ", ".join(one.to for one in source.crossings) or "none"
        raise EvenhandError(
            f"{system} has no such code, or is not mapped to {to}.",
            source.file,
            f"It is mapped to: {known}.",
        )
    lost = (crossing.lost, crossing.lost_of.get(found.code, ""))
    return crossing.codes[found.code], tuple(one for one in lost if one)
