"""Which scales of a study's ratings are its outcomes and its alliance, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Instrument, all_instruments
from evenhand.models.course_rules import Rule

WHOLE = "total"
"""The key of the scale that stands for a whole instrument."""


def rules_of(ratings: pl.DataFrame, about: str, own: Sequence[Instrument] = ()) -> dict[str, Rule]:
    """Rules of the instruments of one kind that the ratings hold, the most rated first.

    Args:
        ratings: scored ratings.
        about: ``outcome`` or ``alliance``.
        own: the study's own instruments.

    Returns:
        Instrument's name to the rule of its whole scale (its first scale with a direction where
        there is no total).
    """
    scored = ratings.filter(pl.col("score").is_not_null() & (pl.col("rater") == "client"))
    counts = dict(scored.group_by("instrument").agg(pl.len()).iter_rows())
    known = [one for one in all_instruments(own).values() if one.about == about]
    found = {one.name: rule for one in known if one.name in counts and (rule := _rule(one))}
    order = sorted(found, key=lambda name: (-counts[name], name))
    return {name: found[name] for name in order}


def _rule(one: Instrument) -> Rule | None:
    scales = [s for s in one.scales if s.direction]
    whole = [s for s in scales if s.key == WHOLE] or scales
    if not whole:
        return None
    scale = whole[0]
    change = next((c for c in one.changes if c.scale == scale.key), None)
    cutoff = next((c for c in one.cutoffs if c.scale == scale.key), None)
    return Rule(
        instrument=one.name,
        scale=scale.key,
        direction=scale.direction,
        low=scale.low,
        high=scale.high,
        reliable=change.points if change else None,
        reliable_verified=change.verified if change else False,
        cutoff=cutoff.at if cutoff else None,
        side=cutoff.side if cutoff else "at or above",
        cutoff_verified=cutoff.verified if cutoff else False,
    )


def chosen(rules: Mapping[str, Rule], name: str | None, key: str) -> Rule | None:
    """The instrument that study.toml names, else the most rated one.

    Raises:
        EvenhandError: the named one is not among the study's ratings.
    """
    if name is None:
        return next(iter(rules.values()), None)
    if name in rules:
        return rules[name]
    there = ", ".join(rules) or "none"
    raise EvenhandError(
        f"[course] {key} names an instrument that no client rated here.",
        "study.toml",
        f"Choose one of these: {there}.",
    )


def rules_table(rules: Sequence[Rule]) -> pl.DataFrame:
    """The limits that were used, and whether they were read in a source."""
    names = (
        *("instrument", "scale", "direction", "low", "high", "reliable", "reliable_verified"),
        *("cutoff", "side", "cutoff_verified"),
    )
    rows = [tuple(getattr(rule, name) for name in names) for rule in rules]
    kinds = [pl.String, pl.String, pl.Int64, *[pl.Float64] * 3, pl.Boolean]
    schema = dict(zip(names, [*kinds, pl.Float64, pl.String, pl.Boolean], strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")
