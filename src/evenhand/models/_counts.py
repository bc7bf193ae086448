"""Binomial counts for a logit model: like rows together, and where the fixed effects start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.special import expit, gammaln

from evenhand.core.errors import EvenhandError

CERTAIN = 15.0
"""Log odds beyond which a column foretells the outcome without fail."""


@dataclass(frozen=True)
class Counts:
    """Rows that agree in everything but their outcome, added up.

    Args:
        codes: factors' codes, in the layout's order.
        k, trials: counts.
        fixed: rows × columns.
        offset: added to the predictor.
        slope: the variable of a random slope.
        constant: log likelihood's constant, of the rows as they came.
        n: rows as they came.
    """

    codes: tuple[np.ndarray, ...]
    k: np.ndarray
    trials: np.ndarray
    fixed: np.ndarray
    offset: np.ndarray
    slope: np.ndarray | None
    constant: float
    n: int

    def take(self, columns: Sequence[int]) -> Counts:
        """The same with these columns only."""
        return _added(replace(self, fixed=self.fixed[:, list(columns)]))


def counts_of(
    k: np.ndarray,
    trials: np.ndarray | None,
    fixed: np.ndarray,
    codes: Sequence[np.ndarray],
    offset: np.ndarray | None,
    slope: np.ndarray | None,
) -> Counts:
    """Check counts and add up like rows."""
    k = np.asarray(k, float)
    m = np.ones(len(k)) if trials is None else np.asarray(trials, float)
    o = np.zeros(len(k)) if offset is None else np.asarray(offset, float)
    _check(k, m, o)
    constant = float((gammaln(m + 1) - gammaln(k + 1) - gammaln(m - k + 1)).sum())
    return _added(Counts(tuple(codes), k, m, fixed, o, slope, constant, len(k)))


def add_counts(parts: Sequence[Counts]) -> Counts:
    """The counts of a whole table from those of its parts."""
    slopes = [one.slope for one in parts if one.slope is not None]
    return _added(
        Counts(
            codes=tuple(
                np.concatenate(each) for each in zip(*(p.codes for p in parts), strict=True)
            ),
            k=np.concatenate([p.k for p in parts]),
            trials=np.concatenate([p.trials for p in parts]),
            fixed=np.concatenate([p.fixed for p in parts]),
            offset=np.concatenate([p.offset for p in parts]),
            slope=np.concatenate(slopes) if slopes else None,
            constant=sum(p.constant for p in parts),
            n=sum(p.n for p in parts),
        )
    )


def _added(counts: Counts) -> Counts:
    """Like rows as one."""
    width = counts.fixed.shape[1]
    columns = {f"f{j}": one for j, one in enumerate(counts.codes)}
    columns |= {f"x{j}": one for j, one in enumerate(counts.fixed.T)}
    columns |= {"offset": counts.offset}
    columns |= {} if counts.slope is None else {"slope": counts.slope}
    frame = pl.DataFrame(columns | {"k": counts.k, "m": counts.trials})
    frame = frame.group_by(list(columns)).agg(pl.all().sum()).sort(list(columns))
    return replace(
        counts,
        codes=tuple(frame[f"f{j}"].to_numpy() for j in range(len(counts.codes))),
        k=frame["k"].to_numpy(),
        trials=frame["m"].to_numpy(),
        fixed=frame.select(f"x{j}" for j in range(width)).to_numpy(),
        offset=frame["offset"].to_numpy(),
        slope=None if counts.slope is None else frame["slope"].to_numpy(),
    )


def _check(k: np.ndarray, m: np.ndarray, offset: np.ndarray) -> None:
    good = k.shape == m.shape == offset.shape and bool(np.isfinite(k + m + offset).all())
    if not good or (k < 0).any() or (k > m).any() or (m <= 0).any():
        raise EvenhandError(
            "A count is missing, below 0 or above its number of trials.",
            "k or n_trials",
            "Give 0 ≤ k ≤ n_trials for each row, and n_trials above 0.",
        )


def start_fixed(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """Fixed effects without random ones, and a root of their covariance.

    Raises:
        EvenhandError: columns say the same thing twice, or separate the outcomes.
    """
    beta = np.zeros(counts.fixed.shape[1])
    root = np.eye(len(beta))
    for _ in range(50):
        eta = counts.offset + counts.fixed @ beta
        p = expit(eta)
        w = counts.trials * p * (1 - p)
        information = counts.fixed.T @ (w[:, None] * counts.fixed)
        root = _root(information)
        step = root @ (root.T @ (counts.fixed.T @ (counts.k - counts.trials * p)))
        beta = beta + step * min(1.0, 5.0 / max(float(np.abs(counts.fixed @ step).max()), 1e-12))
        if float(np.abs(counts.fixed @ beta).max()) > CERTAIN:
            break
        if float(step @ information @ step) < 1e-10:
            return beta, root
    raise EvenhandError(
        "A column, or several together, foretells the outcome without fail.",
        "fixed effects",
        "Leave it out, or merge its rare values: its log odds would be without end.",
    )


def _root(information: np.ndarray) -> np.ndarray:
    """Upper triangular R with RR' = information⁻¹."""
    scale = np.sqrt(np.clip(np.diagonal(information), 1e-300, None))
    try:
        low = np.linalg.cholesky(information / np.outer(scale, scale))
        if np.diagonal(low).min() < 1e-7:
            raise np.linalg.LinAlgError
    except np.linalg.LinAlgError:
        raise EvenhandError(
            "The fixed effects say the same thing twice, or foretell the outcome without fail.",
            "fixed effects",
            "Leave out a column that others add up to, or merge rare values.",
        ) from None
    return np.asarray(np.linalg.inv(low).T / scale[:, None])
