"""Counts of two roles as the outcome of a mixed model, whatever the terms of interest are.

A tilt is a ratio of rates, and a ratio regressed on anything lets the share of talk leak in. Here
the counts are the outcome, and the exposures enter as an offset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from evenhand.models.mirror_stacked import Stack, one_row
from evenhand.models.mirror_terms import centred, codes_of
from evenhand.models.mixed import MixedFit, fit_gaussian, fit_logit

Kind = Literal["events", "turns", "amounts"]
"""``events``: counts over words or turns. ``turns``: at most one a turn. ``amounts``: seconds of
talk, words a turn."""

MOST_LEVELS = 150
"""With more clients and therapists than this, a dyad's sessions are added up before the fit: a
session's own scatter then goes into its dyad's, and the fit stays quick at any size."""

STACKED_ROUNDS = 3
"""Rounds in which several indicators are drawn into one row a dyad."""

COLUMNS = ("session_id", "client_id", "therapist_id", "number", "indicator", "direction")
AMOUNTS = ("k_t", "e_t", "k_c", "e_c")


@dataclass(frozen=True)
class CountsFit:
    """A fitted model, and where each term stands among its fixed effects."""

    fit: MixedFit
    places: Mapping[str, int]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the fit."""
        found = []
        if self.fit.singular:
            zero = [name for name, value in self.fit.variances.items() if value < 1e-10]
            found.append(f"Variance at the boundary: {', '.join(zero) or 'a random effect'} is 0.")
        if not self.fit.converged:
            found.append("The fit did not settle; read its figures with care.")
        return tuple(found)


def counted_rows(table: pl.DataFrame, kind: Kind, terms: Sequence[str]) -> pl.DataFrame:
    """Rows that say something: exposure on both sides and something counted.

    Args:
        table: `COLUMNS`, `AMOUNTS` and the terms, none of them null; a row a session and
            indicator. Where yielding is counted (direction −1) the roles are swapped.
        kind: how the amounts are modelled.
        terms: what varies between dyads and is asked about.

    Returns:
        The rows, with ``rows``: how many of `table` each stands for.
    """
    known = pl.all_horizontal(pl.col(*AMOUNTS).is_not_null())
    exposed = (pl.col("e_t") > 0) & (pl.col("e_c") > 0)
    some = (pl.col("k_t") > 0) & (pl.col("k_c") > 0) if kind == "amounts" else pl.lit(True)
    if kind == "events":
        some = pl.col("k_t") + pl.col("k_c") > 0  # a sum of none says nothing of its parts
    turned = pl.col("direction") < 0
    swapped = [
        pl.when(turned).then(b).otherwise(a).alias(a)
        for a, b in (("k_t", "k_c"), ("k_c", "k_t"), ("e_t", "e_c"), ("e_c", "e_t"))
    ]
    rows = table.filter(known & exposed & some).with_columns(swapped)
    return _added_up(rows.with_columns(rows=1), kind, terms)


def sessions_of(rows: pl.DataFrame) -> int:
    """How many sessions stand behind the rows: those of the indicator that has most."""
    return max(rows.group_by("indicator").agg(pl.col("rows").sum())["rows"].to_list(), default=0)


def _added_up(rows: pl.DataFrame, kind: Kind, terms: Sequence[str]) -> pl.DataFrame:
    """A dyad's sessions as one row where there are many; the mean session number stays."""
    levels = rows["client_id"].n_unique() + rows["therapist_id"].n_unique()
    if kind == "amounts" or levels * (2 if kind == "turns" else 1) <= MOST_LEVELS:
        return rows
    keys = ["client_id", "therapist_id", "indicator", "direction", *terms]
    return rows.group_by(keys, maintain_order=True).agg(
        pl.col("session_id").first(), pl.col("number").mean(), pl.col(*AMOUNTS, "rows").sum()
    )


def fit_counts(rows: pl.DataFrame, kind: Kind, terms: Sequence[str]) -> CountsFit:
    """Fit the counts of `counted_rows` on `terms`, session number and indicator.

    Random effects: therapist, client, and session where sessions are rows; client by indicator
    where several are stacked.

    Raises:
        EvenhandError: the terms say the same thing twice, or foretell the counts without fail.

    Source: for counts given their sum, Cox & Lewis 1966, The Statistical Analysis of Series of
        Events, chapter 9.
    """
    fit: Callable[[pl.DataFrame, Sequence[str]], CountsFit]
    fit = {"events": _events, "turns": _turns, "amounts": _amounts}[kind]
    return fit(rows, terms)


def _columns(rows: pl.DataFrame, terms: Sequence[str]) -> dict[str, np.ndarray]:
    """Fixed effects: an intercept, the terms, session number, indicators against the first."""
    found = {"intercept": np.ones(rows.height)}
    found |= {name: rows[name].to_numpy() for name in terms}
    number = centred(rows["number"].fill_null(strategy="mean"))
    if float(np.ptp(number)) > 0:
        found["number"] = number
    for name in sorted(rows["indicator"].unique())[1:]:
        found[f"indicator {name}"] = (rows["indicator"] == name).cast(pl.Float64).to_numpy()
    return found


def _factors(rows: pl.DataFrame, *also: str) -> dict[str, np.ndarray]:
    found = {
        "therapist": codes_of(rows, "therapist_id", *also),
        "client": codes_of(rows, "client_id", *also),
    }
    if _by_session(rows):
        found["session"] = codes_of(rows, "session_id", *also)
    return found


def _events(rows: pl.DataFrame, terms: Sequence[str]) -> CountsFit:
    """k_T of k_T + k_C, with the exposures as an offset: log rate ratios."""
    k_t, e_t, k_c, e_c = (rows[name].to_numpy() for name in AMOUNTS)
    k, n, offset = np.round(k_t), np.round(k_t) + np.round(k_c), np.log(e_t / e_c)
    stacked = rows["indicator"].n_unique() > 1
    if stacked and not _by_session(rows):
        return _stacked(rows, terms, k, n, offset)
    columns, factors = _columns(rows, terms), _factors(rows)
    if stacked:
        factors["indicator"] = codes_of(rows, "client_id", "indicator")
    fit = fit_logit(k, n, np.column_stack(list(columns.values())), factors, offset=offset)
    return CountsFit(fit, {name: i for i, name in enumerate(columns)})


def _stacked(
    rows: pl.DataFrame, terms: Sequence[str], k: np.ndarray, n: np.ndarray, offset: np.ndarray
) -> CountsFit:
    """Several indicators of many dyads: one row a dyad, worked out again at its own predictor."""
    keys = ["client_id", "therapist_id", *terms]
    dyads = rows.group_by(keys, maintain_order=True).agg(
        pl.col("session_id").first(), pl.col("number").mean(), pl.col("rows").max()
    )
    dyads = dyads.sort("client_id", "therapist_id").with_columns(indicator=pl.lit("family"))
    place = dyads.select("client_id", "therapist_id").with_row_index("dyad")
    dyad = rows.join(place, on=["client_id", "therapist_id"], how="left", maintain_order="left")
    stack = Stack(k, n, offset, dyad["dyad"].to_numpy(), codes_of(rows, "indicator"))
    columns, factors = _columns(dyads, terms), _factors(dyads)
    fixed, theta = np.column_stack(list(columns.values())), np.zeros(dyads.height)
    for _ in range(STACKED_ROUNDS):
        one = one_row(stack, theta)
        fit = fit_logit(one.k, one.n, fixed, factors, offset=one.offset)
        theta = fit.predict(fixed, factors)[0]
    return CountsFit(fit, {name: i for i, name in enumerate(columns)})


def _by_session(rows: pl.DataFrame) -> bool:
    """Whether a row is a session; where each client came once, a client's effect says it all."""
    return rows["rows"].max() == 1 and rows["session_id"].n_unique() > rows["client_id"].n_unique()


def _turns(rows: pl.DataFrame, terms: Sequence[str]) -> CountsFit:
    """Two rows a session, one a role: logistic, role × standing."""
    stacked = pl.concat(
        [
            rows.with_columns(role=pl.lit(half), k=pl.col(k), e=pl.col(e))
            for half, k, e in ((0.5, "k_t", "e_t"), (-0.5, "k_c", "e_c"))
        ]
    )
    main = _columns(stacked, terms)
    half = stacked["role"].to_numpy()
    columns = {f"level {name}": values for name, values in main.items()}
    columns |= {name: values * half for name, values in main.items()}
    k, e = np.round(stacked["k"].to_numpy()), np.round(stacked["e"].to_numpy())
    fit = fit_logit(
        np.minimum(k, e), e, np.column_stack(list(columns.values())), _factors(stacked, "role")
    )
    return CountsFit(fit, {name: n for n, name in enumerate(columns)})


def _amounts(rows: pl.DataFrame, terms: Sequence[str]) -> CountsFit:
    """The log rate ratio itself, Gaussian; a session's own scatter is the residual."""
    columns = _columns(rows, terms)
    k_t, e_t, k_c, e_c = (rows[name].to_numpy() for name in AMOUNTS)
    factors = {name: codes for name, codes in _factors(rows).items() if name != "session"}
    if rows["indicator"].n_unique() > 1:
        factors["session"] = codes_of(rows, "session_id")
    fit = fit_gaussian(
        np.log(k_t / e_t) - np.log(k_c / e_c), np.column_stack(list(columns.values())), factors
    )
    return CountsFit(fit, {name: n for n, name in enumerate(columns)})
