"""A block as one wide table: the truth, what is rated, and what can be counted, a row a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from evenhand.theory.counts import Counter
from evenhand.theory.course import World, gather
from evenhand.theory.dyads import Dyads, logistic
from evenhand.theory.luck import DYADS, generator
from evenhand.theory.meeting import State
from evenhand.theory.people import Therapists
from evenhand.theory.rated import Rated, rated_course

ENDED = (None, "completed", "dropped out", "ongoing")
"""How a dyad ended, by number."""

FELT = (
    "named",
    "power",
    "voice",
    "direct",
    "resistance",
    "slight",
    "told",
    "resentment",
    "heard",
    "trust",
    "open",
    "mended",
    "alliance",
)
"""What is true of a session, by its name in `State`."""
LASTING = (
    "minoritised",
    "advantage",
    "difference",
    "humility_sd",
    "skill",
    "advocacy",
    "reactance",
    "preference",
)
"""What is true of a dyad, by its name in `Dyads`."""
RATED = ("alliance", "alliance_therapist", "humility", "empathy")
_UNSAID = 999
"""Number of the check-in's own draws among a session's counts."""


def record(world: World, block: int, staff: Therapists, counts: Sequence[str]) -> pl.DataFrame:
    """Run a block and keep everything.

    Args:
        world: what to run.
        block: its number.
        staff: all therapists.
        counts: names of `counts.counted` to draw.

    Returns:
        A row a session that took place, and one with number 0 before treatment, by client and
        number. ``true_…`` is the truth, ``rated_…`` what is rated, ``k_t_…, e_t_…, k_c_…, e_c_…``
        (and ``phi_t_…, phi_c_…``) what is counted.
    """
    d = gather(world, block, staff)
    frames = [
        pl.DataFrame(_columns(world, block, few, state, rated, counts))
        for state, few, rated in rated_course(world, block, d, coded=False)
    ]
    return pl.concat(frames, how="diagonal").sort("client", "number")


def _columns(
    world: World, block: int, d: Dyads, state: State, rated: Rated, counts: Sequence[str]
) -> dict[str, Any]:
    """The columns of one session, for those who are here."""
    here = np.flatnonzero(state.here)
    p = world.theory
    found: dict[str, Any] = {
        "client": block * DYADS + d.clients.place[here],
        "therapist": d.clients.therapist[here],
        "number": np.full(len(here), state.number, dtype=np.int16),
        "planned": np.minimum(d.planned[here], 9999).astype(np.int16),
        "ended": ended_numbers(world, d, state)[here],
    }
    found |= {f"true_{n}": getattr(d, n)[here] for n in LASTING}
    found["true_therapist_standing"] = d.standing[here]
    found["true_client_standing"] = d.clients.positions.standing[here]
    found |= {f"rated_{n}": values for n, values in _symptoms(rated.symptoms, here).items()}
    found |= {f"true_{n}": values for n, values in _symptoms(state.symptoms, here).items()}
    if state.number == 0:
        return found
    found |= {f"true_{n}": getattr(state, n)[here] for n in FELT}
    found |= {f"rated_{n}": getattr(rated, n)[here] for n in RATED}
    chance = logistic(p.u_0 + state.resentment[here]) * (1.0 - state.voice[here])
    rng = generator(world.seed, block, "count", 1000 * state.number + _UNSAID)
    found["rated_unsaid"] = rng.random(len(here)) < chance
    if counts:
        counter = Counter(world, block, d, state)
        found |= {f"talk_{n}": values for n, values in counter.talk.items()}
        for name in counts:
            made = counter.of(name)._asdict()
            found |= {f"{c}_{name}": v for c, v in made.items() if v is not None}
    return found


def _symptoms(both: Any, here: Any) -> dict[str, Any]:
    return {"symptoms": both[0][here], "symptoms_2": both[1][here]}


def ended_numbers(world: World, d: Dyads, state: State) -> Any:
    """On a dyad's last row how it ended, as a number of `ENDED`."""
    if state.number == 0:
        return np.zeros(len(state), dtype=np.int8)
    last = np.where(d.planned == state.number, 1, 0)
    if state.number == world.sessions:
        last = np.where(d.planned > state.number, 3, last)
    return np.where(state.leaves, 2, last).astype(np.int8)


def ended_in_words(column: str = "ended") -> pl.Expr:
    """Numbers of `ENDED` as words; null where a dyad goes on."""
    return pl.col(column).replace_strict(dict(enumerate(ENDED)), return_dtype=pl.String)
