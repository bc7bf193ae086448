"""The theory's state alone: a million dyads, twenty sessions, no observables, nothing written.

Prints JSON: seconds by the clock from the first draw to the last session, its dyad-sessions, and
what came out, so that it cannot be left out.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial

from evenhand.runs._blocks import cores, in_order
from evenhand.theory import World, course, gather, shipped_theory


def state(world: World, blocks: range) -> tuple[int, int, float]:
    """Some blocks: sessions that took place, dyads that left, sum of trust at the end."""
    staff = world.staff()
    sessions, left, trust = 0, 0, 0.0
    for block in blocks:
        for now in course(world, block, gather(world, block, staff)):
            sessions += int(now.here.sum()) if now.number else 0
            left += int(now.leaves.sum())
            trust += float(now.trust.sum())
    return sessions, left, trust


def main(clients: int) -> None:
    """Spread the blocks over the cores."""
    world = World(shipped_theory(), clients, clients // 20, 20, 1)
    parts = [range(n, min(n + 16, world.blocks)) for n in range(0, world.blocks, 16)]
    began = time.perf_counter()
    done = list(in_order(partial(state, world), parts, cores()))
    wall = time.perf_counter() - began
    sessions, left = sum(d[0] for d in done), sum(d[1] for d in done)
    print(json.dumps({"wall": wall, "sessions": sessions, "left": left, "cores": cores()}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
