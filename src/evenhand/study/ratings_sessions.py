"""Which session of the study an imported answer is of, and the sessions that are new."""

from __future__ import annotations

import polars as pl

from evenhand.core.errors import EvenhandError

_NEW = ("session_id", "client_id", "therapist_id", "number", "date")


def with_sessions(rows: pl.DataFrame, sessions: pl.DataFrame | None) -> pl.DataFrame:
    """Give each row its session.

    A row that names its session keeps it. One that names its client is of the study's session
    with the same client and number, else the same client and date, where there is exactly one.
    Otherwise the session is new and named for the client and what tells it apart, so that a
    second import finds it again.

    Args:
        rows: a frame of `ratings_brought.ANSWERS`.
        sessions: the study's sessions.csv.
    """
    by_number = _found(rows, sessions, "number")
    by_date = _found(rows, sessions, "date")
    apart = pl.coalesce("event", "number", "date")
    told = pl.concat_str("client_id", apart, separator="-", ignore_nulls=True)
    named = pl.when(pl.col("client_id").is_not_null()).then(told)
    return rows.with_columns(
        session_id=pl.coalesce("session_id", by_number, by_date, named).str.strip_chars()
    )


def _found(rows: pl.DataFrame, sessions: pl.DataFrame | None, by: str) -> pl.Series:
    """The study's one session of the same client with the same number or date, else null."""
    none = pl.Series([None] * rows.height, dtype=pl.String)
    if sessions is None or not {"client_id", by} <= set(sessions.columns):
        return none
    keys = ["client_id", by]
    one = (
        sessions.select(*keys, pl.col("session_id").alias("found"))
        .drop_nulls()
        .unique(keys, keep="none")
    )
    return rows.select(keys).join(one, on=keys, how="left", maintain_order="left")["found"]


def new_sessions(rows: pl.DataFrame, sessions: pl.DataFrame | None, file: str) -> pl.DataFrame:
    """Rows of sessions.csv for the sessions that are not there yet.

    Args:
        rows: answers with their sessions.
        sessions: the study's sessions.csv.
        file: the import's name, for places.

    Returns:
        ``session_id, client_id, therapist_id, number, date``; none where the study has no
        sessions.csv and the file says nothing of its sessions but their names.

    Raises:
        EvenhandError: a session has two clients or two therapists.
    """
    about = rows.drop_nulls("session_id").group_by("session_id", maintain_order=True)
    ids = ("client_id", "therapist_id", "number")
    found = about.agg(
        *(pl.col(name).drop_nulls().first() for name in ids),
        *(pl.col(name).drop_nulls().n_unique().alias(f"{name}_n") for name in ids),
        pl.col("date").min(),
        pl.col("source_line").first(),
    )
    _refuse_two(found, file)
    if sessions is not None:
        _refuse_other(found, sessions, file)
        found = found.join(sessions.select("session_id"), on="session_id", how="anti")
    elif not any(found[name].is_not_null().any() for name in ids):
        found = found.clear()
    return found.select(_NEW)


def _refuse_two(found: pl.DataFrame, file: str) -> None:
    for name in ("client_id", "therapist_id"):
        two = found.filter(pl.col(f"{name}_n") > 1)
        if two.height:
            raise EvenhandError(
                f"{two.height:,} sessions have more than one {name}.",
                f"{file}, line {two['source_line'][0]}",
                "Give each its own session, or map the right column with --columns.",
            )


def _refuse_other(found: pl.DataFrame, sessions: pl.DataFrame, file: str) -> None:
    """Refuse a session of the study that the file gives to somebody else."""
    for name in ("client_id", "therapist_id"):
        if name not in sessions.columns:
            continue
        both = found.join(
            sessions.select("session_id", pl.col(name).alias("there")).unique("session_id"),
            on="session_id",
        )
        other = both.filter(pl.col(name) != pl.col("there"))
        if other.height:
            raise EvenhandError(
                f"{other.height:,} sessions have another {name} in sessions.csv.",
                f"{file}, line {other['source_line'][0]}",
                "Mend one of the two; nothing was imported.",
            )


def new_people(sessions: pl.DataFrame, people: pl.DataFrame | None) -> pl.DataFrame:
    """Rows of people.csv for the people of new sessions who are not there yet."""
    known = set() if people is None else set(people["person_id"].drop_nulls())
    rows = [
        {"person_id": person, "role": role}
        for role in ("client", "therapist")
        for person in sessions[f"{role}_id"].drop_nulls().unique(maintain_order=True)
        if person not in known
    ]
    schema = {"person_id": pl.String, "role": pl.String}
    return pl.DataFrame(rows, schema=schema).unique("person_id", keep="first", maintain_order=True)
