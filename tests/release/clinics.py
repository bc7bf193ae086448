"""Made-up clinics: skewed strata, skewed caseloads, and quarters in which people come and go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Row = tuple[str, ...]

DIMS = ["therapist", "ended", "a", "b", "c"]
"""What each row of a clinic's roster holds."""


@dataclass(frozen=True)
class Clinic:
    """A roster for each quarter, in the order of `DIMS`."""

    quarters: list[dict[str, Row]]
    clients: int


def skewed(rng: np.random.Generator, n: int, strength: float) -> np.ndarray:
    """Parts of a whole, from even (0) to very uneven (2)."""
    raw = np.arange(1, n + 1, dtype=float) ** -strength
    return rng.permutation(raw / raw.sum())


def made_clinic(
    rng: np.random.Generator,
    clients: int,
    *,
    levels: tuple[int, ...] = (3, 5, 4),
    quarters: int = 1,
    turnover: float = 0.15,
) -> Clinic:
    """Draw a clinic.

    Args:
        rng: where the chance comes from.
        clients: how many there are in the first quarter.
        levels: how many values each position has.
        quarters: how often it is looked at.
        turnover: the part that joins in each later quarter.
    """
    therapists = max(2, round(clients / rng.uniform(12, 35)))
    loads = skewed(rng, therapists, rng.uniform(0, 1.2))
    parts = [skewed(rng, n, rng.uniform(0, 1.5)) for n in levels]
    base = rng.uniform(0.15, 0.4)
    roster: dict[str, Row] = {}
    found: list[dict[str, Row]] = []
    for q in range(quarters):
        joining = clients if q == 0 else rng.poisson(clients * turnover)
        for _ in range(joining):
            codes = [int(rng.choice(n, p=p)) for n, p in zip(levels, parts, strict=True)]
            chance = min(0.9, base * (1 + 0.3 * codes[0]))
            ended = rng.choice(["dropped out", "completed", "ongoing"], p=_ways(chance))
            therapist = f"t{rng.choice(therapists, p=loads)}"
            values = [f"{'abc'[i]}{code}" for i, code in enumerate(codes)]
            if rng.random() < 0.03:
                values[int(rng.integers(len(values)))] = "declined"
            roster[f"p{len(roster)}"] = (therapist, str(ended), *values)
        found.append(dict(roster))
        roster = _going_on(rng, roster)
    return Clinic(found, clients)


def _ways(dropped: float) -> list[float]:
    return [dropped * 0.9, (1 - dropped) * 0.9, 0.1]


def _going_on(rng: np.random.Generator, roster: dict[str, Row]) -> dict[str, Row]:
    """Some of those who were in treatment end it."""
    after = {}
    for tag, row in roster.items():
        if row[1] == "ongoing" and rng.random() < 0.5:
            row = (row[0], "dropped out" if rng.random() < 0.3 else "completed", *row[2:])
        after[tag] = row
    return after
