"""Where positions meet: MAIHDA of the treatment over the clients' strata that a study declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_strata import strata_tests
from evenhand.positions import all_axes
from evenhand.runs._mirror_tables import StudyTables
from evenhand.runs._mirror_treated import Outcome, outcomes_of
from evenhand.runs.maihda import MaihdaResult, maihda

Row = dict[str, Any]
THIRDS = ("lowest third", "middle third", "highest third")


@dataclass(frozen=True)
class Meeting:
    """One fitted outcome where positions meet: what it is, whom it was fitted on, the models."""

    outcome: Outcome
    table: pl.DataFrame
    result: MaihdaResult


@dataclass
class Strata:
    """Findings by strata, and what was refused."""

    found: list[Row] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def look_at_strata(
    tables: StudyTables,
    axes: Sequence[str],
    progress: Callable[[str, int, int], None],
    bootstrap: int | None = 0,
) -> Strata:
    """Each outcome of the treatment by the declared axes together, therapists beside.

    Args:
        tables: the study's.
        axes: the axes whose combinations are the strata; none, and nothing is looked at.
        progress: called as fits end.
        bootstrap: replicates for the intervals of PCVs; None: where they are quick.
    """
    strata = Strata()
    outcomes = [one for one in outcomes_of(tables) if not one.control] if axes else []
    groups = groups_of(tables, axes)
    for n, outcome in enumerate(outcomes):
        progress("Fitting strata", n, len(outcomes))
        _one(groups, outcome, strata, bootstrap)
    if outcomes:
        progress("Fitting strata", len(outcomes), len(outcomes))
    return strata


def _one(groups: pl.DataFrame, outcome: Outcome, strata: Strata, bootstrap: int | None) -> None:
    axes = groups.columns[1:]
    means = [pl.col(name).mean() for name in ("y", *outcome.covariates)]
    table = outcome.table.group_by("client_id", "therapist_id", maintain_order=True).agg(means)
    table = table.join(groups, on="client_id", how="left").rename({"y": outcome.name})
    try:
        result = maihda(
            table,
            outcome=outcome.name,
            strata=axes,
            covariates=outcome.covariates,
            family="binomial" if outcome.family == "logit" else "gaussian",
            cluster="therapist_id",
            bootstrap=bootstrap,
        )
        tests = dict(zip(("p", "p_beyond"), strata_tests(table, result), strict=True))
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
    strata.meetings.append(Meeting(outcome, table, result))
    strata.found.append(key | result.as_dict() | tests | {"said": str(result).splitlines()})


def groups_of(tables: StudyTables, axes: Sequence[str], who: str = "client_id") -> pl.DataFrame:
    """A person a row and a column for each axis: their group, the same for every outcome.

    Numbers are told in thirds of the study's clients, or of its therapists.

    Args:
        tables: the study's.
        axes: the axes.
        who: ``client_id`` or ``therapist_id``.
    """
    people = tables.visits.select(who).unique(maintain_order=True)
    for axis in axes:
        people = people.join(_group_of(tables, axis, people.select(who)), on=who, how="left")
    return people


def _group_of(tables: StudyTables, axis: str, people: pl.DataFrame) -> pl.DataFrame:
    (who,) = people.columns
    if all_axes()[axis].kind == "words":
        said = tables.groups(axis).rename({"person_id": who, "group": axis})
        return people.join(said, on=who, how="left")
    values = tables.positions.filter(pl.col("axis") == axis).select(
        pl.col("person_id").alias(who), "value"
    )
    numbers = people.join(values, on=who, how="left")
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
    return numbers.select(who, third.alias(axis))
