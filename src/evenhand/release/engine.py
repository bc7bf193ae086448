"""One release: from a study's clients and its ledger to tables that may leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.instruments import find_instrument, own_instruments
from evenhand.release.clients import Clients, clients_of
from evenhand.release.course_sets import COURSE
from evenhand.release.crowd import SEVERAL, THERAPIST, Crowd, crowd_of
from evenhand.release.decide import DECLINED, Case, Decided
from evenhand.release.declared import Plan, chosen, read_lattice
from evenhand.release.figures import Margin, margins_of
from evenhand.release.history import History, Labels, Values, changes
from evenhand.release.ledger import Ledger
from evenhand.release.possible import with_possible
from evenhand.release.printed import printed
from evenhand.release.published import pass_through
from evenhand.release.released import ReleasedTable
from evenhand.release.rounding import rounded
from evenhand.release.rules import Rules
from evenhand.study.folder import Study

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Real = NDArray[np.float64]


def release_tables(study: Study, names: Sequence[str], ledger: Ledger) -> list[ReleasedTable]:
    """Release tables of a study, checked together with everything that was released before.

    Args:
        study: the study.
        names: tables that its study.toml declares.
        ledger: its open ledger, which records the release before it is returned.

    Raises:
        EvenhandError: a table that is not declared, a rule that is loosened, or input that cannot
            be counted.
    """
    rules, plans = read_lattice(study.config)
    asked = chosen(plans, names)
    own = [_as_loaded(plan, study) for plan in asked if not plan.published]
    told = _own_tables(study, own, rules, ledger) if own else {}
    return [told[p.name] if p.name in told else pass_through(p, study.root) for p in asked]


def _as_loaded(plan: Plan, study: Study) -> Plan:
    """The plan with its questionnaire's own name: however it is spelled, it is one measure."""
    if not plan.instrument:
        return plan
    found = find_instrument(plan.instrument, "client", own_instruments(study.root))
    return replace(plan, instrument=found.name)


def _own_tables(
    study: Study, plans: Sequence[Plan], rules: Rules, ledger: Ledger
) -> dict[str, ReleasedTable]:
    history = History()
    for earlier in ledger.entries:
        history.add(earlier)
    positions = list(dict.fromkeys(p for plan in plans for p in plan.positions))
    clients = clients_of(study, plans, positions)
    people, tags = roster_of(history, clients, positions, ledger)
    s = len(history.rosters) - 1
    margins = {plan.name: margins_of(plan.measure, plan.positions) for plan in plans}
    every = [*history.told, *(m for some in margins.values() for m in some)]
    # Anybody may decline, also where nobody has yet: whoever is the first must find a place kept.
    declined = {p: (DECLINED,) for m in every for p in m.dims if p != COURSE}
    crowd = crowd_of(history.dims, history.rosters, declined, history.changed)
    crowd = with_possible(crowd, every, list(range(s + 1)))
    small = _is_small(crowd, s, rules)
    case = Case(crowd, history, s, rules)
    amounts = _amounts(clients, tags, crowd, history, s)
    entry: dict[str, Any] = {
        "snapshot": clients.label,
        "dims": list(history.dims),
        "people": people,
        "margins": [],
    }
    refused = set()
    for plan in plans:
        levels = margins[plan.name][:1] if small else margins[plan.name]
        fresh = [m for m in levels if s not in history.of(m).released]
        decided = case.decide(fresh, amounts) if fresh else []
        if decided is None:
            refused.add(plan.name)
        for one in decided or []:
            entry["margins"].append(_record(case, one, amounts, rules))
    if entry["margins"] or (people is not None and history.told):
        ledger.append(entry)
    return {
        plan.name: printed(
            plan,
            [] if plan.name in refused else margins[plan.name][: 1 if small else None],
            history,
            crowd,
            s,
            rules,
            small or plan.name in refused,
        )
        for plan in plans
    }


def _is_small(crowd: Crowd, s: int, rules: Rules) -> bool:
    there = crowd.present(s)
    there = there[crowd.weight[there] > 0]
    therapists = np.unique(crowd.values(s, THERAPIST, there)[1]).size
    return rules.too_small(there.size, therapists)


def roster_of(
    history: History, clients: Clients, positions: Sequence[str], ledger: Ledger
) -> tuple[dict[str, list[str] | None] | None, dict[str, str]]:
    """Add the snapshot to the history, if it is a new one; returns what the entry says of it."""
    frame = clients.frame
    history.widen([THERAPIST, "ended", *positions, *(c for c in frame.columns if ":" in c)])
    tags = {client: ledger.tag(client) for client in frame["client_id"]}
    columns = [_column(frame, d, ledger) if d in frame.columns else None for d in history.dims]
    before = history.rosters[-1] if history.rosters else None
    kept = [(before or {}).get(tag) for tag in tags.values()] if None in columns else []
    filled = [
        [row[d] if row else "" for row in kept] if values is None else values
        for d, values in enumerate(columns)
    ]
    now = dict(zip(tags.values(), zip(*filled, strict=True), strict=True))
    people = changes(before, now)
    if people is not None:
        history.labels.append(clients.label)
        history.rosters.append(now)
        history.changed.append(people)
    return people, tags


def _column(frame: pl.DataFrame, dim: str, ledger: Ledger) -> list[str]:
    """One dimension of all clients; therapists as their tags."""
    values = frame[dim].to_list()
    if dim != THERAPIST:
        return values
    known = {value: _value(dim, value, ledger) for value in dict.fromkeys(values)}
    return [known[value] for value in values]


def _value(dim: str, value: str, ledger: Ledger) -> str:
    if dim != THERAPIST:
        return value
    return SEVERAL.join(ledger.tag(one) for one in value.split(SEVERAL))


def _amounts(
    clients: Clients, tags: Mapping[str, str], crowd: Crowd, history: History, s: int
) -> dict[str, Real]:
    """What each column adds to a sum, for each measure that has one."""
    if not any(key.startswith("mean:") for key in clients.amounts):
        return {}
    order: dict[str, int] = {}
    for roster in history.rosters:
        for tag in roster:
            order.setdefault(tag, len(order))
    found = {}
    for key, told in clients.amounts.items():
        if key.startswith("mean:"):
            found[key] = np.zeros(crowd.size)
            for client, value in told.items():
                found[key][order[tags[client]]] = value
    return found


def _record(case: Case, one: Decided, amounts: Mapping[str, Real], rules: Rules) -> dict[str, Any]:
    """Take a decision over into the history, and say it as the ledger does."""
    margin = one.margin
    cells_n = case.crowd.cells_n(margin.dims)
    columns = [rounded(case.people_of(margin, part), rules.base) for part in margin.measure.shown]
    numbers = [c.astype(float) for c in columns]
    if margin.measure.key in amounts:
        numbers += _moments(case, margin, amounts[margin.measure.key], cells_n)
    shown: dict[Labels, Values] = {
        case.crowd.labels(margin.dims, int(c)): tuple(float(n[c]) for n in numbers)
        for c in one.fresh
    }
    case.history.of(margin).add(case.s, shown, one.lapsed)
    return {
        "measure": margin.measure.key,
        "dims": list(margin.dims),
        "shown": [[list(labels), list(values)] for labels, values in sorted(shown.items())],
        "lapsed": sorted(list(labels) for labels in one.lapsed),
    }


def _moments(case: Case, margin: Margin, values: Real, cells_n: int) -> list[Real]:
    """Mean and standard deviation of each cell, each to one decimal."""
    columns, cells = case.system.pairs(margin, margin.measure.base, case.s)
    weight = case.crowd.weight[columns].astype(float)
    n = np.maximum(np.bincount(cells, weight, cells_n), 1.0)
    mean = np.bincount(cells, weight * values[columns], cells_n) / n
    square = np.bincount(cells, weight * values[columns] ** 2, cells_n) / n
    variance = np.maximum(square - mean**2, 0.0) * n / np.maximum(n - 1, 1.0)
    return [np.round(mean, 1) + 0.0, np.round(np.sqrt(variance), 1)]
