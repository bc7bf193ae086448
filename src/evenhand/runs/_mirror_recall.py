"""recall.csv: what people found in checked sessions, and what of it the coder found too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.tables import CLIENT, THERAPIST
from evenhand.models.mirror_bounds import Known
from evenhand.models.mirror_measurement import FEWEST
from evenhand.models.mirror_recall import recalls, verdict_of
from evenhand.runs._mirror_measured import Measured, groups_of
from evenhand.runs._mirror_tables import StudyTables
from evenhand.study.folder import TABLES
from evenhand.study.lines import source_lines

Row = dict[str, Any]

FILE = "recall.csv"
COLUMNS = TABLES["recall"]

PROVIDE = (
    f"Or provide {FILE} with {', '.join(COLUMNS)} (of the acts of a code that a person found in a "
    f"session, how many the coder found too), {FEWEST} sessions a group and role: then bounds "
    "can be given."
)


@dataclass(frozen=True)
class Checked:
    """Readable rows of recall.csv with who met whom, and notes on the others.

    ``rows`` is None where there is no such file.
    """

    rows: pl.DataFrame | None
    notes: tuple[str, ...] = ()


def read_recall(tables: StudyTables) -> Checked:
    """The study's recall.csv, if it has one, without the rows that cannot be read."""
    frame = tables.study.recall
    if frame is None:
        return Checked(None)
    numbers = frame.select(
        pl.col("session_id", "code"),
        pl.col("acts_checked", "acts_found").cast(pl.Float64, strict=False),
        role=pl.col("role").str.to_lowercase(),
        line=source_lines(frame),
    )
    whole = pl.col("acts_found").is_between(0, pl.col("acts_checked"))
    fine = (whole & pl.col("role").is_in([THERAPIST, CLIENT])).fill_null(False)
    lost = numbers.filter(~fine)["line"].to_list()
    who = tables.visits.select("session_id", "client_id", "therapist_id")
    kept = numbers.filter(fine).drop("line").join(who, on="session_id", how="inner")
    return Checked(kept, _notes(lost))


def _notes(lost: Sequence[int]) -> tuple[str, ...]:
    if not lost:
        return ()
    lines = ", ".join(map(str, lost[:8])) + (" …" if len(lost) > 8 else "")
    return (
        f"{len(lost):,} rows of {FILE} cannot be read, and count as unchecked (lines {lines}): "
        f"role is {THERAPIST} or {CLIENT}, and acts_found lies between 0 and acts_checked.",
    )


def checked_acts(checked: Checked, indicator: str) -> pl.DataFrame | None:
    """A row a session and role of an indicator's acts; None where one of its codes was not checked.

    Acts that stand under the indicator's own name go before those of its codes.
    """
    if checked.rows is None:
        return None
    codes = discover("indicator")[indicator].evidence
    there = set(checked.rows["code"])
    names = [indicator] if indicator in there else list(codes or ())
    if not names or not set(names) <= there:
        return None
    keys = ["session_id", "role", "client_id", "therapist_id"]
    ours = checked.rows.filter(pl.col("code").is_in(names))
    return ours.group_by(keys, maintain_order=True).agg(pl.col("acts_checked", "acts_found").sum())


def recall_of(tables: StudyTables, checked: Checked, axis: str, indicator: str) -> list[Known]:
    """Both roles' recall of an indicator by both sides' groups; empty where it was not checked."""
    acts = checked_acts(checked, indicator)
    if acts is None:
        return []
    found = []
    for side, key in ((THERAPIST, "therapist_id"), (CLIENT, "client_id")):
        groups = groups_of(tables, axis, key)
        joined = acts.join(groups, on=key, how="inner")
        ranks = _ranks(tables, axis, groups.rename({key: "person_id"}))
        for role in (THERAPIST, CLIENT):
            by_group = recalls(joined.filter(pl.col("role") == role))
            found.append(Known(indicator, side, role, by_group, ranks))
    return found


def _ranks(tables: StudyTables, axis: str, groups: pl.DataFrame) -> dict[str, float]:
    """The mean standing of each group's people."""
    here = tables.standing.filter(pl.col("axis") == axis).join(groups, on="person_id")
    means = here.group_by("group", maintain_order=True).agg(pl.col("standing").mean())
    return dict(means.select("group", "standing").iter_rows())


def differs_in_recall(tables: StudyTables, checked: Checked, axis: str, indicator: str) -> bool:
    """Whether recall of an indicator is surely not alike for an axis's groups."""
    acts = checked_acts(checked, indicator)
    if acts is None:
        return False
    for key in ("therapist_id", "client_id"):
        joined = acts.join(groups_of(tables, axis, key), on=key, how="inner")
        for role in (THERAPIST, CLIENT):
            if verdict_of(joined.filter(pl.col("role") == role)) == "different":
                return True
    return False


def why_not(
    tables: StudyTables, checked: Checked, axis: str, known: Measured, indicators: Sequence[str]
) -> str:
    """Why acts may not be compared between an axis's groups; empty where they may.

    Words must be alike, and no recall that was checked may say otherwise.
    """
    if not known.similar:
        return known.why
    if any(differs_in_recall(tables, checked, axis, name) for name in indicators):
        return "The coder misses more of these acts in one group's sessions."
    return ""


def recall_rows(tables: StudyTables, checked: Checked, axis: str) -> list[Row]:
    """Each code's recall by role and group, as JSON has it."""
    if checked.rows is None:
        return []
    rows: list[Row] = []
    for side, key in ((THERAPIST, "therapist_id"), (CLIENT, "client_id")):
        joined = checked.rows.join(groups_of(tables, axis, key), on=key, how="inner")
        for (code, role), part in sorted(joined.partition_by("code", "role", as_dict=True).items()):
            about = {"code": code, "groups_of": side, "role": role, "verdict": verdict_of(part)}
            rows += [about | asdict(one) for one in recalls(part)]
    return rows


def with_groups(tables: StudyTables, rows: pl.DataFrame, axis: str) -> pl.DataFrame:
    """Add ``group_t`` and ``group_c``, the groups by which recall is known."""
    for key, name in (("therapist_id", "group_t"), ("client_id", "group_c")):
        groups = groups_of(tables, axis, key).rename({"group": name})
        rows = rows.join(groups, on=key, how="left", maintain_order="left")
    return rows
