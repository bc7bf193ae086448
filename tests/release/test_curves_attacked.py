"""Curves of endings: an attacker opens those of true counts, and not the released ones."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.release.curves import CURVES, ENDED, SEEN, release_courses
from evenhand.study.folder import Study
from tests.release.curve_attack import ENDINGS, Curve, Span, curve_attack
from tests.release.releasing import ledger

Client = tuple[str, str, int]
"""(therapist, ending, sessions)."""

LARGER = (300, 600)
START = date(2024, 1, 2)


def clients_of(seed: int, n: int) -> list[Client]:
    rng = np.random.default_rng(seed)
    therapists = max(5, n // 20)
    found = []
    for _ in range(n):
        ending = str(rng.choice(ENDINGS, p=[0.5, 0.35, 0.15]))
        mean = 3 if ending == "dropped out" else 7
        sessions = int(np.clip(rng.poisson(mean), 1, 12))
        found.append((f"t{rng.integers(therapists)}", ending, sessions))
    return found


def study_of(clients: list[Client]) -> Study:
    """Weekly sessions that all lie in one quarter."""
    rows = []
    for c, (therapist, ending, last) in enumerate(clients):
        for n in range(1, last + 1):
            day = str(START + timedelta(days=7 * n))
            ended = ending if n == last else ""
            rows.append([f"p{c}-{n}", f"p{c}", therapist, str(n), day, ended])
    names = ["session_id", "client_id", "therapist_id", "number", "date", "ended"]
    sessions = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    people = pl.DataFrame({"person_id": [f"p{c}" for c in range(len(clients))], "role": "client"})
    return Study(Path("made-up"), "Made-up", {}, people, sessions)


def released(clients: list[Client]) -> tuple[Curve, dict[str, pl.DataFrame]]:
    tables = {t.name: t.frame for t in release_courses(study_of(clients), ledger(), 200)}
    longest = max(n for *_, n in clients)
    counts: dict[Span, int] = {}
    for frame, span in (
        (ENDED, lambda r: Span((r["ending"],), 1, longest)),
        (CURVES, lambda r: Span((r["ending"],), 1, min(r["session"], longest))),
        (SEEN, lambda r: Span(ENDINGS, r["session"], longest)),
    ):
        for row in tables[frame].filter(pl.col("status") == "shown").to_dicts():
            counts[span(row)] = row["n"] if frame == SEEN else row["k"]
    return Curve(counts, 5, 10, len(clients), longest), tables


def exact(clients: list[Client]) -> Curve:
    """The curve as a statistics package draws it: a step wherever somebody ends."""
    longest = max(n for *_, n in clients)
    counts: dict[Span, int] = {}
    for ending in ENDINGS:
        for last in range(1, longest + 1):
            counts[Span((ending,), 1, last)] = sum(e == ending and n <= last for _, e, n in clients)
    large = {span: n for span, n in counts.items() if n >= 10}
    return Curve(large, 1, 0, len(clients), longest)


def truth_lies_within(clients: list[Client], found: list[tuple[Span, float, float]]) -> bool:
    told = Counter((e, n) for _, e, n in clients)
    return all(
        low <= sum(told[e, n] for e in s.endings for n in range(s.first, s.last + 1)) <= high
        for s, low, high in found
    )


@pytest.mark.parametrize("n", [150, *(pytest.param(n, marks=pytest.mark.slow) for n in LARGER)])
def test_a_curve_of_true_counts_is_opened_and_the_released_one_is_not(n: int) -> None:
    clients = clients_of(n, n)
    opened = curve_attack(exact(clients))
    assert opened
    assert truth_lies_within(clients, opened)
    told, _ = released(clients)
    assert told.counts
    assert curve_attack(told) == []
    loads = [t for t, _ in Counter(t for t, *_ in clients).most_common(2)]
    for coalition in (loads[:1], loads):
        known = [(e, k) for t, e, k in clients if t in coalition]
        assert curve_attack(told, known) == []


@pytest.mark.slow
def test_points_hold_nothing_but_the_printed_counts() -> None:
    """One client more or less in a session changes no share as long as it changes no count."""
    clients = clients_of(1, 150)
    told, tables = released(clients)
    assert (tables[CURVES]["status"] == "shown").any()
    same = 0
    for n in range(12):
        therapist, ending, sessions = clients[n]
        moved = [*clients[:n], (therapist, ending, max(1, sessions - 1)), *clients[n + 1 :]]
        other, others = released(moved)
        if other.counts == told.counts:
            same += moved != clients
            assert others[CURVES].equals(tables[CURVES])
    assert same
