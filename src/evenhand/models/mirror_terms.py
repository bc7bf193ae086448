"""Terms of the mirror's models: both standings, the caseload's mean, and what is read off them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import stdtr, stdtrit

from evenhand.core.errors import EvenhandError
from evenhand.models.mixed import MixedFit

FEWEST_THERAPISTS = 10
"""A therapist's standing varies between therapists only: fewer cannot carry its coefficient."""
FEWEST_CLIENTS = 40

STANDING = ("s_t", "s_c", "caseload")
"""The therapist's standing, the client's, and the mean of the clients' in the caseload."""


@dataclass(frozen=True)
class Estimate:
    """A coefficient, or a sum of coefficients, with intervals by t."""

    estimate: float
    se: float
    low: float
    high: float
    low90: float
    high90: float
    df: float
    p: float

    @property
    def clear(self) -> bool:
        """Whether the 95 % interval excludes no difference."""
        return self.low > 0 or self.high < 0


BETWEEN = ("s_t", "caseload")
"""Terms that vary between therapists only."""


def contrast(
    fit: MixedFit, weights: Mapping[int, float], df: float, mend: Mapping[int, float] | None = None
) -> Estimate:
    """A weighted sum of fixed effects.

    Args:
        fit: a fitted model.
        weights: column to weight.
        df: degrees of freedom of its t.
        mend: column to the factor by which its error is too small (`mend_between`).
    """
    c, factor = np.zeros(len(fit.fixed)), np.ones(len(fit.fixed))
    for column, weight in weights.items():
        c[column] = weight
        factor[column] = (mend or {}).get(column, 1.0)
    error = c * factor
    estimate, se = float(c @ fit.fixed), float(np.sqrt(error @ fit.fixed_cov @ error))
    wide, narrow = float(stdtrit(df, 0.975)) * se, float(stdtrit(df, 0.95)) * se
    p = 2 * float(stdtr(df, -abs(estimate) / se)) if se > 0 else 0.0
    return Estimate(
        estimate,
        se,
        estimate - wide,
        estimate + wide,
        estimate - narrow,
        estimate + narrow,
        df,
        p,
    )


def mend_between(fit: MixedFit, places: Mapping[str, int], people: Freedom) -> dict[int, float]:
    """By how much the errors of what varies between therapists are too small.

    Maximum likelihood, and so Laplace, takes the variance between J therapists as if the three
    terms that vary between them had been known: it is too small by (J − 3)/J. REML is not.
    """
    if fit.method == "reml":
        return {}
    factor = (people.therapists / people.between) ** 0.5
    return {places[name]: factor for name in BETWEEN if name in places}


def satterthwaite(one: Estimate, other: Estimate) -> float:
    """Degrees of freedom of a sum or difference of two coefficients."""
    a, b = one.se**2, other.se**2
    return (a + b) ** 2 / (a**2 / one.df + b**2 / other.df)


def with_caseload(table: pl.DataFrame) -> pl.DataFrame:
    """Add ``caseload``: the mean standing of a therapist's clients, each client once."""
    clients = table.unique(["therapist_id", "client_id"], maintain_order=True)
    means = clients.group_by("therapist_id", maintain_order=True).agg(caseload=pl.col("s_c").mean())
    return table.join(means, on="therapist_id", how="left", maintain_order="left")


def codes_of(table: pl.DataFrame, *columns: str) -> np.ndarray:
    """Integer codes from 0 of the combinations of columns."""
    key = pl.struct(columns) if len(columns) > 1 else pl.col(columns[0])
    return table.select(key.rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()


def centred(values: pl.Series) -> np.ndarray:
    """Numbers less their mean."""
    numbers = values.cast(pl.Float64).to_numpy()
    return np.asarray(numbers - numbers.mean(), dtype=float)


@dataclass(frozen=True)
class Freedom:
    """Who there is, and the degrees of freedom that they leave each coefficient."""

    therapists: int
    clients: int

    @property
    def between(self) -> float:
        """Of what varies between therapists: intercept, standing and caseload are spent."""
        return float(max(self.therapists - 3, 1))

    @property
    def within(self) -> float:
        """Of what varies between clients of one therapist."""
        return float(max(self.clients - self.therapists - 1, 1))


def freedom_of(table: pl.DataFrame, *, therapists: bool = True) -> Freedom:
    """Count people, and refuse a table that cannot carry the standings.

    Args:
        table: therapist_id, client_id, ``s_c``, ``caseload`` and, if asked about, ``s_t``.
        therapists: whether the therapists' standing is asked about too.

    Raises:
        EvenhandError: too few therapists or clients, or standings that do not vary.
    """
    found = Freedom(table["therapist_id"].n_unique(), table["client_id"].n_unique())
    if found.therapists < FEWEST_THERAPISTS or found.clients < FEWEST_CLIENTS:
        raise EvenhandError(
            f"What is compared is known of clients: {found.clients:,}, of therapists: "
            f"{found.therapists:,}.",
            "mirror",
            f"It takes {FEWEST_CLIENTS} clients and {FEWEST_THERAPISTS} therapists; look at single "
            "dyads instead, with their consent.",
        )
    if therapists and not _varies(table["s_t"]):
        raise _alike("All therapists here stand alike on this axis.")
    if not _varies(table["s_c"]):
        raise _alike("All clients here stand alike on this axis.")
    if not _varies(table["s_c"] - table["caseload"]):
        raise _alike("Within each caseload all clients stand alike.")
    return found


def _varies(values: pl.Series) -> bool:
    return float(np.ptp(values.to_numpy())) > 1e-9


def _alike(what: str) -> EvenhandError:
    return EvenhandError(what, "mirror", "There is nothing to compare; look at another axis.")
