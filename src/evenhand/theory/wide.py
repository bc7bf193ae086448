"""A block as one lean table of what an observer gets: for millions of dyads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from evenhand.theory.counts import Counter
from evenhand.theory.course import World, gather
from evenhand.theory.dyads import Dyads
from evenhand.theory.luck import DYADS
from evenhand.theory.meeting import State
from evenhand.theory.people import Therapists
from evenhand.theory.rated import Rated, rated_course
from evenhand.theory.record import ended_numbers

RATINGS = ("alliance", "alliance_therapist", "humility", "empathy")
COUNTS = ("k_t", "e_t", "k_c", "e_c")


def wide(world: World, block: int, staff: Therapists, counts: Sequence[str]) -> pl.DataFrame:
    """Run a block and keep what is rated and counted.

    Args:
        world: what to run.
        block: its number.
        staff: all therapists.
        counts: names of `counts.counted` that have both roles.

    Returns:
        A row a session that took place, by number: client, therapist, number, ended (a number of
        `record.ENDED`), ratings, and amounts and exposures; those before treatment, number 0,
        have symptoms only, and nan for the rest.
    """
    d = gather(world, block, staff)
    parts = [
        _columns(world, block, few, state, rated, counts)
        for state, few, rated in rated_course(world, block, d, coded=False)
    ]
    return pl.DataFrame({name: np.concatenate([p[name] for p in parts]) for name in parts[0]})


def _columns(
    world: World, block: int, d: Dyads, state: State, rated: Rated, counts: Sequence[str]
) -> dict[str, Any]:
    """One session's columns, for those who are here."""
    here = np.flatnonzero(state.here)
    n, first = len(here), state.number == 0
    nothing = np.full(n, np.nan, dtype=np.float32)
    found: dict[str, Any] = {
        "client": (block * DYADS + d.clients.place[here]).astype(np.int32),
        "therapist": d.clients.therapist[here].astype(np.int32),
        "number": np.full(n, state.number, dtype=np.int16),
        "ended": ended_numbers(world, d, state)[here],
        "symptoms": rated.symptoms[0][here].astype(np.float32),
        "symptoms_2": rated.symptoms[1][here].astype(np.float32),
    }
    for name in RATINGS:
        found[name] = nothing if first else getattr(rated, name)[here].astype(np.float32)
    counter = None if first else Counter(world, block, d, state)
    for name in counts:
        made = counter.of(name) if counter is not None else None
        for column in COUNTS:
            values = None if made is None else getattr(made, column)
            found[f"{column}_{name}"] = nothing if values is None else values.astype(np.float32)
    return found
