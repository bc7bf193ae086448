"""Made-up crossed data for tests of the mixed-model core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Crossed:
    y: np.ndarray
    x: np.ndarray
    factors: dict[str, np.ndarray]
    t: np.ndarray


def crossed(
    seed: int,
    n: int = 240,
    clients: int = 30,
    therapists: int = 8,
    strata: int = 8,
    spread: tuple[float, float, float] = (1.0, 0.8, 0.9),
    slope: float = 0.0,
) -> Crossed:
    """Sessions of clients, crossed with therapists; a stratum is a client's."""
    rng = np.random.default_rng(seed)
    c = np.concatenate([np.arange(clients), rng.integers(0, clients, n - clients)])
    t = np.concatenate([np.arange(therapists), rng.integers(0, therapists, n - therapists)])
    of_client = np.concatenate([np.arange(strata), rng.integers(0, strata, clients - strata)])
    s = of_client[c]
    session = rng.integers(0, 8, n).astype(float)
    x = np.column_stack([np.ones(n), rng.normal(size=n), session])
    effect = rng.normal(0, spread[0], clients)[c] + rng.normal(0, spread[1], therapists)[t]
    effect = effect + rng.normal(0, spread[2], strata)[s]
    if slope:
        effect = effect + rng.normal(0, slope, clients)[c] * session
    y = x @ [1.0, 0.4, -0.1] + effect + rng.normal(size=n)
    return Crossed(y, x, {"client": c, "therapist": t, "stratum": s}, session)
