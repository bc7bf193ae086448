"""All attackers on the engine, one made-up clinic after the other, each drawn from its seed."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.release.attackers import (
    Disclosure,
    by_rules,
    colluders,
    differencing,
    linear_programme,
    member,
    pool_of,
    temporal,
    tracker,
)
from tests.release.back_calculation import back_calculation
from tests.release.clinics import Clinic, made_clinic
from tests.release.naive import members
from tests.release.publications import Publication
from tests.release.releasing import Tables, known_to, released, truth
from tests.release.worlds import Fact, Pool, hidden_of

DESIGNS: Sequence[Tables] = (
    (("clients", ("a", "b")), ("dropped out", ("a",))),
    (("dropped out", ("b", "a")),),
    (("clients", ("a",)), ("clients", ("b",)), ("clients", ("a", "b")), ("dropped out", ("c",))),
    (("clients", ("a", "b", "c")),),
    (("reliably improved", ("a",)), ("last", ("b",))),
    (("clients", ("a",)), ("last", ("a",)), ("dropped out", ("b",))),
)
OVER_TIME = 4
"""The first so many designs are also released quarter after quarter."""

LEVELS = ((2, 3, 2), (2, 5, 3), (3, 4, 2), (5, 2, 3))
SMALLEST, LARGEST = 30, 3000
ASKED = 4
"""How many members and couples are tried in each clinic."""


@dataclass(frozen=True)
class Drawn:
    """A clinic and what is asked of it."""

    seed: int
    clinic: Clinic
    design: int
    levels: tuple[int, ...]


def drawn(seed: int, largest: int = LARGEST) -> Drawn:
    """The clinic of a seed: sizes even on a logarithmic scale, a third of them over time."""
    rng = np.random.default_rng([2024, seed])
    clients = round(float(np.exp(rng.uniform(np.log(SMALLEST), np.log(largest)))))
    over_time = rng.random() < 1 / 3
    design = int(rng.integers(OVER_TIME if over_time else len(DESIGNS)))
    levels = LEVELS[int(rng.integers(len(LEVELS)))]
    quarters = int(rng.integers(2, 5)) if over_time else 1
    clinic = made_clinic(rng, clients, levels=levels, quarters=quarters)
    return Drawn(seed, clinic, design, levels)


def outcome(one: Drawn) -> dict[str, Any]:
    """Release a clinic, set every attacker on it, and say what was found and what was kept."""
    tables = DESIGNS[one.design]
    begin = time.process_time()
    told = released(one.clinic, tables)
    middle = time.process_time()
    found = list(attacked(one.clinic, told, np.random.default_rng(one.seed)))
    roster = one.clinic.quarters[-1]
    return {
        "seed": one.seed,
        "clients": len(roster),
        "therapists": len({row[0] for row in roster.values()}),
        "quarters": len(one.clinic.quarters),
        "design": one.design,
        **kept(one.clinic, told),
        "engine_s": round(middle - begin, 2),
        "attack_s": round(time.process_time() - middle, 2),
        "found": {f"{a}: {how}": n for (a, how), n in _counted(found).items()},
        "first": [str(d) for d in found[:3]],
    }


def _counted(found: Sequence[Disclosure]) -> Mapping[tuple[str, str], int]:
    return Counter((d.attacker, d.how) for d in found)


def attacked(clinic: Clinic, told: Publication, rng: np.random.Generator) -> Iterator[Disclosure]:
    """Everything that all attackers find in what was released of a clinic."""
    last = len(clinic.quarters) - 1
    now = pool_of(told, [last])
    for attacker in (differencing, tracker, linear_programme, back_calculation):
        yield from attacker(now)
    pools = [now]
    if last:
        pools.append(pool_of(told, list(range(last + 1))))
        yield from temporal(pools[-1])
        yield from temporal(pool_of(told, list(range(last + 1))), still(clinic, told))
    for pool in pools:
        check(clinic, pool)
        yield from _insiders(clinic, pool, rng, ASKED // len(pools))


def check(clinic: Clinic, pool: Pool) -> None:
    """What attackers take for granted must be so: else their finding nothing means nothing."""
    world, real = pool.world, truth(clinic, pool.world)
    for row, (least, most) in zip(world.rows, world.ends, strict=True):
        assert least <= row @ real <= most


def _insiders(
    clinic: Clinic, pool: Pool, rng: np.random.Generator, asked: int
) -> Iterator[Disclosure]:
    """Members, therapists with a client, therapists with each other."""
    everybody = sorted(clinic.quarters[-1])
    loads = clinic.loads()
    for tag in rng.choice(everybody, asked, replace=False):
        yield from member(pool, known_to(clinic, pool.world, {str(tag)}))
    pairs = [loads[:2], *(list(rng.choice(loads, 2, replace=False)) for _ in range(asked - 1))]
    for first, second in pairs:
        mine = clinic.of([first])
        own = known_to(clinic, pool.world, mine)
        yield from colluders(by_rules(pool, [own]), own, "therapist")
        client = str(rng.choice(sorted(set(everybody) - mine)))
        both = own + known_to(clinic, pool.world, {client})
        yield from colluders(pool, both, "therapist and client")
        other = known_to(clinic, pool.world, clinic.of([second]))
        yield from colluders(by_rules(pool, [own, other]), own + other, "two therapists")


def still(clinic: Clinic, told: Publication) -> Iterator[tuple[Fact, Fact]]:
    """Counts in which nobody came or went from one quarter to the next."""
    for about in told.abouts:
        for place in told.places(about):
            for q in range(len(clinic.quarters) - 1):
                then, now = (members(clinic, about, s, place) for s in (q, q + 1))
                for part, a, b in zip(about.parts, then, now, strict=True):
                    if a == b:
                        yield tuple(Fact(s, part, about.state, place) for s in (q, q + 1))  # type: ignore[misc]


def kept(clinic: Clinic, told: Publication) -> dict[str, Any]:
    """What is left after all that was withheld: cells, people in the finest cells, tables."""
    q = len(clinic.quarters) - 1
    cells = shown = people = published = 0
    standing = told.standing[q]
    for about in told.abouts:
        for place in told.places(about):
            n = len(members(clinic, about, q, place)[0])
            cells += n > 0
            shown += (about.name, place) in standing
            if len(place) == len(about.dims):
                people += n
                published += n * ((about.name, place) in standing)
    return {
        "cells": cells,
        "shown": shown,
        "people": people,
        "published": published,
        "tables": len(told.abouts) * (q + 1),
        "refused": len(told.refused),
        "hidden": len(hidden_of(told, [q])),
    }


def run(seeds: Sequence[int], file: Path, largest: int = LARGEST) -> Iterator[dict[str, Any]]:
    """The outcomes of some seeds; those that the file holds already are not worked out again."""
    done = {r["seed"]: r for r in read(file)}
    for seed in seeds:
        if seed not in done:
            done[seed] = outcome(drawn(seed, largest))
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(done[seed]) + "\n")
        yield done[seed]


def read(file: Path) -> list[dict[str, Any]]:
    """The outcomes that a file holds."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
