"""`evenhand plan`: how large a study must be, by simulating it many times."""

from __future__ import annotations

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
from evenhand.runs._plan_models import PLANNED
from evenhand.runs._plan_studies import Draw, Findings, Work, draws_of, study_all
from evenhand.study.store import key_of, write_bytes, write_json, writing
from evenhand.theory.parameters import Theory, shipped_theory
from evenhand.theory.studies import ESTIMANDS, Design

Progress = Callable[[str, int, int], None]
ENOUGH = 0.80
"""Power that is usually asked for."""
FEWEST_CLIENTS, FEWEST_THERAPISTS = 20, 5
DRAWS = 26
"""Accepted draws that studies are spread over, where nothing else is asked."""


def known() -> dict[str, tuple[str, str]]:
    """Every estimand: its title, and the unit of its effect."""
    slopes = {n: (e.title, e.means) for n, e in ESTIMANDS.items()}
    return slopes | {n: (m.title, m.means) for n, m in PLANNED.items()}


def percent(share: float) -> str:
    """A share as whole per cent."""
    return f"{100.0 * share:.0f} %"


def signed(effect: float) -> str:
    """An effect with a minus that cannot be taken for a hyphen."""
    return f"{effect:g}".replace("-", "−")


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
    draws: int
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
        story = "calibrated theory"
        if self.draws > 1:
            story = f"theory, averaged over {self.draws} draws that its calibration accepted"
        return (
            f"With {self.clients:,} clients of {self.therapists:,} therapists, followed for up to "
            f"{self.sessions} sessions, an effect of {signed(self.effect)} "
            f"({known()[self.estimand][1]}) would be found (two-sided 5 %) in "
            f"{percent(self.power)} of studies (Monte Carlo 95 % interval "
            f"{percent(self.power_low)} to {percent(self.power_high)}, {self.studies:,} simulated "
            f"studies with drop-out and clustering as in Evenhand's {story}); a study's own "
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
    draws: int = DRAWS,
    seed: int = 1,
    theory: Theory | None = None,
    ensemble: str | Path | None = None,
    out: str | Path | None = None,
    workers: int = 1,
    progress: Progress = _quiet,
) -> Plan:
    """Simulate studies of every size, with an effect planted in them, and see how many find it.

    Args:
        effects: estimand to its size: a name of `known`, in the unit that stands there.
        clients: numbers of clients to try.
        therapists: numbers of therapists to try; each of a study's clients sees one at random.
        sessions: numbers of sessions to follow.
        studies: simulated studies of each size.
        draws: accepted draws of the calibration over which the studies are spread, at most; 1 is
            the calibrated parameters alone.
        seed: of all draws.
        theory: the shipped one by default; what it changes is changed in every draw.
        ensemble: a posterior.csv in place of the shipped one.
        out: a folder for plan.json and plan.html; draws that are finished are kept there.
        workers: processes.
        progress: called as work goes on.

    Raises:
        EvenhandError: an estimand that is none, or a size that cannot be simulated.
    """
    _check(effects, clients, therapists, sessions, studies, draws)
    theories = draws_of(theory or shipped_theory(), min(draws, studies), ensemble)
    folder = Path(out) if out is not None else None
    designs = tuple(Design(*size) for size in product(clients, therapists, sessions))
    told = dict(effects)
    kept = _work(folder, [__version__, seed, studies, told, [dict(t) for t in theories]])
    shares = [len(part) for part in np.array_split(np.arange(studies), len(theories))]
    jobs = [Draw(n, t, share) for n, (t, share) in enumerate(zip(theories, shares, strict=True))]
    one = partial(study_all, Work(designs, told, seed, kept))
    found: list[Mapping[str, Findings]] = []
    progress("Simulating studies", 0, len(jobs))
    for made in in_order(one, jobs, workers):
        found.append(made)
        progress("Simulating studies", len(found), len(jobs))
    cells = [_cell(n, told[n], d, found, len(jobs)) for n in told for d in designs]
    result = Plan(folder, seed, tuple(cells))
    if folder is not None:
        _write(result, folder)
    return result


def _work(folder: Path | None, asked: list[Any]) -> Path | None:
    """Where finished draws are kept."""
    if folder is None:
        return None
    work = folder / ".work" / key_of(*asked)
    with writing(folder):
        work.mkdir(parents=True, exist_ok=True)
    return work


def limits(name: str) -> tuple[float, float]:
    """Effects of an estimand that can be planted lie between these."""
    planned = PLANNED.get(name)
    return (-1.0, 1.0) if planned is None else (planned.least, planned.most)


def _check(
    effects: Mapping[str, float],
    clients: Sequence[int],
    therapists: Sequence[int],
    sessions: Sequence[int],
    studies: int,
    draws: int,
) -> None:
    """Refuse what cannot be simulated, all of it at once."""
    wrong = []
    for name, value in effects.items():
        low, high = limits(name)
        if name not in known():
            wrong.append(f"There is no estimand {name!r}.")
        elif not low <= value <= high:
            wrong.append(f"{name}={value:g} is out of range ({low:g} to {high:g}).")
    wrong += [f"{n} clients are too few." for n in clients if n < FEWEST_CLIENTS]
    wrong += [f"{n} therapists are too few." for n in therapists if n < FEWEST_THERAPISTS]
    wrong += [f"{n} sessions are none." for n in sessions if not 1 <= n <= 100]
    wrong += [f"{studies} studies say nothing of power."] if studies < 20 else []
    wrong += [f"{draws} draws are none."] if draws < 1 else []
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


def _cell(
    name: str,
    effect: float,
    design: Design,
    found: Sequence[Mapping[str, Findings]],
    draws: int,
) -> Cell:
    """What the studies of all draws find together."""
    parts = [made[design.key(name)] for made in found]
    values, low, high, there = (np.concatenate([p[k] for p in parts]) for k in range(4))
    fitted = np.isfinite(values)
    if fitted.sum() < 2:
        what, remedy = next(p.reason for p in parts if p.reason)
        raise EvenhandError(what, f"{name}, studies of {design.clients} clients", remedy)
    holds = fitted & (low <= effect) & (effect <= high)
    spread = float(values[fitted].std(ddof=1))
    return Cell(
        name,
        effect,
        design.clients,
        design.therapists,
        design.sessions,
        len(values),
        draws,
        *share_of(int((fitted & (there > 0)).sum()), len(values)),
        *share_of(int(holds.sum()), len(values)),
        estimate=float(values[fitted].mean()),
        estimate_error=float(spread / np.sqrt(fitted.sum())),
        spread=spread,
        half_width=float((high - low)[fitted].mean() / 2.0),
        refused=int((~fitted).sum()),
    )


def _write(made: Plan, folder: Path) -> None:
    from evenhand.runs._plan_page import page

    write_json(folder / "plan.json", made.as_dict())
    write_bytes(folder / "plan.html", page(made).encode())
