"""Do therapists differ in their gaps? How much, never who.

The gap of a therapist is how an outcome differs between their clients of lower and of higher
standing. Most of what such gaps seem to differ by is few clients: a random slope shrinks it away,
and says how well gaps could be told apart at all. There is no table of therapists here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import chdtrc

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_spread import GroupSpread, Spreads, fit_spreads
from evenhand.models.mirror_terms import centred, codes_of, freedom_of, with_caseload
from evenhand.models.mixed import GaussianFit, fit_gaussian

FEWEST_THERAPISTS = 20
"""A variance between fewer therapists is hardly known."""
FEWEST_EACH = 5
"""Clients that a therapist must have, in the middle, to have a gap at all."""


@dataclass(frozen=True)
class Gaps:
    """How much therapists' gaps differ.

    Args:
        spread: standard deviation of the gaps, in standard deviations of the outcome, from the
            lowest standing to the highest.
        low, high: its 95 % interval (on the log scale); None at the boundary.
        p: of no difference between therapists' gaps (½χ²₁ + ½χ²₂).
        reliability: share of what estimated gaps differ by that is no chance, 0 to 1; None at the
            boundary, where nothing tells them apart.
        clients_each: clients a therapist, in the middle.
        clients, therapists: who was counted.
        singular: the spread, or a correlation, is at its boundary.
        inner_low, inner_high: between these lie eight in ten of the shrunken gaps.
        margin: half the 95 % interval of a therapist's shrunken gap, in the middle.
        groups: what is left of each group's clients once therapists and standing are taken out.
        groups_p: of one residual variance for all groups; None with one group only.
    """

    spread: float
    low: float | None
    high: float | None
    p: float
    reliability: float | None
    clients_each: float
    clients: int
    therapists: int
    singular: bool
    inner_low: float
    inner_high: float
    margin: float
    groups: tuple[GroupSpread, ...]
    groups_p: float | None


def fit_gaps(table: pl.DataFrame, covariates: Sequence[str] = (), whole: float = 2.0) -> Gaps:
    """Fit a random slope of the client's standing, centred within the caseload.

    Args:
        table: a row a client: ``y, client_id, therapist_id, s_c`` and `covariates`; with a column
            ``group`` each group of clients has a residual variance of its own. A client's own
            intercept is that residual, there being one row of each.
        covariates: columns to take out first.
        whole: the step that is told, from the lowest standing to the highest.

    Raises:
        EvenhandError: too few therapists, or too few clients each.

    Source: Raudenbush & Bryk 2002, Hierarchical Linear Models, chapter 3 (reliability); Stram & Lee
        1994, Biometrics 50:1171–1177 (the mixture).
    """
    known = table.filter(pl.all_horizontal(pl.col("y", "s_c", *covariates).is_not_null()))
    rows = with_caseload(known)
    people = freedom_of(rows, therapists=False)
    each = float(np.median(rows["therapist_id"].value_counts()["count"].to_numpy()))
    if people.therapists < FEWEST_THERAPISTS or each < FEWEST_EACH:
        raise EvenhandError(
            f"{people.therapists} therapists, {each:.0f} clients each in the middle.",
            "therapists' gaps",
            f"Whether gaps differ takes {FEWEST_THERAPISTS} therapists with {FEWEST_EACH} clients "
            "each.",
        )
    y = rows["y"].cast(pl.Float64).to_numpy()
    inside = (rows["s_c"] - rows["caseload"]).to_numpy()
    columns = [np.ones(rows.height), inside, rows["caseload"].to_numpy()]
    fixed = np.column_stack([*columns, *(centred(rows[name]) for name in covariates)])
    factors = {"therapist": codes_of(rows, "therapist_id")}
    y = y / y.std(ddof=1)
    names = rows["group"].to_list() if "group" in rows.columns else ["all"] * rows.height
    spreads = fit_spreads(y, fixed, factors, {"therapist": inside}, names)
    alike = fit_gaussian(y, fixed, factors, weights=spreads.weights)
    return _read(spreads, alike, people.clients, each, whole)


def _read(spreads: Spreads, alike: GaussianFit, clients: int, each: float, whole: float) -> Gaps:
    apart = spreads.fit
    variance, se = apart.variances["therapist.slope"], apart.variance_se["therapist.slope"]
    better = max(0.0, 2 * (apart.loglik - alike.loglik))
    half = None if apart.singular or variance <= 0 else 1.96 * se / (2 * variance)
    spread = whole * float(np.sqrt(variance))
    errors = apart.se("therapist", variance_known=True)[:, 1] ** 2
    sure = None if half is None else 1 - float(np.mean(errors)) / variance
    gaps = whole * (apart.fixed[1] + apart.effect("therapist")[:, 1])
    return Gaps(
        spread=spread,
        low=None if half is None else spread * float(np.exp(-half)),
        high=None if half is None else spread * float(np.exp(half)),
        p=0.5 * float(chdtrc(1, better) + chdtrc(2, better)),
        reliability=None if sure is None else min(max(sure, 0.0), 1.0),
        clients_each=each,
        clients=clients,
        therapists=len(apart.effect("therapist")),
        singular=apart.singular,
        inner_low=float(np.quantile(gaps, 0.1)),
        inner_high=float(np.quantile(gaps, 0.9)),
        margin=1.96 * whole * float(np.median(apart.se("therapist")[:, 1])),
        groups=spreads.groups,
        groups_p=spreads.p,
    )
