"""What a therapist and a client bring into the room together, before the first session."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from evenhand.theory.conditions import Conditions
from evenhand.theory.luck import Floats
from evenhand.theory.parameters import Theory
from evenhand.theory.people import AXES, Bools, Clients, Ints, Positions, Therapists

MOST = 0.99
"""No single path lends more expectation than this."""
SECOND = 21.0 / 27.0
"""The second symptom scale (0 … 21) to the first (0 … 27)."""


def logistic(x: Floats) -> Floats:
    """σ(x)."""
    made = np.array(x, dtype=np.float64)
    np.negative(made, out=made)
    np.exp(made, out=made)
    made += 1.0
    return np.divide(1.0, made, out=made)


def gaps(therapist: Positions, client: Positions) -> dict[str, Floats]:
    """Therapist's minus client's standing on each axis, −1 … 1."""
    return {
        "ethnicity": _less(client.ethnicity > 0, therapist.ethnicity > 0),
        "class": np.asarray(therapist.standing - client.standing, dtype=np.float64),
        "gender": _less(client.gender, therapist.gender),
        "orientation": _less(client.orientation, therapist.orientation),
    }


def _less(client: Ints | Bools, therapist: Ints | Bools) -> Floats:
    """1 where the client alone has the lower position, −1 where the therapist alone has."""
    return np.asarray(client.astype(np.float64) - therapist.astype(np.float64))


def advantage(p: Theory, by_axis: dict[str, Floats]) -> Floats:
    """The therapist's standing over the client's, E; the role is one path more.

    Source: Berger, Fişek, Norman & Zelditch 1977, graded by the gap on each axis.
    """
    first = by_axis["ethnicity"]
    above, below = np.full_like(first, 1.0 - p.f_r), np.ones_like(first)
    for axis in AXES:
        gap = by_axis[axis]
        strength = p.h * p[f"weight_{axis}"] * p.f_d
        above *= 1.0 - np.minimum(strength * np.maximum(gap, 0.0), MOST)
        below *= 1.0 - np.minimum(strength * np.maximum(-gap, 0.0), MOST)
    return np.asarray(2.0 * ((1.0 - above) - (1.0 - below)))


@dataclass(frozen=True)
class Dyads:
    """Everything of a block's dyads that the sessions do not change.

    ``advantage`` is E, ``difference`` G, ``humility`` μ in 0 … 1. What ends in 0 is the constant
    part of the quantity that it is named after; ``rest`` is where both symptom scales settle.
    """

    clients: Clients
    group: Ints
    standing: Floats
    advantage: Floats
    difference: Floats
    humility: Floats
    humility_sd: Floats
    skill: Floats
    reactance: Floats
    preference: Floats
    advocacy: Floats
    named: Floats
    slight: Floats
    voice_0: Floats
    direct_0: Floats
    heard_0: Floats
    mend_0: Floats
    leave_0: Floats
    rest: Floats
    start: Floats
    planned: Ints

    def __len__(self) -> int:
        """How many dyads there are."""
        return len(self.advantage)

    @property
    def minoritised(self) -> Bools:
        """Whose client is not White."""
        return self.clients.minoritised

    def first(self, count: int) -> Dyads:
        """The first so many, without a copy."""
        if count == len(self):
            return self
        cut = {n: getattr(self, n)[..., :count] for n in _COLUMNS}
        return Dyads(clients=self.clients.take(slice(count)), **cut)


_COLUMNS = tuple(f.name for f in fields(Dyads) if f.name != "clients")


def _group(clients: Clients, theirs: Therapists, c: Conditions) -> Ints:
    """The therapist's ethnic group, or the one that a matching study puts in its place."""
    if c.therapist_group == "client":
        return clients.positions.ethnicity
    if c.therapist_group == "White":
        return np.zeros_like(clients.positions.ethnicity)
    return theirs.positions.ethnicity


def make_dyads(p: Theory, clients: Clients, staff: Therapists, c: Conditions) -> Dyads:
    """Put each client together with their therapist.

    Args:
        p: the theory.
        clients: a block's.
        staff: all therapists.
        c: what is done differently.
    """
    theirs = staff.take(clients.therapist)
    group = _group(clients, theirs, c)
    seen = theirs.positions._replace(ethnicity=group)
    humble = theirs.humility + c.humility
    advocacy = clients.advocacy + c.advocacy
    difference = p.h * (clients.minoritised & (group != clients.positions.ethnicity))
    barriers = p.h * clients.deprivation
    settle = p.y_inf + p.y_b * barriers - p.y_s * theirs.skill
    scale = np.array([[1.0], [SECOND]])
    planned = np.full(len(group), 10**6) if c.nobody_leaves else clients.planned
    return Dyads(
        clients=clients,
        group=group,
        standing=seen.standing,
        advantage=advantage(p, gaps(seen, clients.positions)),
        difference=difference,
        humility=np.ones(len(group)) if c.full_humility else logistic(humble),
        humility_sd=humble,
        skill=theirs.skill,
        reactance=np.exp(p.s_rho * clients.reactance - p.s_rho**2 / 2.0),
        preference=clients.preference,
        advocacy=advocacy,
        named=logistic(p.b_0 + p.b_mu * humble + p.b_G * difference),
        slight=logistic(p.m_0 + p.m_G * difference - p.m_mu * humble),
        voice_0=p.v_0 + p.v_alpha * advocacy,
        direct_0=theirs.direct - p.d_mu * humble,
        heard_0=p.h_0 + p.h_s * theirs.skill,
        mend_0=p.k_0 + p.k_mu * humble,
        leave_0=p.c_0 + p.c_b * barriers,
        rest=scale * (settle + clients.lasting),
        start=scale * (p.y_start + p.y_b0 * barriers + clients.start),
        planned=planned.astype(np.int64),
    )
