"""Who is there: therapists, clients, and who sees whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.theory.luck import CLIENT_U, CLIENT_Z, DYADS, THERAPISTS, Floats, Luck, generator
from evenhand.theory.parameters import Theory

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ETHNICITY = ("White", "Asian", "Black", "Mixed", "Other")
GENDER = ("man", "woman")
ORIENTATION = ("heterosexual", "lesbian, gay or bisexual")
AXES = ("ethnicity", "class", "gender", "orientation")

Allocation = str | tuple[int, int]
ALLOCATIONS = ("random", "clinic", "matched", "preference")
CLINIC_SIZE = 10
"""Therapists of a clinic."""
CLINIC_PULL = 0.7
"""Correlation of a client's deprivation with the clinic that they live near."""
CANDIDATES = 4
"""Therapists of whom a client takes the one who is nearest to what they prefer."""
DECILE_SD = 2.872
"""SD of the numbers 1 … 10."""


class Positions(NamedTuple):
    """Where people stand; ethnicity, gender and orientation as codes, class in 0 … 1."""

    ethnicity: Ints
    standing: Floats
    gender: Ints
    orientation: Ints

    def take(self, which: Ints | slice) -> Positions:
        """Some of the people."""
        return Positions(
            self.ethnicity[which], self.standing[which], self.gender[which], self.orientation[which]
        )


@dataclass(frozen=True)
class Therapists:
    """Therapists: skill and humility in SD, directiveness, position."""

    skill: Floats
    humility: Floats
    direct: Floats
    positions: Positions

    def take(self, who: Ints) -> Therapists:
        """The therapists with these numbers, one for each entry."""
        placed = self.positions.take(who)
        return Therapists(self.skill[who], self.humility[who], self.direct[who], placed)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.skill)


_COLUMNS = (
    "advocacy",
    "reactance",
    "preference",
    "halo",
    "halo_therapist",
    "lasting",
    "start",
    "planned",
    "place",
    "decile",
    "therapist",
)


@dataclass(frozen=True)
class Clients:
    """Clients of a block: traits, position, and where they are before treatment.

    ``place`` is a client's own in the block, whatever the order they stand in.
    """

    advocacy: Floats
    reactance: Floats
    preference: Floats
    halo: Floats
    halo_therapist: Floats
    lasting: Floats
    start: Floats
    planned: Ints
    place: Ints
    decile: Ints
    positions: Positions
    therapist: Ints

    def take(self, which: Ints | slice) -> Clients:
        """Some clients of the block."""
        cut = {n: getattr(self, n)[..., which] for n in _COLUMNS}
        return Clients(**cut, positions=self.positions.take(which))

    @property
    def deprivation(self) -> Floats:
        """Material barriers b, in SD."""
        return np.asarray((self.decile - 5.5) / DECILE_SD, dtype=np.float64)

    @property
    def minoritised(self) -> Bools:
        """Who is not White."""
        return self.positions.ethnicity > 0


def _ethnicity(p: Theory, share: float, u: Floats) -> Ints:
    """White, or one of four groups that together have the share."""
    parts = np.array([p.share_asian, p.share_black, p.share_mixed])
    ends = 1.0 - share + share * np.minimum(np.cumsum(parts), 1.0)
    return np.searchsorted(np.concatenate([[1.0 - share], ends]), u, side="right").astype(np.int64)


def draw_therapists(p: Theory, seed: int, count: int) -> Therapists:
    """All therapists, in blocks of their own.

    Args:
        p: the theory.
        seed: the run's.
        count: how many.
    """
    blocks = -(-count // THERAPISTS)
    rngs = [generator(seed, b, "therapist") for b in range(blocks)]
    pairs = [(r.standard_normal((4, THERAPISTS)), r.random((3, THERAPISTS))) for r in rngs]
    z = np.concatenate([z for z, _ in pairs], axis=1)[:, :count]
    u = np.concatenate([u for _, u in pairs], axis=1)[:, :count]
    positions = Positions(
        _ethnicity(p, p.minoritised_therapists, u[0]),
        np.clip(p.class_mean + p.class_sd * z[3], 0.0, 1.0),
        (u[1] < p.women_therapists).astype(np.int64),
        (u[2] < p.lgb_therapists).astype(np.int64),
    )
    return Therapists(z[0], z[1], p.sd_delta * z[2], positions)


def draw_clients(p: Theory, luck: Luck, staff: Therapists, how: Allocation) -> Clients:
    """A block of clients, each with a therapist.

    Args:
        p: the theory.
        luck: the block's draws.
        staff: all therapists.
        how: a name of `ALLOCATIONS`, or (clients, therapists) of each of many small studies.
    """
    drawn = luck.client()
    z = dict(zip(CLIENT_Z, drawn.z, strict=True))
    u = dict(zip(CLIENT_U, drawn.u, strict=True))
    ethnicity = _ethnicity(p, p.minoritised_clients, u["ethnicity"])
    decile = _decile(p, ethnicity, u["decile"])
    gender = (u["gender"] < p.women_clients).astype(np.int64)
    orientation = (u["orientation"] < p.lgb_clients).astype(np.int64)
    alone = Clients(
        advocacy=z["alpha"],
        reactance=z["rho"],
        preference=p.sd_pi * z["pi"],
        halo=p.halo * z["halo"],
        halo_therapist=p.halo * z["halo_therapist"],
        lasting=p.sd_u * np.stack([z["u"], _mixed(z["u"], z["u_2"], p.y_both)]),
        start=p.y_start_sd * np.stack([z["start"], _mixed(z["start"], z["start_2"], p.y_both)]),
        planned=np.clip(np.rint(10.0 * np.exp(0.35 * z["plan"])), 4, 20).astype(np.int64),
        place=np.arange(DYADS),
        decile=decile,
        positions=Positions(ethnicity, 1.0 - (decile - 1) / 9.0, gender, orientation),
        therapist=np.zeros(DYADS, dtype=np.int64),
    )
    if not isinstance(how, str):
        return replace(alone, therapist=_in_studies(luck.block, u["therapist"], *how))
    return replace(alone, therapist=allocate(alone, staff, u, how))


def _in_studies(block: int, u: Floats, clients: int, therapists: int) -> Ints:
    """Studies one after another, each with therapists of its own."""
    study = (block * DYADS + np.arange(DYADS)) // clients
    within = np.minimum((u * therapists).astype(np.int64), therapists - 1)
    return np.asarray(study * therapists + within)


def _mixed(first: Floats, second: Floats, correlation: float) -> Floats:
    """A normal that correlates with the first."""
    made: Floats = correlation * first + np.sqrt(1.0 - correlation**2) * second
    return made


def _decile(p: Theory, ethnicity: Ints, u: Floats) -> Ints:
    """Area deprivation, 10 the most deprived; minoritised clients are moved by the shift."""
    normal, tenths = NormalDist(), [k / 10 for k in range(1, 10)]
    moved = [normal.cdf(normal.inv_cdf(k) - p.deprivation_shift) for k in tenths]
    white, few = (np.searchsorted(cuts, u, side="right") + 1 for cuts in (tenths, moved))
    return np.asarray(np.where(ethnicity > 0, few, white), dtype=np.int64)


def allocate(clients: Clients, staff: Therapists, u: dict[str, Floats], how: str) -> Ints:
    """Number of each client's therapist."""
    count = len(staff)
    anyone = np.minimum((u["therapist"] * count).astype(np.int64), count - 1)
    if how == "clinic":
        return _near(clients, count, u)
    if how == "matched":
        return _same_group(clients, staff, anyone, u["therapist"])
    if how == "preference":
        return _as_preferred(clients, staff, u)
    return anyone


def _near(clients: Clients, count: int, u: dict[str, Floats]) -> Ints:
    """A clinic near where people as deprived as the client live, then anyone in it."""
    from scipy.special import ndtr, ndtri

    rank = ndtri(np.clip((clients.decile - u["candidate"]) / 10.0, 1e-12, 1 - 1e-12))
    noise = ndtri(np.clip(u["chosen"], 1e-12, 1 - 1e-12))
    place = ndtr(_mixed(rank, noise, CLINIC_PULL))
    clinics = max(1, count // CLINIC_SIZE)
    clinic = np.minimum((place * clinics).astype(np.int64), clinics - 1)
    first = clinic * count // clinics
    size = (clinic + 1) * count // clinics - first
    return np.asarray(first + np.minimum((u["therapist"] * size).astype(np.int64), size - 1))


def _same_group(clients: Clients, staff: Therapists, anyone: Ints, u: Floats) -> Ints:
    """A therapist of the client's own ethnic group where there is one."""
    found = anyone.copy()
    for group in range(len(ETHNICITY)):
        theirs = np.flatnonzero(staff.positions.ethnicity == group)
        here = clients.positions.ethnicity == group
        if len(theirs):
            found[here] = theirs[np.minimum((u[here] * len(theirs)).astype(int), len(theirs) - 1)]
    return found


def _as_preferred(clients: Clients, staff: Therapists, u: dict[str, Floats]) -> Ints:
    """Of a few therapists the one whose directiveness is nearest to what the client prefers."""
    count = len(staff)
    first = np.minimum((u["therapist"] * count).astype(np.int64), count - 1)
    step = 1 + np.minimum((u["candidate"] * max(count - 1, 1)).astype(np.int64), count - 1)
    offered = (first[None, :] + np.arange(CANDIDATES)[:, None] * step[None, :]) % count
    misfit = np.abs(staff.direct[offered] - clients.preference[None, :])
    return np.asarray(offered[np.argmin(misfit, axis=0), np.arange(len(first))])
