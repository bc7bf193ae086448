"""`evenhand plan`: how large a study must be, by simulating it many times."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from evenhand import __version__
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.share import share_of
from evenhand.runs._blocks import in_order
from evenhand.runs._plan_models import PLANNED, fit_studies
from evenhand.study.store import key_of, write_bytes, write_json, writing
from evenhand.theory.parameters import Theory, shipped_theory
from evenhand.theory.studies import (
    ESTIMANDS,
    Design,
    Fits,
    fit_slopes,
    planted,
    simulate_studies,
)

Progress = Callable[[str, int, int], None]
LEVEL = 0.05
"""Two-sided; intervals are 95 %."""
ENOUGH = 0.80
"""Power that is usually asked for."""
FEWEST_CLIENTS, FEWEST_THERAPISTS = 20, 5


def known() -> dict[str, tuple[str, str]]:
    """Every estimand: its title, and the unit of its effect."""
    slopes = {n: (e.title, e.means) for n, e in ESTIMANDS.items()}
    return slopes | {n: (m.title, m.means) for n, m in PLANNED.items()}


@dataclass(frozen=True)
class Cell:
    """What studies of one size would find.

    Shares of studies have Monte Carlo intervals (Wilson, 95 %). ``half_width`` is the mean half
    width of a study's own interval, ``spread`` the SD of estimates over studies; ``refused``
    studies gave no interval, and count as not finding and not holding the effect.
    """

    estimand: str
    effect: float
    clients: int
    therapists: int
    sessions: int
    studies: int
    power: float
    power_low: float
    power_high: float
    coverage: float
    coverage_low: float
    coverage_high: float
    estimate: float
    estimate_error: float
    spread: float
    half_width: float
    refused: int = 0

    def sentence(self) -> str:
        """What a grant can quote."""
        refused = (
            f" {self.refused:,} of the studies could not be fitted and count as not finding it."
        )
        return (
            f"With {self.clients:,} clients of {self.therapists:,} therapists, followed for up to "
            f"{self.sessions} sessions, an effect of {self.effect:g} ({known()[self.estimand][1]}) "
            f"would be found "
            f"(two-sided 5 %) in {self.power:.0%} of studies (Monte Carlo 95 % interval "
            f"{self.power_low:.0%} to {self.power_high:.0%}, {self.studies:,} simulated studies "
            f"with drop-out and clustering as in Evenhand's calibrated theory); a study's own "
            f"95 % interval would be ±{self.half_width:.2f} on average."
            f"{refused if self.refused else ''}"
        )


@dataclass(frozen=True)
class Plan:
    """All sizes that were asked for."""

    out: Path | None
    seed: int
    cells: Sequence[Cell]

    def enough(self, estimand: str) -> Cell | None:
        """The smallest size whose power is 80 % or more, Monte Carlo error included."""
        fit = [c for c in self.cells if c.estimand == estimand and c.power_low >= ENOUGH]
        return min(fit, key=lambda c: (c.clients, c.therapists, c.sessions), default=None)

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` and plan.json have it."""
        return {
            "evenhand": __version__,
            "seed": self.seed,
            "cells": [{**asdict(c), "sentence": c.sentence()} for c in self.cells],
        }


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def plan(
    *,
    effects: Mapping[str, float],
    clients: Sequence[int],
    therapists: Sequence[int],
    sessions: Sequence[int],
    studies: int = 400,
    seed: int = 1,
    theory: Theory | None = None,
    out: str | Path | None = None,
    workers: int = 1,
    progress: Progress = _quiet,
) -> Plan:
    """Simulate studies of every size, with an effect planted in them, and see how many find it.

    Args:
        effects: estimand to its size: ``alliance``, ``outcome`` or ``alliance_outcome`` in SD for
            an SD; ``mirror`` or ``mirror_treatment`` of the models, in their unit.
        clients: numbers of clients to try.
        therapists: numbers of therapists to try; each of a study's clients sees one at random.
        sessions: numbers of sessions to follow.
        studies: simulated studies of each size.
        seed: of all draws.
        theory: the shipped one by default.
        out: a folder for plan.json and plan.html; sizes that are finished are kept there.
        workers: processes.
        progress: called as work goes on.

    Raises:
        EvenhandError: an estimand that is none, or a size that cannot be simulated.
    """
    _check(effects, clients, therapists, sessions, studies)
    base = theory or shipped_theory()
    folder = Path(out) if out is not None else None
    designs = [Design(*size) for size in product(clients, therapists, sessions)]
    work = _work(folder, [__version__, seed, studies, dict(base), dict(effects)])
    one = partial(_cells, work, base, dict(effects), studies, seed)
    found: list[Cell] = []
    for n, cells in enumerate(in_order(one, designs, workers), start=1):
        found += cells
        progress("Simulating studies", n, len(designs))
    found.sort(key=lambda c: list(effects).index(c.estimand))
    made = Plan(folder, seed, tuple(found))
    if folder is not None:
        _write(made, folder)
    return made


def _work(folder: Path | None, asked: list[Any]) -> Path | None:
    """Where finished sizes are kept."""
    if folder is None:
        return None
    work = folder / ".work" / key_of(*asked)
    with writing(folder):
        work.mkdir(parents=True, exist_ok=True)
    return work


def _check(
    effects: Mapping[str, float],
    clients: Sequence[int],
    therapists: Sequence[int],
    sessions: Sequence[int],
    studies: int,
) -> None:
    """Refuse what cannot be simulated, all of it at once."""
    wrong = [f"There is no estimand {n!r}." for n in effects if n not in known()]
    most = {n: 1.0 if n in ESTIMANDS else 5.0 for n in effects}
    wrong += [f"{n}={v:g} is out of range." for n, v in effects.items() if not abs(v) < most[n]]
    wrong += [f"{n} clients are too few." for n in clients if n < FEWEST_CLIENTS]
    wrong += [f"{n} therapists are too few." for n in therapists if n < FEWEST_THERAPISTS]
    wrong += [f"{n} sessions are none." for n in sessions if not 1 <= n <= 100]
    wrong += [f"{studies} studies say nothing of power."] if studies < 20 else []
    if clients and therapists and min(clients) < 2 * max(therapists):
        wrong.append("There are fewer than two clients for a therapist.")
    if wrong or not (effects and clients and therapists and sessions):
        raise EvenhandError(
            " ".join(wrong) or "Something was left empty.",
            "plan",
            f"Estimands: {', '.join(known())}; at least {FEWEST_CLIENTS} clients and "
            f"{FEWEST_THERAPISTS} therapists, two clients a therapist, 20 studies.",
            Exit.USAGE,
        )


def _cells(
    work: Path | None,
    theory: Theory,
    effects: dict[str, float],
    studies: int,
    seed: int,
    design: Design,
) -> list[Cell]:
    """One size, all estimands; a size that is finished is kept."""
    name = f"{design.clients}-{design.therapists}-{design.sessions}.json"
    if work is not None and (work / name).exists():
        kept = json.loads((work / name).read_text(encoding="utf-8"))
        return [Cell(**row) for row in kept]
    slopes = [n for n in effects if n in ESTIMANDS]
    everyone = simulate_studies(theory, design, studies, seed) if slopes else None
    made = []
    for estimand, effect in effects.items():
        if everyone is not None and estimand in slopes:
            study = everyone.client // design.clients
            pairs = planted(ESTIMANDS[estimand].pairs(everyone, study), effect)
            fits, refused = fit_slopes(pairs, studies), 0
        else:
            fits, refused = fit_studies(estimand, theory, design, effect, studies, seed)
        made.append(_cell(estimand, effect, design, fits, refused))
    if work is not None:
        write_json(work / name, [asdict(c) for c in made])
    return made


def _cell(name: str, effect: float, design: Design, fits: Fits, refused: int) -> Cell:
    """What the studies find."""
    from scipy.stats import t as student

    studies, there = len(fits.estimate), np.isfinite(fits.estimate)
    slope = fits.df > 0
    reach = (
        np.where(slope, student.ppf(1.0 - LEVEL / 2.0, np.maximum(fits.df, 1)), 1.0) * fits.error
    )
    found = there & (np.abs(fits.estimate) > reach)
    holds = there & (np.abs(fits.estimate - effect) <= reach)
    spread = float(fits.estimate[there].std(ddof=1))
    return Cell(
        name,
        effect,
        design.clients,
        design.therapists,
        design.sessions,
        studies,
        *share_of(int(found.sum()), studies),
        *share_of(int(holds.sum()), studies),
        estimate=float(fits.estimate[there].mean()),
        estimate_error=float(spread / np.sqrt(there.sum())),
        spread=spread,
        half_width=float(reach[there].mean()),
        refused=refused,
    )


def _write(made: Plan, folder: Path) -> None:
    from evenhand.runs._plan_page import page

    write_json(folder / "plan.json", made.as_dict())
    write_bytes(folder / "plan.html", page(made).encode())
