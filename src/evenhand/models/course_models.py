"""The models over time as parts: each with its question, its example and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri, stdtrit

from evenhand.core.model import Estimate, Fit, Model
from evenhand.models.course_examples import (
    endings,
    leaving,
    ratings,
    room_and_alliance,
    scores,
    scores_and_endings,
)
from evenhand.models.course_series import Ints, Series, as_series, codes_of
from evenhand.models.growth import FEWEST_THERAPISTS, fit_growth, growth_table
from evenhand.models.hazard import fit_hazard, hazard_table
from evenhand.models.incidence import cumulative_incidence
from evenhand.models.joint import fit_joint, joint_table
from evenhand.models.leadlag import lead_lag
from evenhand.models.rupture import find_ruptures, judgeable
from evenhand.models.rupture_model import fit_usual

Design = Mapping[str, Any]

FEW_TREATMENTS = 20


def _growth(table: pl.DataFrame, design: Design) -> Fit:
    rows = table.sort("dyad", "number")
    series = as_series(rows, design["outcome"])
    growth = fit_growth(series, _caseloads(rows, series), design.get("shape"))
    found = {
        row["what"]: Estimate(row["estimate"], None, row["low"], row["high"])
        for row in growth_table(growth).iter_rows(named=True)
    }
    variances = {
        "dyad": Estimate(float(growth.dyad_cov[0, 0])),
        "dyad.slope": Estimate(float(growth.dyad_cov[1, 1])),
        "noise": Estimate(growth.noise_sd**2, growth.noise_se),
    }
    levels = _levels(growth.dyads_n, growth.therapists_n)
    notes = growth.notes if growth.therapists_n else (*growth.notes, *_alone(0))
    return Fit("growth", growth.scores_n, levels, found, variances, notes, growth)


def _caseloads(rows: pl.DataFrame, series: Series) -> Ints | None:
    """Code of each dyad's therapist; None where the table tells of none."""
    if "therapist_id" not in rows.columns:
        return None
    return codes_of(rows["therapist_id"][series.starts])[1]


def _alone(therapists: int) -> tuple[str, ...]:
    """What must be read with errors that take dyads as independent."""
    if therapists >= FEWEST_THERAPISTS:
        return ()
    known = f"{therapists} therapists are few" if therapists else "No therapist is told"
    return (f"{known}: errors take the treatments of one therapist as independent.",)


def _levels(dyads: int, therapists: int) -> dict[str, int]:
    return {"dyad": dyads} | ({"therapist_id": therapists} if therapists else {})


def _usual(table: pl.DataFrame, design: Design) -> Fit:
    series = as_series(table.sort("dyad", "number"), design["outcome"])
    usual = fit_usual(series)
    found = {
        "level": Estimate(usual.level, float(np.sqrt(usual.fixed_cov[0, 0]))),
        "slope": Estimate(usual.slope, float(np.sqrt(usual.fixed_cov[1, 1]))),
        "persistence": Estimate(usual.persistence),
        "ruptures": Estimate(float(find_ruptures(series, usual).height)),
        "judged": Estimate(float(judgeable(series).sum())),
    }
    variances = {
        "dyad": Estimate(usual.between_sd**2),
        "deviations": Estimate(usual.within_sd**2),
    }
    warning = "Counts mean nothing without those expected where nothing happened."
    levels = {"dyad": usual.dyads_n}
    return Fit("rupture", usual.scores_n, levels, found, variances, (*usual.notes, warning), usual)


def _hazard(table: pl.DataFrame, design: Design) -> Fit:
    hazard = fit_hazard(
        table, design["cause"], design["predictors"], frailty=design.get("frailty", True)
    )
    found = {
        row["term"]: Estimate(row["log_odds"], row["se"])
        for row in hazard_table(hazard).filter(pl.col("se").is_not_null()).iter_rows(named=True)
    }
    known = hazard.frailty_var is not None
    variances = {"therapist_id": Estimate(hazard.frailty_var or 0.0, hazard.frailty_se)}
    levels = {"dyad": hazard.dyads_n, "therapist_id": table["therapist_id"].n_unique()}
    some = variances if known else {}
    return Fit("hazard", hazard.rows_n, levels, found, some, hazard.notes, hazard)


def _joint(table: pl.DataFrame, design: Design) -> Fit:
    rows = table.sort("dyad", "number")
    there = rows.drop_nulls(design["outcome"])
    series = as_series(there, design["outcome"])
    therapist = _caseloads(there, series)
    growth = fit_growth(series, therapist, design.get("shape"))
    joint = fit_joint(series, growth, rows, therapist)
    notes = (*joint.notes, *_alone(growth.therapists_n))
    robust = growth.therapists_n >= FEWEST_THERAPISTS
    reach = stdtrit(growth.therapists_n - 1, 0.975) if robust else ndtri(0.975)
    half = float(reach) * joint.slope_se
    found = {
        "change": Estimate(joint.slope, joint.slope_se, joint.slope - half, joint.slope + half)
    }
    for row in joint_table(joint).iter_rows(named=True):
        name = f"{row['cause']}: {row['of']}"
        found[name] = Estimate(row["log_odds"], None, row["low"], row["high"])
    variances = {"dyad.slope": Estimate(joint.slope_sd**2)}
    levels = _levels(joint.dyads_n, growth.therapists_n)
    return Fit("joint", joint.scores_n, levels, found, variances, notes, joint)


def _incidence(table: pl.DataFrame, design: Design) -> Fit:
    length, causes = table[design["time"]].to_numpy(), design["causes"]
    therapist = table["therapist_id"].to_list() if "therapist_id" in table.columns else []
    found = cumulative_incidence(
        length, table[design["ending"]].to_list(), causes, therapist=therapist or None
    )
    last = found.group_by("cause", maintain_order=True).last()
    shares = {
        row["cause"]: Estimate(row["share"], row["variance"] ** 0.5, row["low"], row["high"])
        for row in last.iter_rows(named=True)
    }
    few = f"{table.height:,} treatments are few: the intervals are wide and rough."
    therapists = len(set(therapist))
    warnings = ((few,) if table.height < FEW_TREATMENTS else ()) + _alone(therapists)
    levels = {"therapist_id": therapists} if therapists else {}
    return Fit("incidence", table.height, levels, shares, warnings=warnings, details=found)


def _lead_lag(table: pl.DataFrame, design: Design) -> Fit:
    keys = ["dyad", "therapist_id", "nth"]
    room, alliance = (table.select(*keys, score=design[name]) for name in ("room", "alliance"))
    found = lead_lag({"room": room}, {"client": alliance})
    shown = found.filter((pl.col("weights") == "sessions") & pl.col("estimate").is_not_null())
    rows = {
        row["order"]: Estimate(row["estimate"], None, row["low"], row["high"])
        for row in shown.iter_rows(named=True)
    }
    absent = found.filter(pl.col("absent").is_not_null())
    warnings = [f"{r['order']}: {r['absent']}" for r in absent.iter_rows(named=True)]
    levels = {"dyad": table["dyad"].n_unique()}
    return Fit("lead_lag", table.height, levels, rows, {}, tuple(warnings), found)


MODELS = (
    Model(
        name="growth",
        version=1,
        title="How do scores change over a treatment, and how far do treatments differ?",
        estimand="mean level and change a session, and the spread of dyads' own, scores that are "
        "not there being like those of the same dyad that are",
        needs=(
            "dyad",
            "number",
            "the outcome",
            "eight dyads with three scores",
            "therapist_id, for errors that allow for caseloads",
        ),
        fit=_growth,
        source="Laird & Ware 1982; ours has the logarithm of the session beside the straight line",
        example=scores(),
        design={"outcome": "score", "shape": "linear"},
        expected={"level": 15.9, "change": -1.22, "noise": 0.56},
    ),
    Model(
        name="rupture",
        version=1,
        title="Which ratings of the alliance are lower than what came before allows?",
        estimand="mean course, dyads' levels and AR(1) deviations; ratings below the limit under "
        "which 2.5 of 100 usual ones fall",
        needs=("dyad", "number", "the outcome", "eight dyads with three ratings"),
        fit=_usual,
        source="Chi & Reinsel 1989; the limit is the study's and not one of a dyad's few ratings",
        example=ratings(),
        design={"outcome": "score"},
        expected={"level": 4.069338, "ruptures": 1.0, "judged": 50.0},
    ),
    Model(
        name="hazard",
        version=1,
        title="With what does leaving go together, session by session?",
        estimand="log odds, for a standard deviation, of ending in this way after a session among "
        "those still there",
        needs=("dyad", "therapist_id", "next", "the predictors", "twenty endings"),
        fit=_hazard,
        source="Allison 1982; therapists' frailty by Laplace's approximation",
        example=leaving(),
        design={"cause": "dropped out", "predictors": ("alliance",), "frailty": False},
        expected={"alliance": -0.294714},
    ),
    Model(
        name="joint",
        version=1,
        title="What is the mean change, if leaving follows the course that nobody sees?",
        estimand="mean change a session of all treatments, and log odds of each ending for a "
        "standard deviation of dyads' own levels and changes",
        needs=(
            "dyad",
            "number",
            "the outcome",
            "next",
            "thirty endings of a kind",
            "therapist_id, for errors that allow for caseloads",
        ),
        fit=_joint,
        source="Wu & Carroll 1988; Henderson, Diggle & Dobson 2000; both ways of ending compete",
        example=scores_and_endings(),
        design={"outcome": "score", "shape": "linear"},
        expected={"change": -0.779957, "dropped out: slope": 0.169765},
        notes="A sensitivity analysis: that leaving depends on just this cannot be checked.",
    ),
    Model(
        name="incidence",
        version=1,
        title="How many have dropped out, and how many completed, by each session?",
        estimand="the share that has ended in each way, with the other way competing",
        needs=("the time", "the ending", "therapist_id, for errors that allow for caseloads"),
        fit=_incidence,
        source="Aalen & Johansen 1978; Collett 2015 for the intervals",
        example=endings(),
        design={"time": "sessions_n", "ending": "ended", "causes": ("dropped out", "completed")},
        expected={"dropped out": 0.375, "completed": 0.4375},
        notes="Kaplan-Meier with completion censored is not offered: it answers another question.",
    ),
    Model(
        name="lead_lag",
        version=1,
        title="What did the room do before and after the alliance moved?",
        estimand="within-dyad slope of the later on the earlier of two sessions in a row; between "
        "dyads, the slope of latent means",
        needs=("dyad", "therapist_id", "nth", "room", "alliance", "eight dyads, four sessions"),
        fit=_lead_lag,
        source="Wang & Maxwell 2015; Lüdtke et al. 2008; covariances put back as in leadlag_sums",
        example=room_and_alliance(),
        design={"room": "room", "alliance": "alliance"},
        expected={"room first": -1.555397},
        notes="Association: that one comes first does not make it the cause.",
    ),
)
"""Found by `discovery`; `runs.course` calls what stands behind them."""
