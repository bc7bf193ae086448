"""Plans with the project's own models: found by discovery, fitted to simulated tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.theory import Conditions, Theory, World
from evenhand.theory.record import record
from evenhand.theory.studies import Design, Fits

COUNTED = "directives_process"
"""What the mirror's plan counts: what is told of how to go about the session."""
FLAT = {"h": 0.0}
"""In a flat society positions do nothing, so that what is planted is all there is."""


@dataclass(frozen=True)
class Planned:
    """An estimand of a model: how its table is simulated, with an effect of known size in it.

    Args:
        model: the model's name.
        estimate: which of its estimates.
        title: in plain words.
        means: the unit of the effect.
        table: one study's table, from theory, design, seed and effect.
        design: what the model is told besides.
    """

    model: str
    estimate: str
    title: str
    means: str
    table: Callable[[Theory, Design, int, float], pl.DataFrame]
    design: Mapping[str, Any] = field(default_factory=dict)


def _recorded(
    theory: Theory, design: Design, seed: int, effect: float, counts: tuple[str, ...]
) -> pl.DataFrame:
    """One study in a flat society, with both people's standing on the ladder (−1 … 1)."""
    conditions = Conditions(planted=effect)
    size = (design.clients, design.therapists, design.sessions)
    world = World(theory.with_(FLAT), *size, seed, conditions)
    staff = world.staff()
    parts = [record(world, b, staff, counts) for b in range(world.blocks)]
    return pl.concat(parts).with_columns(
        client_id=pl.col("client").cast(pl.String),
        therapist_id=pl.col("therapist").cast(pl.String),
        s_t=2.0 * pl.col("true_therapist_standing") - 1.0,
        s_c=2.0 * pl.col("true_client_standing") - 1.0,
    )


def _room(theory: Theory, design: Design, seed: int, effect: float) -> pl.DataFrame:
    """Counts of both roles, a row a session."""
    rows = _recorded(theory, design, seed, effect, (COUNTED,)).filter(pl.col("number") > 0)
    return rows.select(
        "client_id",
        "therapist_id",
        "s_t",
        "s_c",
        session_id=pl.format("{}-{}", "client", "number"),
        number=pl.col("number").cast(pl.Int64),
        indicator=pl.lit(COUNTED),
        direction=pl.lit(1),
        **{name: pl.col(f"{name}_{COUNTED}") for name in ("k_t", "e_t", "k_c", "e_c")},
    )


def _treatment(theory: Theory, design: Design, seed: int, effect: float) -> pl.DataFrame:
    """A client's mean rated alliance in SD, lower by the effect from lowest standing to highest."""
    rows = _recorded(theory, design, seed, 0.0, ()).filter(pl.col("number") > 0)
    means = rows.group_by("client_id", "therapist_id", "s_t", "s_c").agg(
        y=pl.col("rated_alliance").mean()
    )
    spread = float(np.std(means["y"].to_numpy()))
    planted = pl.col("y") / spread + effect / 2.0 * pl.col("s_c")
    return means.sort("client_id").with_columns(y=planted)


PLANNED: Mapping[str, Planned] = {
    "mirror": Planned(
        "mirror",
        "mirror",
        "the mirror coefficient of directives",
        "log rate ratio of the therapist's side for half of the way from the lowest standing to "
        "the highest",
        _room,
        {"kind": "events"},
    ),
    "mirror_treatment": Planned(
        "mirror_treatment",
        "within",
        "alliance by the client's standing, within caseloads",
        "SD of rated alliance (a client's mean) from the lowest standing to the highest, between "
        "clients of one therapist",
        _treatment,
        {"family": "gaussian"},
    ),
}
"""Estimands of models that `plan` knows how to simulate; the models themselves are discovered."""


def fit_studies(
    name: str, theory: Theory, design: Design, effect: float, studies: int, seed: int
) -> tuple[Fits, int]:
    """Simulate and fit so many studies.

    Returns:
        Estimates with half widths in place of errors (df 0), nan where a fit was refused; and
        how many were.

    Raises:
        EvenhandError: there is no such model, or it refused every study, with its reason.
    """
    planned, model = PLANNED[name], discover("model").get(PLANNED[name].model)
    if model is None:
        raise EvenhandError(
            f"There is no model {planned.model!r}.", "--effect", "Choose another estimand."
        )
    found, last = np.full((2, studies), np.nan), None
    for n in range(studies):
        table = planned.table(theory, design, seed * 1_000_003 + n, effect)
        try:
            one = model.fit(table, planned.design).estimates[planned.estimate]
        except EvenhandError as error:
            last = error
            continue
        if one.low is not None and one.high is not None:
            found[:, n] = one.value, (one.high - one.low) / 2.0
    refused = int(np.isnan(found[0]).sum())
    if refused == studies and last is not None:
        raise last
    return Fits(found[0], found[1], np.zeros(studies)), refused
