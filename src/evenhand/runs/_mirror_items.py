"""Are the alliance's items answered alike by the groups of an axis, where the alliance is?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CLIENT
from evenhand.instruments import Instrument, canonical_ratings, own_instruments
from evenhand.models.mirror_dif import fit_dif
from evenhand.runs._mirror_measured import groups_of
from evenhand.runs._mirror_tables import StudyTables, instruments_about
from evenhand.study.ratings_rows import rated_rows, reversal_of

Row = dict[str, Any]

BRING = (
    "Bring the answers item by item in ratings.csv; a total alone cannot show whether a question "
    "means the same to everybody."
)


@dataclass
class Items:
    """What was found about items, an axis each, and what was refused."""

    found: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def look_at_items(
    tables: StudyTables, axes: Sequence[str], progress: Callable[[str, int, int], None]
) -> Items:
    """Each axis's groups of clients, on the alliance questionnaire that clients used most.

    A client enters once: the first session with every item answered.

    Args:
        tables: the study's.
        axes: axes to look at.
        progress: called as fits end.
    """
    items = Items()
    known = instruments_about(tables.study, "alliance")
    rated = tables.scores.filter(pl.col("instrument").is_in(known) & (pl.col("rater") == CLIENT))
    if rated.is_empty():
        return items  # the treatment says already that nobody rated the alliance
    name, answers = alliance_answers(tables)
    for n, axis in enumerate(axes):
        progress("Looking at items", n, len(axes))
        if name is None:
            why = f"There are no answers to the items of {', '.join(rated['instrument'].unique())}."
            items.refused.append(_refusal(axis, why, BRING))
        else:
            _one(tables, axis, name, answers, items)
    progress("Looking at items", len(axes), len(axes))
    return items


def note_items(treatment: Sequence[Row], items: Sequence[Row]) -> None:
    """Beside each finding on the alliance, what is known of its items on that axis, or None."""
    verdicts = {row["axis"]: row["verdict"] for row in items}
    for row in treatment:
        if row["outcome"] == "alliance":
            row["items"] = verdicts.get(row["axis"])


def _refusal(axis: str, why: str, remedy: str) -> Row:
    return {"what": "alliance items", "axis": axis, "why": why, "remedy": remedy}


def _one(tables: StudyTables, axis: str, name: str, answers: pl.DataFrame, items: Items) -> None:
    grouped = answers.join(groups_of(tables, axis, "client_id"), on="client_id")
    keys = [column for column in answers.columns if column != "client_id"]
    try:
        found = fit_dif(grouped.select(keys).to_numpy(), grouped["group"].to_list(), keys)
    except EvenhandError as error:
        items.refused.append(_refusal(axis, error.what, error.remedy))
        return
    items.found.append({"axis": axis, "instrument": name, **asdict(found)})


def alliance_answers(tables: StudyTables) -> tuple[str | None, pl.DataFrame]:
    """The questionnaire whose items most clients answered, and their answers, a row a client.

    Only answers behind scores that are looked at: what clients keep out of those is not used here.
    """
    known: dict[str, Instrument] = instruments_about(tables.study, "alliance")
    rows = canonical_ratings(rated_rows(tables.study), own=own_instruments(tables.study.root))
    rows = rows.filter(
        (pl.col("rater") == CLIENT)
        & pl.col("instrument").is_in(known)
        & pl.col("item").is_not_null()
        & pl.col("number").is_not_null()
    )
    scored = tables.scores.filter(pl.col("rater") == CLIENT).select("session_id", "instrument")
    rows = rows.join(scored, on=["session_id", "instrument"], how="semi", maintain_order="left")
    reversal = reversal_of(tables.study)
    best: tuple[str | None, pl.DataFrame] = (None, pl.DataFrame())
    for (name,), part in sorted(rows.partition_by("instrument", as_dict=True).items()):
        one = known[str(name)]
        one = replace(one, reversal=reversal.get(one.key, one.reversal))
        answers = _by_client(tables, part, one)
        if answers.height > best[1].height:
            best = (one.name, answers)
    return best


def _by_client(tables: StudyTables, rows: pl.DataFrame, one: Instrument) -> pl.DataFrame:
    """The first session of each client in which every item is answered, items turned one way."""
    whole = next((s for s in one.scales if s.key == "total"), one.scales[0])
    ends = {key: one.item(key) for key in whole.items}
    turned = {key: item.low + item.high for key, item in ends.items() if one.turns(item)}
    mirrored = pl.col("item").replace_strict(turned, default=None, return_dtype=pl.Float64)
    value = pl.coalesce(mirrored - pl.col("number"), "number")
    answers = rows.filter(pl.col("item").is_in(list(ends))).with_columns(number=value)
    wide = answers.pivot("item", index="session_id", values="number", aggregate_function="first")
    if not set(ends) <= set(wide.columns):
        return pl.DataFrame()
    visits = tables.visits.filter(pl.col("number") > 0).sort("client_id", "number")
    joined = visits.select("session_id", "client_id").join(
        wide.drop_nulls(list(ends)), on="session_id", maintain_order="left"
    )
    first = joined.unique("client_id", keep="first", maintain_order=True)
    return first.select("client_id", *ends)
