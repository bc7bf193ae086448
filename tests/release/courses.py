"""Made-up courses of treatment, their study, and what an outsider can work out of their release."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import linprog

from evenhand.release.course_sets import ANY, course_set
from evenhand.release.ledger import FIRST, Ledger
from evenhand.study.folder import Study

ENDINGS = ("completed", "dropped out", "ongoing")
Course = tuple[str, str, int, str]
"""Client, therapist, sessions attended, how it ended."""


class Kept(Ledger):
    """A ledger in memory: entries go through JSON as they do in the file."""

    def append(self, entry: Mapping[str, Any]) -> None:
        self.entries.append(json.loads(json.dumps(entry)))


def ledger(key: bytes | None = None) -> Kept:
    """An empty ledger."""
    return Kept(Path("ledger"), None, key or secrets.token_bytes(32), [], FIRST, "kept")


def made_courses(seed: int, clients: int, therapists: int = 12, top: int = 14) -> list[Course]:
    """Courses in which every way of ending competes at each session."""
    rng = np.random.default_rng([clients, seed])
    of = rng.choice(therapists, clients, p=rng.dirichlet(np.full(therapists, 6.0)))
    found = []
    for i in range(clients):
        for session in range(1, top + 1):
            chance = (0.15 * (session > 3), 0.05, 0.04 if session < top else 1.0)
            u, bounds = rng.random(), np.cumsum(chance)
            if u < bounds[-1]:
                ending = ENDINGS[int(np.argmax(u < bounds))]
                break
        found.append((f"c{i:04d}", f"t{of[i]:03d}", session, ending))
    return found


def study_of(courses: Sequence[Course], dates: Mapping[str, str] | None = None) -> Study:
    """The study that they are of.

    Args:
        courses: a row a client.
        dates: client to the day of all their sessions, where the study is dated.
    """
    rows = [
        (f"{c}-{n}", c, t, str(n), e if n == last else None, (dates or {}).get(c))
        for c, t, last, e in courses
        for n in range(1, last + 1)
    ]
    names = ["session_id", "client_id", "therapist_id", "number", "ended", "date"]
    sessions = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    people = pl.DataFrame({"person_id": [c[0] for c in courses], "role": "client"})
    return Study(Path("made-up"), "Made-up", {}, people, sessions)


def table_of(courses: Sequence[Course]) -> np.ndarray:
    """Clients by ending and session."""
    table = np.zeros((len(ENDINGS), max(c[2] for c in courses)))
    for _, _, n, ending in courses:
        table[ENDINGS.index(ending), n - 1] += 1
    return table


def printed(book: Ledger) -> dict[str, float]:
    """Every count of courses that was ever published: its name and what was printed."""
    return {
        one["measure"]: one["shown"][0][1][0]
        for entry in book.entries
        for one in entry["margins"]
        if one["shown"] and one["measure"].startswith("course:")
    }


def narrowest(table: np.ndarray, shown: Mapping[str, float], least: int = 10) -> float:
    """How far apart an outsider can bring least and most of any run of fewer than `least` endings.

    The outsider knows how many clients there are, that a printed count stands for ten or more, and
    how it was rounded.
    """
    rows, low, high = [np.ones(table.size)], [table.sum()], [table.sum()]
    for name, value in shown.items():
        rows.append(_row(table, *course_set(name)))
        low.append(max(value - 2, least))
        high.append(value + 2)
    a, b = np.vstack([rows, -np.array(rows)]), np.concatenate([high, -np.array(low)])
    assert np.all(a @ table.ravel() <= b)
    widths = [np.inf]
    for ending, first, last in _runs(table, least):
        aim = _row(table, ending, first, last)
        widths.append(-linprog(-aim, a, b).fun - linprog(aim, a, b).fun)
    return float(min(widths))


def _row(table: np.ndarray, ending: str, first: int, last: int) -> np.ndarray:
    row = np.zeros_like(table)
    row[list(range(len(ENDINGS))) if ending == ANY else ENDINGS.index(ending), first - 1 : last] = 1
    return row.ravel()


def _runs(table: np.ndarray, least: int) -> Iterator[tuple[str, int, int]]:
    for i, ending in enumerate(ENDINGS):
        for first in range(1, table.shape[1] + 1):
            for last in range(first, table.shape[1] + 1):
                if table[i, first - 1 : last].sum() < least:
                    yield ending, first, last
