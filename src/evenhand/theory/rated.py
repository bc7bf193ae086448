"""What is rated and measured after each session: the state, with a rater's kindness and noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evenhand.theory.course import World, course
from evenhand.theory.dyads import SECOND, Dyads
from evenhand.theory.luck import CODED, RATING_Z, Floats, Luck
from evenhand.theory.meeting import MOST_SYMPTOMS, State

MOST_HURTS = 3.0
"""Undiscussed slights past this many lower rated humility no further."""


class Rated(NamedTuple):
    """What an observer gets of a session, for the dyads that its state holds.

    ``symptoms`` has a row for each of the two scales; ``resistance`` and ``direct`` are what
    coders of the session would see of R and D, and R and D themselves where nobody codes.
    """

    alliance: Floats
    alliance_therapist: Floats
    humility: Floats
    empathy: Floats
    symptoms: Floats
    resistance: Floats
    direct: Floats


def rate(world: World, d: Dyads, state: State, hurts: Floats, noise: Floats) -> Rated:
    """Ratings after one session.

    Args:
        world: whose theory and conditions hold.
        d: the dyads that the state holds.
        state: where they are.
        hurts: undiscussed slights so far, this session's among them.
        noise: standard normal, a row for each of `luck.RATING_Z`, or for the first ones.
    """
    p = world.theory
    quiet = 0.0 if world.conditions.noise_free else 1.0
    z = dict.fromkeys(RATING_Z, np.zeros(1)) | dict(zip(RATING_Z, quiet * noise, strict=False))
    halo, halo_t = quiet * d.clients.halo, quiet * d.clients.halo_therapist
    spread = p.y_e * np.array([[1.0], [SECOND]])
    measured = state.symptoms + spread * np.stack([z["symptoms"], z["symptoms_2"]])
    humble = p.c_mu * d.humility_sd - p.c_M * np.minimum(hurts, MOST_HURTS)
    return Rated(
        alliance=state.alliance + halo + p.a_z * z["alliance"],
        alliance_therapist=state.alliance + halo_t + p.a_z * z["therapist"],
        humility=state.alliance + halo + humble + p.c_z * z["humility"],
        empathy=state.heard + halo + p.a_z * z["empathy"],
        symptoms=np.clip(measured, 0.0, MOST_SYMPTOMS),
        resistance=state.resistance + p.r_z * z["resist"],
        direct=state.direct + p.r_z * z["direct"],
    )


def rated_course(
    world: World, block: int, dyads: Dyads, luck: Luck | None = None, coded: bool = True
) -> Iterator[tuple[State, Dyads, Rated]]:
    """A block's states, each with the dyads that it holds and what is rated of it.

    Without ``coded`` nobody codes resistance and direction, and no noise of theirs is drawn.
    """
    rows = len(RATING_Z) if coded else len(RATING_Z) - CODED
    drawn = luck or Luck(world.seed, block)
    hurts = np.zeros(len(dyads))
    for state in course(world, block, dyads, drawn):
        size = len(state)
        hurts = hurts[:size] + (state.here & state.slight & ~state.told)
        noise = drawn.rating(state.number, size, rows)
        few = dyads.first(size)
        yield state, few, rate(world, few, state, hurts, noise)
