"""MAIHDA of sessions: clients' strata, therapists' strata, and where the two meet.

Sessions of one client are alike, and so are those of one therapist. A model with strata alone takes
that for certainty, and people's own differences for their strata's. Here both have their own
effects beside three kinds of strata: the client's, the therapist's, and the pair of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy.special import ndtri

from evenhand.core.errors import EvenhandError
from evenhand.models.intervals import profile_interval, share_interval
from evenhand.models.mixed import MixedFit, fit_gaussian, fit_logit

CLIENT, THERAPIST = "client stratum", "therapist stratum"
MEETING = "client stratum × therapist stratum"
KINDS = (CLIENT, THERAPIST, MEETING)
COLUMNS = {
    CLIENT: ("client_stratum",),
    THERAPIST: ("therapist_stratum",),
    MEETING: ("client_stratum", "therapist_stratum"),
    "client": ("client_id",),
    "therapist": ("therapist_id",),
}
"""Each factor, and the columns whose combinations are its levels."""
FEWEST, FEW = 3, 20
LATENT = np.pi**2 / 3
SIGN = " × "

Interval = tuple[float, float | None]


@dataclass(frozen=True)
class Level:
    """How much lies between the levels of one factor.

    Args:
        factor: its name.
        levels: how many there are.
        variance: between them, with its 95 % interval by profile likelihood.
        share: of all variance (VPC), with its interval.
        between: of what lies between clients, sessions' own scatter left out, with its interval.
    """

    factor: str
    levels: int
    variance: float
    variance_ends: Interval
    share: float
    share_ends: Interval
    between: float
    between_ends: Interval


@dataclass(frozen=True)
class MeetingStrata:
    """The fitted model.

    Args:
        fit: effects of all levels, with joint errors.
        parts: the factors, strata first.
        strata: a row a stratum of each kind: factor, name, n (sessions), clients, therapists,
            effect, low, high.
        n, clients, therapists: what it was fitted on.
        warnings: sentences that must be read with the numbers.
    """

    fit: MixedFit
    parts: Mapping[str, Level]
    strata: pl.DataFrame
    n: int
    clients: int
    therapists: int
    warnings: tuple[str, ...]


def fit_meeting(
    table: pl.DataFrame,
    outcome: str,
    *,
    trials: str | None = None,
    family: Literal["gaussian", "binomial"] = "gaussian",
    fixed: np.ndarray | None = None,
    quadrature: int = 0,
) -> MeetingStrata:
    """Fit strata of clients, of therapists and of pairs of both, beside clients and therapists.

    Args:
        table: a row a session: client_id, therapist_id, client_stratum, therapist_stratum, and
            the outcome; none of them null.
        outcome: the column of the outcome.
        trials: for counts, the column of their trials.
        family: how the outcome is modelled.
        fixed: further columns beside the intercept; with the axes' main effects, what is left
            between strata is what the axes do not add up to.
        quadrature: nodes by which clients are integrated in a binomial model (`fit_logit`).

    Returns:
        Variances, their shares of all and of what lies between clients, and the strata.

    Raises:
        EvenhandError: a column is missing or has a null, or a factor has too few levels.

    Source: Merlo (2018), doi 10.1016/j.socscimed.2017.12.026, for strata; Raudenbush (1993), doi
        10.3102/10769986018004321, for people crossed with contexts. Ours has both people's strata.
    """
    _check(table, outcome, trials)
    codes = {name: _codes(table, columns) for name, columns in COLUMNS.items()}
    for name, one in codes.items():
        if one.max() + 1 < FEWEST:
            raise EvenhandError(
                f"There are {one.max() + 1} of it: its variance cannot be told from nothing.",
                name,
                f"{FEWEST} are needed, and many more for a narrow interval.",
            )
    ones = np.ones((table.height, 1))
    design = ones if fixed is None else np.hstack([ones, fixed])
    y = table[outcome].cast(pl.Float64).to_numpy()
    if family == "gaussian":
        fit: MixedFit = fit_gaussian(y, design, codes)
    else:
        n_trials = None if trials is None else table[trials].cast(pl.Float64).to_numpy()
        fit = fit_logit(y, n_trials, design, codes, quadrature=quadrature)
    rest = LATENT if family == "binomial" else 0.0
    return MeetingStrata(
        fit=fit,
        parts={name: _level(fit, name, rest) for name in COLUMNS},
        strata=pl.concat(_strata(table, fit, name, codes[name]) for name in KINDS),
        n=table.height,
        clients=int(codes["client"].max()) + 1,
        therapists=int(codes["therapist"].max()) + 1,
        warnings=tuple(_said(fit)),
    )


def _check(table: pl.DataFrame, outcome: str, trials: str | None) -> None:
    used = [*COLUMNS["client"], *COLUMNS["therapist"], *COLUMNS[MEETING], outcome]
    used += [trials] if trials else []
    off = [c for c in used if c not in table.columns or table[c].null_count()]
    if off or not table.height:
        raise EvenhandError(
            "A column is missing, or a value in it.",
            ", ".join(off) or "rows",
            "Give each session both people, both strata and an outcome; count what is left out.",
        )


def _codes(table: pl.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    ranks = table.select(pl.struct(columns).rank("dense").alias("code"))["code"]
    return ranks.to_numpy().astype(np.int64) - 1


def _level(fit: MixedFit, name: str, rest: float) -> Level:
    value = fit.variances[name]
    random = sum(fit.variances[one] for one in COLUMNS)
    whole = random + rest + fit.variances.get("residual", 0.0)
    return Level(
        factor=name,
        levels=fit.levels[name],
        variance=value,
        variance_ends=profile_interval(fit, name),
        share=value / whole,
        share_ends=share_interval(fit, name, rest),
        between=value / random if random else 0.0,
        between_ends=share_interval(fit, name, rest, own=False) if random else (0.0, None),
    )


def _strata(table: pl.DataFrame, fit: MixedFit, name: str, codes: np.ndarray) -> pl.DataFrame:
    columns = list(COLUMNS[name])
    half = float(ndtri(0.975)) * fit.se(name)
    text = pl.concat_str([pl.col(c).cast(pl.String) for c in columns], separator=SIGN)
    rows = (
        table.with_columns(name=text, code=codes)
        .group_by("code", "name", maintain_order=True)
        .agg(
            n=pl.len(),
            clients=pl.col("client_id").n_unique(),
            therapists=pl.col("therapist_id").n_unique(),
        )
    )
    return rows.sort("code").select(
        pl.lit(name).alias("factor"),
        "name",
        "n",
        "clients",
        "therapists",
        effect=pl.Series(fit.effect(name)),
        low=pl.Series(fit.effect(name) - half),
        high=pl.Series(fit.effect(name) + half),
    )


def _said(fit: MixedFit) -> list[str]:
    said = []
    for name in KINDS:
        if fit.variances[name] == 0:
            said.append(
                f"The variance of {name} is estimated as 0, at the boundary: its interval says "
                "how much there may be."
            )
        elif fit.levels[name] < FEW:
            said.append(
                f"With {fit.levels[name]} levels of {name}, how far they differ is hardly known."
            )
    if not fit.converged:
        said.append("The fit did not settle; read its figures with care.")
    return said
