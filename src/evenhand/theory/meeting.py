"""One session of every dyad of a block, in the order in which things happen in it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from evenhand.theory.conditions import Conditions
from evenhand.theory.dyads import SECOND, Dyads, logistic
from evenhand.theory.luck import Floats, SessionLuck, Singles
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Bools

MOST_SYMPTOMS = np.array([[27.0], [21.0]])
"""Tops of the two symptom scales."""
SCALES = np.array([[1.0], [SECOND]])
"""The two scales beside the first."""
MOST_RESENTMENT = 6.0
MOST_RESISTANCE = 4.0


@dataclass(frozen=True)
class State:
    """Where each dyad is after a session; ``symptoms`` has a row for each of two scales.

    It holds the dyads that had planned this session, who stand first in the block.

    ``here``: came to this session; ``leaves``: will not come to the next, unplanned.
    """

    number: int
    here: Bools
    named: Bools
    power: Floats
    voice: Floats
    direct: Floats
    resistance: Floats
    slight: Bools
    told: Bools
    resentment: Floats
    heard: Floats
    trust: Floats
    open: Bools
    opened: Bools
    mended: Bools
    alliance: Floats
    symptoms: Floats
    leaves: Bools

    def __len__(self) -> int:
        """How many dyads it holds."""
        return len(self.here)

    def first(self, count: int) -> State:
        """The first so many, without a copy."""
        if count == len(self):
            return self
        cut = {n: getattr(self, n)[..., :count] for n in _COLUMNS}
        return State(number=self.number, **cut)


_COLUMNS = tuple(f.name for f in fields(State) if f.name != "number")


def before_treatment(p: Theory, d: Dyads) -> State:
    """Trust, resentment and alliance at 0, nothing named, nothing open."""
    no, none = np.zeros(len(d), dtype=bool), np.zeros(len(d))
    symptoms = np.clip(d.start, 0.0, MOST_SYMPTOMS)
    return State(
        number=0,
        here=~no,
        named=no,
        power=none,
        voice=none,
        direct=none,
        resistance=np.full(len(d), p.r_0),
        slight=no,
        told=no,
        resentment=none,
        heard=none,
        trust=none,
        open=no,
        opened=no,
        mended=no,
        alliance=none,
        symptoms=symptoms,
        leaves=no,
    )


def between(x: Floats, most: float) -> Floats:
    """The same array, kept in 0 … most."""
    np.maximum(x, 0.0, out=x)
    return np.minimum(x, most, out=x)


def _direction(p: Theory, d: Dyads, was: State, below: Floats, c: Conditions) -> Floats:
    """How much the therapist directs, D."""
    direct = d.direct_0 + p.d_R * was.resistance + p.d_P * below
    if c.feedback_from and was.number + 1 >= c.feedback_from:
        direct = direct + p.kappa_F * (d.preference - direct)
    if c.preferred:
        direct = direct + c.preferred * (d.preference - direct)
    return direct


def meet(p: Theory, d: Dyads, was: State, luck: SessionLuck, c: Conditions) -> State:
    """The next session.

    Args:
        p: the theory.
        d: the dyads.
        was: where they were after the last session.
        luck: this session's draws.
        c: what is done differently.
    """
    number = was.number + 1
    z_resist, z_trust = luck.z[:2]
    u_name, u_slight, u_mend, u_leave = luck.u
    named = was.named | (u_name < d.named)
    if c.named_from and number >= c.named_from:
        named = np.ones_like(named)
    said = named.astype(np.float64)
    power = d.advantage * (1.0 - d.humility * said)
    felt = np.maximum(power, 0.0)
    below = felt - power
    voice = _voice(p, d, was, felt, said)
    direct = _direction(p, d, was, below, c)
    misfit = direct - d.preference
    unwanted = np.maximum(misfit, 0.0)
    resistance = _resistance(p, d, was, unwanted, below, z_resist)
    slight = u_slight < d.slight
    told = _told(p, d, slight, u_slight, voice, named)
    resentment = _resentment(p, was, p.n_D * unwanted * resistance, slight & ~told)
    loud = voice - 0.5
    heard = _heard(p, d, loud, misfit)
    trust = _trust(p, was, heard, resentment, felt * (1.0 - said), z_trust)
    opened = ~was.open & (trust - was.trust < -p.r_star)
    open_ = was.open | opened
    seen = p.k_F if c.feedback_from and number >= c.feedback_from else 0.0
    mended = _happens(open_, d.mend_0 + p.k_V * loud + seen, u_mend)
    alliance = trust + p.a_V * loud
    symptoms = _symptoms(p, d, was, alliance, resistance, luck.z[2:])
    here = was.here & ~was.leaves
    leaves = _leaves(p, d, was, resentment, alliance, here & (number < d.planned), u_leave, c)
    return State(
        *(number, here, named, power, voice, direct, resistance, slight, told),
        *(resentment, heard, trust, open_ & ~mended, opened, mended),
        *(alliance, symptoms, leaves),
    )


def _voice(p: Theory, d: Dyads, was: State, felt: Floats, said: Floats) -> Floats:
    """The client's voice, V; sums are made in place, for speed."""
    x = p.v_T * was.trust
    x += d.voice_0
    x -= p.v_P * felt
    x -= p.v_N * was.resentment
    x += p.v_B * said
    return logistic(x)


def _heard(p: Theory, d: Dyads, loud: Floats, misfit: Floats) -> Floats:
    """Being heard, H: voice lends it, direction that misses takes it."""
    missed = misfit * misfit
    below = missed / 4.0
    below += 1.0
    missed *= p.h_D
    missed /= below
    heard = p.h_V * loud
    heard += d.heard_0
    heard -= missed
    return heard


def _resistance(
    p: Theory, d: Dyads, was: State, unwanted: Floats, below: Floats, z: Floats
) -> Floats:
    """How much the client resists, R: unwanted direction, softened by trust."""
    x = p.r_D * d.reactance
    x *= unwanted
    x += p.r_0
    x += p.r_P * below
    x -= p.r_T * was.trust
    x += p.r_z * z
    return between(x, MOST_RESISTANCE)


def _resentment(p: Theory, was: State, forced: Floats, hurt: Bools) -> Floats:
    """What is resented, N: forcing and undiscussed slights, less where something was mended."""
    x = p["lambda"] * was.resentment
    x += forced
    x += p.n_M * hurt
    np.minimum(x, MOST_RESENTMENT, out=x)
    x *= 1.0 - p.n_K * was.mended
    return x


def _trust(
    p: Theory, was: State, heard: Floats, resentment: Floats, unnamed: Floats, z: Floats
) -> Floats:
    """Trust, T, moves towards being heard."""
    x = heard - was.trust
    x *= p.tau
    x += was.trust
    x -= p.tau_N * resentment
    x -= p.tau_P * unnamed
    x -= p.tau_O * was.open
    x += p.tau_K * was.mended
    x += p.tau_z * z
    return x


def _leaves(
    p: Theory,
    d: Dyads,
    was: State,
    resentment: Floats,
    alliance: Floats,
    may: Bools,
    u: Singles,
    c: Conditions,
) -> Bools:
    """Who will not come again, unplanned."""
    if c.nobody_leaves:
        return np.zeros(len(may), dtype=bool)
    falling = np.maximum(was.alliance - alliance, 0.0)
    logit = d.leave_0 + p.c_N * resentment - p.c_A * alliance + p.c_R * falling
    return _happens(may, logit, u)


def _told(p: Theory, d: Dyads, slight: Bools, u: Singles, voice: Floats, named: Bools) -> Bools:
    """Which slights are discussed: given that u fell below p, u / p is uniform once more."""
    told = np.zeros(len(slight), dtype=bool)
    at = np.flatnonzero(slight)
    chance = logistic(p.q_0 + p.q_V * (voice[at] - 0.5) + p.q_B * named[at])
    told[at] = u[at] < d.slight[at] * chance
    return told


def _happens(may: Bools, logit: Floats, u: Singles) -> Bools:
    """Whether u < σ(logit), where it may be."""
    return may & (u < logistic(logit))


def _symptoms(
    p: Theory, d: Dyads, was: State, alliance: Floats, resistance: Floats, z: Floats
) -> Floats:
    """Both scales move towards where they would settle, and stay in their range."""
    lowered = p.y_R * resistance
    lowered -= p.y_A * alliance
    x = SCALES * lowered
    x += d.rest
    x -= was.symptoms
    x *= p.y_1
    x += was.symptoms
    x += (SCALES * p.y_z) * z
    np.maximum(x, 0.0, out=x)
    return np.asarray(np.minimum(x, MOST_SYMPTOMS, out=x))
