"""Tables that others have published already: they pass unchanged, and say whose they are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CODES, POOLED, RATES, READINGS
from evenhand.release.declared import Plan
from evenhand.release.released import ReleasedTable, seal
from evenhand.study.folder import TABLES

OF_PEOPLE = frozenset({"person_id", "session_id", "client_id", "therapist_id", "rater", "tag"})
"""Columns that no published table has, and a study's own tables have."""


def pass_through(plan: Plan, root: Path) -> ReleasedTable:
    """The table as its publishers have it.

    Raises:
        EvenhandError: it is one of the study's own tables, or cannot be read.
    """
    path = (root / plan.file).resolve()
    where = f"study.toml, release.tables.{plan.name}.file"
    if _is_own(path, root.resolve()):
        raise _own(where)
    try:
        frame = pl.read_csv(path, infer_schema_length=0)
    except (OSError, pl.exceptions.PolarsError):
        raise EvenhandError(
            "The published table cannot be read as a CSV.", where, "Look at the file's path."
        ) from None
    ours = set(CODES) | set(READINGS) | set(POOLED) | set(RATES)
    if OF_PEOPLE & set(frame.columns) or set(frame.columns) <= ours:
        raise _own(where)
    return seal(
        plan.name,
        plan.title or plan.name,
        (),
        "published",
        frame,
        ("Published by others before, and passed on unchanged.",),
        plan.published,
    )


def _is_own(path: Path, root: Path) -> bool:
    """Whether a file is one that a study or a run of Evenhand holds."""
    if not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    own = {f"{name}.csv" for name in TABLES}
    return path.name in own or parts[0] in {"evenhand-out", ".evenhand", "transcripts"}


def _own(where: str) -> EvenhandError:
    return EvenhandError(
        "This is a table of the study's own, which can never be declared as published.",
        where,
        "Declare it with rows and a measure, so that it is protected.",
    )
