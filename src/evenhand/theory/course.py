"""The course of a block of dyads, session after session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evenhand.theory.conditions import AS_IS, Conditions
from evenhand.theory.dyads import Dyads, make_dyads
from evenhand.theory.luck import DYADS, Luck
from evenhand.theory.meeting import State, before_treatment, meet
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Therapists, draw_clients, draw_therapists


@dataclass(frozen=True)
class World:
    """A theory, what is done differently, and how large it is.

    Args:
        theory: the parameters.
        clients: how many clients there are.
        therapists: how many therapists.
        sessions: how many sessions are watched.
        seed: of all draws.
        conditions: what is done differently.
    """

    theory: Theory
    clients: int
    therapists: int
    sessions: int
    seed: int
    conditions: Conditions = AS_IS

    @property
    def blocks(self) -> int:
        """Blocks of dyads."""
        return -(-self.clients // DYADS)

    def size(self, block: int) -> int:
        """Dyads of a block: all but the last are full."""
        return min(DYADS, self.clients - block * DYADS)

    def staff(self) -> Therapists:
        """All therapists."""
        return draw_therapists(self.theory, self.seed, self.therapists)


def gather(world: World, block: int, staff: Therapists, luck: Luck | None = None) -> Dyads:
    """The dyads of a block before their first session, those who plan most sessions first.

    So the dyads that still have a session before them stand together, and nothing need be drawn
    or worked out for the others. The plan does not depend on what is done differently: two
    settings take the same draws.
    """
    p, n = world.theory, world.size(block)
    drawn = luck or Luck(world.seed, block)
    clients = draw_clients(p, drawn, staff, world.conditions.allocation).take(slice(n))
    order = np.argsort(-clients.planned, kind="stable")
    return make_dyads(p, clients.take(order), staff, world.conditions)


def course(world: World, block: int, dyads: Dyads, luck: Luck | None = None) -> Iterator[State]:
    """Where the dyads are before treatment and after each session, one state after another.

    A state holds the dyads that had planned that session: the first ones of the block.
    """
    p = world.theory
    drawn = luck or Luck(world.seed, block)
    with np.errstate(over="ignore"):  # σ of a very negative number is 0, as it should be
        state = before_treatment(p, dyads)
        yield state
        for number in range(1, world.sessions + 1):
            size = int(np.count_nonzero(dyads.planned >= number))
            if size == 0:
                return
            few = dyads.first(size)
            luck_now = drawn.session(number, size)
            state = meet(p, few, state.first(size), luck_now, world.conditions)
            yield state
