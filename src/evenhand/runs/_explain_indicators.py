"""The page of an indicator, its example read as `evenhand examine` reads a session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.discovery import discover
from evenhand.core.example import turns_of
from evenhand.core.features import build_features
from evenhand.runs._explain_layout import (
    md_table,
    number,
    paragraphs,
    period,
    sentence,
    turns_shown,
)
from evenhand.study.amounts import (
    amounts_by_turn,
    amounts_of,
    evidence_of,
    session_facts,
    wanted_columns,
)
from evenhand.study.readings import read_amounts

KINDS: Mapping[str, str] = {
    "tilted": "compares the two roles",
    "one_sided": "a rate of one role, without a tilt",
    "list": "a list of turns with counts, without a tilt",
    "shown": "rates of both roles, shown and never tilted",
}

NEEDS: Mapping[str, str] = {
    "codes": "phrase lists in the transcript's language; where they match nothing, the reading "
    'says "our phrases matched nothing", which is not "none"',
    "times": "start and end times",
    "gaps": "times that do not merely abut",
    "overlap_or_dash": "overlapping times, or dashes where a turn breaks off, in the study",
    "court_titles": "another pair of roles (`--roles`) and titles in at least half of the sessions",
    "no_interpreter": "words that are the client's own, not an interpreter's",
}
"""What a part may ask of the input, in words."""

_SHOWN_EVIDENCE = 4

_OPTIONS: Mapping[str, bool] = {"overlap_or_dash": True, "court_titles": False}


def read_example(indicator: Indicator) -> tuple[dict[str, Any], pl.DataFrame]:
    """Read the worked example: the reading's row, and the turns that show it."""
    used = _read_together(indicator)
    turns = turns_of(indicator.example)
    codes = discover("coder")["rules"].code(turns)
    features = build_features(turns, codes, wanted_columns(used.values()), {})
    by_turn = amounts_by_turn(features, used.values())
    amounts = amounts_of(features, used, by_turn).join(features.sessions, on="session")
    facts = session_facts(features).join(features.sessions, on="session")
    found = read_amounts(amounts.drop("session"), facts.drop("session"), used, _OPTIONS)
    row = found.filter(pl.col("indicator") == indicator.name).row(0, named=True)
    seen = evidence_of(features, used, by_turn).filter(pl.col("indicator") == indicator.name)
    return row, seen.join(turns.select("turn", "text"), on="turn", how="left")


def _read_together(indicator: Indicator) -> dict[str, Indicator]:
    """All that are sums over turns, which cost one pass; others only where they are needed."""
    every: dict[str, Indicator] = discover("indicator")
    if indicator.combine is not None:
        return every
    return {n: i for n, i in every.items() if n == indicator.name or i.amount is not None}


@cache
def indicator_page(name: str) -> str:
    """An indicator in Markdown: what, why, how, from where, and the example worked through."""
    i: Indicator = discover("indicator")[name]
    row, seen = read_example(i)
    return paragraphs(
        f"## {i.title}",
        f"`{i.name}`, indicator, version {i.version}, facet {i.facet}: {KINDS[i.kind]}.",
        f"**How it is computed.** {sentence(i.formula)}",
        _direction(i),
        f"**Why it bears on power, and when it does not.** {i.why}",
        f"**It needs** {'; '.join(NEEDS.get(n, n) for n in i.needs)}." if i.needs else "",
        f"**Take care.** {i.caution}" if i.caution else "",
        f"**Source.** {i.source}",
        "### Example",
        turns_shown(i.example),
        _reading(i, row),
        _evidence(i, seen),
    )


def _direction(i: Indicator) -> str:
    if not sided(i):
        return f"**Unit.** {sentence(i.unit)}" if i.unit else ""
    held = "holds" if i.direction == 1 else "yields"
    return (
        f"**Unit.** {sentence(i.unit)} Doing it {held}: the tilt runs from −1 to 1, and is "
        "positive where the therapist's side holds more."
    )


def _reading(i: Indicator, row: Mapping[str, Any]) -> str:
    sides = [r for r in ("therapist", "client") if row[r] is not None or row[f"k_{r}"] is not None]
    counted = any(row[f"k_{r}"] is not None for r in sides)
    lines = [["rate" if counted else "value", *(row[r] for r in sides)]]
    if counted:
        lines.append(["amount", *(row[f"k_{r}"] for r in sides)])
        lines.append(["exposure", *(row[f"e_{r}"] for r in sides)])
    table = md_table(["", *sides], lines)
    found = "It reads:" if sides else ""
    return paragraphs(found, table if sides else "", _tilt(i, row))


def sided(i: Indicator) -> bool:
    """True for an indicator that has a tilt wherever it can be read."""
    return i.kind == "tilted"


def _tilt(i: Indicator, row: Mapping[str, Any]) -> str:
    if row["absent"] is not None:
        return f"{'No tilt' if sided(i) else 'Absent'}: {row['absent']}."
    if row["tilt"] is None:
        return "" if sided(i) else "No tilt: this one has none, in any session."
    low, mid, high = (number(row[c], signed=True) for c in ("tilt_low", "tilt", "tilt_high"))
    if row["tilt_low"] is None:
        return f"Tilt {mid}, without an interval."
    return f"Tilt {mid}, 95 % interval {low} to {high}."


def _evidence(i: Indicator, seen: pl.DataFrame) -> str:
    """The first turns that made the number, with the words that did."""
    first = seen.filter(pl.col("turn") <= period(i.example)).head(_SHOWN_EVIDENCE)
    lines = []
    for row in first.iter_rows(named=True):
        whole = row["start_char"] is None
        words = row["text"] if whole else row["text"][row["start_char"] : row["end_char"]]
        lines.append(f"- turn {row['turn']}: “{words}”")
    return paragraphs("Turns that show it:", "\n".join(lines)) if lines else ""
