"""From decided cells to the rows of a released table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import polars as pl

from evenhand.core.share import wilson
from evenhand.release.crowd import Crowd
from evenhand.release.decide import NOT_RELEASED
from evenhand.release.declared import Plan
from evenhand.release.figures import Margin
from evenhand.release.history import History, Labels, Standing
from evenhand.release.released import WITHHELD, ReleasedTable, seal
from evenhand.release.rounding import mean_interval, share_bounds
from evenhand.release.rules import Rules

ALL = "all"
"""Stands for every value of a position, in margins."""

SHOWN = "shown"

TITLES = {
    "clients": "Clients",
    "dropped out": "Share of clients who dropped out, among those whose treatment has ended",
    "completed": "Share of clients who completed, among those whose treatment has ended",
    "reliably improved": "Share of clients who reliably improved",
    "last": "Mean of the last score",
    "change": "Mean change from the first to the last score",
}

SMALL = (
    "The clinic is too small for figures of groups: there is its total, or nothing. Two ways are "
    "open: release together with other clinics, or look at single cases, with each client's "
    "consent."
)
LOOK_ALIKE = (
    "A figure is withheld where it could tell on somebody, alone or together with other figures, "
    "now or earlier. All withheld figures look alike, whatever the reason."
)
UNNAMED = "Groups none of whose figures can be shown are not named."
WHOLE_LEVEL = (
    "A level of this table is withheld as a whole: part of it could have told on somebody, or "
    "could not be proved safe within what is worked out for one release."
)
STANDS = (
    "A figure stands as it was first shown until enough clients have come or gone; as_of says of "
    "which quarter it speaks."
)

NUMBERS = {
    "count": ["n"],
    "share": ["n", "k", "share", "low", "high", "rounding_low", "rounding_high"],
    "mean": ["n", "mean", "sd", "low", "high"],
}


def kind_of(plan: Plan) -> str:
    """Whether a table counts, or holds shares or means."""
    if plan.kind == "clients":
        return "count"
    return "mean" if plan.kind in ("last", "change") else "share"


def printed(
    plan: Plan,
    margins: Sequence[Margin],
    history: History,
    crowd: Crowd,
    s: int,
    rules: Rules,
    small: bool,
) -> ReleasedTable:
    """A released table: each level of it, the total first, cells in the order of their names."""
    kind = kind_of(plan)
    rows: list[dict[str, Any]] = []
    for margin in margins or [Margin(plan.measure, ())]:
        told = history.of(margin)
        standing = {c: told.standing[c] for c in told.released.get(s, ()) if margins}
        for labels in _named(plan, margin, history, crowd, s):
            place = dict(zip(margin.dims, labels, strict=True))
            row = {p: place.get(p, ALL) for p in plan.positions}
            rows.append(row | _figures(plan, kind, standing.get(labels), history, rules))
    return seal(
        plan.name,
        plan.title or _title(plan),
        plan.positions,
        kind,
        pl.DataFrame(rows, schema=_schema(plan.positions, kind)),
        _notes(rules, small, any(p for p in plan.positions), _level_withheld(margins, history, s)),
    )


def _title(plan: Plan) -> str:
    about = f" of {plan.instrument}" if plan.instrument else ""
    by = f", by {' and '.join(plan.positions)}" if plan.positions else ""
    return f"{TITLES[plan.kind]}{about}{by}"


def _level_withheld(margins: Sequence[Margin], history: History, s: int) -> bool:
    return any(not history.of(margin).released.get(s) for margin in margins)


def _notes(rules: Rules, small: bool, divided: bool, level_withheld: bool) -> list[str]:
    base = (
        f"Counts are rounded to {rules.base}; shares and intervals are worked out from the rounded "
        f"counts. A cell needs at least {rules.clients} clients and {rules.therapists} therapists."
    )
    notes = [base, LOOK_ALIKE, STANDS]
    if divided:
        notes.append(UNNAMED)
    if level_withheld and not small:
        notes.append(WHOLE_LEVEL)
    return [SMALL, *notes] if small else notes


def _schema(positions: Sequence[str], kind: str) -> dict[str, Any]:
    whole = {"n", "k"}
    numbers = {c: pl.Int64 if c in whole else pl.Float64 for c in NUMBERS[kind]}
    text: Mapping[str, Any] = dict.fromkeys(positions, pl.String)
    return {**text, "status": pl.String, **numbers, "as_of": pl.String}


def _named(plan: Plan, margin: Margin, history: History, crowd: Crowd, s: int) -> Iterator[Labels]:
    """Cells that have a row: every combination of values that are shown somewhere by themselves."""
    names = []
    for dim in margin.dims:
        shown: set[str] = set()
        for other, told in history.told.items():
            if other.measure == margin.measure and dim in other.dims:
                at = other.dims.index(dim)
                shown |= {labels[at] for labels in told.released.get(s, ())}
        names.append(sorted(label for label in shown if label not in NOT_RELEASED))
    yield from product(*names)


def _figures(
    plan: Plan, kind: str, cell: Standing | None, history: History, rules: Rules
) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(NUMBERS[kind])
    if cell is None:
        return {"status": WITHHELD, **blank, "as_of": None}
    found = {"status": SHOWN, **blank, "as_of": history.labels[cell.s], "n": int(cell.values[0])}
    if kind == "share":
        n, k = cell.values
        least, most = share_bounds(k, n, rules.base)
        if plan.kind == "completed":
            k, least, most = n - k, 1 - most, 1 - least
        low, high = wilson(k / n, n)
        found |= {"k": int(k), "share": k / n, "low": low, "high": high}
        found |= {"rounding_low": least, "rounding_high": most}
    elif kind == "mean":
        n, mean, sd = cell.values
        low, high = mean_interval(mean, sd, n)
        found |= {"mean": mean, "sd": sd, "low": low, "high": high}
    return found
