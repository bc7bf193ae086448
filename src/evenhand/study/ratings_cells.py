"""Cells that a spreadsheet would take for a formula: quoted on the way out, bare on the way in."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^'*[=+\-@\t\r]"
_NUMBER = r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$"


def quoted(cells: pl.Expr) -> pl.Expr:
    """Text that a spreadsheet would run as a formula, with an apostrophe before it.

    Numbers stay as they are. What already looks quoted gets one apostrophe more, so that
    `unquoted` gives back exactly what there was.
    """
    risky = cells.str.contains(_FORMULA) & ~cells.str.contains(_NUMBER)
    return pl.when(risky.fill_null(False)).then(cells.str.replace(r"^", "'")).otherwise(cells)


def unquoted(cells: pl.Expr) -> pl.Expr:
    """Cells without the apostrophe that `quoted`, or another careful program, put there."""
    put = cells.str.contains(r"^'+[=+\-@\t\r]")
    return pl.when(put.fill_null(False)).then(cells.str.slice(1)).otherwise(cells)
