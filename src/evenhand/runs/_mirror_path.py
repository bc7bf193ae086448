"""Gap, tilt, and then the treatment: the path through the room, where the counts can show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_latent import Dyads
from evenhand.models.mirror_mediation import fit_mediation
from evenhand.models.mirror_stacked import Stack
from evenhand.models.mirror_terms import codes_of
from evenhand.models.mirror_within import Sessions, fit_within
from evenhand.runs._mirror_measured import Measured
from evenhand.runs._mirror_recall import Checked, why_not
from evenhand.runs._mirror_room import counts_with_who, members, parts_of
from evenhand.runs._mirror_tables import StudyTables
from evenhand.runs._mirror_treated import Outcome, outcomes_of

SEED = 20_26
Row = dict[str, Any]


@dataclass
class Paths:
    """Paths that were fitted, and those that were refused."""

    found: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def look_at_paths(
    tables: StudyTables,
    axes: Mapping[str, Measured],
    checked: Checked,
    mediator: str | None,
    progress: Callable[[str, int, int], None],
) -> Paths:
    """The path from the gap through one indicator's tilt to alliance and to each outcome.

    Order: the tilt at a session, the alliance of that session; an outcome's last score, after all
    of the dyad's sessions but the last have been counted.

    Args:
        tables: the study's, ranked.
        axes: axis to what is known of its measurement.
        checked: what is known of recall.
        mediator: the primary indicator, or None for the first that is counted (the family of
            the room, if its parts are there).
        progress: called as fits end.
    """
    paths = Paths()
    counted = [part.name for part in parts_of(tables) if part.kind != "amounts"]
    name = mediator if mediator in counted else next(iter(counted), None)
    if tables.hierarchy is None or name is None:
        why = "A path needs a hierarchy and an indicator that is counted."
        remedy = "See the reasons above."
        paths.refused.append({"what": "mediation", "axis": None, "why": why, "remedy": remedy})
        return paths
    outcomes = [one for one in outcomes_of(tables) if one.family == "gaussian" and not one.control]
    for n, (axis, known) in enumerate(axes.items()):
        progress("Fitting the paths", n, len(axes))
        for outcome in outcomes:
            why = why_not(tables, checked, axis, known, members(name))
            _one(tables, axis, why, name, outcome, paths)
    alliance = next((one for one in outcomes if one.name == "alliance"), None)
    if alliance is not None and paths.found:
        _beside(tables, name, alliance, paths)
    progress("Fitting the paths", len(axes), len(axes))
    return paths


def _one(
    tables: StudyTables, axis: str, why: str, name: str, outcome: Outcome, paths: Paths
) -> None:
    what = f"mediation by {name} to {outcome.name}"
    if why:
        refusal = {"what": what, "axis": axis, "why": "Measurement first.", "remedy": why}
        paths.refused.append(refusal)
        return
    try:
        dyads, therapist = _dyads(tables, axis, name, outcome)
        found = fit_mediation(dyads, therapist, np.random.default_rng(SEED))
    except EvenhandError as error:
        paths.refused.append(
            {"what": what, "axis": axis, "why": error.what, "remedy": error.remedy}
        )
        return
    key = {"mediator": name, "outcome": outcome.name, "title": outcome.title, "axis": axis}
    paths.found.append(key | asdict(found) | {"within": None})


def _beside(tables: StudyTables, name: str, alliance: Outcome, paths: Paths) -> None:
    """Within dyads: a session's tilt and that session's alliance, on no axis and beside all."""
    try:
        within = asdict(fit_within(_sessions(tables, name, alliance), np.random.default_rng(SEED)))
    except EvenhandError as error:
        what = f"within dyads, {name} and alliance"
        paths.refused.append(
            {"what": what, "axis": None, "why": error.what, "remedy": error.remedy}
        )
        return
    for row in paths.found:
        if row["outcome"] == alliance.name:
            row["within"] = within


def _sessions(tables: StudyTables, name: str, alliance: Outcome) -> Sessions:
    """Sessions with counts and an alliance, in standard deviations of the dyads' means."""
    rated = alliance.table.select("session_id", "client_id", "therapist_id", "number", "y")
    counts = _rows(tables, name, alliance)
    kept = rated.drop_nulls().join(counts, on="session_id", how="semi").sort("session_id")
    place = kept.select("session_id").with_row_index("session")
    rows = counts.join(place, on="session_id", how="inner", maintain_order="left")
    spread = float(np.std(_per_dyad(alliance)["y"].to_numpy(), ddof=1))
    return Sessions(
        _stack(rows, "session"),
        codes_of(kept, "client_id", "therapist_id"),
        codes_of(kept, "therapist_id"),
        kept["y"].to_numpy() / spread,
        kept["number"].cast(pl.Float64).to_numpy(),
    )


def _stack(rows: pl.DataFrame, unit: str) -> Stack:
    """Counts whose units are numbered by a column."""
    k, n, offset, of = (rows[name].to_numpy() for name in ("k", "n", "offset", unit))
    return Stack(k, n, offset, of, codes_of(rows, "indicator"))


def _dyads(tables: StudyTables, axis: str, name: str, outcome: Outcome) -> tuple[Dyads, np.ndarray]:
    """Dyads with a gap, counts and an outcome."""
    y = _per_dyad(outcome)
    ranked = tables.with_standing(y, axis).drop_nulls(["s_t", "s_c", "y"])
    ranked = ranked.with_columns(gap=pl.col("s_t") - pl.col("s_c"))
    rows = _rows(tables, name, outcome).join(
        ranked.select("client_id", "therapist_id"), on=["client_id", "therapist_id"], how="semi"
    )
    kept = ranked.join(rows, on=["client_id", "therapist_id"], how="semi")
    kept = kept.sort("client_id", "therapist_id").with_columns(
        mean_gap=pl.col("gap").mean().over("therapist_id")
    )
    place = kept.select("client_id", "therapist_id").with_row_index("dyad")
    rows = rows.join(place, on=["client_id", "therapist_id"], how="left", maintain_order="left")
    if kept.height < 3:
        raise EvenhandError("Nobody has a gap, counts and an outcome.", "mediation", "Wait.")
    stack = _stack(rows, "dyad")
    ones = np.ones(kept.height)
    x = np.column_stack([ones, kept["gap"].to_numpy(), kept["mean_gap"].to_numpy()])
    z = np.column_stack([x, *(_centred(kept[name]) for name in outcome.covariates if name in kept)])
    values = kept["y"].to_numpy()
    therapist = codes_of(kept, "therapist_id")
    return Dyads(stack, x, z, values / values.std(ddof=1), ones), therapist


def _centred(values: pl.Series) -> np.ndarray:
    numbers = values.to_numpy()
    return np.asarray(numbers - numbers.mean())


def _per_dyad(outcome: Outcome) -> pl.DataFrame:
    """One outcome a dyad: the mean over its sessions, or what stands there already."""
    covariates = [pl.col(name).mean() for name in outcome.covariates]
    return outcome.table.group_by("client_id", "therapist_id", maintain_order=True).agg(
        pl.col("y").mean(), *covariates
    )


def _rows(tables: StudyTables, name: str, outcome: Outcome) -> pl.DataFrame:
    """Counts with their offset, a session and indicator each, none after the outcome."""
    rows = counts_with_who(tables, members(name))
    if outcome.name != "alliance":
        rows = rows.filter(pl.col("number") < pl.col("number").max().over("client_id"))
    turned = pl.col("direction") < 0
    k_t, k_c, e_t, e_c = (
        pl.when(turned).then(b).otherwise(a)
        for a, b in (("k_t", "k_c"), ("k_c", "k_t"), ("e_t", "e_c"), ("e_c", "e_t"))
    )
    known = rows.with_columns(k=k_t.round(), n=(k_t.round() + k_c.round()), t=e_t, c=e_c)
    some = (pl.col("n") > 0) & (pl.col("t") > 0) & (pl.col("c") > 0)
    return known.filter(some).with_columns(offset=(pl.col("t") / pl.col("c")).log())
