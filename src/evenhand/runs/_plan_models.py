"""Plans with the project's own models: found by discovery, fitted to simulated tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.model import Estimate, Fit, Model
from evenhand.runs import _plan_dealt as dealt
from evenhand.runs import _plan_tables as tables
from evenhand.runs._plan_tables import Task

Z = 1.959964
LEVEL = 0.05


class Told(NamedTuple):
    """What one study says: estimate, its 95 % interval, and whether there is something."""

    value: float
    low: float
    high: float
    found: bool


Read = Callable[[Model, pl.DataFrame, Mapping[str, Any]], Told]


@dataclass(frozen=True)
class Planned:
    """An estimand of a model: how its table is simulated, and what is read off the fit.

    Args:
        model: the model's name.
        title: in plain words.
        means: the unit of the effect.
        table: one study's table, with the effect in it.
        read: fits the model and says what it found.
        design: what the model is told besides.
        least, most: effects that can be planted lie between.
    """

    model: str
    title: str
    means: str
    table: Callable[[Task], pl.DataFrame]
    read: Read
    design: Mapping[str, Any] = field(default_factory=dict)
    least: float = -5.0
    most: float = 5.0


def _told(e: Estimate) -> Told | None:
    """An estimate with its interval; None without one."""
    if e.low is not None and e.high is not None:
        return Told(e.value, e.low, e.high, e.low > 0.0 or e.high < 0.0)
    if e.se is None:
        return None
    return Told(e.value, e.value - Z * e.se, e.value + Z * e.se, abs(e.value) > Z * e.se)


def _no_interval() -> EvenhandError:
    return EvenhandError("The fit gave no interval.", "--clients", "Try larger studies.")


def one(name: str) -> Read:
    """Reads one of a model's estimates."""

    def read(model: Model, table: pl.DataFrame, design: Mapping[str, Any]) -> Told:
        fit: Fit = model.fit(table, design)
        told = _told(fit.estimates[name]) if name in fit.estimates else None
        if told is None:
            raise _no_interval()
        return told

    return read


def _shares_differ(model: Model, table: pl.DataFrame, design: Mapping[str, Any]) -> Told:
    """The share that left: the lower half's less the higher half's, errors of both together."""
    fits = [model.fit(table.filter(pl.col("low") == low), design) for low in (True, False)]
    lower, higher = (fit.estimates["dropped out"] for fit in fits)
    if lower.se is None or higher.se is None:
        raise _no_interval()
    told = _told(Estimate(lower.value - higher.value, (lower.se**2 + higher.se**2) ** 0.5))
    assert told is not None
    return told


def _between_strata(model: Model, table: pl.DataFrame, design: Mapping[str, Any]) -> Told:
    """The share of variance between strata; found by the restricted likelihood ratio, ½χ²."""
    from evenhand.models.intervals import restricted_ratio, share_interval

    null = model.fit(table, design).details.null
    low, high = share_interval(null.fit, "stratum")
    there = restricted_ratio(null.fit, "stratum")[1] < LEVEL
    return Told(null.vpc, low, 1.0 if high is None else high, there)


PLANNED: Mapping[str, Planned] = {
    "mirror": Planned(
        "mirror",
        "the mirror coefficient of directives",
        "log rate ratio of the therapist's side for half of the way from the lowest standing to "
        "the highest",
        tables.room,
        one("mirror"),
        {"kind": "events"},
    ),
    "mirror_difference": Planned(
        "mirror_difference",
        "directives where the two are of different ethnic groups",
        "log rate ratio of the therapist's side, between clients of one therapist",
        tables.room_differs,
        one("within"),
        {"kind": "events"},
    ),
    "mirror_treatment": Planned(
        "mirror_treatment",
        "alliance by the client's standing, within caseloads",
        "SD of rated alliance (a client's mean) from the lowest standing to the highest, between "
        "clients of one therapist",
        tables.treatment,
        one("within"),
        {"family": "gaussian"},
    ),
    "ladder": Planned(
        "ladder",
        "drop-out by rung of a ladder (slope index)",
        "difference in the share that leaves unplanned, from the first end of a ladder to the last",
        dealt.ladder,
        one("slope"),
        {"order": "rung", "count": "left", "at_risk": "people"},
        -0.5,
        0.5,
    ),
    "maihda": Planned(
        "maihda",
        "strata's share of the alliance (VPC)",
        "share of the variance of clients' mean rated alliance that lies between 30 strata "
        "(ethnicity by gender by thirds of deprivation)",
        tables.strata,
        _between_strata,
        {
            "outcome": "y",
            "strata": ("ethnicity", "gender", "third"),
            "cluster": ("therapist_id",),
            "family": "gaussian",
        },
        0.001,
        0.9,
    ),
    "hazard": Planned(
        "hazard",
        "leaving by the client's standing",
        "log odds of leaving unplanned after a session, for one SD of lower standing",
        dealt.at_risk,
        one("lower"),
        {
            "cause": "dropped out",
            "predictors": ("lower", "log_session", "first_session"),
            "frailty": True,
        },
        -3.0,
        3.0,
    ),
    "incidence": Planned(
        "incidence",
        "drop-out by half of a ladder",
        "difference in the share that has left unplanned by the last session, lower half less "
        "higher half",
        dealt.endings,
        _shares_differ,
        {"time": "sessions_n", "ending": "ended", "causes": ("dropped out", "completed")},
        -0.9,
        0.9,
    ),
    "growth": Planned(
        "growth",
        "change of symptoms",
        "points (0 to 27) a session by which mean rated symptoms change",
        tables.scores,
        one("change"),
        {"outcome": "score", "shape": "linear"},
    ),
    "joint": Planned(
        "joint",
        "change of symptoms, where leaving follows the course",
        "points (0 to 27) a session by which mean symptoms change, scores and endings together",
        tables.scores_and_endings,
        one("change"),
        {"outcome": "score", "shape": "linear"},
    ),
    "lead_lag": Planned(
        "lead_lag",
        "the alliance after a session in which the therapist held the floor",
        "SD of rated alliance for one SD of the therapist's share of words in the session before, "
        "both over the sessions of a dyad",
        tables.room_and_alliance,
        one("room first"),
        {"room": "room", "alliance": "alliance"},
        -2.0,
        2.0,
    ),
}
"""Estimands of models that `plan` knows how to simulate; the models themselves are discovered."""


def fit_study(name: str, task: Task) -> Told | EvenhandError:
    """Simulate one study and fit it; the reason where the model refuses it."""
    planned = PLANNED[name]
    model: Model | None = discover("model").get(planned.model)
    if model is None:
        raise EvenhandError(
            f"There is no model {planned.model!r}.", "--effect", "Choose another estimand."
        )
    table = planned.table(task)
    try:
        return planned.read(model, table, planned.design)
    except EvenhandError as error:
        return error


def not_planned() -> Sequence[str]:
    """Models that are discovered and have no plan."""
    return sorted(set(discover("model")) - {p.model for p in PLANNED.values()})
