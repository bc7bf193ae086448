"""A study's hierarchy: which positions its society ranks above which, and why it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.positions._advantage import expectation
from evenhand.positions._contract import Declared, Ladder, Preset
from evenhand.positions._declared import declared_systems
from evenhand.positions._library import all_axes, all_presets, find_preset
from evenhand.positions._load import load_ladder
from evenhand.positions._toml import Keys

FILE = "study.toml"

STANDINGS = pl.Schema(
    {"person_id": pl.String, "axis": pl.String, "standing": pl.Float64, "absent": pl.String}
)
"""A row a person and ranked axis; ``absent`` says why there is no standing."""


@dataclass(frozen=True)
class Hierarchy:
    """A study's own claim: its reason, its ladders, and the presets that it named."""

    reason: str
    ladders: tuple[Ladder, ...]
    presets: tuple[Preset, ...] = ()


def read_hierarchy(config: Mapping[str, Any]) -> Hierarchy | None:
    """``[hierarchy]`` of study.toml; None where a study makes no claim.

    Args:
        config: study.toml as a dict: ``reason``, and an axis each with ``order`` (lowest
            first) or ``low`` and ``high``; or ``presets``, by name.

    Raises:
        EvenhandError: no reason, an axis that is none, ranked twice or not at all, no such
            preset, or a number whose direction nobody has said.
    """
    if "hierarchy" not in config:
        return None
    keys = Keys(config, FILE).table("hierarchy")
    reason = keys.text("reason", "")
    if not reason:
        raise keys.bad(
            "reason",
            "The hierarchy has no reason.",
            'Write reason = "…": who ranks whom, where, and how you know.',
        )
    presets = tuple(find_preset(name) for name in keys.words("presets"))
    own = tuple(_own(keys, axis) for axis in keys.names() if axis not in ("reason", "presets"))
    ladders = [*own, *(ladder for preset in presets for ladder in preset.ladders)]
    _once(keys, [one.axis for one in ladders])
    declared = declared_systems(config)
    fitted = tuple(_fitted(one, declared.get(one.axis), keys) for one in ladders)
    return Hierarchy(reason, fitted, presets)


def _own(keys: Keys, axis: str) -> Ladder:
    if axis not in all_axes():
        raise keys.bad(axis, f"{axis} is no axis.", f"Axes: {', '.join(all_axes())}.")
    given = keys.get(axis)
    table = Keys({"order": given}, FILE, f"hierarchy.{axis}")
    return load_ladder(keys.table(axis) if isinstance(given, dict) else table, axis)


def _once(keys: Keys, axes: list[str]) -> None:
    if not axes:
        known = ", ".join(all_presets())
        raise keys.bad(
            "", "The hierarchy ranks nothing.", f"Add an axis, or a preset by name: {known}."
        )
    twice = sorted({axis for axis in axes if axes.count(axis) > 1})
    if twice:
        raise keys.bad(twice[0], f"{', '.join(twice)} is ranked twice.", "Keep one ranking.")


def _fitted(ladder: Ladder, declared: Declared | None, keys: Keys) -> Ladder:
    """A ladder as this study's column runs: a number from the other end turns it round."""
    if not ladder.system:
        return ladder
    axis = all_axes()[ladder.axis]
    if declared is None and axis.systems != (ladder.system,):
        raise keys.bad(
            "presets",
            f"The preset ranks {ladder.axis} by {ladder.system}, and the study does not say that "
            "its column is coded so.",
            f'Declare [positions.{ladder.axis}] with system = "{ladder.system}".',
        )
    if declared is not None and declared.system.key != ladder.system:
        raise keys.bad(
            "presets",
            f"The preset ranks {ladder.axis} by {ladder.system}, and the column is coded by "
            f"{declared.system.key}.",
            "Rank the axis yourself, or code the column otherwise.",
        )
    said = "" if declared is None else declared.told.get("direction", "")
    if ladder.direction and said != ladder.direction:
        return replace(ladder, low=ladder.high, high=ladder.low, direction=said)
    return ladder


def standings(positions: pl.DataFrame, hierarchy: Hierarchy) -> pl.DataFrame:
    """Each person's standing on each ranked axis.

    Args:
        positions: what `read_positions` gave.
        hierarchy: the study's claim.

    Returns:
        A frame with the columns of `STANDINGS`: −1 for the lowest rank to 1 for the highest;
        the mean over several answers. Nobody is ranked by what they did not answer, nor by an
        answer that the hierarchy leaves out.
    """
    parts = [_standing(positions, ladder) for ladder in hierarchy.ladders]
    return pl.concat(parts) if parts else pl.DataFrame(schema=STANDINGS)


def _standing(positions: pl.DataFrame, ladder: Ladder) -> pl.DataFrame:
    here = positions.filter(pl.col("axis") == ladder.axis)
    ranked = here.with_columns(s=_by_number(ladder) if not ladder.order else _by_order(ladder))
    answered = pl.col("status") == "answered"
    left_out = (answered & pl.col("s").is_null()).any()
    absent = (
        pl.when(~answered.any())
        .then(pl.col("status").first())
        .when(left_out)
        .then(pl.lit("not ranked"))
    )
    found = ranked.group_by("person_id", maintain_order=True).agg(
        axis=pl.lit(ladder.axis), standing=pl.col("s").mean(), absent=absent
    )
    kept = pl.when(pl.col("absent").is_null()).then(pl.col("standing"))
    return found.select("person_id", "axis", kept.alias("standing"), "absent").cast(STANDINGS)


def _by_number(ladder: Ladder) -> pl.Expr:
    low, high = float(ladder.low or 0.0), float(ladder.high or 0.0)
    number = pl.col("value")
    if all_axes()[ladder.axis].kind == "words":  # an income in figures; a faulty number stays out
        number = pl.col("text").cast(pl.Float64, strict=False)
    s = -1 + 2 * (number - low) / (high - low)
    return pl.when(s.is_between(-1 - 1e-9, 1 + 1e-9)).then(s.clip(-1, 1))


def _by_order(ladder: Ladder) -> pl.Expr:
    top = len(ladder.order) - 1
    rank = {
        answer.casefold(): -1 + 2 * n / top
        for n, step in enumerate(ladder.order)
        for answer in step
    }
    names = [pl.col(name).str.to_lowercase() for name in ("code", "label", "text")]
    found = [name.replace_strict(rank, default=None, return_dtype=pl.Float64) for name in names]
    return pl.when(pl.col("status") == "answered").then(pl.coalesce(found))


def overall_standings(known: pl.DataFrame, hierarchy: Hierarchy) -> pl.DataFrame:
    """Standing over all axes, of people whose standing is known on each.

    Over several axes it is the expectation advantage as a share of the most that these axes can
    give, so that it runs from −1 to 1 like the others; on a single one it is that one's.

    Args:
        known: what `standings` gives.
        hierarchy: whose axes they are.

    Returns:
        ``person_id, standing``.

    Source:
        Berger, Fişek, Norman & Zelditch 1977, Status Characteristics and Social Interaction.
    """
    n = len(hierarchy.ladders)
    whole = known.drop_nulls("standing").group_by("person_id", maintain_order=True).agg("standing")
    whole = whole.filter(pl.col("standing").list.len() == n)
    most = expectation([1.0] * n)
    each = [expectation(s) / most if n > 1 else s[0] for s in whole["standing"].to_list()]
    return whole.select("person_id", standing=pl.Series(each, dtype=pl.Float64))


def unranked(positions: pl.DataFrame, hierarchy: Hierarchy) -> dict[str, int]:
    """How many people each ladder leaves out although they answered: axis to people."""
    table = standings(positions, hierarchy).filter(pl.col("absent") == "not ranked")
    counts = table.group_by("axis").len()
    return dict(zip(counts["axis"].to_list(), counts["len"].to_list(), strict=True))


def hierarchy_problem(config: Mapping[str, Any]) -> EvenhandError | None:
    """What is wrong with ``[hierarchy]``, or None."""
    try:
        read_hierarchy(config)
    except EvenhandError as error:
        return error
    return None
