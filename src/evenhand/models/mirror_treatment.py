"""And the treatment: do alliance, outcome and leaving go with standing, and where?

Within caseloads: clients of one therapist who stand differently. Between caseloads: who sees
whom, when and where. The two are different findings with different remedies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from evenhand.models.mirror_evidence import (
    EValue,
    e_value,
    ratio_of_difference,
    ratio_of_odds,
)
from evenhand.models.mirror_terms import (
    Estimate,
    Freedom,
    centred,
    codes_of,
    contrast,
    freedom_of,
    mend_between,
    with_caseload,
)
from evenhand.models.mixed import MixedFit, fit_gaussian, fit_logit

Family = Literal["gaussian", "logit"]

WHOLE = 2.0
"""From the lowest standing to the highest."""


@dataclass(frozen=True)
class Treatment:
    """How an outcome differs from the lowest standing to the highest, over the whole ladder.

    Gaussian: in standard deviations of the outcome. Logit: log odds ratios.

    Args:
        family: how the outcome was modelled.
        within: between clients of one therapist.
        between: between caseloads of lower and of higher mean standing.
        therapist: by the therapist's own standing, or None where it is not known.
        spread: the outcome's standard deviation (Gaussian), or the share who have it (logit).
        rows, clients, therapists: what was counted.
        variances: of the random effects.
        singular: a variance is 0.
        e_value: how strong an unmeasured reason would have to be to explain `within`.
        warnings: what a reader must know.
    """

    family: Family
    within: Estimate
    between: Estimate
    therapist: Estimate | None
    spread: float
    rows: int
    clients: int
    therapists: int
    variances: dict[str, float]
    singular: bool
    e_value: EValue
    warnings: tuple[str, ...]


def fit_treatment(
    table: pl.DataFrame,
    family: Family,
    covariates: Sequence[str] = (),
    whole: float = WHOLE,
) -> Treatment:
    """Fit an outcome on standings within and between caseloads.

    Args:
        table: a row a client (or a session): ``y, client_id, therapist_id, s_c`` and ``s_t``,
            null where the therapist's standing is not known, and `covariates`.
        family: ``gaussian``, or ``logit`` for an outcome that is 0 or 1.
        covariates: columns to take out first, such as the first score.
        whole: the step that is told: from the lowest standing to the highest, or 1 where ``s_c``
            is 1 for a pair that differs and 0 for one that does not.

    Raises:
        EvenhandError: too few people, or standings that do not vary.
    """
    known = table.filter(pl.all_horizontal(pl.col("y", "s_c", *covariates).is_not_null()))
    both = known.filter(pl.col("s_t").is_not_null())
    with_t = both.height >= known.height / 2 and both["s_t"].n_unique() > 1
    rows = with_caseload(both if with_t else known)
    people = freedom_of(rows, therapists=with_t)
    terms = ["s_c", "caseload", *(["s_t"] if with_t else []), *covariates]
    columns = [np.ones(rows.height), *(_column(rows, name) for name in terms)]
    fit, spread = _fit(rows, family, np.column_stack(columns))
    return _read(_Fitted(fit, family, spread, with_t), people, rows.height, whole)


def _column(rows: pl.DataFrame, name: str) -> np.ndarray:
    if name in ("s_c", "s_t", "caseload"):
        return rows[name].to_numpy()
    return centred(rows[name])


def _fit(rows: pl.DataFrame, family: Family, fixed: np.ndarray) -> tuple[MixedFit, float]:
    factors = {"therapist": codes_of(rows, "therapist_id")}
    if rows["client_id"].n_unique() < rows.height:
        factors["client"] = codes_of(rows, "client_id")
    y = rows["y"].cast(pl.Float64).to_numpy()
    if family == "logit":
        return fit_logit(y, None, fixed, factors), float(y.mean())
    spread = float(y.std(ddof=1))
    return fit_gaussian(y / spread, fixed, factors), spread


@dataclass(frozen=True)
class _Fitted:
    fit: MixedFit
    family: Family
    spread: float
    with_t: bool


def _read(fitted: _Fitted, people: Freedom, rows: int, whole: float) -> Treatment:
    fit = fitted.fit
    within = contrast(fit, {1: whole}, people.within)
    mend = mend_between(
        fit, {"caseload": 2, "s_t": 3} if fitted.with_t else {"caseload": 2}, people
    )
    zero = [name for name, value in fit.variances.items() if value < 1e-10]
    warnings = [f"Variance at the boundary: {', '.join(zero)} is 0."] if zero else []
    if not fitted.with_t:
        warnings.append("The therapists' own standing is not known here, and is left out.")
    return Treatment(
        family=fitted.family,
        within=within,
        between=contrast(fit, {1: whole, 2: whole}, people.between, mend),
        therapist=contrast(fit, {3: whole}, people.between, mend) if fitted.with_t else None,
        spread=fitted.spread,
        rows=rows,
        clients=people.clients,
        therapists=people.therapists,
        variances={name: float(v) for name, v in fit.variances.items()},
        singular=fit.singular,
        e_value=_e_value(within, fitted.family, fitted.spread),
        warnings=tuple(warnings),
    )


def _e_value(within: Estimate, family: Family, risk: float) -> EValue:
    """On the risk-ratio scale: OR → √OR if the risk is above 15 %, d → exp(.91 d)."""
    ends = (within.estimate, within.low, within.high)
    if family == "gaussian":
        return e_value(*(ratio_of_difference(x) for x in ends))
    return e_value(*(ratio_of_odds(float(np.exp(np.clip(x, -700, 700))), risk) for x in ends))
