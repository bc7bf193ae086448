"""Positions of all people, read from people.csv; and all that is wrong with them, by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.positions._cells import read_cell
from evenhand.positions._contract import POSITIONS, SAID_BY, Axis, CodeSystem, Declared
from evenhand.positions._declared import declared_systems, default_system, system_of
from evenhand.positions._library import all_axes

FILE = "people.csv"
BESIDE = ("code", "system", "said_by", "said_on")
"""Columns that may stand beside an axis: ``gender_code``, ``gender_said_on`` …"""

OTHER = ("person_id", "name", "role", "birth_year")


class Doubt(NamedTuple):
    """One thing wrong with people.csv, or worth a look; it never quotes what a person wrote."""

    what: str
    where: str
    remedy: str
    fatal: bool = True


def read_positions(people: pl.DataFrame, config: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """What each person said of themself on each axis that the table has a column for.

    Args:
        people: people.csv, all columns text.
        config: study.toml as a dict; its ``[positions]`` names code systems.

    Returns:
        A frame with the columns of `POSITIONS`. A row comes from its own axis's cells and from
        nothing else: no position is worked out from a name, a language, a birthplace or another.

    Raises:
        EvenhandError: ``[positions]`` cannot be used.
    """
    rows = [row for rows, _ in _walk(people, declared_systems(config or {})) for row in rows]
    return pl.DataFrame(rows, schema=POSITIONS, orient="row")


def position_problems(people: pl.DataFrame, config: Mapping[str, Any] | None = None) -> list[Doubt]:
    """All that is wrong with the positions in people.csv, and with ``[positions]``.

    Args:
        people: people.csv, all columns text.
        config: study.toml as a dict.
    """
    try:
        declared = declared_systems(config or {})
    except EvenhandError as error:
        return [Doubt(error.what, error.where, error.remedy)]
    found = [*_strange_columns(people), *_undeclared(people, declared)]
    return [*found, *(doubt for _, doubts in _walk(people, declared) for doubt in doubts)]


Rows = list[tuple[object, ...]]


def _walk(
    people: pl.DataFrame, declared: Mapping[str, Declared]
) -> Iterator[tuple[Rows, list[Doubt]]]:
    """A person and an axis at a time: rows of positions, and what is wrong with them."""
    axes = [axis for axis in all_axes().values() if _has(people, axis)]
    for line, row in enumerate(people.iter_rows(named=True), start=2):
        for axis in axes:
            yield _one(row, line, axis, declared.get(axis.key))


def _has(people: pl.DataFrame, axis: Axis) -> bool:
    return axis.key in people.columns or f"{axis.key}_code" in people.columns


def _one(
    row: Mapping[str, Any], line: int, axis: Axis, declared: Declared | None
) -> tuple[Rows, list[Doubt]]:
    where = f"{FILE}, line {line}"
    doubts: list[Doubt] = []
    system = declared.system if declared else default_system(axis)
    named = _cell(row, axis, "system")
    if named:
        try:
            system = system_of(axis, named)
        except EvenhandError as error:
            doubts.append(Doubt(error.what, where, error.remedy))
    cell = read_cell(axis, system, row.get(axis.key) or "", _cell(row, axis, "code"))
    doubts += [Doubt(what, where, remedy) for what, remedy in cell.faults]
    said_by, said_on = _cell(row, axis, "said_by") or "self", _cell(row, axis, "said_on") or None
    answered = any(one.status == "answered" for one in cell.answers)
    doubts += _sayings(axis, system if answered else None, said_by, said_on, where)
    rows: Rows = [
        (
            row["person_id"],
            axis.key,
            one.text,
            one.code,
            one.label,
            one.value,
            system.key if system and (one.code or one.value is not None) else None,
            system.version if system and (one.code or one.value is not None) else None,
            said_by,
            said_on,
            one.status,
            line,
        )
        for one in cell.answers
    ]
    return rows, doubts


def _cell(row: Mapping[str, Any], axis: Axis, beside: str) -> str:
    return (row.get(f"{axis.key}_{beside}") or "").strip()


def _sayings(
    axis: Axis, system: CodeSystem | None, said_by: str, said_on: str | None, where: str
) -> list[Doubt]:
    """Who said it and when."""
    doubts = []
    may = axis.said_by if system is None else [s for s in axis.said_by if s in system.said_by]
    if said_by not in SAID_BY:
        words = ", ".join(SAID_BY)
        doubts.append(Doubt(f"{axis.key}_said_by is none of: {words}.", where, "Use these words."))
    elif said_by not in may:
        doubts.append(
            Doubt(
                f"{axis.key} can be said by {' or '.join(may)} only.",
                where,
                "Ask the person, or write unknown: what others suppose is no position.",
            )
        )
    if said_on is not None and not _is_date(said_on):
        doubts.append(
            Doubt(f"{axis.key}_said_on is not written YYYY-MM-DD.", where, "Write 2026-05-13.")
        )
    return doubts


def _is_date(text: str) -> bool:
    try:
        return len(date.fromisoformat(text).isoformat()) == len(text)
    except ValueError:
        return False


def _strange_columns(people: pl.DataFrame) -> Iterator[Doubt]:
    """Columns that are nearly an axis: a misspelt one would be left unread."""
    axes = list(all_axes())
    known = {*OTHER, *axes, *(f"{axis}_{beside}" for axis in axes for beside in BESIDE)}
    for column in people.columns:
        near = get_close_matches(column, known, 1, cutoff=0.8)
        if column not in known and near:
            yield Doubt(
                f"The column {column} is read by nothing.",
                f"{FILE}, line 1",
                f"Did you mean {near[0]}? If not, there is nothing to do.",
                fatal=False,
            )


def _undeclared(people: pl.DataFrame, declared: Mapping[str, Declared]) -> Iterator[Doubt]:
    """Numbers that mean nothing until somebody says which index they are, and which end is up."""
    for axis in all_axes().values():
        here = axis.key in people.columns and people[axis.key].is_not_null().any()
        known = axis.key in declared or default_system(axis) is not None
        if axis.kind == "number" and here and not known:
            yield Doubt(
                f"Which index {axis.key} is, of what year, and which end is which, is not said.",
                "study.toml",
                f"Write [positions.{axis.key}] with system, index, lsoa and direction; until "
                "then no preset ranks anybody by it.",
                fatal=False,
            )
