"""MAIHDA: do strata differ, and is it more than the sum of their axes?

Multilevel analysis of individual heterogeneity and discriminatory accuracy. The null model has
the strata as a random factor; the adjusted one adds the axes that define them as main effects, so
that what is left between strata is what the axes do not add up to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from scipy.special import ndtri

from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.model import Estimate, Fit, Model
from evenhand.models._cells import Cells, add_cells, cells_of
from evenhand.models._counts import Counts, add_counts, counts_of
from evenhand.models._layout import layout_of
from evenhand.models.maihda_bootstrap import pcv_interval
from evenhand.models.maihda_response import response_share, separation
from evenhand.models.maihda_said import Part, said_of_columns, said_of_fits, said_of_rows
from evenhand.models.maihda_strata import strata_table
from evenhand.models.maihda_table import (
    STRATUM,
    Coding,
    Family,
    Question,
    code_table,
    independent,
    survey,
    used_rows,
)
from evenhand.models.mixed import MixedFit, fit_cells, fit_counts

Method = Literal["reml", "ml", "laplace"]

DRAWS, QUICK = 200, 2_000
"""Replicates of a bootstrap that nobody asked for, and up to how many cells it is quick."""
LATENT = np.pi**2 / 3
"""Variance of the standard logistic distribution."""


@dataclass(frozen=True)
class Maihda:
    """Both models and what they say together.

    Args:
        question: what was asked.
        family, method: how it was answered.
        n: rows used.
        n_strata: strata with rows.
        null, adjusted: the models; no adjusted one where the strata are a single column.
        pcv: share of the variance between strata that goes with the axes one by one.
        strata: a row a stratum: name, n, effect, low, high, predicted, and the parts.
        mor, auc, vpc_response: of the null model of a yes-or-no outcome.
        warnings: sentences that must be read with the numbers.
        pcv_low, pcv_high: ends of its 95 % interval, where a bootstrap was asked for.
        draws: replicates of the bootstrap.
    """

    question: Question
    family: Family
    method: Method
    n: int
    n_strata: int
    null: Part
    adjusted: Part | None
    pcv: float | None
    strata: pl.DataFrame
    mor: float | None
    auc: float | None
    vpc_response: float | None
    warnings: tuple[str, ...]
    pcv_low: float | None = None
    pcv_high: float | None = None
    draws: int = 0


def fit_maihda(
    parts: Iterable[pl.DataFrame],
    question: Question,
    method: Method | None = None,
    *,
    bootstrap: int | None = 0,
    seed: int = 1,
) -> Maihda:
    """Fit both models.

    Args:
        parts: the table, whole or in parts, which are gone through twice.
        question: outcome, strata, covariates, clusters, family.
        method: ``reml`` (the default) or ``ml`` for numbers, ``laplace`` for yes or no.
        bootstrap: replicates for the interval of the PCV; None: `DRAWS` where they are quick.
        seed: of the bootstrap.

    Returns:
        Both models, the strata, and warnings.

    Raises:
        EvenhandError: a column is missing or cannot be used, or there are too few strata.

    Source: Merlo (2018), doi 10.1016/j.socscimed.2017.12.026; Evans et al. (2018), doi
        10.1016/j.socscimed.2017.11.011. Ours has intervals of strata that carry the uncertainty
        of fixed effects and variances.
    """
    found = survey(parts, question)
    family = _family(found.labels is not None or found.yes_no, question, method)
    coding = code_table(found, question)
    _check_levels(coding)
    data = _sums(parts, coding, family)
    keep = independent(_products(data))
    warnings = [*said_of_rows(coding), *said_of_columns(coding, keep)]
    chosen: Method = method or ("reml" if family == "gaussian" else "laplace")
    own = [j for j in keep if j < coding.own]
    null = _part(data, coding, own, chosen)
    adjusted = _part(data, coding, keep, chosen) if len(question.strata) > 1 else None
    warnings += said_of_fits(null, adjusted)
    of_null = data.take(own) if isinstance(data, Counts) else None
    draws = _draws(bootstrap, data) if _pcv(null, adjusted) is not None else 0
    ends = _ends(data, coding, adjusted, (own, keep), chosen, draws, seed)
    return Maihda(
        question=question,
        family=family,
        method=chosen,
        n=found.complete,
        n_strata=len(coding.names),
        null=null,
        adjusted=adjusted,
        pcv=_pcv(null, adjusted),
        strata=strata_table(data, coding, null.fit, adjusted.fit if adjusted else None, keep),
        mor=_median_ratio(null) if of_null else None,
        auc=separation(of_null, coding, null.fit) if of_null else None,
        vpc_response=response_share(of_null, null.fit) if of_null else None,
        warnings=tuple(warnings),
        pcv_low=ends[0] if ends else None,
        pcv_high=ends[1] if ends else None,
        draws=draws if ends else 0,
    )


def _ends(
    data: Cells | Counts,
    coding: Coding,
    adjusted: Part | None,
    columns: tuple[Sequence[int], Sequence[int]],
    method: Method,
    draws: int,
    seed: int,
) -> tuple[float, float] | None:
    """Ends of the interval of the PCV, None where no bootstrap was asked for."""
    if adjusted is None or not draws:
        return None
    return pcv_interval(
        data,
        layout_of(coding.sizes),
        adjusted.fit,
        columns,
        lambda made, kept: _fit(made, coding, kept, method, errors=False),
        draws,
        np.random.default_rng(seed),
    )


def _draws(bootstrap: int | None, data: Cells | Counts) -> int:
    if bootstrap is None:
        return DRAWS if len(data.codes[0]) <= QUICK else 0
    return bootstrap


def _family(yes_no: bool, question: Question, method: Method | None) -> Family:
    chosen: Family = question.family or (
        "binomial" if method == "laplace" or (yes_no and method is None) else "gaussian"
    )
    if method is not None and (method == "laplace") != (chosen == "binomial"):
        raise EvenhandError(
            f"The method {method} does not go with the family {chosen}.",
            "--method",
            "Use reml or ml for gaussian, laplace for binomial.",
            Exit.USAGE,
        )
    if chosen == "binomial" and not yes_no:
        raise EvenhandError(
            "A binomial outcome must be yes or no, and this one is another number.",
            question.outcome,
            "Code it as 0 and 1, or use --family gaussian.",
        )
    return chosen


def _check_levels(coding: Coding) -> None:
    n = coding.found.complete
    for name, levels in coding.sizes.items():
        if levels < 3 or levels >= n:
            raise EvenhandError(
                f"There are {levels:,} of it in {n:,} rows: its variance cannot be told from "
                + ("the rest." if levels >= n else "nothing."),
                name,
                "At least three are needed, and several rows of each. Coarser bands, or another "
                "column, may do.",
            )


def _sums(parts: Iterable[pl.DataFrame], coding: Coding, family: Family) -> Cells | Counts:
    """The second pass."""
    layout = layout_of(coding.sizes)
    cells: list[Cells] = []
    counts: list[Counts] = []
    for part in parts:
        rows = used_rows(part, coding.question).drop_nulls()
        if not rows.height:
            continue
        by_name = coding.codes(rows)
        codes = [by_name[name] for name in layout.names]
        y, fixed = coding.outcome(rows), coding.fixed(rows)
        if family == "gaussian":
            cells.append(cells_of(y, fixed, codes))
        else:
            counts.append(counts_of(y, None, fixed, codes, None, None))
    if len(cells) + len(counts) == 1:  # summed already: once more would only take memory
        return (cells or counts)[0]
    return add_cells(cells) if cells else add_counts(counts)


def _products(data: Cells | Counts) -> np.ndarray:
    if isinstance(data, Cells):
        return data.sums.g[:-1, :-1]
    return np.asarray(data.fixed.T @ (data.fixed * data.trials[:, None]))


def _part(data: Cells | Counts, coding: Coding, columns: Sequence[int], method: Method) -> Part:
    fit = _fit(data, coding, columns, method)
    total = sum(fit.variances.values()) + (LATENT if isinstance(data, Counts) else 0.0)
    names = tuple(coding.columns[j] for j in columns)
    return Part(names, fit, fit.variances[STRATUM] / total)


def _fit(
    data: Cells | Counts,
    coding: Coding,
    columns: Sequence[int],
    method: Method,
    *,
    errors: bool = True,
) -> MixedFit:
    layout, taken = layout_of(coding.sizes), data.take(columns)
    if isinstance(taken, Cells):
        by: Literal["reml", "ml"] = "ml" if method == "ml" else "reml"
        return fit_cells(taken, layout, method=by, errors=errors)
    return fit_counts(taken, layout, errors=errors)


def _pcv(null: Part, adjusted: Part | None) -> float | None:
    if adjusted is None or null.var_stratum == 0:
        return None
    return 1.0 - adjusted.var_stratum / null.var_stratum


def _median_ratio(null: Part) -> float:
    """Median odds ratio of two people of different strata, the higher over the lower."""
    return float(np.exp(np.sqrt(2 * null.var_stratum) * ndtri(0.75)))


def _as_fit(table: pl.DataFrame, design: Mapping[str, Any]) -> Fit:
    """For the contract: both models' variances, VPC and PCV."""
    question = Question(
        outcome=design["outcome"],
        strata=tuple(design["strata"]),
        covariates=tuple(design.get("covariates", ())),
        cluster=tuple(design.get("cluster", ())),
        family=design.get("family"),
    )
    found = fit_maihda([table], question, design.get("method"))
    estimates = {"vpc": Estimate(found.null.vpc)}
    variances = _estimates("null", found.null)
    if found.adjusted is not None:
        variances |= _estimates("adjusted", found.adjusted)
    if found.pcv is not None:
        estimates["pcv"] = Estimate(found.pcv)
    return Fit(
        "maihda", found.n, dict(found.null.fit.levels), estimates, variances, found.warnings, found
    )


def _estimates(title: str, part: Part) -> dict[str, Estimate]:
    se = part.fit.variance_se
    return {
        f"{title} {name}": Estimate(v, None if np.isnan(se[name]) else se[name])
        for name, v in part.fit.variances.items()
    }


_MEANS = {
    ("woman", "manual"): 10,
    ("woman", "clerical"): 15,
    ("woman", "professional"): 17,
    ("man", "manual"): 14,
    ("man", "clerical"): 15,
    ("man", "professional"): 18,
}
"""A made-up alliance score: women in manual work score lower than the two axes add up to."""

MODEL = Model(
    name="maihda",
    version=1,
    title="Do strata differ, and is it more than the sum of their axes?",
    estimand=(
        "The share of an outcome's variance that lies between strata (VPC), and the share of that "
        "which goes with the axes one by one (PCV)."
    ),
    needs=("an outcome", "strata with several rows each, three of them at least"),
    fit=_as_fit,
    source=(
        "Merlo (2018), doi 10.1016/j.socscimed.2017.12.026; Evans et al. (2018), doi "
        "10.1016/j.socscimed.2017.11.011. Ours has intervals of strata that carry the uncertainty "
        "of the fixed effects and of the variances, and names the estimator of the PCV."
    ),
    example=[
        {"gender": g, "work": w, "alliance": mean + off}
        for (g, w), mean in _MEANS.items()
        for off in (-3, -1, 1, 3)
    ],
    design={"outcome": "alliance", "strata": ["gender", "work"]},
    expected={
        "null stratum": 6.1,
        "null residual": 6.666667,
        "adjusted stratum": 0.5,
        "adjusted residual": 6.666667,
        "vpc": 0.4778068,
        "pcv": 0.9180328,
    },
    notes=(
        "Strata that differ are an association: it says neither why nor whose doing it is. With "
        "few rows a stratum most of its own difference is chance, which the shrinkage takes off."
    ),
)
