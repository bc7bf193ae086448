"""A block's record as the tables of a study folder: people, sessions, ratings, quality."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from evenhand.theory.course import World, gather
from evenhand.theory.luck import DYADS, generator
from evenhand.theory.people import ETHNICITY, GENDER, ORIENTATION, Ints, Positions, Therapists
from evenhand.theory.record import ended_in_words

FIRST_DAY = date(2024, 1, 1)
WEEKS = 104
"""Clients start in one of so many weeks."""
LABELS = {
    "White": "White",
    "Asian": "Asian or Asian British",
    "Black": "Black or Black British",
    "Mixed": "Mixed",
    "Other": "Other ethnic group",
}
CHECKED = 200
"""Words of a role that a person checked against the recording."""
CHECK_EVERY = 5
"""One session in so many has been checked."""

client_id = pl.format("c{}", (pl.col("client") + 1).cast(pl.String).str.zfill(7))
therapist_id = pl.format("t{}", (pl.col("therapist") + 1).cast(pl.String).str.zfill(5))
session_id = pl.format("{}-{}", client_id, pl.col("number").cast(pl.String).str.zfill(2))


def therapists_table(staff: Therapists) -> pl.DataFrame:
    """Rows of people.csv for all therapists."""
    ladder = np.rint(1.0 + 9.0 * staff.positions.standing).astype(np.int64)
    frame = pl.DataFrame({"therapist": np.arange(len(staff))})
    return _people(frame.select(person_id=therapist_id), "therapist", staff.positions, ladder)


def clients_table(world: World, block: int, staff: Therapists) -> pl.DataFrame:
    """Rows of people.csv for a block of clients; 1 is the most deprived tenth."""
    clients = gather(world, block, staff).clients
    order = np.argsort(clients.place, kind="stable")
    here = clients.take(order)
    frame = pl.DataFrame({"client": block * DYADS + here.place})
    made = _people(frame.select(person_id=client_id), "client", here.positions, 11 - here.decile)
    return made.with_columns(deprivation=pl.Series(11 - here.decile).cast(pl.String))


def _people(ids: pl.DataFrame, role: str, where: Positions, ladder: Ints) -> pl.DataFrame:
    """What people say of themselves."""
    groups = [LABELS[name] for name in ETHNICITY]
    return ids.with_columns(
        role=pl.lit(role),
        ethnicity=pl.Series(np.array(groups)[where.ethnicity]),
        gender=pl.Series(np.array(GENDER)[where.gender]),
        orientation=pl.Series(np.array(ORIENTATION)[where.orientation]),
        deprivation=pl.lit(None, pl.String),
        ladder=pl.Series(ladder),
    )


def sessions_table(frame: pl.DataFrame, world: World) -> pl.DataFrame:
    """Rows of sessions.csv; all sessions here took place, the planned number is the dyad's own."""
    weeks = (pl.col("client") * 7919) % WEEKS
    day = pl.lit(FIRST_DAY) + pl.duration(weeks=weeks + pl.col("number"))
    planned = pl.col("planned").clip(upper_bound=world.sessions if _all_stay(world) else None)
    return frame.select(
        session_id=session_id,
        client_id=client_id,
        therapist_id=therapist_id,
        number="number",
        date=day.cast(pl.Date),
        transcript=pl.lit(None, pl.String),
        consent=pl.lit("yes"),
        attended=pl.lit("yes"),
        planned=planned,
        ended=ended_in_words(),
    )


def _all_stay(world: World) -> bool:
    return world.conditions.nobody_leaves


def quality_table(frame: pl.DataFrame, world: World, block: int) -> pl.DataFrame:
    """Rows of quality.csv: human-checked words of one session in five.

    Args:
        frame: the block's record.
        world: whose error rates hold.
        block: its number.
    """
    p, rng = world.theory, generator(world.seed, block, "paper", 1)
    rows = frame.filter(pl.col("number") > 0).gather_every(CHECK_EVERY)
    client = np.where(rows["true_minoritised"], p.error_minoritised, p.error_client)
    wrong = {
        "therapist": rng.binomial(CHECKED, p.error_therapist, rows.height),
        "client": rng.binomial(CHECKED, client),
    }
    return pl.concat(
        rows.select(
            session_id=session_id,
            role=pl.lit(role),
            words_checked=pl.lit(CHECKED),
            word_errors=pl.Series(errors),
        )
        for role, errors in wrong.items()
    ).sort("session_id", "role")


def truth_table(frame: pl.DataFrame) -> pl.DataFrame:
    """What nobody in the study sees: the state itself, a row a session."""
    keys = {"session_id": session_id, "client_id": client_id, "therapist_id": therapist_id}
    true = [c for c in frame.columns if c.startswith("true_")]
    return frame.select(number="number", **keys).select(*keys, "number").with_columns(frame[true])
