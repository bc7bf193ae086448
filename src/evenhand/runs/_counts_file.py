"""A table of counts from a file: England's yearly table, or any with the same few columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.models.counts_table import COUNTS
from evenhand.runs._counts_direction import put_order

NAMES: Mapping[str, tuple[str, ...]] = {
    "period": ("reporting_period", "year"),
    "axis": ("variable_type",),
    "group": ("variable_a",),
    "subgroup": ("variable_b",),
    "referrals": ("count_referrals_received",),
    "finished": ("count_finished_course_treatment",),
    "not_at_caseness": ("count_not_at_caseness",),
    "recovery": ("count_recovery",),
    "reliable_recovery": ("count_reliable_recovery",),
    "improvement": ("count_improvement",),
    "no_reliable_change": ("count_no_reliable_change",),
    "deterioration": ("count_deterioration",),
}
"""Our columns, and what England's table calls them."""

NEEDED = ("axis", "group")
AMOUNTS = tuple(name for name, kind in COUNTS.items() if kind == pl.Float64)
PUBLISHED = tuple(name for name in AMOUNTS if name not in ("referrals", "finished"))

AXES: Mapping[str, str] = {
    "indices of deprivation decile": "deprivation",
    "age group": "age",
    "ethnic group": "ethnicity",
    "bme group": "ethnicity, two groups",
    "sexual orientation type": "orientation",
    "disability type": "disability",
    "religion": "faith",
    "long term condition status": "long-term condition",
    "total": "all",
}
"""England's names of axes, and ours."""

NULLS = ["", "NULL", "NA", "*", "-"]
"""What stands in a cell that is empty, or was suppressed."""

UNKNOWN = re.compile(
    r"not stated|not known|unknown|invalid|no code recorded|declined|not asked|refused", re.I
)
"""Answers that are none: declined, not asked, not known. They are shown and enter no gap."""


@dataclass(frozen=True)
class CountsFile:
    """A table of counts, the rates that were published with it, and what to say of it."""

    table: pl.DataFrame
    published: pl.DataFrame
    notes: tuple[str, ...]


def is_counts(path: Path) -> bool:
    """Whether a file has the columns of a table of counts."""
    if not path.is_file():
        return False
    heads = set(_read(path, rows=0).columns)
    return all({name, *NAMES[name]} & heads for name in NEEDED)


def read_counts(
    path: Path,
    *,
    direction: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> CountsFile:
    """Read a table of counts.

    Args:
        path: CSV or Parquet, a row a period, axis and group.
        direction: axis to ``LABEL-least``, ``LABEL-most`` or ``none``.
        columns: ours to theirs, for a table with other names.

    Raises:
        EvenhandError: columns are missing, counts are none, or a ladder's direction is not said.
    """
    raw = _read(path)
    frame = raw.rename(_renames(raw, columns or {}, path.name))
    frame = _with_groups(frame.with_row_index("line", offset=2), path.name)
    frame = _with_numbers(frame, path.name)
    table, notes = put_order(frame, direction or {}, path.name)
    hidden = int(table.select(pl.sum_horizontal(pl.col(AMOUNTS).is_null().sum())).item())
    if hidden:
        notes.append(f"{hidden:,} counts are empty or suppressed; rates that need them are absent.")
    shares = [f"percentage_{name}" for name in PUBLISHED if f"percentage_{name}" in table.columns]
    published = table.select("period", "axis", "group", pl.col(shares).cast(pl.Float64))
    return CountsFile(table.select(COUNTS.names()), published, tuple(notes))


def _read(path: Path, rows: int | None = None) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path, n_rows=rows).cast(pl.String)
        return pl.read_csv(path, infer_schema_length=0, null_values=NULLS, n_rows=rows)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError):
        raise EvenhandError(
            "The file cannot be read as a table.", path.name, "Save it as CSV (UTF-8) or Parquet."
        ) from None


def _renames(raw: pl.DataFrame, columns: Mapping[str, str], file: str) -> dict[str, str]:
    """Theirs to ours; a column that was asked for and is absent is refused."""
    strange = [ours for ours in columns if ours not in NAMES]
    absent = [theirs for theirs in columns.values() if theirs not in raw.columns]
    if strange or absent:
        raise EvenhandError(
            f"No column is called {', '.join([*strange, *absent])}.",
            "--columns",
            f"Ours are {', '.join(NAMES)}; the file's are {', '.join(raw.columns[:20])}.",
            Exit.USAGE,
        )
    found = {theirs: ours for ours, theirs in columns.items()}
    for ours, others in NAMES.items():
        theirs = next((one for one in others if one in raw.columns), None)
        if theirs and ours not in raw.columns and ours not in columns:
            found[theirs] = ours
    missing = [name for name in NEEDED if name not in {*raw.columns, *found.values()}]
    if missing:
        raise EvenhandError(
            f"A table of counts has columns {' and '.join(missing)}; this one has not.",
            f"{file}, line 1",
            "Name them with --columns axis=…,group=….",
        )
    return found


def _with_groups(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    """Axis, group and whether the group is known; finer groups are an axis of their own."""
    fine = pl.col("subgroup").is_not_null() & (pl.col("subgroup") != "All")
    if "subgroup" not in frame.columns:
        frame = frame.with_columns(subgroup=pl.lit(None, pl.String))
    if "period" not in frame.columns:
        frame = frame.with_columns(period=pl.lit("all"))
    name = pl.col("axis").str.strip_chars().str.to_lowercase()
    frame = frame.with_columns(axis=name.replace(AXES))
    total = pl.col("axis") == "all"
    group = (
        pl.when(fine)
        .then(pl.concat_str("group", "subgroup", separator=": "))
        .when(total)
        .then(pl.lit("All"))
        .otherwise(pl.col("group").fill_null("Not known"))
    )
    frame = frame.with_columns(
        axis=pl.when(fine).then(pl.col("axis") + ", finer").otherwise("axis"), group=group
    )
    if frame.filter(pl.col("axis").is_null() | pl.col("period").is_null()).height:
        line = frame.filter(pl.col("axis").is_null() | pl.col("period").is_null())["line"][0]
        raise EvenhandError(
            "A row names no axis or no period.", f"{file}, line {line}", "Fill it in."
        )
    known = ~pl.col("group").str.contains(f"(?i){UNKNOWN.pattern}")
    return _one_spelling(frame.with_columns(known=known))


def _one_spelling(frame: pl.DataFrame) -> pl.DataFrame:
    """A group that only changes its capitals between years keeps its newest spelling."""
    plain = pl.col("group").str.to_lowercase()
    newest = frame.sort("period").group_by("axis", plain=plain).agg(pl.col("group").last())
    by = {"left_on": ["axis", plain], "right_on": ["axis", "plain"]}
    joined = frame.join(newest.rename({"group": "newest"}), how="left", **by)  # type: ignore[arg-type]
    return joined.sort("line").with_columns(group="newest")


def _with_numbers(frame: pl.DataFrame, file: str) -> pl.DataFrame:
    wrong: list[str] = []
    for name in AMOUNTS:
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name))
            continue
        number = frame[name].str.replace_all(",", "").cast(pl.Float64, strict=False)
        bad = frame.filter((number.is_null() & frame[name].is_not_null()) | (number < 0))["line"]
        wrong += [f"{name} in line {line}" for line in bad]
        frame = frame.with_columns(number.alias(name))
    if wrong:
        more = f" and {len(wrong) - 12} more" if len(wrong) > 12 else ""
        raise EvenhandError(
            f"Counts that are no numbers: {', '.join(wrong[:12])}{more}.",
            file,
            "Write whole numbers; an empty cell is a count that was not given.",
        )
    return frame
