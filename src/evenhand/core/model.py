"""What a model is: one module, one constant, one worked example beside it.

A model sees tables, never files. It refuses, with a reason, what the data cannot carry: an
`EvenhandError` that says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from evenhand.core.contracts import Row


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty.

    Args:
        value: the estimate.
        se: its standard error; None where the estimate sits at a boundary.
        low, high: ends of its 95 % interval; None where none can be given.
    """

    value: float
    se: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model found.

    Args:
        model: its name.
        n: rows that were used.
        levels: number of levels of each grouping (``stratum``, ``therapist_id`` …).
        estimates: what the model is about, by name.
        variances: variance components, by name.
        warnings: sentences that must be read with the numbers.
        details: the model's own result, for those who know it.
    """

    model: str
    n: int
    levels: Mapping[str, int]
    estimates: Mapping[str, Estimate]
    variances: Mapping[str, Estimate] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    details: Any = None


@dataclass(frozen=True, slots=True)
class Model:
    """A way to answer one question from a table.

    Args:
        name: the code name.
        version: raised when a change would move old numbers.
        title: the question, in plain words.
        estimand: what is estimated, exactly.
        needs: what the table and the design must hold.
        fit: ``fit(table, design)``; raises `EvenhandError` where the data cannot carry it.
        source: author, year, and how ours differs.
        example: rows of a small table.
        design: the example's design: outcome, strata …
        expected: estimates and variances of the example, by name.
        notes: what a page must say beside it.
    """

    name: str
    version: int
    title: str
    estimand: str
    needs: tuple[str, ...]
    fit: Callable[[pl.DataFrame, Mapping[str, Any]], Fit]
    source: str
    example: Sequence[Row]
    design: Mapping[str, Any]
    expected: Mapping[str, float]
    notes: str = ""
