"""Parts of a study's course about leaving: incidence, hazards, their check, one person's chance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from evenhand.models.course_tables import SILENCES, treatments_of
from evenhand.models.hazard import fit_hazard, hazard_table
from evenhand.models.hazard_check import Check, check_hazard
from evenhand.models.hazard_person import foretell, reasons
from evenhand.models.hazard_table import risk_table, with_endings
from evenhand.models.incidence import cumulative_incidence
from evenhand.runs._course_scores import Parts

HAZARD_ROOMS = ("directives", "withdrawal", "confrontation")
"""Readings whose counts are among what leaving may go with."""

_PRIVATE: Mapping[str, pl.Schema] = {
    "chances": pl.Schema(
        dict.fromkeys(("dyad", "therapist_id", "session_id"), pl.String)
        | {"number": pl.Int64, "cause": pl.String}
        | dict.fromkeys(("chance", "low", "high", "usual"), pl.Float64)
    ),
    "reasons": pl.Schema(
        {"dyad": pl.String, "predictor": pl.String}
        | dict.fromkeys(("value", "usual", "log_odds", "odds_ratio"), pl.Float64)
    ),
}


def add_leaving(
    parts: Parts,
    visits: pl.DataFrame,
    risk: pl.DataFrame,
    config: Mapping[str, Any],
    seed: int,
) -> dict[str, pl.DataFrame]:
    """Incidence, hazards and their check under each silence; chances of the stated one.

    Args:
        parts: tables that there are already.
        visits: the study's sessions.
        risk: what `risk_of` gives under the stated silence.
        config: what study.toml says under ``[course]``.
        seed: of the check's parts.

    Returns:
        Chances of leaving and their reasons, which are nobody's but the dyad's own.
    """
    stated = config["silence_days"]
    private: dict[str, pl.DataFrame] = {}
    for days in dict.fromkeys((stated, *SILENCES)):
        treatments = treatments_of(visits, days, config["as_of"]).table
        named = {"silence_days": days, "stated": days == stated}
        parts.attempt("incidence", partial(_incidence, parts, treatments, named))
        here = with_endings(risk, treatments)
        for cause in ("dropped out", "completed") if days == stated else ("dropped out",):
            what = f"hazard: {cause}, silence of {days} days"
            parts.attempt(what, partial(_hazard, parts, here, cause, named, private))
    parts.attempt("check of the hazard", partial(_check, parts, risk, seed))
    return {name: private.get(name, pl.DataFrame(schema=kind)) for name, kind in _PRIVATE.items()}


def risk_of(
    visits: pl.DataFrame,
    treatments: pl.DataFrame,
    series: Mapping[str, Any],
    readings: pl.DataFrame | None,
    standings: pl.DataFrame | None,
) -> pl.DataFrame:
    """What was known by the end of each attended session, and what came next."""
    return risk_table(
        visits,
        treatments,
        series["alliance"].get("client"),
        series["outcome"],
        series["direction"],
        _hazard_rooms(readings),
        standings,
    )


def _incidence(parts: Parts, treatments: pl.DataFrame, named: dict[str, Any]) -> None:
    table = cumulative_incidence(
        treatments["sessions_n"].to_numpy().astype(np.float64),
        treatments["ended"].to_list(),
        therapist=treatments["therapist_id"].to_list(),
    )
    if table["therapists_n"].is_null().all():
        parts.note("Shares who dropped out or completed: intervals do not allow for caseloads.")
    parts.add("incidence", table.rename({"time": "session"}), **named)


def _hazard(
    parts: Parts,
    risk: pl.DataFrame,
    cause: str,
    named: dict[str, Any],
    private: dict[str, pl.DataFrame],
) -> None:
    """One hazard: with frailty under the stated silence, without under the others."""
    fit = fit_hazard(risk, cause, frailty=named["stated"])
    counts = {"events_n": fit.events_n, "rows_n": fit.rows_n, "dyads_n": fit.dyads_n}
    counts |= {"therapists_n": fit.therapists_n}
    parts.add("hazard", hazard_table(fit), **named, **counts)
    if named["stated"]:
        parts.note(*(f"{cause.capitalize()}: {note}" for note in fit.notes))
        if cause == "dropped out":
            private |= {"chances": foretell(fit, risk), "reasons": reasons(fit, risk)}


def _check(parts: Parts, risk: pl.DataFrame, seed: int) -> None:
    check = check_hazard(risk, np.random.default_rng([seed, 3]))
    parts.add("hazard_check", _check_table(check))
    parts.add("calibration", check.calibration)


def _check_table(check: Check) -> pl.DataFrame:
    """AUC, calibration slope and intercept with intervals."""
    rows = [
        ("area under the curve", *check.auc),
        ("calibration slope", *check.slope),
        ("calibration intercept", *check.intercept),
    ]
    names = ["what", "estimate", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        folds=pl.lit(check.folds),
        rows_n=pl.lit(check.rows_n),
        events_n=pl.lit(check.events_n),
        therapists_n=pl.lit(check.therapists_n),
    )


def _hazard_rooms(readings: pl.DataFrame | None) -> dict[str, pl.DataFrame]:
    """Counts of the readings that leaving may go with."""
    if readings is None:
        return {}
    found = {name: readings.filter(pl.col("indicator") == name) for name in HAZARD_ROOMS}
    sides = pl.col("k_therapist").is_not_null() | pl.col("k_client").is_not_null()
    return {name: one for name, one in found.items() if one.filter(sides).height}
