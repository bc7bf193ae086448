"""Tables of turns that people have labelled, read with their labels letter for letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.roles import stated_role
from evenhand.readers.table import number_turns, scan_turns

NOT_SAID = ("n/a", "na", "nan", "null", "none")
"""What people write where a column does not apply, in small letters."""

YES = ("true", "yes", "1", "t", "y")
NO = ("false", "no", "0", "f", "n")


@dataclass(frozen=True)
class Annotated:
    """A labelled table.

    Args:
        rows: session_id, turn, role, text, label (null where empty), group: as in the file, a row
            a turn and person.
        name: the file, for messages.
        label: the label's column, as in the file.
    """

    rows: pl.DataFrame
    name: str
    label: str


def read_annotated(
    path: Path, label: str, columns: Mapping[str, str] | None, group: str = "session_id"
) -> Annotated:
    """Read turns with a column of labels.

    Args:
        path: CSV or Parquet, a row a turn (or a row a turn and person).
        label: the label's column, named as in the file.
        columns: ours=theirs, for the turns' own columns.
        group: one of ours, or a column named as in the file.

    Raises:
        EvenhandError: the table cannot be read, or has no such column.
    """
    if not path.exists():
        raise EvenhandError(
            "There is no such file.", str(path), "Look at its spelling.", Exit.USAGE
        )
    label = (columns or {}).get(label, label)
    by = None if group in OURS else (columns or {}).get(group, group)
    asked = [label] if by in (None, label) else [label, str(by)]
    frame = number_turns(scan_turns(path, columns, keep=asked).collect())
    role = pl.coalesce(stated_role("role"), stated_role("speaker"), pl.col("role"))
    said = pl.col(f"theirs:{label}")
    rows = frame.select(
        "session_id",
        "turn",
        role.alias("role"),
        "text",
        pl.when(said.str.strip_chars() != "").then(said).alias("label"),
        pl.col(group if by is None else f"theirs:{by}").cast(pl.String).alias("group"),
    )
    return Annotated(rows, path.name, label)


OURS = ("session_id", "turn", "role", "speaker")
"""The turns' own columns that can be a group."""


def role_learned(table: Annotated, role: str | None) -> str | None:
    """The role whose turns are labelled.

    Args:
        table: the labelled turns.
        role: what ``--role`` says; None where it says nothing.

    Returns:
        The role in our words; without ``--role`` the only role that has labels other than
        ``n/a``, or None where several have.

    Raises:
        EvenhandError: no turn has that role.
    """
    rows = table.rows
    if role is not None:
        asked = pl.select(role=pl.lit(role)).select(pl.coalesce(stated_role("role"), "role")).item()
        there = rows["role"].drop_nulls().unique().sort().to_list()
        if asked not in there:
            raise EvenhandError(
                f"No turn has the role {role!r}.",
                f"{table.name}, --role",
                f"Its roles are: {', '.join(there[:12]) or 'none'}.",
            )
        return str(asked)
    said = rows.filter(~pl.col("label").str.to_lowercase().is_in(NOT_SAID))
    held = said["role"].unique().to_list()
    return held[0] if len(held) == 1 and rows["role"].n_unique() > 1 else None


def one_a_turn(rows: pl.DataFrame) -> pl.DataFrame:
    """A row a turn, with the label that most people gave it, sorted by session and turn."""
    most = pl.col("label").drop_nulls().mode(maintain_order=True).first()
    return (
        rows.group_by("session_id", "turn", maintain_order=True)
        .agg(pl.col("role", "text", "group").first(), most)
        .sort("session_id", "turn", maintain_order=True)
    )


def yes_or_no(table: Annotated) -> Annotated:
    """The same with labels ``yes`` and ``no``; n/a becomes no label.

    Raises:
        EvenhandError: a label is neither.
    """
    small = pl.col("label").str.to_lowercase()
    rows = table.rows.with_columns(
        label=pl.when(small.is_in(YES))
        .then(pl.lit("yes"))
        .when(small.is_in(NO))
        .then(pl.lit("no"))
        .when(small.is_in(NOT_SAID))
        .then(None)
        .otherwise(pl.lit("?"))
    )
    strange = int((rows["label"] == "?").sum())
    if strange:
        raise EvenhandError(
            f"{strange} labels are neither a yes nor a no.",
            f"{table.name}, column {table.label}",
            "Compare with a column of True and False, or with codes named COLUMN=value.",
        )
    return Annotated(rows, table.name, table.label)
