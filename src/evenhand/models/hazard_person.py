"""How likely one client comes no more, with its interval and its reasons.

For the dyad's own therapist only (``--for``): these tables are kept apart from all others.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import expit, ndtri

from evenhand.models.hazard import Hazard
from evenhand.models.hazard_table import OPEN


def foretell(hazard: Hazard, risk: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """Chance that each ongoing treatment ends in this way after its last session.

    Args:
        hazard: the fitted hazard.
        risk: what `risk_table` gives; rows with nothing known to follow are foretold.
        level: of the interval, which takes in weights and frailty, not what one person may do.

    Returns:
        ``dyad, therapist_id, session_id, number, cause, chance, low, high, usual`` (the chance
        at the mean of all predictors).
    """
    rows = risk.filter(pl.col("next") == OPEN)
    estimate, se = hazard.log_odds(rows)
    half = float(ndtri(0.5 + level / 2)) * se
    return rows.select("dyad", "therapist_id", "session_id", "number").with_columns(
        cause=pl.lit(hazard.cause),
        chance=pl.Series(expit(estimate), dtype=pl.Float64),
        low=pl.Series(expit(estimate - half), dtype=pl.Float64),
        high=pl.Series(expit(estimate + half), dtype=pl.Float64),
        usual=pl.lit(float(expit(hazard.fixed[0] - hazard.shift))),
    )


def reasons(hazard: Hazard, risk: pl.DataFrame) -> pl.DataFrame:
    """What each predictor adds to or takes from the log odds of each ongoing treatment.

    Returns:
        ``dyad, predictor, value`` (raw, null where not known), ``usual`` (its mean),
        ``log_odds`` (against the mean), ``odds_ratio``; the therapist's own part stands as
        predictor ``therapist``. Sorted by size within a dyad. They add up to the log odds.
    """
    rows = risk.filter(pl.col("next") == OPEN)
    design, x = hazard.design, hazard.design.columns(rows)
    parts = []
    for predictor in dict.fromkeys(design.of):
        at = [n + 1 for n, of in enumerate(design.of) if of == predictor]
        parts.append(
            rows.select(
                "dyad",
                predictor=pl.lit(predictor),
                value=pl.col(predictor).cast(pl.Float64),
                usual=pl.lit(design.means[predictor]),
                log_odds=pl.Series(x[:, at] @ hazard.fixed[at], dtype=pl.Float64),
            )
        )
    if hazard.fit is not None:
        parts.append(_therapists(hazard, rows))
    size = pl.col("log_odds").abs()
    return (
        pl.concat(parts)
        .with_columns(odds_ratio=pl.col("log_odds").exp())
        .sort("dyad", size, descending=[False, True])
    )


def _therapists(hazard: Hazard, rows: pl.DataFrame) -> pl.DataFrame:
    fit = hazard.fit
    effects = fit.effect("therapist") if fit is not None else np.zeros(0)
    known = dict(zip(hazard.therapists, map(float, effects), strict=True))
    added = [known.get(name, 0.0) for name in rows["therapist_id"]]
    return rows.select(
        "dyad",
        predictor=pl.lit("therapist"),
        value=pl.lit(None, pl.Float64),
        usual=pl.lit(0.0),
        log_odds=pl.Series(added, dtype=pl.Float64),
    )
