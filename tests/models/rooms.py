"""Made-up sessions whose counts follow what is asked of them: standing, talk share, allocation."""

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Room:
    """How sessions are made.

    ``t`` and ``c`` are the truths β_T and β_C on the log rate ratio; ``talk`` is how much the
    share of talk follows the gap; ``allocation`` how much a caseload follows its therapist.
    """

    therapists: int = 40
    clients: int = 15
    sessions: tuple[int, int] = (3, 12)
    t: float = 0.0
    c: float = 0.0
    talk: float = 0.0
    allocation: float = 0.5
    words: float = 2500.0
    rate: float = 0.004
    spread: tuple[float, float, float] = (0.2, 0.3, 0.2)


def make(room: Room, rng: np.random.Generator) -> pl.DataFrame:
    """A row a session, with counts over words."""
    s_t = rng.uniform(-1, 1, room.therapists)
    sizes = np.maximum(3, rng.poisson(room.clients, room.therapists))
    therapist = np.repeat(np.arange(room.therapists), sizes)
    s_c = np.clip(
        room.allocation * s_t[therapist] + rng.uniform(-1, 1, len(therapist)) * 0.8, -1, 1
    )
    lengths = rng.integers(room.sessions[0], room.sessions[1] + 1, len(therapist))
    client = np.repeat(np.arange(len(therapist)), lengths)
    number = np.concatenate([np.arange(1, n + 1) for n in lengths])
    who = therapist[client]
    gap = s_t[who] - s_c[client]
    share = 1 / (1 + np.exp(-(room.talk * gap + rng.normal(0, 0.3, len(client)))))
    e_t, e_c = room.words * share, room.words * (1 - share)
    j, i, s = room.spread
    tilt = room.t * s_t[who] + room.c * s_c[client]
    tilt = tilt + rng.normal(0, j, room.therapists)[who] + rng.normal(0, i, len(therapist))[client]
    tilt = tilt + rng.normal(0, s, len(client))
    return pl.DataFrame(
        {
            "session_id": [f"s{n}" for n in range(len(client))],
            "client_id": [f"c{n}" for n in client],
            "therapist_id": [f"t{n}" for n in who],
            "number": number,
            "indicator": "directives",
            "direction": 1,
            "k_t": rng.poisson(room.rate * e_t * np.exp(tilt / 2)).astype(float),
            "e_t": e_t,
            "k_c": rng.poisson(room.rate * e_c * np.exp(-tilt / 2)).astype(float),
            "e_c": e_c,
            "s_t": s_t[who],
            "s_c": s_c[client],
        }
    )
