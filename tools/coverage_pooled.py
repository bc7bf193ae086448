"""Simulated studies with known dyads: do pooled intervals and mean tilts hold their truth?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage_grid import REPLICATES, Cell, drawn_amounts, filled, plain_dispersion
from evenhand.core._pooled_tilt import Role, pooled_tilt
from evenhand.core.tilt import mean_tilt, tilt_of


@dataclass(frozen=True)
class Study:
    """Dyads by sessions; squared coefficients of variation of the rates; level pooled."""

    level: str
    dyads: int
    sessions: int
    between: float
    within: float
    together: float = 0.0
    """Correlation (of normal scores) of the two roles' rates between sessions."""


_PLAIN = [
    Study(level, dyads, sessions, between, within)
    for level in ("dyad", "study")
    for dyads, sessions in ((1, 6), (3, 4), (10, 4), (30, 8))
    for between, within in ((0.0, 0.0), (0.3, 0.0), (0.3, 0.3))
    if level == "dyad" or dyads > 1 or between == 0
]
_TOGETHER = [Study("dyad", 10, 8, 0.3, 0.3, rho) for rho in (0.7, -0.7)]
STUDIES = (*_PLAIN, *_TOGETHER)

MEANS = (0.03, 0.015)


def factors(
    rng: np.random.Generator, spread: float, n: int, together: float
) -> tuple[np.ndarray, np.ndarray]:
    """Two roles' Gamma factors of mean 1, correlated through a normal copula."""
    from scipy.stats import gamma, norm

    if not spread:
        return np.ones(n), np.ones(n)
    z = rng.standard_normal((2, n))
    z[1] = together * z[0] + np.sqrt(1 - together**2) * z[1]
    one, other = gamma.ppf(norm.cdf(z), 1 / spread, scale=spread)
    return one, other


def one_study(study: Study, rng: np.random.Generator) -> tuple[int, int, float]:
    """Intervals that held the truth, intervals given, and their summed width."""
    n = study.dyads * study.sessions
    of_dyad = np.repeat(np.arange(study.dyads), study.sessions)
    dyad = factors(rng, study.between, study.dyads, 0.0)
    now = factors(rng, study.within, n, study.together)
    roles = []
    for mean, mine, today in zip(MEANS, dyad, now, strict=True):
        e = rng.integers(60, 200, n).astype(float)
        roles.append(Role(rng.poisson(mean * mine[of_dyad] * today * e).astype(float), e))
    starts = np.arange(0, n, study.sessions)
    if min(r.k.sum() for r in roles) == 0:
        return 0, 0, 0.0
    found = pooled_tilt(*roles, starts, study.level, 1.0, rng)
    rates = [np.array([m]) for m in MEANS]
    if study.level == "dyad":
        rates = [m * f for m, f in zip(MEANS, dyad, strict=True)]
    truth = (rates[0] - rates[1]) / (rates[0] + rates[1])
    seen = np.isfinite(found.tilt)
    held = (found.low <= truth) & (truth <= found.high) & seen
    return int(held.sum()), int(seen.sum()), float((found.high - found.low)[seen].sum())


def run_study(study: Study, rng: np.random.Generator, replicates: int) -> tuple[float, float, int]:
    """Coverage, mean width and number of intervals."""
    runs = np.array([one_study(study, rng) for _ in range(replicates)])
    held, given, width = runs.sum(axis=0)
    return float(held / given), float(width / given), int(given)


def studies_needed(study: Study) -> int:
    """Enough simulated studies for 2,000 intervals of dyads; 400 of a whole study."""
    return 400 if study.level == "study" else max(REPLICATES // study.dyads, 70)


MEAN_CELLS = (
    (Cell("binary", 60, 60, 0.4, 0.2), Cell("counts", 60, 60, 0.3, 0.1)),
    (
        Cell("binary", 60, 120, 0.1, 0.1),
        Cell("binary", 60, 120, 0.3, 0.1),
        Cell("counts", 60, 120, 0.2, 0.1, shape=0.5),
        Cell("words", 60, 120, 30.0, 12.0, shape=0.8),
    ),
    (
        Cell("binary", 20, 20, 0.2, 0.2),
        Cell("binary", 20, 20, 0.4, 0.2),
        Cell("counts", 20, 20, 0.5, 0.3),
    ),
)
"""Components of a mean tilt, by session."""


def run_mean(cells: tuple[Cell, ...], rng: np.random.Generator, n: int = REPLICATES) -> float:
    """Coverage of the mean tilt of these components (words: truth before rounding)."""
    parts = []
    for cell in cells:
        t = drawn_amounts(cell, cell.turns_t, cell.mean_t, rng, n)
        c = drawn_amounts(cell, cell.turns_c, cell.mean_c, rng, n)
        raw = [plain_dispersion(x, cell.kind == "binary") for x in (t, c)]
        phi = filled(raw[0], raw[1]), filled(raw[1], raw[0])
        parts.append(tilt_of(t.sum(1), cell.turns_t, c.sum(1), cell.turns_c, *phi))
    stacked = [np.column_stack(x) for x in zip(*parts, strict=True)]
    found = mean_tilt(*stacked)
    truth = np.mean([cell.truth for cell in cells])
    whole = np.isfinite(stacked[0]).all(axis=1)
    return float(((found.low <= truth) & (truth <= found.high))[whole].mean())
