"""One fitted MAIHDA model, and the sentences that must be read with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.core.wording import listed
from evenhand.models.maihda_table import STRATUM, Coding
from evenhand.models.mixed import MixedFit

FEW_STRATA = 20


@dataclass(frozen=True)
class Part:
    """One of the two models.

    Args:
        columns: names of its fixed effects.
        fit: the fitted model.
        vpc: share of all variance that lies between strata (latent scale for a yes-or-no
            outcome).
    """

    columns: tuple[str, ...]
    fit: MixedFit
    vpc: float

    @property
    def var_stratum(self) -> float:
        """Variance between strata."""
        return self.fit.variances[STRATUM]

    @property
    def var_residual(self) -> float | None:
        """Residual variance; None for a yes-or-no outcome."""
        return self.fit.variances.get("residual")

    @property
    def fixed(self) -> dict[str, tuple[float, float]]:
        """Fixed effects with standard errors."""
        pairs = zip(self.columns, self.fit.fixed, self.fit.fixed_se, strict=True)
        return {name: (float(b), float(se)) for name, b, se in pairs}


def said_of_rows(coding: Coding) -> list[str]:
    """What was left out, how an outcome was read, and how few strata there are."""
    found = coding.found
    said = []
    if found.complete < found.rows:
        where = listed([f"{c} ({n:,})" for c, n in found.missing.items() if n])
        left = found.rows - found.complete
        said.append(
            f"{left:,} of {found.rows:,} rows are left out, since a value is missing in {where}."
        )
    if found.labels is not None:
        said.append(f"{coding.question.outcome}: {found.labels[1]} is read as 1, the other as 0.")
    if len(coding.names) < FEW_STRATA:
        said.append(
            f"{len(coding.names)} strata are few: how far they differ is known only roughly."
        )
    return said


def said_of_columns(coding: Coding, keep: Sequence[int]) -> list[str]:
    """Which columns say nothing that others do not."""
    dropped = [coding.columns[j] for j in range(len(coding.columns)) if j not in keep]
    if not dropped:
        return []
    return [f"Left out of the fixed effects, since others add up to it: {listed(dropped)}."]


def said_of_fits(null: Part, adjusted: Part | None) -> list[str]:
    """What the fits themselves say: boundaries, and searches that did not end."""
    said = []
    for title, part in (("null", null), ("adjusted", adjusted)):
        if part is None:
            continue
        if part.var_stratum == 0:
            said.append(
                f"In the {title} model the variance between strata is estimated as 0, at the "
                "boundary: the strata differ no more than chance would make them. That is no "
                "proof that they are equal."
            )
        others = [c for c, v in part.fit.variances.items() if v == 0 and c != STRATUM]
        if others:
            said.append(f"In the {title} model a variance is estimated as 0: {listed(others)}.")
        if not part.fit.converged:
            said.append(f"The search of the {title} model did not end at a clear optimum.")
    if null.var_stratum == 0 and adjusted is not None:
        said.append("PCV cannot be given: there is no variance between strata to be explained.")
    return said
