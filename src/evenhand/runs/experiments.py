"""`evenhand experiment`: what would happen if, over all theories that the targets leave open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evenhand import __version__
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._blocks import in_order
from evenhand.study.store import key_of, write_bytes, write_json, writing
from evenhand.theory.experiments import (
    OUTCOMES,
    WHAT_IF,
    Experiment,
    ablations,
    at_place,
    compare,
    places,
)
from evenhand.theory.parameters import Theory, shipped_theory
from evenhand.theory.posterior import posterior

Progress = Callable[[str, int, int], None]
Found = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Effect:
    """Change of an outcome: under the calibrated theory, and over the posterior (5, 50, 95 %)."""

    value: float
    low: float
    middle: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """As JSON has it."""
        return {"value": self.value, "low": self.low, "middle": self.middle, "high": self.high}


@dataclass(frozen=True)
class Experiments:
    """All comparisons, a theory at a time; the first is the calibrated one."""

    out: Path
    seed: int
    blocks: int
    found: Sequence[Found]
    explored: Sequence[Found]

    @property
    def draws(self) -> int:
        """How many accepted draws stand beside the calibrated theory."""
        return len(self.found) - 1

    def effect(self, experiment: str, outcome: str) -> Effect:
        """What an experiment changes in an outcome."""
        return _over([f[experiment][outcome] - f["as it is"][outcome] for f in self.found])

    def level(self, outcome: str, experiment: str = "as it is") -> Effect:
        """An outcome itself."""
        return _over([f[experiment][outcome] for f in self.found])

    def carried(self, ablation: str, outcome: str) -> Effect:
        """Part of what a flat society would take from a gap that is gone with a path, in %.

        The same draws stand on both sides, so that chance differences of the groups cancel.
        """
        shares = [
            100.0
            * (f["as it is"][outcome] - f[ablation][outcome])
            / (f["as it is"][outcome] - f["flat"][outcome])
            for f in self.found
        ]
        return _over(shares)

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` and experiments.json have it."""
        names = [e.name for e in (*WHAT_IF, *ablations())]
        return {
            "evenhand": __version__,
            "seed": self.seed,
            "blocks": self.blocks,
            "draws": self.draws,
            "levels": {o: self.level(o).as_dict() for o in OUTCOMES},
            "effects": {n: {o: self.effect(n, o).as_dict() for o in OUTCOMES} for n in names},
        }


def _over(values: Sequence[float]) -> Effect:
    """The calibrated theory's value, and quantiles over the draws, or its own without any."""
    others = values[1:] or values[:1]
    low, middle, high = np.quantile(others, [0.05, 0.5, 0.95])
    return Effect(values[0], float(low), float(middle), float(high))


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def experiment(
    *,
    out: str | Path,
    draws: int = 20,
    explored: int = 5,
    seed: int = 1,
    blocks: int = 2,
    theory: Theory | None = None,
    ensemble: str | Path | None = None,
    workers: int = 1,
    progress: Progress = _quiet,
) -> Experiments:
    """Take paths away and do things differently, on the same people, over the posterior.

    Args:
        out: a folder for experiments.json and experiments.html.
        draws: accepted draws of the posterior to average over, at most.
        explored: of these, how many the explorer's sliders are worked out for.
        seed: of all draws.
        blocks: blocks of 8,192 dyads.
        theory: the calibrated theory; the shipped one by default.
        ensemble: a posterior.csv; the shipped one by default.
        workers: processes.
        progress: called as work goes on.

    Raises:
        EvenhandError: a number is out of range, or a file cannot be used.
    """
    if draws < 0 or explored < 0 or blocks < 1:
        raise EvenhandError(
            "A number is out of range.", "--draws", "Give 0 or more draws.", Exit.USAGE
        )
    accepted = posterior(Path(ensemble) if ensemble else None)
    theories = [theory or shipped_theory(), *accepted[:draws]]
    folder = Path(out)
    key = key_of(__version__, seed, blocks, [dict(t) for t in theories])
    work = folder / ".work" / key
    with writing(folder):
        work.mkdir(parents=True, exist_ok=True)
    tasks = [(n, t, "compared") for n, t in enumerate(theories)]
    tasks += [(n, t, "explored") for n, t in enumerate(theories[: explored + 1])]
    rows: list[Found] = []
    for row in in_order(partial(_one, work, seed, blocks), tasks, workers):
        rows.append(row)
        progress("Running experiments", len(rows), len(tasks))
    made = Experiments(folder, seed, blocks, rows[: len(theories)], rows[len(theories) :])
    _write(made)
    return made


def _one(work: Path, seed: int, blocks: int, task: tuple[int, Theory, str]) -> Found:
    """One theory's comparisons; what is finished is kept."""
    number, theory, kind = task
    path = work / f"{kind}-{number:05d}.json"
    if path.exists():
        kept: Found = json.loads(path.read_text(encoding="utf-8"))
        return kept
    asked: tuple[Experiment, ...] = (*WHAT_IF, *ablations())
    if kind == "explored":
        asked, blocks = tuple(at_place(p) for p in places()), 1
    found = compare(theory, asked, seed, blocks)
    write_json(path, found)
    return found


def _write(made: Experiments) -> None:
    from evenhand.runs._experiments_page import page

    write_json(made.out / "experiments.json", made.as_dict())
    write_bytes(made.out / "experiments.html", page(made).encode())
