"""How treatments ended, released: counts, and curves of leaving and completing.

A curve is released as a whole. In a later quarter it moves only if every count of it moves, and
stands as it was until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.share import wilson
from evenhand.models.course_tables import ENDINGS
from evenhand.release.clients import Clients, clients_of, sessions_counted
from evenhand.release.course_points import Counts, course_points, seen_at
from evenhand.release.course_sets import (
    ANY,
    COURSE,
    MOST,
    NOT_FOLLOWED,
    course_key,
    course_set,
    courses_of,
)
from evenhand.release.course_steps import Steps, choose_steps, margin_of
from evenhand.release.crowd import crowd_of
from evenhand.release.decide import Case
from evenhand.release.declared import read_lattice
from evenhand.release.engine import roster_of
from evenhand.release.history import History, Labels, Values
from evenhand.release.ledger import Ledger
from evenhand.release.possible import with_possible
from evenhand.release.printed import LOOK_ALIKE, SHOWN
from evenhand.release.released import WITHHELD, ReleasedTable, seal
from evenhand.release.rounding import rounded, share_bounds
from evenhand.release.rules import Rules
from evenhand.study.folder import Study

ENDED, CURVES, SEEN = "endings", "curves", "still seen"
"""Names of the three tables."""

Row = dict[str, Any]

SHARES = {
    "n": pl.Int64,
    "k": pl.Int64,
    "share": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rounding_low": pl.Float64,
    "rounding_high": pl.Float64,
}
STANDS = (
    "All of it is released as one, and stands as it was first shown until enough clients have come "
    "or gone at every step. The quarter that it speaks of stands with it."
)
TOGETHER = (
    "A client counts once, with all attended sessions and the ending of the last treatment. An "
    "ending that nobody wrote down is ongoing, until the stated silence is over."
)


def release_courses(study: Study, ledger: Ledger, silence_days: int) -> list[ReleasedTable]:
    """Release how the treatments of a study ended, together with all that was released before.

    Args:
        study: the study; it must be large enough for figures of groups.
        ledger: its open ledger, which records the release before it is returned.
        silence_days: days without a session after which an ongoing treatment counts as left.

    Returns:
        Counts of the endings, points of the curves, and how many were still seen.

    Raises:
        EvenhandError: a rule that is loosened, or input that cannot be counted.
    """
    rules, _ = read_lattice(study.config)
    history = History()
    for earlier in ledger.entries:
        history.add(earlier)
    clients = _clients(study, silence_days)
    people, _ = roster_of(history, clients, [COURSE], ledger)
    s = len(history.rosters) - 1
    crowd = crowd_of(history.dims, history.rosters, {})
    every = [*history.told, margin_of(course_key(ANY))]
    case = Case(with_possible(crowd, every, list(range(s + 1))), history, s, rules)
    released = _released(history)
    if not (released and _stands(case, released[-1])):
        steps = choose_steps(case, released)
        if steps is not None:
            ledger.append(_recorded(case, steps, clients.label, people))
            released.append(s)
    if not released:
        return _tables(_counts({}), None, rules)
    last = released[-1]
    return _tables(_counts(_standing(history, last)), history.labels[last], rules)


def _clients(study: Study, silence_days: int) -> Clients:
    """The clients of a quarter, each with a course."""
    clients = clients_of(study, [], [])
    told = courses_of(sessions_counted(study)[0], silence_days)
    frame = clients.frame.join(told, on="client_id", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col(COURSE).fill_null(NOT_FOLLOWED))
    return Clients(clients.label, frame, clients.amounts)


def _released(history: History) -> list[int]:
    """Snapshots of which a curve was released, in their order."""
    margins = [t for m, t in history.told.items() if m.measure.dim == COURSE]
    return sorted({s for told in margins for s, _ in told.versions})


def _standing(history: History, s: int) -> dict[str, float]:
    """The sets of the curve of a snapshot, each with its count as printed."""
    return {
        margin.measure.key: told.standing[()].values[0]
        for margin, told in history.told.items()
        if margin.measure.dim == COURSE and () in told.standing and told.standing[()].s == s
    }


def _stands(case: Case, since: int) -> bool:
    """Whether too few have come or gone for the last curve to move."""
    sets = _standing(case.history, since)
    return not all(bool(case.moved(margin_of(key), since)[0]) for key in sets)


def _recorded(
    case: Case, steps: Steps, label: str, people: dict[str, list[str] | None] | None
) -> dict[str, Any]:
    """Take the steps over into the history, and say them as the ledger does."""
    margins = []
    for key in (*steps.shown, *steps.hidden):
        margin = margin_of(key)
        told, shown = case.history.of(margin), dict[Labels, Values]()
        if key in steps.shown:
            count = case.people_of(margin, margin.measure.base)
            shown = {(): (float(rounded(count, case.rules.base)[0]),)}
        lapsed = [] if shown or () not in told.standing else [()]
        told.add(case.s, shown, lapsed)
        margins.append(
            {
                "measure": key,
                "dims": [],
                "shown": [[[], list(values)] for values in shown.values()],
                "lapsed": [list(labels) for labels in lapsed],
            }
        )
    return {
        "snapshot": label,
        "dims": list(case.history.dims),
        "people": people,
        "margins": margins,
    }


def _counts(shown: Mapping[str, float]) -> Counts:
    """Published sets, sorted into what a curve is worked out from."""
    ended: dict[str, dict[int, float]] = {}
    for key, value in shown.items():
        ending, _, last = course_set(key)
        ended.setdefault(ending, {})[last] = value
    return Counts(ended.pop(ANY, {}).get(MOST, 0.0), ended)


def _tables(counts: Counts, as_of: str | None, rules: Rules) -> list[ReleasedTable]:
    notes = [
        f"Counts are rounded to {rules.base}; shares, curves and intervals are worked out from the "
        f"rounded counts. Each count and each step holds at least {rules.clients} clients of at "
        f"least {rules.therapists} therapists.",
        LOOK_ALIKE,
        STANDS,
        TOGETHER,
    ]
    curves, seen = _curve_rows(counts, as_of, rules), _seen_rows(counts, as_of, rules)
    return [
        _sealed(ENDED, "How treatments ended", "share", _ended_rows(counts, as_of, rules), notes),
        _sealed(CURVES, "Left, and completed, by session", "curve", curves, notes),
        _sealed(SEEN, "Still seen, by session", "count", seen, notes),
    ]


def _sealed(
    name: str, title: str, kind: str, rows: Sequence[Row], notes: Sequence[str]
) -> ReleasedTable:
    place = {ENDED: ("ending",), CURVES: ("ending", "session"), SEEN: ("session",)}[name]
    numbers = SHARES
    if kind == "count":
        numbers = {name: SHARES[name] for name in ("n", "rounding_low", "rounding_high")}
    types: dict[str, Any] = {p: pl.Int64 if p == "session" else pl.String for p in place}
    schema = {**types, "status": pl.String, **numbers, "as_of": pl.String}
    return seal(name, title, place, kind, pl.DataFrame(rows, schema=schema), notes)


def _ended_rows(counts: Counts, as_of: str | None, rules: Rules) -> list[Row]:
    """A row an ending, its share of all clients; withheld ones too."""
    rows: list[Row] = []
    for ending in ENDINGS:
        k = counts.ended.get(ending, {}).get(MOST)
        if k is None or not counts.n:
            rows.append({"ending": ending, "status": WITHHELD})
            continue
        low, high = wilson(k / counts.n, counts.n)
        least, most = share_bounds(k, counts.n, rules.base)
        found: Row = {"ending": ending, "status": SHOWN, "as_of": as_of}
        found |= {"n": int(counts.n), "k": int(k), "share": k / counts.n, "low": low, "high": high}
        rows.append(found | {"rounding_low": least, "rounding_high": most})
    return rows


def _curve_rows(counts: Counts, as_of: str | None, rules: Rules) -> list[Row]:
    """A row a step: the share that had ended so after at most so many sessions."""
    rows = []
    for point in course_points(counts, rules.base):
        found = asdict(point)
        ending = found.pop("cause")
        found |= {"n": int(counts.n), "k": int(counts.ended[ending][point.session])}
        rows.append({"ending": ending, "status": SHOWN, **found})
    return [row | {"as_of": as_of} for row in rows]


def _seen_rows(counts: Counts, as_of: str | None, rules: Rules) -> list[Row]:
    """A row a session: about how many were still seen at it."""
    return [
        {
            "session": seen.session,
            "status": SHOWN,
            "n": int(rounded(np.array([round(seen.n)]), rules.base)[0]),
            "rounding_low": seen.low,
            "rounding_high": seen.high,
            "as_of": as_of,
        }
        for seen in seen_at(counts, rules.base)
    ]
