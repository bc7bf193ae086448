"""Does the room follow standing? Each indicator on each axis, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_bounds import fit_bounds
from evenhand.models.mirror_coefficient import Mirror, fit_mirror
from evenhand.models.mirror_counts import Kind
from evenhand.models.mirror_difference import fit_difference
from evenhand.models.mirror_evidence import is_equivalent
from evenhand.runs._mirror_measured import Measured
from evenhand.runs._mirror_recall import (
    PROVIDE,
    Checked,
    recall_of,
    why_not,
    with_groups,
)
from evenhand.runs._mirror_tables import StudyTables

FAMILY = "room_tilt"
"""Its parts' counts, stacked, with indicator effects."""
PARTS = ("cut_off", "closed_questions", "directives", "yielding")

NOT_COUNTS: Mapping[str, str] = {
    "coordination": "It is a difference on an axis of its own, within a dyad only.",
    "word_uptake": "It is matched on the length of turns, which its counts alone are not.",
}

Row = dict[str, Any]
SEED = 20_26


@dataclass
class Room:
    """Findings about the room, and what was refused."""

    mirror: list[Row] = field(default_factory=list)
    differences: list[Row] = field(default_factory=list)
    controls: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    bounds: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """An indicator, how its counts are modelled, and whether it needs words."""

    name: str
    title: str
    kind: Kind
    direction: int
    needs_words: bool


def parts_of(tables: StudyTables) -> list[Part]:
    """Indicators with a tilt that the study's readings hold, the family of the room first."""
    here = set(tables.counts.filter("tilted")["indicator"].unique())
    found = [
        _part(one, tables)
        for one in discover("indicator").values()
        if one.kind == "tilted" and one.name in here and one.name not in (FAMILY, *NOT_COUNTS)
    ]
    if sum(part.name in PARTS for part in found) >= 2:
        title = "Room tilt: " + ", ".join(
            part.title.lower() for part in found if part.name in PARTS
        )
        found.insert(0, Part(FAMILY, title, "events", 1, True))
    return found


def _part(one: Indicator, tables: StudyTables) -> Part:
    kind: Kind = "turns" if one.binary else "amounts" if one.facet == "floor" else "events"
    return Part(one.name, one.title, kind, one.direction, not _by_time(one, tables))


def _by_time(one: Indicator, tables: StudyTables) -> bool:
    """Talk in seconds needs no words; words are whole numbers and seconds are not."""
    if one.name != "talk_share":
        return False
    amounts = tables.counts.filter(pl.col("indicator") == one.name)["k_t"].drop_nulls()
    return bool((amounts != amounts.round()).any())


def look_at_room(
    tables: StudyTables,
    axes: Mapping[str, Measured],
    checked: Checked,
    margin: float | None,
    progress: Callable[[str, int, int], None],
) -> Room:
    """Fit every indicator on every axis.

    Args:
        tables: the study's.
        axes: axis to what is known of its measurement.
        checked: what is known of recall.
        margin: the largest log rate ratio that the study calls no difference, if it says so.
        progress: called as fits end.
    """
    room = Room()
    parts = parts_of(tables)
    if not parts:
        why = "There are no readings with counts of both people."
        remedy = "Give transcripts, or a readings.parquet; alliance and outcome need neither."
        room.refused.append({"what": "the room", "axis": None, "why": why, "remedy": remedy})
        return room
    for name, why in NOT_COUNTS.items():
        if name in set(tables.counts.filter("tilted")["indicator"]):
            room.refused.append(
                {"what": name, "axis": None, "why": why, "remedy": "Look at it dyad by dyad."}
            )
    jobs = [(axis, known, part) for axis, known in axes.items() for part in parts]
    for n, (axis, known, part) in enumerate(jobs):
        progress("Fitting the room", n, len(jobs))
        why = why_not(tables, checked, axis, known, members(part.name)) if part.needs_words else ""
        if why:
            _bounded(tables, checked, axis, why, part, room)
        else:
            _one(tables, axis, part, margin, room)
    progress("Fitting the room", len(jobs), len(jobs))
    return room


def members(name: str) -> tuple[str, ...]:
    """The indicators whose counts are looked at under a name: the family's parts, or itself."""
    return PARTS if name == FAMILY else (name,)


def _bounded(
    tables: StudyTables, checked: Checked, axis: str, why: str, part: Part, room: Room
) -> None:
    """Bounds from recall where words may not be compared; else a refusal that says what helps."""
    rows = _rows(tables, part)
    names = sorted(rows["indicator"].unique())
    recall = [one for name in names for one in recall_of(tables, checked, axis, name)]
    if not recall or tables.hierarchy is None:
        refusal = {"what": part.name, "axis": axis, "why": "Measurement first."}
        room.refused.append(refusal | {"remedy": f"{why} {PROVIDE}"})
        return
    try:
        ranked = with_groups(tables, tables.with_standing(rows, axis), axis)
        found = fit_bounds(ranked, part.kind, recall)
    except EvenhandError as error:
        room.refused.append(_refusal(part.name, axis, error))
        return
    key = {"indicator": part.name, "title": part.title, "axis": axis, "why": why}
    room.bounds.append(key | asdict(found))


def _one(
    tables: StudyTables,
    axis: str,
    part: Part,
    margin: float | None,
    room: Room,
) -> None:
    key = {"indicator": part.name, "title": part.title, "axis": axis}
    try:
        if tables.hierarchy is None:
            found = fit_difference(tables.with_difference(_rows(tables, part), axis), part.kind)
            room.differences.append(key | asdict(found))
            return
        rows = tables.with_standing(_rows(tables, part), axis)
        mirror = fit_mirror(rows, part.kind)
    except EvenhandError as error:
        room.refused.append(_refusal(part.name, axis, error))
        return
    room.mirror.append(key | asdict(mirror) | {"no_difference": _null(mirror, margin)})
    try:
        room.controls.append(key | _permuted(rows, part.kind, f"{part.name}/{axis}"))
    except EvenhandError as error:
        room.refused.append(_refusal(f"negative control of {part.name}", axis, error))


def _refusal(what: str, axis: str, error: EvenhandError) -> Row:
    return {"what": what, "axis": axis, "why": error.what, "remedy": error.remedy}


def counts_with_who(tables: StudyTables, names: Sequence[str]) -> pl.DataFrame:
    """Counts of indicators, with who met whom and which way each points."""
    signs = {one.name: one.direction for one in discover("indicator").values()}
    who = tables.visits.select("session_id", "client_id", "therapist_id", "number")
    counts = tables.counts.filter(pl.col("indicator").is_in(names)).drop("tilted")
    direction = pl.col("indicator").replace_strict(signs, return_dtype=pl.Int64)
    return counts.join(who, on="session_id", how="inner").with_columns(direction=direction)


def _rows(tables: StudyTables, part: Part) -> pl.DataFrame:
    """Counts of an indicator, or of the family's parts."""
    return counts_with_who(tables, members(part.name))


def _null(mirror: Mirror, margin: float | None) -> bool | None:
    """Whether no difference may be claimed; None where the study declares no margin."""
    if margin is None:
        return None
    return is_equivalent(mirror.mirror.low90, mirror.mirror.high90, margin)


def _permuted(rows: pl.DataFrame, kind: Kind, name: str) -> Row:
    """Negative control: clients of a caseload trade standings, which should undo β_C.

    Each control is dealt anew: were all dealt alike, one odd deal would be seen in all of them.
    """
    known = rows.filter(pl.col("s_c").is_not_null())
    clients = known.unique(["therapist_id", "client_id"], maintain_order=True)
    rng = np.random.default_rng([SEED, crc32(name.encode())])
    traded = [
        part.select("therapist_id", "client_id").with_columns(
            traded=pl.Series(rng.permutation(part["s_c"].to_numpy()))
        )
        for part in clients.partition_by("therapist_id", maintain_order=True)
    ]
    swapped = known.join(pl.concat(traded), on=["therapist_id", "client_id"]).with_columns(
        s_c="traded"
    )
    found = fit_mirror(swapped.drop("traded"), kind, absolute=False)
    return {"control": "client positions permuted within caseload", **asdict(found.beta_c)}


def axes_to_look_at(tables: StudyTables) -> Iterator[str]:
    """Ranked axes; without a hierarchy, axes on which both sides said something."""
    if tables.hierarchy is not None:
        yield from tables.axes
        return
    for axis in tables.positions["axis"].unique().sort():
        said = tables.groups(axis)["person_id"].implode()
        both = tables.visits.filter(
            pl.col("client_id").is_in(said) & pl.col("therapist_id").is_in(said)
        )
        if both.height:
            yield axis
