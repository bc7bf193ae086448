"""Rows of released shares, drawn and as the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from evenhand.release.released import WITHHELD
from evenhand.reports.blocks import Table
from evenhand.reports.group_chart import Row, share_axis, share_row
from evenhand.reports.numbers import THIN, percent
from evenhand.reports.page import part

HEAD = ("share", "95 % interval", "left open by rounding", "clients", "as of")
"""Headings of a released share, after that of its row."""


def between(row: Row, of: str = "") -> str:
    """An interval in words; `of` is ``rounding_`` for what rounding leaves open."""
    low, high = percent(row[f"{of}low"]), percent(row[f"{of}high"])
    return low if low == high else f"{low.split(THIN)[0]} to {high}"


def share_cells(row: Row) -> list[str]:
    """A released share as cells of a table, as many as `HEAD`."""
    if row["status"] == WITHHELD:
        return [WITHHELD, "", "", "", ""]
    counted = f"{row['k']:,} of {row['n']:,}"
    return [percent(row["share"]), between(row), between(row, "rounding_"), counted, row["as_of"]]


def shares_body(rows: Sequence[tuple[str, Row]]) -> Markup:
    """Shares one below the other, each with its name."""
    drawn = [_drawn(title, row) for title, row in rows]
    return part("shares.html", axis=share_axis(), rows=drawn)


def _drawn(title: str, row: Row) -> dict[str, Any]:
    if row["status"] == WITHHELD:
        return {"title": title, "svg": ""}
    said = f"{title}: {percent(row['share'])}, 95 % interval {between(row)}."
    return {
        "title": title,
        "svg": share_row(row, said),
        "share": percent(row["share"]),
        "between": between(row),
        "of": f"{row['k']:,} of {row['n']:,} clients",
        "open": f"{between(row, 'rounding_')} by rounding",
    }


def shares_table(caption: str, head: str, rows: Sequence[tuple[str, Row]]) -> Table:
    """The twin of such rows."""
    return Table(caption, [head, *HEAD], [[title, *share_cells(row)] for title, row in rows])
