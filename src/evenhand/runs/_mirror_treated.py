"""And the treatment: alliance, outcome and leaving on each axis, or the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CLIENT
from evenhand.models.mirror_gaps import fit_gaps
from evenhand.models.mirror_treatment import WHOLE, Family, fit_treatment
from evenhand.runs._mirror_measured import groups_of
from evenhand.runs._mirror_tables import StudyTables, instruments_about

Row = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """An outcome as a table: ``y``, who met whom, and what is taken out first."""

    name: str
    title: str
    family: Family
    table: pl.DataFrame
    covariates: tuple[str, ...] = ()
    control: str = ""
    """Why a difference in it would be no effect of the room: a negative control."""


@dataclass
class Treated:
    """Findings about the treatment, negative controls among them, and what was refused."""

    treatment: list[Row] = field(default_factory=list)
    gaps: list[Row] = field(default_factory=list)
    controls: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def outcomes_of(tables: StudyTables) -> list[Outcome]:
    """What the study's ratings and endings can be asked."""
    return [*_alliance(tables), *_scores(tables), *_leaving(tables)]


def _alliance(tables: StudyTables) -> Iterator[Outcome]:
    """The client's view of the alliance, all its sessions."""
    for name, one in _most_used(tables, "alliance"):
        rows = _scored(tables, name, one).filter(pl.col("number") > 0)
        if rows.height:
            title = f"Alliance as the client rates it ({name})"
            yield Outcome("alliance", title, "gaussian", rows, ("number",))
        return


def _scores(tables: StudyTables) -> Iterator[Outcome]:
    """Each outcome scale: the last score, the first one taken out; and the first by itself."""
    for name, one in _most_used(tables, "outcome"):
        rows = _scored(tables, name, one).sort("client_id", "therapist_id", "number")
        by = rows.group_by("client_id", "therapist_id", maintain_order=True)
        ends = by.agg(
            first=pl.col("y").first(),
            y=pl.col("y").last(),
            before=pl.col("y").filter(pl.col("number") == 0).first(),
            n=pl.len(),
        )
        changed = ends.filter(pl.col("n") > 1)
        if changed.height:
            title = f"{name}: last score, first score taken out, higher is better"
            yield Outcome(f"outcome {name}", title, "gaussian", changed, ("first",))
        before = ends.filter(pl.col("before").is_not_null()).with_columns(y="before")
        if before.height:
            yield Outcome(
                f"before treatment {name}",
                f"{name} before treatment, higher is better",
                "gaussian",
                before,
                control="No room has been entered yet: a difference here is who comes to whom.",
            )


def _leaving(tables: StudyTables) -> Iterator[Outcome]:
    ended = tables.treatments.filter(pl.col("ended") != "ongoing")
    left = ended.with_columns(y=(pl.col("ended") == "dropped out").cast(pl.Float64))
    if left.height and 0 < float(left["y"].sum()) < left.height:
        title = "Leaving before the planned end (those still coming left out)"
        yield Outcome("drop-out", title, "logit", left)


def _most_used(tables: StudyTables, about: str) -> list[tuple[str, Any]]:
    """Instruments of a kind that clients filled in, the most used first."""
    known = instruments_about(tables.study, about)
    used = tables.scores.filter((pl.col("rater") == CLIENT) & pl.col("instrument").is_in(known))
    counts = used.group_by("instrument").len().sort("len", "instrument", descending=[True, False])
    return [(name, known[name]) for name in counts["instrument"]]


def _scored(tables: StudyTables, name: str, instrument: Any) -> pl.DataFrame:
    """Scores of an instrument's whole scale, turned so that higher is better."""
    scale = next((s for s in instrument.scales if s.key == "total"), instrument.scales[0])
    scores = tables.scores.filter(
        (pl.col("instrument") == name)
        & (pl.col("scale") == scale.key)
        & (pl.col("rater") == CLIENT)
    )
    y = pl.col("score") * (scale.direction or 1)
    who = tables.visits.select("session_id", "client_id", "therapist_id", "number")
    return scores.select("session_id", y=y).join(who, on="session_id", how="inner")


def look_at_treatment(
    tables: StudyTables, axes: Sequence[str], progress: Callable[[str, int, int], None]
) -> Treated:
    """Fit every outcome on every axis.

    Args:
        tables: the study's.
        axes: ranked axes, or axes on which pairs are compared.
        progress: called as fits end.
    """
    found = Treated()
    outcomes = outcomes_of(tables)
    if not outcomes:
        why = "There are no ratings of alliance or outcome, and no endings."
        remedy = "Fill in ratings.csv, and ended in sessions.csv."
        found.refused.append({"what": "the treatment", "axis": None, "why": why, "remedy": remedy})
    for n, axis in enumerate(axes):
        progress("Fitting the treatment", n, len(axes))
        for outcome in outcomes:
            _one(tables, axis, outcome, found)
    progress("Fitting the treatment", len(axes), len(axes))
    return found


def _one(tables: StudyTables, axis: str, outcome: Outcome, found: Treated) -> None:
    key = {"outcome": outcome.name, "title": outcome.title, "axis": axis}
    ranked = tables.hierarchy is not None
    if ranked:
        table = tables.with_standing(outcome.table, axis)
    else:
        table = tables.with_difference(outcome.table, axis).with_columns(
            s_c="differs", s_t=pl.lit(None, pl.Float64)
        )
    try:
        one = fit_treatment(table, outcome.family, outcome.covariates, WHOLE if ranked else 1.0)
    except EvenhandError as error:
        refusal = {"what": outcome.name, "axis": axis, "why": error.what, "remedy": error.remedy}
        found.refused.append(refusal)
        return
    if outcome.control:
        found.controls.append(key | {"control": outcome.control} | asdict(one.within))
    else:
        step = "lowest to highest standing" if ranked else "pairs that differ against others"
        found.treatment.append(key | {"step": step} | asdict(one))
        if outcome.family == "gaussian":
            grouped = table.join(groups_of(tables, axis, "client_id"), on="client_id", how="left")
            _gaps(grouped, outcome, key, WHOLE if ranked else 1.0, found)


def _gaps(table: pl.DataFrame, outcome: Outcome, key: Row, whole: float, found: Treated) -> None:
    """How much therapists differ in their gaps, a client's mean being the outcome."""
    means = [pl.col(name).mean() for name in ("y", *outcome.covariates)]
    clients = table.group_by("client_id", "therapist_id", "s_c", "group", maintain_order=True).agg(
        means
    )
    try:
        found.gaps.append(key | asdict(fit_gaps(clients, outcome.covariates, whole)))
    except EvenhandError as error:
        what = f"therapists' gaps in {outcome.name}"
        found.refused.append(
            {"what": what, "axis": key["axis"], "why": error.what, "remedy": error.remedy}
        )
