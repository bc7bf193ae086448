"""Many small studies at once, with an effect of known size planted in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evenhand.theory.conditions import Conditions
from evenhand.theory.course import World
from evenhand.theory.figures import outcome, sample
from evenhand.theory.luck import Floats
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Ints
from evenhand.theory.summary import Summary, summarise, together


class Pairs(NamedTuple):
    """What an estimand relates: a row a dyad that has both, with its study and therapist."""

    x: Floats
    y: Floats
    study: Ints
    therapist: Ints


@dataclass(frozen=True, slots=True)
class Estimand:
    """A slope of y on x, in SD of y for an SD of x, between dyads."""

    name: str
    title: str
    means: str
    pairs: Callable[[Summary, Ints], Pairs]


def _standing(y: Floats, s: Summary, study: Ints) -> Pairs:
    """Something by how far the therapist's standing exceeds the client's."""
    there = np.isfinite(y)
    return Pairs(s.advantage[there], y[there], study[there], s.therapist[there])


def _alliance(s: Summary, study: Ints) -> Pairs:
    return _standing(s.rated, s, study)


def _outcome(s: Summary, study: Ints) -> Pairs:
    kept = sample(s)
    few = s.take(kept)
    return _standing(outcome(few), few, study[kept])


def _alliance_outcome(s: Summary, study: Ints) -> Pairs:
    kept = sample(s)
    few, at = s.take(kept), study[kept]
    y, x = outcome(few), few.rated
    return Pairs(x, y, at, few.therapist)


ESTIMANDS: Mapping[str, Estimand] = {
    e.name: e
    for e in (
        Estimand(
            "alliance",
            "alliance by standing",
            "SD of rated alliance (a client's mean) for an SD of the therapist's standing over "
            "the client's",
            _alliance,
        ),
        Estimand(
            "outcome",
            "outcome by standing",
            "SD of outcome (better than expected from the start) for an SD of the therapist's "
            "standing over the client's",
            _outcome,
        ),
        Estimand(
            "alliance_outcome",
            "outcome by alliance",
            "SD of outcome (better than expected from the start) for an SD of rated alliance",
            _alliance_outcome,
        ),
    )
}
"""Estimands that need no model but a slope with errors by therapist."""


@dataclass(frozen=True, slots=True)
class Design:
    """The size of one study."""

    clients: int
    therapists: int
    sessions: int

    def key(self, name: str) -> str:
        """A name for what is estimated at this size."""
        return f"{name}-{self.clients}-{self.therapists}-{self.sessions}"


class Fits(NamedTuple):
    """A row a study: estimate, its standard error, degrees of freedom."""

    estimate: Floats
    error: Floats
    df: Floats


def simulate_studies(theory: Theory, design: Design, studies: int, seed: int) -> Summary:
    """So many studies of a size, one after another, each with therapists of its own."""
    count = design.clients * studies
    conditions = Conditions(allocation=(design.clients, design.therapists))
    staff_n = design.therapists * studies
    world = World(theory, count, staff_n, design.sessions, seed, conditions)
    staff = world.staff()
    parts = [summarise(world, b, staff) for b in range(world.blocks)]
    return together(parts)


class Native(NamedTuple):
    """What the theory itself makes of a pair: means, SDs, and the slope of y on x, both in SD."""

    mean_x: float
    sd_x: float
    mean_y: float
    sd_y: float
    slope: float


def native(pairs: Pairs) -> Native:
    """The theory's own slope, over all of these pairs."""
    x, y = (pairs.x - pairs.x.mean()) / pairs.x.std(), (pairs.y - pairs.y.mean()) / pairs.y.std()
    made = (pairs.x.mean(), pairs.x.std(), pairs.y.mean(), pairs.y.std(), (x * y).mean())
    return Native(*(float(v) for v in made))


def planted(pairs: Pairs, effect: float, own: Native | None = None) -> Pairs:
    """The same pairs with this slope of y on x, both in SD.

    What the theory itself puts there is taken out by its slope, and the effect put in: spread,
    skew, clustering and drop-out stay the theory's own.

    Args:
        pairs: of one study or many.
        effect: the slope to plant.
        own: the theory's own, from other people than these; without it from these, so that the
            slope is exact over them.
    """
    was = own or native(pairs)
    x = (pairs.x - was.mean_x) / was.sd_x
    y = (pairs.y - was.mean_y) / was.sd_y
    return pairs._replace(x=x, y=y + (effect - was.slope) * x)


def fit_slopes(pairs: Pairs, studies: int) -> Fits:
    """A least-squares slope a study, errors by therapist (CR1), t with one fewer than therapists.

    Source: Liang & Zeger 1986; Cameron, Gelbach & Miller 2008 for the small-sample factor.
    """
    n = np.bincount(pairs.study, minlength=studies).astype(float)
    mean_x = np.bincount(pairs.study, pairs.x, studies) / n
    mean_y = np.bincount(pairs.study, pairs.y, studies) / n
    x = pairs.x - mean_x[pairs.study]
    y = pairs.y - mean_y[pairs.study]
    sxx = np.bincount(pairs.study, x * x, studies)
    slope = np.bincount(pairs.study, x * y, studies) / sxx
    scores = x * (y - slope[pairs.study] * x)
    therapists, at = np.unique(pairs.therapist, return_inverse=True)
    sums = np.bincount(at, scores)
    of = np.zeros(len(therapists), dtype=np.int64)
    of[at] = pairs.study
    groups = np.bincount(of, minlength=studies).astype(float)
    meat = np.bincount(of, sums**2, studies)
    factor = groups / (groups - 1.0) * (n - 1.0) / (n - 2.0)
    return Fits(slope, np.sqrt(factor * meat) / sxx, groups - 1.0)
