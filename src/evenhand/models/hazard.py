"""Leaving: how likely a treatment ends in a given way after each session, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr, ndtri

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats, codes_of
from evenhand.models.fits import LogitFit
from evenhand.models.hazard_logit import Logit, fit_plain_logit
from evenhand.models.hazard_table import KNOWN, OPEN, TIME, Design, design_of

FEWEST_EVENTS = 20
"""Endings of the kind without which no hazard is fitted."""

EVENTS_A_COLUMN = 5
"""Endings for each coefficient; predictors beyond that are left out, the last ones first."""

FEWEST_THERAPISTS = 5
"""Therapists without which there is no frailty."""

WIDEST = 10.0
"""Standard error of a log odds from which on the data say nothing of it."""

MOST_ROWS = 60_000
"""Rows that are fitted as they are; of more, all endings and a sample of the other rows."""


@dataclass(frozen=True)
class Hazard:
    """A fitted cause-specific discrete hazard.

    Args:
        cause: the way of ending.
        design: its columns.
        fixed: intercept and coefficients, in log odds for a standard deviation.
        fixed_cov: their covariance.
        frailty_var: variance of therapists' log odds; None without frailty.
        frailty_se: its standard error.
        therapists: therapists by code, empty without frailty.
        fit: the mixed fit behind it, None without frailty.
        shift: what the sampling of rows added to the log odds; taken off in predictions.
        events_n: endings of the kind.
        rows_n: sessions at risk.
        dyads_n: treatments.
        therapists_n: their therapists.
        notes: what a reader has to know.
    """

    cause: str
    design: Design
    fixed: Floats
    fixed_cov: Floats
    frailty_var: float | None
    frailty_se: float | None
    therapists: tuple[str, ...]
    fit: LogitFit | None = field(repr=False)
    shift: float
    events_n: int
    rows_n: int
    dyads_n: int
    therapists_n: int
    notes: tuple[str, ...] = ()

    def log_odds(self, risk: pl.DataFrame, own: bool = True) -> tuple[Floats, Floats]:
        """Log odds of the ending after each row's session, with standard errors.

        Args:
            risk: rows in the shape of `risk_table`.
            own: add the therapist's frailty where the therapist was among those fitted.
        """
        x = self.design.columns(risk)
        if self.fit is None or not own:
            se = np.sqrt(np.einsum("np,pq,nq->n", x, self.fixed_cov, x, optimize=True))
            return x @ self.fixed - self.shift, se
        code = self._codes(risk)
        known = code >= 0
        estimate = x @ self.fixed
        se = np.sqrt(
            np.einsum("np,pq,nq->n", x, self.fixed_cov, x, optimize=True)
            + (self.frailty_var or 0.0)
        )
        if known.any():
            at = {"therapist": code[known]}
            estimate[known], se[known] = self.fit.predict(x[known], at)
        return estimate - self.shift, se

    def _codes(self, risk: pl.DataFrame) -> npt.NDArray[np.int64]:
        place = {name: n for n, name in enumerate(self.therapists)}
        return np.array([place.get(t, -1) for t in risk["therapist_id"]], dtype=np.int64)


def fit_hazard(
    risk: pl.DataFrame,
    cause: str = "dropped out",
    predictors: Sequence[str] | None = None,
    frailty: bool = True,
) -> Hazard:
    """Fit the cause-specific hazard: logit of ending in this way after a session.

    Other ways of ending leave the risk set, as they should in a cause-specific hazard; what that
    means for shares is said by `incidence.cumulative_incidence`. Weights are associations.

    Args:
        risk: what `risk_table` gives.
        cause: ``dropped out`` or ``completed``.
        predictors: columns to use, the most wanted first; by default all that there are.
        frailty: whether therapists differ by a normal effect on the log odds (Laplace).

    Returns:
        `Hazard`.

    Raises:
        EvenhandError: too few endings, or a predictor that foretells them without fail.

    Source:
        Allison 1982, Sociol Methodol 13:61-98; Singer & Willett 1993, J Educ Stat 18:155-195.
    """
    rows = risk.filter(pl.col("next") != OPEN)
    ended = (rows["next"] == cause).to_numpy()
    events = int(ended.sum())
    _refuse(events, cause)
    design, notes = carried(rows, predictors or default_predictors(risk), ended)
    kept, shift, sampled = _sampled(ended)
    x = design.columns(rows[kept])
    names, code = codes_of(rows["therapist_id"][kept])
    fit, mixed, said = _fitted(x, ended[kept].astype(np.float64), code, frailty)
    return Hazard(
        cause=cause,
        design=design,
        fixed=fit.fixed,
        fixed_cov=fit.fixed_cov,
        frailty_var=mixed.variances["therapist"] if mixed else None,
        frailty_se=mixed.variance_se["therapist"] if mixed else None,
        therapists=tuple(names) if mixed else (),
        fit=mixed,
        shift=shift,
        events_n=events,
        rows_n=rows.height,
        dyads_n=rows["dyad"].n_unique(),
        therapists_n=rows["therapist_id"].n_unique(),
        notes=(*notes, *sampled, *said),
    )


def _fitted(
    x: Floats, k: Floats, code: npt.NDArray[np.int64], frailty: bool
) -> tuple[LogitFit | Logit, LogitFit | None, list[str]]:
    """The fit, the same where it has frailty, and what is to be said of frailty."""
    therapists = int(code.max()) + 1
    fit: LogitFit | Logit
    mixed: LogitFit | None = None
    notes = []
    if frailty and therapists >= FEWEST_THERAPISTS:
        from evenhand.models.mixed import fit_logit

        fit = mixed = fit_logit(k, None, x, {"therapist": code})
        if mixed.singular:
            notes.append("Therapists do not differ beyond chance here: their variance is 0.")
    else:
        fit = fit_plain_logit(x, k)
        if frailty:
            notes.append(f"{therapists} therapists: too few to tell how far they differ.")
    if np.sqrt(np.diagonal(fit.fixed_cov)).max() > WIDEST:
        raise EvenhandError(
            "A predictor foretells who ends in this way nearly without fail.",
            "predictors",
            "Leave it out, or wait for more treatments to end.",
        )
    return fit, mixed, notes


def default_predictors(risk: pl.DataFrame) -> tuple[str, ...]:
    """All predictors of a risk table: time, what is known of everyone, the room, standings."""
    first = [p.name for p in (*TIME, *KNOWN)]
    keys = {"dyad", "client_id", "therapist_id", "session_id", "number", "nth", "next"}
    return (*first, *(c for c in risk.columns if c not in keys and c not in first))


def _refuse(events: int, cause: str) -> None:
    if events < FEWEST_EVENTS:
        raise EvenhandError(
            f"{events} treatments ended as {cause}: too few to say with what that goes together.",
            "sessions.csv, column ended",
            f"At least {FEWEST_EVENTS} are needed; their share and its interval are shown.",
        )


def carried(
    rows: pl.DataFrame, predictors: Sequence[str], ended: npt.NDArray[np.bool_]
) -> tuple[Design, list[str]]:
    """As many predictors as the endings can carry.

    Args:
        rows: of a risk table, those of which it is known what came next.
        predictors: its columns, the most wanted first.
        ended: whether each row was followed by the ending in question.

    Returns:
        The design, and what was left out and why.
    """
    events, notes = int(ended.sum()), []
    chosen, left = list(predictors), list[str]()
    design, one_sided = _bounded(rows, chosen, ended)
    if one_sided:
        notes.append(f"Left out, for nobody or everybody ended there: {', '.join(one_sided)}.")
    while len(design.names) + 1 > events // EVENTS_A_COLUMN and len(chosen) > 1:
        dropped = chosen.pop()
        if dropped in design.of:
            left.insert(0, dropped)
        design = _bounded(rows, chosen, ended)[0]
    if left:
        notes.append(f"Left out for few endings ({events}): {', '.join(left)}.")
    return design, notes


def _bounded(
    rows: pl.DataFrame, predictors: Sequence[str], ended: npt.NDArray[np.bool_]
) -> tuple[Design, list[str]]:
    """The design without yes-or-no columns on one side of which nobody or everybody ended."""
    design = design_of(rows, predictors)
    columns = design.columns(rows)[:, 1:]
    out = []
    for name, column in zip(design.names, columns.T, strict=True):
        high = column > column.mean()
        if len(np.unique(column[:1000])) <= 2 and len(np.unique(column)) == 2:
            shares = {float(ended[high].mean()), float(ended[~high].mean())}
            if shares & {0.0, 1.0}:
                out.append(name)
    return design.without(out), out


def _sampled(ended: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], float, list[str]]:
    """Rows to fit, what sampling adds to the log odds, and a note.

    Taking all endings and a share f of the other rows leaves the weights as they are and adds
    -log f to the intercept (Prentice & Pyke 1979, Biometrika 66:403-411).
    """
    every = np.arange(ended.size)
    events = int(ended.sum())
    others = every[~ended]
    wanted = max(MOST_ROWS - events, 2 * events)
    if ended.size <= MOST_ROWS or wanted >= others.size:
        return every, 0.0, []
    rng = np.random.default_rng(ended.size)
    chosen = others[rng.permutation(others.size)[:wanted]]
    kept = np.sort(np.concatenate([every[ended], chosen]))
    note = f"Fitted on all {events:,} endings and {wanted:,} of {others.size:,} other sessions."
    return kept, float(-np.log(wanted / others.size)), [note]


def hazard_table(hazard: Hazard, level: float = 0.95) -> pl.DataFrame:
    """Coefficients as odds ratios for a standard deviation, with intervals.

    Returns:
        ``cause, term, predictor, unit_sd`` (what a standard deviation is, null for gaps),
        ``log_odds, se, odds_ratio, low, high, p``; the last row is ``therapists (sd)``, a
        standard deviation of log odds, where there is frailty.
    """
    z = float(ndtri(0.5 + level / 2))
    design = hazard.design
    fixed = hazard.fixed.copy()
    fixed[0] -= hazard.shift
    se = np.sqrt(np.diagonal(hazard.fixed_cov))
    terms = ("intercept", *design.names)
    of = (None, *design.of)
    sds = [design.sds[o] if o == t else None for t, o in zip(terms, of, strict=True)]
    table = pl.DataFrame(
        {
            "term": terms,
            "predictor": of,
            "unit_sd": pl.Series(sds, dtype=pl.Float64),
            "log_odds": fixed,
            "se": se,
            "odds_ratio": np.exp(fixed),
            "low": np.exp(fixed - z * se),
            "high": np.exp(fixed + z * se),
            "p": 2 * ndtr(-np.abs(fixed / se)),
        }
    )
    if hazard.frailty_var is not None:
        table = pl.concat([table, _frailty_row(hazard, z, table.schema)])
    return table.select(pl.lit(hazard.cause).alias("cause"), pl.all())


def _frailty_row(hazard: Hazard, z: float, schema: pl.Schema) -> pl.DataFrame:
    variance, se = hazard.frailty_var or 0.0, hazard.frailty_se
    sd = float(np.sqrt(variance))
    known = variance > 0 and se is not None and bool(np.isfinite(se))
    half = z * (se or 0.0) / (2 * variance) if known else None
    row = {
        "term": "therapists (sd)",
        "log_odds": sd,
        "low": None if half is None else sd * float(np.exp(-half)),
        "high": None if half is None else sd * float(np.exp(half)),
    }
    return pl.DataFrame([row | {c: None for c in schema if c not in row}], schema=schema)
