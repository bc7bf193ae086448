"""`evenhand mirror FILE`: a table of counts, from file to findings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.models.counts_table import NO_MEETING, OUTCOMES, CountsMirror, mirror_counts
from evenhand.runs._counts_file import read_counts

ROUNDED = 0.0005 + 1e-9
"""A rate that is published in per cent with one decimal is right to half of it."""

UNRELEASED = "unreleased: computed on this machine by the holder of the table"

NOT_SAID = (
    NO_MEETING,
    "Association, not cause: the table does not say why the groups differ.",
    "People who declined, were not asked or are not known are shown and enter no gap; who they "
    "are is not known.",
)


@dataclass(frozen=True)
class CountsResult:
    """What a table of counts says, and what was looked at before it was believed.

    ``published`` compares our rates with those printed in the table: outcome, rows compared,
    largest difference in points, rows that differ by more than their rounding.
    """

    file: str
    sha256: str
    periods: tuple[str, ...]
    notes: tuple[str, ...]
    published: tuple[dict[str, Any], ...]
    found: CountsMirror

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        outcomes = [
            {
                "outcome": one.name,
                "among": one.among,
                "title": one.title,
                "at_risk": one.risk_words,
                "caution": one.caution,
            }
            for one in OUTCOMES
        ]
        return {
            "kind": "counts",
            "release": UNRELEASED,
            "file": self.file,
            "sha256": self.sha256,
            "periods": list(self.periods),
            "notes": list(self.notes),
            "not_said": list(NOT_SAID),
            "published": [dict(row) for row in self.published],
            "outcomes": outcomes,
            **self.found.as_dict(),
        }


def mirror_table(
    path: Path,
    *,
    direction: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> CountsResult:
    """Read a table of counts and say what it can carry.

    Raises:
        EvenhandError: as `read_counts` and `mirror_counts`.
    """
    counts = read_counts(path, direction=direction, columns=columns)
    found = mirror_counts(counts.table)
    return CountsResult(
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        periods=tuple(sorted(counts.table["period"].unique())),
        notes=(*counts.notes, *_overlaps(counts.table)),
        published=tuple(_compared(found, counts.published)),
        found=found,
    )


def _compared(found: CountsMirror, published: pl.DataFrame) -> list[dict[str, Any]]:
    """Our rates beside those that the table prints."""
    rows = []
    for column in published.columns[3:]:
        name = column.removeprefix("percentage_")
        ours = pl.DataFrame(
            [r for r in found.rates if r["outcome"] == name and r["among"] == "finishers"],
            infer_schema_length=None,
        )
        both = ours.join(published, on=["period", "axis", "group"])
        gap = (both["rate"] - both[column] / 100).abs().drop_nulls()
        rows.append(
            {
                "outcome": name,
                "rows": gap.len(),
                "largest_points": None if gap.is_empty() else 100 * float(gap.max()),  # type: ignore[arg-type]
                "differ": int((gap > ROUNDED).sum()),
            }
        )
    return rows


def _overlaps(table: pl.DataFrame) -> list[str]:
    """Axes whose groups add up to more people than the table's own total."""
    total = table.filter(pl.col("axis") == "all").select("period", whole="referrals")
    sums = table.group_by("period", "axis").agg(pl.col("referrals").sum())
    over = sums.join(total, on="period").filter(pl.col("referrals") > 1.001 * pl.col("whole"))
    return [
        f"{axis}: its groups add up to more people than there are; somebody is counted in several."
        for axis in sorted(over["axis"].unique())
    ]
