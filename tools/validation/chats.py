"""Emotional-support chats: nothing here should predict relief."""

from __future__ import annotations

import numpy as np
import polars as pl

from validation.product import Seen
from validation.rows import Row, bootstrap

MARGIN = 0.15
INDICATORS = ("talk_share", "questions", "directives")


def holm(p: list[float]) -> list[float]:
    """P values after Holm's correction."""
    order = np.argsort(p)
    stepped = np.maximum.accumulate([(len(p) - i) * p[j] for i, j in enumerate(order)])
    out = np.empty(len(p))
    out[order] = np.minimum(stepped, 1.0)
    return out.tolist()


def chat_rows(seen: Seen, about: pl.DataFrame) -> list[Row]:
    """Equivalence of each indicator's correlation with the drop in distress to 0."""
    from scipy.stats import rankdata, spearmanr

    found = []
    for name in INDICATORS:
        part = seen.of(name).join(about, on="session_id").drop_nulls(["therapist", "drop"])
        rate, drop = (part[c].to_numpy().astype(float) for c in ("therapist", "drop"))

        def rho(at: np.ndarray, rate: np.ndarray = rate, drop: np.ndarray = drop) -> float:
            return float(np.corrcoef(rankdata(rate[at]), rankdata(drop[at]))[0, 1])

        found.append((name, bootstrap(rho, part.height, 0.90), spearmanr(rate, drop).pvalue))
    corrected = holm([float(p) for *_, p in found])
    return [
        Row(
            "esconv_dev",
            f"supporter's `{name}` against the drop in distress",
            "90 % interval of ρ inside ±.15; nothing significant after Holm",
            f"ρ = {value.text(level=90)}; p = {p:.3f} corrected",
            value.low > -MARGIN and value.high < MARGIN and p > 0.05,
            "Spearman's ρ over conversations that say their distress before and after; bootstrap "
            "over conversations; Holm over the three.",
        )
        for (name, value, _), p in zip(found, corrected, strict=True)
    ]
