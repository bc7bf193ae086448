"""A table, or the parts of one, as cross-products for MAIHDA.

Two passes over the parts: one learns the levels of every column, the next adds up. Nothing of a
part is kept but sums, so that a thousand files take the memory of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError, Exit

Family = Literal["gaussian", "binomial"]

STRATUM = "stratum"
INTERCEPT = "(Intercept)"
SIGN = " × "
MOST_BANDS = 30
"""Different values of a column of decimals from which it looks like a measurement."""


@dataclass(frozen=True)
class Question:
    """What is asked of the table.

    Args:
        outcome: a column.
        strata: the axes whose combinations are the strata.
        covariates: columns that enter both models.
        cluster: further random factors (``therapist_id``).
        family: None where the outcome decides.
    """

    outcome: str
    strata: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    family: Family | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is used, once."""
        return tuple(dict.fromkeys((self.outcome, *self.strata, *self.covariates, *self.cluster)))


@dataclass
class Survey:
    """What the first pass learned.

    Args:
        levels: column to its values as text, in order.
        numbers: covariates that are numbers.
        missing: column to the rows in which it is missing.
        rows, complete: rows in all, and without a missing value.
        labels: the two values of an outcome that is no number, in order; None for numbers.
        yes_no: a number that is 0 or 1 throughout.
    """

    levels: dict[str, list[str]] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    complete: int = 0
    labels: tuple[str, str] | None = None
    yes_no: bool = False
    combinations: set[tuple[str, ...]] = field(default_factory=set)


def check_question(question: Question) -> None:
    """Refuse words that cannot be meant.

    Raises:
        EvenhandError: no strata, a column in two places, or a name that is taken.
    """
    if not question.strata:
        raise _off("No strata are given.", "strata", "Name one column, or several.")
    for used in (question.strata, question.covariates, question.cluster):
        if len(set(used)) < len(used):
            raise _off("A column is named twice.", ", ".join(used), "Name each column once.")
    taken = {question.outcome} & {*question.strata, *question.covariates, *question.cluster}
    taken |= set(question.cluster) & {*question.strata, *question.covariates}
    if taken or STRATUM in question.cluster:
        raise _off(
            "A column cannot stand in two places, and no cluster may be called stratum.",
            ", ".join(sorted(taken)) or STRATUM,
            "Give it one part: outcome, strata, covariates or cluster.",
        )


def _off(what: str, where: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, where, remedy, Exit.USAGE)


def used_rows(part: pl.DataFrame, question: Question) -> pl.DataFrame:
    """The used columns; NaN is missing.

    Raises:
        EvenhandError: a column is not there.
    """
    absent = [c for c in question.columns if c not in part.columns]
    if absent:
        raise EvenhandError(
            f"The table has no column {' and no column '.join(absent)}.",
            ", ".join(absent),
            f"Its columns are: {', '.join(part.columns[:40])}.",
        )
    used = part.select(question.columns)
    floats = [c for c, t in used.schema.items() if t.is_float()]
    return used.with_columns(pl.col(c).fill_nan(None) for c in floats)


def survey(parts: Iterable[pl.DataFrame], question: Question) -> Survey:
    """The first pass: levels, missing values, what kind of outcome it is."""
    check_question(question)
    found = Survey(missing=dict.fromkeys(question.columns, 0))
    seen: dict[str, set[str]] = {c: set() for c in question.columns}
    kinds: dict[str, bool] = {}
    for part in parts:
        used = used_rows(part, question)
        found.rows += used.height
        for c in question.columns:
            found.missing[c] += used[c].null_count()
            kinds[c] = kinds.get(c, True) and (used[c].dtype.is_numeric() or not used.height)
        whole = used.drop_nulls()
        found.complete += whole.height
        _meet(found, seen, whole, question)
    if not found.complete:
        raise EvenhandError(
            "No row has a value in every column that is used.",
            ", ".join(c for c, n in found.missing.items() if n),
            "Leave out the column that is missing most, or complete it.",
        )
    found.numbers = [c for c in question.covariates if kinds[c]]
    _outcome(found, seen[question.outcome], kinds[question.outcome], question)
    for c in (*question.strata, *question.covariates, *question.cluster):
        if c not in found.numbers:
            found.levels[c] = in_order(seen[c])
    _look_at_axes(found, question)
    return found


def _meet(
    found: Survey, seen: dict[str, set[str]], whole: pl.DataFrame, question: Question
) -> None:
    for c in question.columns:
        numeric = whole[c].dtype.is_numeric()
        if c in question.covariates and numeric and c not in question.strata:
            continue
        if c == question.outcome and numeric:
            if len(seen[c]) < 3:
                seen[c] |= set(whole[c].unique().head(3).cast(pl.Float64).cast(pl.String))
            continue
        seen[c] |= set(whole[c].unique().cast(pl.String))
    combinations = whole.select(question.strata).unique().cast(pl.String)
    found.combinations |= set(combinations.iter_rows())


def in_order(values: Iterable[str]) -> list[str]:
    """Numbers by size, anything else by its letters."""
    given = list(values)
    try:
        return sorted(given, key=lambda v: (float(v), v))
    except ValueError:
        return sorted(given)


def _outcome(found: Survey, seen: set[str], numeric: bool, question: Question) -> None:
    if numeric:
        found.yes_no = seen <= {"0.0", "1.0"}
        if question.family == "binomial" and not found.yes_no:
            raise EvenhandError(
                "A binomial outcome must be yes or no, and this one is another number.",
                question.outcome,
                "Code it as 0 and 1, or use --family gaussian.",
            )
    elif len(seen) == 2:
        first, second = in_order(seen)
        found.labels = (first, second)
    else:
        raise EvenhandError(
            f"The outcome is no number and has {len(seen):,} different values, not two.",
            question.outcome,
            "Give a column of numbers, or one with two values.",
        )
    if len(seen) < 2:
        raise EvenhandError(
            "The outcome is the same in every row.", question.outcome, "Use an outcome that varies."
        )


def _look_at_axes(found: Survey, question: Question) -> None:
    for c in question.strata:
        decimals = sum("." in v and not v.endswith(".0") for v in found.levels[c])
        if decimals > MOST_BANDS:
            raise EvenhandError(
                f"A strata column has {len(found.levels[c]):,} different decimals: it looks like "
                "a measurement.",
                c,
                "Cut it into bands first, or use it as a covariate.",
            )


@dataclass(frozen=True)
class Coding:
    """How rows become numbers: strata's and clusters' codes, columns of X.

    Args:
        question: what is asked.
        found: what the first pass learned.
        names: the strata, readable, by code.
        keys: their axes' values, by code.
        columns: names of the columns of X; those from `own` on are the axes'.
        own: number of columns of the null model.
    """

    question: Question
    found: Survey
    names: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    own: int

    @property
    def sizes(self) -> dict[str, int]:
        """Factors to their numbers of levels."""
        clusters = {c: len(self.found.levels[c]) for c in self.question.cluster}
        return {STRATUM: len(self.names), **clusters}

    def codes(self, rows: pl.DataFrame) -> dict[str, np.ndarray]:
        """Codes of each factor for complete rows."""
        q = self.question
        axes = [self._coded(rows, c) for c in q.strata]
        shape = tuple(len(self.found.levels[c]) for c in q.strata)
        places = {c: {v: n for n, v in enumerate(self.found.levels[c])} for c in q.strata}
        at = np.full(int(np.prod(shape)), -1)
        for n, key in enumerate(self.keys):
            where = [places[c][v] for c, v in zip(q.strata, key, strict=True)]
            at[np.ravel_multi_index(tuple(where), shape)] = n
        strata = at[np.ravel_multi_index(tuple(axes), shape)]
        return {STRATUM: strata, **{c: self._coded(rows, c) for c in q.cluster}}

    def _coded(self, rows: pl.DataFrame, column: str) -> np.ndarray:
        levels = self.found.levels[column]
        if rows[column].dtype.is_integer():  # only the different ones as text: half the memory
            values, at = np.unique(rows[column].to_numpy(), return_inverse=True)
            place = {v: n for n, v in enumerate(levels)}
            return np.array([place[str(v)] for v in values.tolist()], np.int64)[at]
        text = rows[column].cast(pl.String)
        return text.replace_strict(levels, range(len(levels)), return_dtype=pl.Int64).to_numpy()

    def fixed(self, rows: pl.DataFrame) -> np.ndarray:
        """The columns of X for complete rows."""
        q = self.question
        parts: list[np.ndarray] = [np.ones((rows.height, 1))]
        for c in (*q.covariates, *axes_added(q)):
            if c in self.found.numbers:
                parts.append(rows[c].cast(pl.Float64).to_numpy()[:, None])
            else:
                codes = self._coded(rows, c)
                parts.append((codes[:, None] == np.arange(1, len(self.found.levels[c]))) * 1.0)
        return np.hstack(parts)

    def outcome(self, rows: pl.DataFrame) -> np.ndarray:
        """The outcome as numbers; the second of two labels is 1."""
        column = rows[self.question.outcome]
        if self.found.labels is None:
            return column.cast(pl.Float64).to_numpy()
        return (column.cast(pl.String) == self.found.labels[1]).cast(pl.Float64).to_numpy()


def axes_added(question: Question) -> tuple[str, ...]:
    """Axes that the adjusted model adds: none where the strata are one column."""
    if len(question.strata) < 2:
        return ()
    return tuple(c for c in question.strata if c not in question.covariates)


def code_table(found: Survey, question: Question) -> Coding:
    """Name the strata and the columns of X."""
    levels = [found.levels[c] for c in question.strata]
    places = [{v: n for n, v in enumerate(one)} for one in levels]
    keys = sorted(
        found.combinations,
        key=lambda key: [place[v] for place, v in zip(places, key, strict=True)],
    )
    columns = [INTERCEPT]
    for c in (*question.covariates, *axes_added(question)):
        columns += [c] if c in found.numbers else [f"{c}: {v}" for v in found.levels[c][1:]]
    added = sum(len(found.levels[c]) - 1 for c in axes_added(question))
    return Coding(
        question,
        found,
        tuple(SIGN.join(key) for key in keys),
        tuple(keys),
        tuple(columns),
        len(columns) - added,
    )


def independent(g: np.ndarray) -> list[int]:
    """Columns of X that earlier ones do not add up to, from their cross-products."""
    scale = np.sqrt(np.clip(np.diagonal(g), 0.0, None))
    keep: list[int] = []
    for j in range(len(g)):
        if scale[j] == 0:
            continue
        inner = g[np.ix_(keep, keep)] / np.outer(scale[keep], scale[keep])
        across = g[keep, j] / (scale[keep] * scale[j])
        left = 1.0 - (across @ np.linalg.solve(inner, across) if keep else 0.0)
        if left > 1e-10:
            keep.append(j)
    return keep
