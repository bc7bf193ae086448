"""The studies of a plan: one accepted draw of the theory after another, every size under each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from evenhand.core.errors import EvenhandError
from evenhand.runs._plan_models import LEVEL, fit_study
from evenhand.runs._plan_tables import Floats, Task, elsewhere
from evenhand.study.store import write_json
from evenhand.theory import Theory, shipped_theory
from evenhand.theory.posterior import posterior
from evenhand.theory.studies import (
    ESTIMANDS,
    Design,
    Native,
    fit_slopes,
    native,
    planted,
    simulate_studies,
)
from evenhand.theory.summary import Summary

PEOPLE = 16_384
"""From so many one knows the theory's own slopes."""
APART = 1_000_003
"""Seeds of one draw's studies stand so far from the next one's."""


class Findings(NamedTuple):
    """What studies of one size say, an entry each; nan where a model refused.

    ``reason`` is what it said, and its remedy.
    """

    values: Floats
    low: Floats
    high: Floats
    found: Floats
    reason: Sequence[str] = ()


@dataclass(frozen=True)
class Draw:
    """A theory, its number among the draws, and how many studies are simulated under it."""

    number: int
    theory: Theory
    studies: int


@dataclass(frozen=True)
class Work:
    """What is done under every draw, and where what is finished is kept."""

    designs: tuple[Design, ...]
    effects: Mapping[str, float]
    seed: int
    kept: Path | None


def draws_of(theory: Theory, most: int, ensemble: str | Path | None = None) -> list[Theory]:
    """Accepted draws, each with what the theory changes of the shipped one; or it alone.

    Args:
        theory: whose differences from the shipped one hold in every draw.
        most: how many; 1 is the theory itself.
        ensemble: a posterior.csv in place of the shipped one.
    """
    if most == 1:
        return [theory]
    usual = shipped_theory()
    changed = {n: v for n, v in theory.items() if v != usual[n]}
    drawn = posterior(Path(ensemble) if ensemble is not None else None)
    return [one.with_(changed) for one in drawn[:most]]


def study_all(work: Work, draw: Draw) -> dict[str, Findings]:
    """All sizes and estimands under one draw; what is finished is taken up."""
    made = {}
    for design in work.designs:
        for name in work.effects:
            key = design.key(name)
            path = None if work.kept is None else work.kept / f"{draw.number:03d}-{key}.json"
            if path is not None and path.exists():
                made[key] = _read(path)
                continue
            made[key] = _study(name, work, design, draw)
            if path is not None:
                write_json(path, _written(made[key]))
    return made


def _written(f: Findings) -> dict[str, object]:
    """As JSON, whose numbers come back as they were; nan is null."""
    columns = zip(f._fields[:4], f[:4], strict=True)
    numbers = {n: [None if np.isnan(v) else v for v in col.tolist()] for n, col in columns}
    return {**numbers, "reason": list(f.reason)}


def _read(path: Path) -> Findings:
    held = json.loads(path.read_text(encoding="utf-8"))
    values, low, high, found = (np.array(held[n], dtype=np.float64) for n in Findings._fields[:4])
    return Findings(values, low, high, found, held["reason"])


def _study(name: str, work: Work, design: Design, draw: Draw) -> Findings:
    seed = work.seed + APART * draw.number
    if name in ESTIMANDS:
        return _slopes(name, work.effects[name], design, draw, seed)
    rows, reason = np.full((4, draw.studies), np.nan), list[str]()
    for n in range(draw.studies):
        told = fit_study(name, Task(draw.theory, design, seed + n, work.effects[name]))
        if isinstance(told, EvenhandError):
            reason = [told.what, told.remedy]
        else:
            rows[:, n] = told
    return Findings(rows[0], rows[1], rows[2], rows[3], reason)


def _slopes(name: str, effect: float, design: Design, draw: Draw, seed: int) -> Findings:
    """Slopes with errors by therapist, over all of a draw's studies at once."""
    from scipy.stats import t as student

    everyone = _simulated(tuple(draw.theory.items()), design, draw.studies, seed)
    pairs = ESTIMANDS[name].pairs(everyone, everyone.client // design.clients)
    own = _native(tuple(draw.theory.items()), design.sessions, name)
    fits = fit_slopes(planted(pairs, effect, own), draw.studies)
    reach = student.ppf(1.0 - LEVEL / 2.0, np.maximum(fits.df, 1.0)) * fits.error
    found = (np.abs(fits.estimate) > reach).astype(np.float64)
    return Findings(fits.estimate, fits.estimate - reach, fits.estimate + reach, found)


Items = tuple[tuple[str, float], ...]


@lru_cache(maxsize=1)
def _simulated(theory: Items, design: Design, studies: int, seed: int) -> Summary:
    return simulate_studies(Theory(dict(theory)), design, studies, seed)


@lru_cache(maxsize=128)
def _native(theory: Items, sessions: int, name: str) -> Native:
    """What the theory itself makes of an estimand, from other people than the studies'."""
    everyone = _simulated_elsewhere(theory, sessions)
    return native(ESTIMANDS[name].pairs(everyone, np.zeros(len(everyone), dtype=np.int64)))


@lru_cache(maxsize=4)
def _simulated_elsewhere(theory: Items, sessions: int) -> Summary:
    size = Design(PEOPLE, PEOPLE // 20, sessions)
    known = Theory(dict(theory))
    return simulate_studies(known, size, 1, elsewhere(known))
