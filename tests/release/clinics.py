"""Made-up clinics: skewed strata, skewed caseloads, and quarters in which people come and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

Row = tuple[str, ...]

DIMS = ["therapist", "ended", "a", "b", "c"]
"""What each row of a clinic's roster holds."""


@dataclass(frozen=True)
class Clinic:
    """A roster for each quarter, in the order of `DIMS`, and the scores that clients gave.

    Args:
        quarters: client to row, quarter by quarter.
        clients: how many there are in the first quarter.
        scores: client to the totals of a questionnaire, first to last.
        better: by how much a total must fall to count as better.
    """

    quarters: list[dict[str, Row]]
    clients: int
    scores: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    better: float = 6.0

    def state(self, tag: str, name: str, q: int) -> str:
        """What became of a client's treatment, or of their scores."""
        if name == "ended":
            return self.quarters[q][tag][1]
        scores = self.scores.get(tag, ())
        if len(scores) < 2:
            return "one" if scores else "none"
        return "improved" if scores[0] - scores[-1] >= self.better else "not improved"

    def came(self, tag: str) -> int:
        """The quarter in which a client is first there."""
        return next(q for q, roster in enumerate(self.quarters) if tag in roster)

    def values(self) -> dict[str, tuple[str, ...]]:
        """Position to every value that a client gave."""
        last = self.quarters[-1].values()
        return {d: tuple(sorted({row[n] for row in last})) for n, d in enumerate(DIMS) if n > 1}

    def loads(self) -> list[str]:
        """Therapists, the largest caseload first."""
        n: dict[str, int] = {}
        for row in self.quarters[-1].values():
            n[row[0]] = n.get(row[0], 0) + 1
        return sorted(n, key=lambda t: (-n[t], t))

    def of(self, therapists: Iterable[str]) -> set[str]:
        """The clients of some therapists."""
        some = set(therapists)
        return {tag for tag, row in self.quarters[-1].items() if row[0] in some}


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
    declined: float = 0.03,
) -> Clinic:
    """Draw a clinic.

    Args:
        rng: where the chance comes from.
        clients: how many there are in the first quarter.
        levels: how many values each position has.
        quarters: how often it is looked at.
        turnover: the part that joins in each later quarter.
        declined: the part that does not want to say one of their positions.
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
            roster[f"p{len(roster)}"] = _joining(rng, loads, parts, base, declined)
        found.append(dict(roster))
        roster = _going_on(rng, roster)
    return Clinic(found, clients, {tag: _scores(rng) for tag in found[-1]})


def _joining(
    rng: np.random.Generator,
    loads: np.ndarray,
    parts: list[np.ndarray],
    base: float,
    declined: float,
) -> Row:
    codes = [int(rng.choice(p.size, p=p)) for p in parts]
    chance = min(0.9, base * (1 + 0.3 * codes[0]))
    ended = rng.choice(["dropped out", "completed", "ongoing"], p=_ways(chance))
    therapist = f"t{rng.choice(loads.size, p=loads)}"
    values = [f"{'abc'[i]}{code}" for i, code in enumerate(codes)]
    if rng.random() < declined:
        values[int(rng.integers(len(values)))] = "declined"
    return (therapist, str(ended), *values)


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


def _scores(rng: np.random.Generator) -> tuple[int, ...]:
    """Two totals of a depression scale for most clients, one or none for some."""
    n = int(rng.choice([2, 1, 0], p=[0.75, 0.15, 0.1]))
    first = int(rng.integers(8, 25))
    return (first, max(0, first - int(rng.integers(-3, 14))))[:n]
