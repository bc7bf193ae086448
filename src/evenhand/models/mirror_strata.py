"""Do strata differ at all, and beyond the sum of their axes? The variance's own test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.special import chdtrc

from evenhand.models.maihda import Maihda
from evenhand.models.maihda_said import Part
from evenhand.models.maihda_table import STRATUM, Coding, code_table, survey, used_rows
from evenhand.models.mixed import fit_gaussian, fit_logit


def strata_tests(table: pl.DataFrame, found: Maihda) -> tuple[float, float | None]:
    """P values of no variance between strata: of the null model, and of the adjusted one.

    Likelihood ratio against the same model without strata (restricted, where the models are); a
    variance cannot be below 0, so that half of the time nothing is there to be seen by chance.

    Args:
        table: what the models were fitted on.
        found: both models, with another random factor beside the strata.

    Returns:
        The two, between 0 and 1; None for the second where the strata are a single column.

    Source: Self & Liang 1987, J Am Stat Assoc 82:605–610 (½χ²₀ + ½χ²₁).
    """
    coding = code_table(survey([table], found.question), found.question)
    rows = used_rows(table, found.question).drop_nulls()
    null = _p_value(rows, coding, found, found.null)
    if found.adjusted is None:
        return null, None
    return null, _p_value(rows, coding, found, found.adjusted)


def _p_value(rows: pl.DataFrame, coding: Coding, found: Maihda, part: Part) -> float:
    if part.var_stratum == 0:
        return 1.0
    better = 2 * (part.fit.loglik - _without(rows, coding, found, part.columns))
    return 0.5 * float(chdtrc(1, better)) if better > 0 else 1.0


def _without(rows: pl.DataFrame, coding: Coding, found: Maihda, columns: Sequence[str]) -> float:
    """Log likelihood of the same model without strata."""
    y, codes = coding.outcome(rows), coding.codes(rows)
    fixed = np.asarray(coding.fixed(rows)[:, [coding.columns.index(name) for name in columns]])
    factors = {name: code for name, code in codes.items() if name != STRATUM}
    if found.family == "binomial":
        return fit_logit(y, None, fixed, factors).loglik
    return fit_gaussian(y, fixed, factors, method="ml" if found.method == "ml" else "reml").loglik
