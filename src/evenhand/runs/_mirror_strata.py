"""Where positions meet: MAIHDA of the treatment over the clients' strata that a study declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.positions import all_axes
from evenhand.runs._mirror_tables import StudyTables
from evenhand.runs._mirror_treated import Outcome, outcomes_of
from evenhand.runs.maihda import maihda

Row = dict[str, Any]
THIRDS = ("lowest third", "middle third", "highest third")


@dataclass
class Strata:
    """Findings by strata, and what was refused."""

    found: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def look_at_strata(
    tables: StudyTables, axes: Sequence[str], progress: Callable[[str, int, int], None]
) -> Strata:
    """Each outcome of the treatment by the declared axes together, therapists beside.

    Args:
        tables: the study's.
        axes: the axes whose combinations are the strata; none, and nothing is looked at.
        progress: called as fits end.
    """
    strata = Strata()
    outcomes = [one for one in outcomes_of(tables) if not one.control] if axes else []
    for n, outcome in enumerate(outcomes):
        progress("Fitting strata", n, len(outcomes))
        _one(tables, axes, outcome, strata)
    if outcomes:
        progress("Fitting strata", len(outcomes), len(outcomes))
    return strata


def _one(tables: StudyTables, axes: Sequence[str], outcome: Outcome, strata: Strata) -> None:
    means = [pl.col(name).mean() for name in ("y", *outcome.covariates)]
    table = outcome.table.group_by("client_id", "therapist_id", maintain_order=True).agg(means)
    for axis in axes:
        table = table.join(_groups(tables, axis, table), on="client_id", how="left")
    table = table.rename({"y": outcome.name})
    try:
        result = maihda(
            table,
            outcome=outcome.name,
            strata=axes,
            covariates=outcome.covariates,
            family="binomial" if outcome.family == "logit" else "gaussian",
            cluster="therapist_id",
        )
    except EvenhandError as error:
        strata.refused.append(
            {
                "what": f"strata in {outcome.name}",
                "axis": " by ".join(axes),
                "why": error.what,
                "remedy": error.remedy,
            }
        )
        return
    key = {"outcome": outcome.name, "title": outcome.title, "axes": list(axes)}
    strata.found.append(key | result.as_dict() | {"said": str(result).splitlines()})


def _groups(tables: StudyTables, axis: str, table: pl.DataFrame) -> pl.DataFrame:
    """client_id and the client's group on an axis; numbers are told in thirds of these clients."""
    clients = table.select("client_id").unique()
    if all_axes()[axis].kind == "words":
        said = tables.groups(axis).rename({"person_id": "client_id", "group": axis})
        return clients.join(said, on="client_id", how="left")
    values = tables.positions.filter(pl.col("axis") == axis).select(
        pl.col("person_id").alias("client_id"), "value"
    )
    numbers = clients.join(values, on="client_id", how="left")
    low, high = (numbers["value"].quantile(q) for q in (1 / 3, 2 / 3))
    value = pl.col("value")
    third = (
        pl.when(value <= low)
        .then(pl.lit(THIRDS[0]))
        .when(value <= high)
        .then(pl.lit(THIRDS[1]))
        .when(value.is_not_null())
        .then(pl.lit(THIRDS[2]))
    )
    return numbers.select("client_id", third.alias(axis))
