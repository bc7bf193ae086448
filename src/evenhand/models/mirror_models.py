"""The mirror's models as parts: each with its question, its estimand and a worked example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import exp
from typing import Any

import polars as pl

from evenhand.core import model as parts
from evenhand.models.counts_slope import slope_index
from evenhand.models.mirror_coefficient import fit_mirror
from evenhand.models.mirror_difference import fit_difference
from evenhand.models.mirror_terms import Estimate
from evenhand.models.mirror_treatment import fit_treatment

Design = Mapping[str, Any]


def _part(one: Estimate) -> parts.Estimate:
    return parts.Estimate(one.estimate, one.se, one.low, one.high)


def _variances(found: Mapping[str, float]) -> dict[str, parts.Estimate]:
    return {name: parts.Estimate(value) for name, value in found.items()}


def _mirror(table: pl.DataFrame, design: Design) -> parts.Fit:
    found = fit_mirror(table, design.get("kind", "events"))
    names = ("beta_t", "beta_c", "mirror", "both", "caseload")
    said = f"Read as: {found.word}." if found.word != "gap" else "Both standings agree: a gap."
    return parts.Fit(
        "mirror",
        table.height - found.left_out,
        {"client_id": found.clients, "therapist_id": found.therapists},
        {name: _part(getattr(found, name)) for name in names},
        _variances(found.variances),
        (*found.warnings, said),
        found,
    )


def _difference(table: pl.DataFrame, design: Design) -> parts.Fit:
    found = fit_difference(table, design.get("kind", "events"))
    return parts.Fit(
        "mirror_difference",
        table.height - found.left_out,
        {"client_id": found.clients, "therapist_id": found.therapists},
        {"within": _part(found.within), "caseload": _part(found.caseload)},
        _variances(found.variances),
        found.warnings,
        found,
    )


def _treatment(table: pl.DataFrame, design: Design) -> parts.Fit:
    found = fit_treatment(table, design["family"], tuple(design.get("covariates", ())))
    therapist = {} if found.therapist is None else {"therapist": _part(found.therapist)}
    return parts.Fit(
        "mirror_treatment",
        found.rows,
        {"client_id": found.clients, "therapist_id": found.therapists},
        {"within": _part(found.within), "between": _part(found.between)} | therapist,
        _variances(found.variances),
        found.warnings,
        found,
    )


def _ladder(table: pl.DataFrame, design: Design) -> parts.Fit:
    rows = table.sort(design["order"])
    found = slope_index(rows[design["count"]].to_numpy(), rows[design["at_risk"]].to_numpy())
    slope = parts.Estimate(found.slope, found.slope_se, found.slope_low, found.slope_high)
    ratio = parts.Estimate(found.relative, None, found.relative_low, found.relative_high)
    return parts.Fit(
        "ladder",
        rows.height,
        {"group": found.groups},
        {"slope": slope, "relative": ratio},
        {},
        (f"Groups scatter about the line {max(1.0, found.phi):.1f} times as much as chance.",),
        asdict(found),
    )


def _dyad(j: int, i: int) -> dict[str, Any]:
    """One made-up dyad: the therapist's standing lifts their side, the client's lowers it."""
    s_t, s_c = (j - 5.5) / 5.5, ((7 * i + 3 * j) % 9 - 4) / 4
    tilt = 0.5 * s_t - 0.5 * s_c + ((3 * i + 5 * j) % 7 - 3) / 10
    return {
        "session_id": f"s{j}-{i}",
        "client_id": f"c{j}-{i}",
        "therapist_id": f"t{j}",
        "number": 1 + (i + j) % 4,
        "indicator": "directives",
        "direction": 1,
        "k_t": float(round(30 * exp(tilt / 2))),
        "e_t": 1500.0 + 100 * i,
        "k_c": float(round(20 * exp(-tilt / 2))),
        "e_c": 1000.0 + 50 * j,
        "s_t": s_t,
        "s_c": s_c,
        "differs": float((i + j) % 3 == 0),
        "first": float(8 + (5 * i + j) % 9),
        "y": round(3 + 0.4 * s_c + 0.2 * s_t + ((4 * i + 7 * j) % 11 - 5) / 8, 3),
    }


DYADS = tuple(_dyad(j, i) for j in range(12) for i in range(5))
"""A made-up clinic of 12 therapists with five clients each, one session each."""


def _with(*columns: str) -> tuple[dict[str, Any], ...]:
    return tuple({name: row[name] for name in columns} for row in DYADS)


_WHO = ("client_id", "therapist_id")
_ROOM = ("session_id", *_WHO, "number", "indicator", "direction", "k_t", "e_t", "k_c", "e_c")

MODELS = (
    parts.Model(
        name="mirror",
        version=1,
        title="Does the room follow standing?",
        estimand=(
            "half the difference of two log rate ratios of the therapist's side: by the "
            "therapist's standing, between therapists, and by the client's, within caseloads"
        ),
        needs=(
            "counts and exposures of both roles",
            "both people's standings on an axis that the study ranks",
            "40 clients and 10 therapists",
        ),
        fit=_mirror,
        source=(
            "Evenhand; counts given their sum, Cox & Lewis 1966. A tilt regressed on a gap lets "
            "the share of talk leak in, so the counts are the outcome."
        ),
        example=_with(*_ROOM, "s_t", "s_c"),
        design={"kind": "events"},
        expected={"beta_t": 0.72810683, "beta_c": -0.46815363, "mirror": 0.59813023},
        notes="A gap is spoken of only where both standings agree. Association, not cause.",
    ),
    parts.Model(
        name="mirror_difference",
        version=1,
        title="Does the room differ where two people's positions differ?",
        estimand=(
            "the log rate ratio of the therapist's side, pairs that share no answer on an axis "
            "against pairs that do, between clients of one therapist"
        ),
        needs=("counts and exposures of both roles", "both people's answers on an axis"),
        fit=_difference,
        source="Evenhand; counts given their sum, Cox & Lewis 1966.",
        example=_with(*_ROOM, "differs"),
        design={"kind": "events"},
        expected={"within": -0.19149731},
        notes="Nobody is ranked. Association, not cause.",
    ),
    parts.Model(
        name="mirror_treatment",
        version=1,
        title="Does the treatment follow standing, and is it within caseloads or between them?",
        estimand=(
            "the difference in an outcome from the lowest standing to the highest: between "
            "clients of one therapist, and between caseloads"
        ),
        needs=("an outcome", "clients' standings", "40 clients and 10 therapists"),
        fit=_treatment,
        source=(
            "Mundlak 1978, Econometrica 46:69-85, for the caseload's mean; VanderWeele & Ding "
            "2017 for E-values."
        ),
        example=_with(*_WHO, "s_t", "s_c", "first", "y"),
        design={"family": "gaussian", "covariates": ("first",)},
        expected={"within": 1.3129691, "between": 2.31943606},
        notes="Association, not cause: position is no intervention.",
    ),
    parts.Model(
        name="ladder",
        version=1,
        title="How much does a rate fall from one end of a ladder to the other?",
        estimand=(
            "the difference, and the ratio, of a rate between the two ends of the whole ladder, "
            "read off a line over the groups' places in it"
        ),
        needs=("counts and people at risk of three ordered groups or more",),
        fit=_ladder,
        source=(
            "Mackenbach & Kunst 1997, Soc Sci Med 44:757-771; ours widens the errors by the "
            "groups' scatter about the line."
        ),
        example=(
            {"rung": 1, "recovered": 58.0, "people": 100.0},
            {"rung": 2, "recovered": 54.0, "people": 100.0},
            {"rung": 3, "recovered": 50.0, "people": 100.0},
            {"rung": 4, "recovered": 46.0, "people": 100.0},
            {"rung": 5, "recovered": 42.0, "people": 100.0},
        ),
        design={"order": "rung", "count": "recovered", "at_risk": "people"},
        expected={"slope": -0.2},
        notes="Whole groups, one axis at a time: nothing about how positions meet.",
    ),
)
