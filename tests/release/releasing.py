"""Made-up clinics through the engine's own door, and what the outside reads of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand.release.engine import release_tables
from evenhand.release.ledger import FIRST, Ledger
from evenhand.release.rules import RULES
from evenhand.study.folder import Study
from tests.release.clinics import Clinic
from tests.release.publications import About, Cell, Publication, about_of, read_frame
from tests.release.worlds import World

Tables = Sequence[tuple[str, tuple[str, ...]]]
"""(measure, positions) of each table that is asked for."""

QUESTIONNAIRE = ("reliably improved", "last")


class Kept(Ledger):
    """A ledger in memory: entries go through JSON as they do in the file."""

    def append(self, entry: Mapping[str, Any]) -> None:
        self.entries.append(json.loads(json.dumps(entry)))


def ledger() -> Kept:
    """An empty ledger."""
    return Kept(Path("ledger"), None, secrets.token_bytes(32), [], FIRST, "kept")


def study_of(clinic: Clinic, q: int, tables: Tables, rules: Mapping[str, Any] = {}) -> Study:
    """The study as it stands when a quarter is over."""
    declared = {}
    for n, (measure, dims) in enumerate(tables):
        declared[f"t{n}"] = {"rows": list(dims), "measure": measure}
        if measure in QUESTIONNAIRE:
            declared[f"t{n}"]["instrument"] = "PHQ-9"
    config = {"release": {"tables": declared, "rules": dict(rules)}}
    people, sessions, ratings = [], [], []
    for tag, (therapist, ended, *values) in clinic.quarters[q].items():
        people.append([tag, "client", *values])
        scores = clinic.scores.get(tag, ())
        for n in (1, 2):
            day = str(_last_day(clinic.came(tag) if n == 1 else q))
            sessions.append([f"{tag}-{n}", tag, therapist, str(n), day, ended if n == 2 else ""])
        for n, score in enumerate(scores, start=1):
            ratings.append([f"{tag}-{n}", "client", "PHQ-9", "total", str(score)])
    return Study(
        Path("made-up"),
        "Made-up clinic",
        config,
        _frame(["person_id", "role", "a", "b", "c"], people),
        _frame(["session_id", "client_id", "therapist_id", "number", "date", "ended"], sessions),
        _frame(["session_id", "rater", "instrument", "scale", "value"], ratings),
    )


def _frame(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _last_day(q: int) -> date:
    """The last day of a quarter, the first being that which begins in January 2024."""
    year, quarter = divmod(q + 1, 4)
    return date(2024 + year, 1 + 3 * quarter, 1) - timedelta(days=1)


def _name(q: int) -> str:
    day = _last_day(q)
    return f"{day.year}-Q{(day.month + 2) // 3}"


def released(clinic: Clinic, tables: Tables) -> Publication:
    """Release these tables in every quarter, one after the other, and read what was printed."""
    book = ledger()
    abouts = [about_of(measure, dims) for measure, dims in tables]
    quarters = {_name(q): q for q in range(len(clinic.quarters))}
    cells: dict[Cell, None] = {}
    refused, standing = set(), {}
    for q in range(len(clinic.quarters)):
        now: list[Cell] = []
        for n, about in enumerate(abouts):
            (table,) = release_tables(study_of(clinic, q, tables), [f"t{n}"], book)
            some = list(read_frame(about, table.frame, quarters))
            refused |= set() if some else {(about.name, q)}
            now += some
        cells |= dict.fromkeys(now)
        standing[q] = frozenset((c.about.name, c.place) for c in now)
    return Publication(
        tuple(cells),
        clinic.values(),
        tuple(len(roster) for roster in clinic.quarters),
        RULES.base,
        RULES.clients,
        True,
        RULES.share,
        RULES.therapists,
        RULES.width,
        refused=frozenset(refused),
        abouts=tuple(abouts),
        standing=standing,
    )


def known_to(clinic: Clinic, world: World, tags: set[str]) -> np.ndarray:
    """How many clients of each kind somebody knows who knows these clients."""
    known = np.zeros(len(world.kinds))
    for tag in tags:
        known[world.at[kind_of(clinic, world, tag)]] += 1
    return known


def kind_of(clinic: Clinic, world: World, tag: str) -> tuple[Any, ...]:
    """The kind of a client: what they say, when they came, what became of them."""
    there = [q for q in world.quarters if tag in clinic.quarters[q]]
    came = world.quarters.index(there[0])
    row = clinic.quarters[there[0]][tag]
    labels = tuple(row[2 + "abc".index(d)] for d in world.dims)
    path = tuple(
        (came, ("",) * came + tuple(clinic.state(tag, state, q) for q in there))
        for state in world.states
    )
    return labels, came, path


def truth(clinic: Clinic, world: World) -> np.ndarray:
    """The clinic as it is, in the attackers' kinds."""
    return known_to(clinic, world, set(clinic.quarters[world.quarters[-1]]))


def about_tables(tables: Tables) -> list[About]:
    """The tables in the attackers' words."""
    return [about_of(measure, dims) for measure, dims in tables]
