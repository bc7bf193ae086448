"""Simulate, fit, compare: any model is held to a truth that it has not seen.

The fitting model is passed in, so that this knows no model and every model can use it:

    found = recover(fit, truth, Size(clients=400, therapists=40, sessions=8), replicates=100)
    found["gap"].assert_sound()

``fit`` takes a `Simulation` (people, sessions, ratings, readings as a real study has them; never
its truth) and gives name to `Estimate`. ``truth`` is name to value: `truth_over` works it out as
what it is in a million dyads without noise. With ``settings={"h": 0.0}`` and a truth of 0 the same
call gives false positives in a flat society.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from evenhand.core.share import share_of
from evenhand.runs.simulate import Simulation, simulate
from evenhand.theory import Conditions, World, shipped_theory
from evenhand.theory.luck import DYADS
from evenhand.theory.summary import Summary, summarise, together

MILLION = 1_000_000


class Estimate(NamedTuple):
    """What a model says of one quantity, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Size:
    """The size of one simulated study."""

    clients: int
    therapists: int
    sessions: int


class Share(NamedTuple):
    """A share of replicates with its Monte Carlo interval (Wilson, 95 %)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Recovery:
    """How one quantity came back over the replicates; ``failed`` fits are counted, not dropped."""

    name: str
    truth: float
    replicates: int
    failed: int
    mean: float
    bias_error: float
    coverage: Share
    found: Share

    @property
    def bias(self) -> float:
        """Mean estimate minus truth; ``bias_error`` is its Monte Carlo error."""
        return self.mean - self.truth

    def assert_sound(self, coverage: tuple[float, float] = (0.93, 0.97)) -> None:
        """No bias past three Monte Carlo errors; coverage cannot be told from the bar's range."""
        assert self.failed == 0, f"{self.name}: {self.failed} fits failed"
        assert abs(self.bias) <= 3 * self.bias_error, f"{self.name}: bias {self.bias:.4f}"
        low, high = coverage
        inside = self.coverage.high >= low and self.coverage.low <= high
        assert inside, f"{self.name}: coverage {self.coverage}"

    def assert_few_false_findings(self, most: float = 0.05) -> None:
        """Where the truth is 0: findings cannot be told from the rate that was asked for."""
        assert self.truth == 0.0, f"{self.name} is {self.truth}, so that a finding is none too many"
        assert self.found.low <= most, f"{self.name}: false findings {self.found}"


Fit = Callable[[Simulation], Mapping[str, Estimate]]


def recover(
    fit: Fit,
    truth: Mapping[str, float],
    size: Size,
    *,
    replicates: int,
    seed: int = 1,
    settings: Mapping[str, float] | None = None,
    detail: str = "counts",
) -> dict[str, Recovery]:
    """Simulate so many studies, fit each, compare with the truth.

    Args:
        fit: the model, as above.
        truth: what is to be recovered, by name.
        size: of a study.
        replicates: how many studies.
        seed: of the first study; the others follow.
        settings: parameters of the theory that differ.
        detail: ``counts`` (fast) or ``full`` (items, all indicators, tilts).
    """
    rows: dict[str, list[Estimate | None]] = {name: [] for name in truth}
    for number in range(replicates):
        with TemporaryDirectory() as folder:
            study = simulate(
                clients=size.clients,
                therapists=size.therapists,
                sessions=size.sessions,
                seed=seed + number,
                settings=settings,
                out=Path(folder) / "study",
                detail=detail,
            )
            found = fit(study)
        for name, kept in rows.items():
            kept.append(found.get(name))
    return {name: _recovery(name, truth[name], kept) for name, kept in rows.items()}


def _recovery(name: str, truth: float, kept: list[Estimate | None]) -> Recovery:
    there = [e for e in kept if e is not None and np.all(np.isfinite(e))]
    values = np.array([e.value for e in there])
    holds = sum(e.low <= truth <= e.high for e in there)
    found = sum(e.low > 0 or e.high < 0 for e in there)
    n = len(there)
    return Recovery(
        name=name,
        truth=truth,
        replicates=len(kept),
        failed=len(kept) - n,
        mean=float(values.mean()),
        bias_error=float(values.std(ddof=1) / np.sqrt(n)),
        coverage=Share(*share_of(holds, n)),
        found=Share(*share_of(found, n)),
    )


def truth_over(
    value: Callable[[Summary], float],
    *,
    sessions: int = 20,
    settings: Mapping[str, float] | None = None,
    dyads: int = MILLION,
    seed: int = 2026,
    per_therapist: int = 20,
) -> float:
    """An estimand's truth: its value over a million dyads whose ratings have no noise.

    Args:
        value: from all dyads' `Summary` to the estimand.
        sessions: how many are watched.
        settings: parameters of the theory that differ.
        dyads: how many; fewer in quick tests.
        seed: of the draws, another than the studies'.
        per_therapist: clients of a therapist.
    """
    theory = shipped_theory().with_(dict(settings or {}))
    count = -(-dyads // DYADS) * DYADS
    quiet = Conditions(noise_free=True)
    world = World(theory, count, count // per_therapist, sessions, seed, quiet)
    staff = world.staff()
    return value(together(summarise(world, b, staff) for b in range(world.blocks)))
