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
    parts = [table for table, _ in _walk(people, declared_systems(config or {}))]
    if not parts:
        return pl.DataFrame(schema=POSITIONS)
    order = {axis: n for n, axis in enumerate(all_axes())}
    place = pl.col("axis").replace_strict(order, return_dtype=pl.Int64)
    return pl.concat(parts).sort("line", place, maintain_order=True)


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
    told = [one for _, lines in _walk(people, declared) for one in lines]
    told.sort(key=lambda one: one[0])
    return [*found, *(doubt for _, doubt in told)]


Told = list[tuple[int, Doubt]]
"""What is wrong with a line of people.csv."""


def _walk(
    people: pl.DataFrame, declared: Mapping[str, Declared]
) -> Iterator[tuple[pl.DataFrame, Told]]:
    """An axis at a time: rows of positions, and what is wrong with them."""
    for axis in all_axes().values():
        if axis.key in people.columns or f"{axis.key}_code" in people.columns:
            yield _axis(people, axis, declared.get(axis.key))


def _axis(people: pl.DataFrame, axis: Axis, declared: Declared | None) -> tuple[pl.DataFrame, Told]:
    """Like cells are read once, however many people wrote them."""
    cells = [
        (pl.col(name).cast(pl.String) if name in people.columns else pl.lit(""))
        .fill_null("")
        .alias(short)
        for short, name in {"": axis.key, **{b: f"{axis.key}_{b}" for b in BESIDE}}.items()
    ]
    lines = people.select("person_id", *cells).with_row_index("line", offset=2)
    kinds = lines.select("", *BESIDE).unique(maintain_order=True).with_row_index("kind")
    of_kind = lines.join(kinds, on=["", *BESIDE], how="left", maintain_order="left").select(
        "line", "person_id", "kind"
    )
    rows: list[tuple[object, ...]] = []
    wrong: list[tuple[int, str, str]] = []
    for cell in kinds.iter_rows(named=True):
        answers, faults = _one(cell, axis, declared)
        rows += [(cell["kind"], *answer) for answer in answers]
        wrong += [(cell["kind"], what, remedy) for what, remedy in faults]
    schema = pl.Schema({"kind": pl.UInt32} | {name: POSITIONS[name] for name in SAID})
    said = of_kind.join(
        pl.DataFrame(rows, schema, orient="row"), on="kind", maintain_order="left_right"
    )
    table = said.with_columns(axis=pl.lit(axis.key)).select(POSITIONS.names()).cast(POSITIONS)
    faults_of = pl.Schema({"kind": pl.UInt32, "what": pl.String, "remedy": pl.String})
    told = of_kind.join(pl.DataFrame(wrong, faults_of, orient="row"), on="kind")
    return table, [
        (line, Doubt(what, f"{FILE}, line {line}", remedy))
        for line, what, remedy in told.select("line", "what", "remedy").sort("line").iter_rows()
    ]


SAID = ("text", "code", "label", "value", "system", "version", "said_by", "said_on", "status")
"""Columns that a cell decides."""

Fault = tuple[str, str]
"""What, and the remedy."""


def _one(
    cell: Mapping[str, str], axis: Axis, declared: Declared | None
) -> tuple[list[tuple[object, ...]], list[Fault]]:
    """Answers of one cell and those beside it, and what is wrong with them."""
    faults: list[Fault] = []
    system = declared.system if declared else default_system(axis)
    if cell["system"].strip():
        try:
            system = system_of(axis, cell["system"].strip())
        except EvenhandError as error:
            faults.append((error.what, error.remedy))
    read = read_cell(axis, system, cell[""], cell["code"].strip())
    said_by, said_on = cell["said_by"].strip() or "self", cell["said_on"].strip() or None
    answered = any(one.status == "answered" for one in read.answers)
    faults += [*read.faults, *_sayings(axis, system if answered else None, said_by, said_on)]
    rows: list[tuple[object, ...]] = []
    for one in read.answers:
        coded = system if system and (one.code or one.value is not None) else None
        by = (coded.key, coded.version) if coded else (None, None)
        rows.append((one.text, one.code, one.label, one.value, *by, said_by, said_on, one.status))
    return rows, faults


def _sayings(
    axis: Axis, system: CodeSystem | None, said_by: str, said_on: str | None
) -> Iterator[Fault]:
    """Who said it and when."""
    may = axis.said_by if system is None else [s for s in axis.said_by if s in system.said_by]
    if said_by not in SAID_BY:
        yield f"{axis.key}_said_by is none of: {', '.join(SAID_BY)}.", "Use one of these words."
    elif said_by not in may:
        yield (
            f"{axis.key} can be said by {' or '.join(may)} only.",
            "Ask the person, or write unknown: what others suppose is no position.",
        )
    if said_on is not None and not _is_date(said_on):
        yield f"{axis.key}_said_on is not written YYYY-MM-DD.", "Write it as 2026-05-13."


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
