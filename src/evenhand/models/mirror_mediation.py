"""Gap, tilt, alliance: does what the room does carry what the gap does?

The gap is constant in a dyad and the tilt and the alliance are not (2-1-1), so only differences
between dyads can carry it: the indirect effect is a·b between dyads. How one session's tilt goes
with that session's alliance is another question, and is not mixed in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_evidence import EValue, e_value, ratio_of_difference
from evenhand.models.mirror_latent import (
    Dyads,
    Latent,
    fit_latent,
    moved,
    refit,
    reliability,
    scores,
)

Numbers = NDArray[np.float64]

MANY_THERAPISTS = 100
"""From here on therapists are drawn with replacement; below, the scores are drawn (wild)."""
DRAWS_WILD = 4_000
DRAWS_PERCENTILE = 300
FEWEST_THERAPISTS = 10
FEWEST_CLIENTS = 60
LEAST_RELIABLE = 0.3
"""Below this the counts hardly show a dyad's tilt, and no path through it can be seen."""


@dataclass(frozen=True)
class Share:
    """A number with its 95 % bootstrap interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Mediation:
    """The path from the gap through the tilt to an outcome, between dyads of one caseload.

    Args:
        a: log rate ratio of the therapist's side, a step of 1 in the gap.
        b: standard deviations of the outcome, a step of 1 in the dyad's log rate ratio.
        indirect: a·b. `direct`: the gap's own effect beside it.
        reliability: how well the counts show the dyads' tilts.
        rho: correlation of what is left of tilt and outcome at which b would be 0: an
            unmeasured common reason of that strength would explain the path away.
        e_value: the same on the risk-ratio scale, for the indirect effect.
        p: of no indirect effect: twice the share of draws on the rarer side of 0.
        method: how the intervals were drawn.
        clients, therapists: who was counted.
    """

    a: Share
    b: Share
    indirect: Share
    direct: Share
    reliability: float
    rho: float
    e_value: EValue
    p: float
    method: str
    clients: int
    therapists: int


def fit_mediation(
    dyads: Dyads, therapist: NDArray[np.int64], rng: np.random.Generator
) -> Mediation:
    """Fit the path and its intervals over therapists with their clients.

    Args:
        dyads: counts, gap and outcome, a dyad each.
        therapist: codes from 0, a dyad each.
        rng: for the draws.

    Raises:
        EvenhandError: too few people, or counts that hardly show the dyads' tilts.

    Source: Preacher, Zyphur & Zhang 2010, Psychol Methods 15:209–233, for 2-1-1; Kline & Santos
        2012, J Econom Methods 1:23–41, for the wild bootstrap of scores; Imai, Keele & Tingley
        2010, Psychol Methods 15:309–334, for ρ. Ours takes the mediator as latent, with the
        likelihood of its counts.
    """
    many = int(therapist.max()) + 1 if len(therapist) else 0
    if many < FEWEST_THERAPISTS or len(dyads.y) < FEWEST_CLIENTS:
        raise EvenhandError(
            f"{len(dyads.y):,} dyads of {many:,} therapists have a gap, counts and an outcome.",
            "mediation",
            f"It takes {FEWEST_CLIENTS} dyads and {FEWEST_THERAPISTS} therapists.",
        )
    found = fit_latent(dyads)
    sure = reliability(dyads, found)
    if sure < LEAST_RELIABLE:
        raise EvenhandError(
            f"The counts hardly show the dyads' tilts (reliability {sure:.2f}).",
            "mediation",
            "It takes more sessions a dyad, or an act that is done more often.",
        )
    if many >= MANY_THERAPISTS:
        draws, method = _percentile(dyads, found, therapist, rng), "percentile, therapists drawn"
    else:
        draws, method = _wild(dyads, found, therapist, rng), "wild, scores of therapists drawn"
    return _told(found, draws, sure, method, len(dyads.y), many)


def _told(
    found: Latent, draws: list[Latent], sure: float, method: str, clients: int, therapists: int
) -> Mediation:
    drawn = np.array([one.indirect for one in draws])
    rarer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    indirect = _share(found.indirect, list(drawn))
    scatter = found.b * found.tau
    return Mediation(
        a=_share(float(found.a[1]), [float(one.a[1]) for one in draws]),
        b=_share(found.b, [one.b for one in draws]),
        indirect=indirect,
        direct=_share(float(found.c[1]), [float(one.c[1]) for one in draws]),
        reliability=sure,
        rho=float(scatter / np.hypot(scatter, found.sigma)),
        e_value=e_value(
            *(ratio_of_difference(x) for x in (indirect.estimate, indirect.low, indirect.high))
        ),
        p=min(1.0, 2 * (rarer + 1) / (len(drawn) + 1)),
        method=method,
        clients=clients,
        therapists=therapists,
    )


def _share(value: float, draws: list[float]) -> Share:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Share(value, float(low), float(high))


def _wild(
    dyads: Dyads, at: Latent, therapist: NDArray[np.int64], rng: np.random.Generator
) -> list[Latent]:
    """Each therapist's score keeps or turns its sign; one step from the fit for each draw."""
    many = int(therapist.max()) + 1
    each = np.zeros((many, scores(dyads, at).shape[1]))
    np.add.at(each, therapist, scores(dyads, at))
    bend = np.linalg.inv(_information(dyads, at))
    signs = rng.choice([-1.0, 1.0], (DRAWS_WILD, many)) * np.sqrt(many / (many - 1))
    return [moved(at, step) for step in signs @ each @ bend]


def _information(dyads: Dyads, at: Latent) -> Numbers:
    """Minus the slope of the total score, by central differences."""
    p = scores(dyads, at).shape[1]
    found = np.zeros((p, p))
    for j in range(p):
        step = np.zeros(p)
        step[j] = 1e-4
        up, down = (scores(dyads, moved(at, s)).sum(axis=0) for s in (step, -step))
        found[j] = -(up - down) / 2e-4
    return (found + found.T) / 2


def _percentile(
    dyads: Dyads, at: Latent, therapist: NDArray[np.int64], rng: np.random.Generator
) -> list[Latent]:
    """Therapists drawn with replacement, each with all clients."""
    many = int(therapist.max()) + 1
    found = []
    for _ in range(DRAWS_PERCENTILE):
        times = np.bincount(rng.integers(0, many, many), minlength=many).astype(float)
        drawn = Dyads(dyads.counts, dyads.x, dyads.z, dyads.y, times[therapist])
        found.append(refit(drawn, at))
    return found
