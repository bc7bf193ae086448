"""Small made-up treatments, worked out in the open: examples of the models over time."""

from __future__ import annotations

import math
from collections.abc import Mapping

Row = Mapping[str, object]

LEVELS = (17, 14, 20, 12, 16, 19, 11, 15, 18, 13)
SLOPES = (-2, -1, -2, 0, -1, -3, 0, -1, -2, 1)
WOBBLE = (0, 1, -1, 1, 0, -1, 2, -1, 1, -2, 0, 1, -1)


def scores() -> list[Row]:
    """Ten dyads with five scores each: a level, a line, and a wobble that goes round."""
    return [
        {
            "dyad": f"d{d}",
            "number": n,
            "score": float(level + slope * n + WOBBLE[(3 * d + 5 * n) % 13]),
        }
        for d, (level, slope) in enumerate(zip(LEVELS, SLOPES, strict=True))
        for n in range(1, 6)
    ]


def ratings() -> list[Row]:
    """Ten dyads with seven ratings each, of which d3's fifth is a point and a half lower."""
    return [
        {
            "dyad": f"d{d}",
            "number": n,
            "score": 2.5
            + LEVELS[d] / 10
            + WOBBLE[(3 * d + 5 * n * n) % 13] / 5
            - (1.5 if (d, n) == (3, 5) else 0.0),
        }
        for d in range(10)
        for n in range(1, 8)
    ]


def leaving() -> list[Row]:
    """Sixty treatments of six therapists, up to six sessions, left more often by the unhappy."""
    rows: list[Row] = []
    for d in range(60):
        alliance = 2.0 + (d * 7 % 11) / 4
        stays = 2 + (d * 5 + round(4 * alliance)) % 5
        leaves = (d * 13 % 10) < 10 - 1.6 * alliance
        for n in range(1, stays + 1):
            ends = "dropped out" if leaves else "completed"
            rows.append(
                {
                    "dyad": f"d{d:02}",
                    "therapist_id": f"t{d % 6}",
                    "nth": n,
                    "alliance": alliance + WOBBLE[(d + 3 * n) % 13] / 8,
                    "next": ends if n == stays else "stayed",
                }
            )
    return rows


def endings() -> list[Row]:
    """Eight treatments: how long each was, and how it ended."""
    ways = "dropped out,dropped out,completed,ongoing,dropped out,completed,completed,ongoing"
    times = (1, 2, 2, 3, 3, 3, 4, 5)
    pairs = zip(times, ways.split(","), strict=True)
    return [{"sessions_n": float(t), "ended": way} for t, way in pairs]


def room_and_alliance() -> list[Row]:
    """Twelve dyads, seven sessions: the alliance goes with the room of the session before."""
    rows: list[Row] = []
    for d in range(12):
        last = 0.0
        for n in range(1, 8):
            room = (d % 4 - 1.5) / 10 + WOBBLE[(2 * d + 5 * n) % 13] / 10
            alliance = 4 - last + WOBBLE[(5 * d + 7 * n) % 13] / 20
            rows.append(
                {"dyad": f"d{d:02}", "therapist_id": f"t{d % 3}", "nth": n}
                | {"room": room, "alliance": alliance}
            )
            last = room
    return rows


def scores_and_endings() -> list[Row]:
    """Eighty treatments: symptoms that fall or rise by a line; who gets worse leaves early."""
    rows: list[Row] = []
    for d in range(80):
        level, slope = LEVELS[d % 10] + d % 3, (d * 7 % 13) / 4 - 2.3
        leaves = d * 5 % 9 < 4 + slope
        stays = 2 + d * 11 % 5 if leaves else 5 + d * 3 % 5
        for n in range(1, stays + 1):
            ends = "dropped out" if leaves else "completed"
            rows.append(
                {
                    "dyad": f"d{d:02}",
                    "number": n,
                    "score": level + slope * n + WOBBLE[(3 * d + 5 * n) % 13],
                    "log_session": math.log(n),
                    "next": ends if n == stays else "stayed",
                }
            )
    return rows
