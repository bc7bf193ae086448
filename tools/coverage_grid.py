"""Simulated sessions with a known tilt: does its 95 % interval hold it 95 times in 100?

A cell is one way of talking: how many turns a side, what is counted in a turn, how often, and
whether acts come in runs. Dispersion is worked out here by the plain rule of INDICATORS.md, as
an oracle for the engine's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenhand.core.tilt import rate_interval, tilt_of

BLOCK = 5
REPLICATES = 2_000
RARE = 3.0
"""Expected events a role, under which a cell stands outside the claim."""


@dataclass(frozen=True)
class Cell:
    """One cell of the grid: `kind` of amount, turns and mean amount a turn by role."""

    kind: str
    turns_t: int
    turns_c: int
    mean_t: float
    mean_c: float
    shape: float = 0.0
    """NB size for counts, log standard deviation for words."""
    serial: float = 0.0
    """Lag-one autocorrelation of what drives the amounts."""

    @property
    def rare(self) -> bool:
        return min(self.turns_t * self.mean_t, self.turns_c * self.mean_c) < RARE

    @property
    def truth(self) -> float:
        return (self.mean_t - self.mean_c) / (self.mean_t + self.mean_c)


@dataclass(frozen=True)
class Found:
    """What a cell's replicates gave."""

    cell: Cell
    tilt: float
    rate: float
    width: float
    n: int


def normal_series(rng: np.random.Generator, shape: tuple[int, int], serial: float) -> np.ndarray:
    """Standard normal series by row with this lag-one autocorrelation."""
    noise = rng.standard_normal(shape)
    if serial:
        for j in range(1, shape[1]):
            noise[:, j] = serial * noise[:, j - 1] + np.sqrt(1 - serial**2) * noise[:, j]
    return noise


def drawn_amounts(
    cell: Cell, turns: int, mean: float, rng: np.random.Generator, replicates: int
) -> np.ndarray:
    """Amounts by turn, a row a replicate."""
    from scipy.stats import norm

    shape = (replicates, turns)
    if cell.kind == "binary":
        return (normal_series(rng, shape, cell.serial) < norm.ppf(mean)).astype(float)
    if cell.kind == "counts":
        if not cell.shape:
            return rng.poisson(mean, shape).astype(float)
        return rng.poisson(mean * rng.gamma(cell.shape, 1 / cell.shape, shape)).astype(float)
    s = cell.shape
    words = np.exp(s * normal_series(rng, shape, cell.serial) - s**2 / 2)
    return np.maximum(np.round(mean * words), 1.0)


def over_mean(values: np.ndarray) -> np.ndarray:
    """Sample variance over mean by row; nan with fewer than two values or a mean of 0."""
    if values.shape[1] < 2:
        return np.full(values.shape[0], np.nan)
    mean = values.mean(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(mean > 0, values.var(axis=1, ddof=1) / mean, np.nan)


def plain_dispersion(amounts: np.ndarray, binary: bool) -> np.ndarray:
    """The larger of variance over mean a turn (1 - p for 0/1) and over full blocks of five."""
    alone = 1.0 - amounts.mean(axis=1) if binary else over_mean(amounts)
    full = amounts.shape[1] // BLOCK
    blocks = amounts[:, : full * BLOCK].reshape(len(amounts), full, BLOCK).sum(axis=2)
    both = np.fmax(alone, over_mean(blocks))
    return np.where(amounts.sum(axis=1) > 0, both, np.nan)


def filled(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A role's dispersion, or the other's, or 1."""
    return np.where(np.isfinite(one), one, np.where(np.isfinite(other), other, 1.0))


def true_mean(cell: Cell, mean: float, rng: np.random.Generator) -> float:
    """Mean amount a turn: words are rounded and at least one, so theirs is simulated."""
    if cell.kind != "words":
        return mean
    alone = Cell("words", 1, 1, mean, mean, cell.shape)
    return float(drawn_amounts(alone, 1_000, mean, rng, 2_000).mean())


def run_cell(cell: Cell, rng: np.random.Generator, replicates: int = REPLICATES) -> Found:
    """Coverage of the tilt's interval and of the two rates' in one cell."""
    t = drawn_amounts(cell, cell.turns_t, cell.mean_t, rng, replicates)
    c = drawn_amounts(cell, cell.turns_c, cell.mean_c, rng, replicates)
    binary = cell.kind == "binary"
    raw_t, raw_c = (plain_dispersion(x, binary) for x in (t, c))
    phi_t, phi_c = filled(raw_t, raw_c), filled(raw_c, raw_t)
    k_t, k_c = t.sum(axis=1), c.sum(axis=1)
    e_t, e_c = np.full(replicates, cell.turns_t), np.full(replicates, cell.turns_c)
    found = tilt_of(k_t, e_t, k_c, e_c, phi_t, phi_c)
    m_t, m_c = (true_mean(cell, m, rng) for m in (cell.mean_t, cell.mean_c))
    truth = (m_t - m_c) / (m_t + m_c)
    seen = np.isfinite(found.tilt)
    held = ((found.low <= truth) & (truth <= found.high))[seen]
    rates = []
    for k, e, phi, m in ((k_t, e_t, phi_t, m_t), (k_c, e_c, phi_c, m_c)):
        low, high = rate_interval(k, e, phi, binary)
        rates.append(((low <= m) & (m <= high)).mean())
    width = float((found.high - found.low)[seen].mean())
    return Found(cell, float(held.mean()), float(np.mean(rates)), width, int(seen.sum()))


TURNS = ((20, 20), (20, 60), (60, 20), (60, 60), (60, 120), (120, 120), (400, 400), (400, 120))


def grid() -> Iterator[Cell]:
    """The declared grid, serial dependence 0."""
    for turns_t, turns_c in TURNS:
        for mean_t, mean_c in ((0.05, 0.05), (0.1, 0.03), (0.2, 0.2), (0.4, 0.1), (0.6, 0.3)):
            yield Cell("binary", turns_t, turns_c, mean_t, mean_c)
        for mean_t, mean_c in ((0.1, 0.05), (0.3, 0.3), (1.0, 0.4)):
            yield Cell("counts", turns_t, turns_c, mean_t, mean_c)
            yield Cell("counts", turns_t, turns_c, mean_t, mean_c, shape=0.5)
        for mean_t, mean_c in ((20.0, 20.0), (30.0, 12.0)):
            for spread in (0.8, 1.2):
                yield Cell("words", turns_t, turns_c, mean_t, mean_c, shape=spread)


def serial_grid() -> Iterator[Cell]:
    """Acts that come in runs: reported apart."""
    for turns in (20, 60, 120, 400):
        for serial in (0.3, 0.6):
            yield Cell("binary", turns, turns, 0.3, 0.15, serial=serial)
            yield Cell("words", turns, turns, 30.0, 12.0, shape=0.8, serial=serial)
