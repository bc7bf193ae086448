"""The learned coder against people, sessions held out."""

from __future__ import annotations

import polars as pl

from evenhand.coders.learned import train_coder
from validation.product import plain_turns, vote
from validation.rows import Row

LABELS = (
    ("main_therapist_behaviour", "therapist", 0.72),
    ("reflection_exists", "therapist", 0.74),
    ("therapist_input_exists", "therapist", 0.72),
    ("client_talk_type", "client", 0.49),
)


def labelled(rows: pl.DataFrame, column: str, role: str) -> pl.DataFrame:
    """Turns of both roles with the vote of the people on this role's turns."""
    mine = rows.filter((pl.col("role") == role) & (pl.col(column) != "n/a"))
    votes = mine.group_by("session_id", "turn").agg(vote(pl.col(column)).alias("label"))
    return plain_turns(rows).join(
        votes, on=["session_id", "turn"], how="left", maintain_order="left"
    )


def label_rows(rows: pl.DataFrame) -> list[Row]:
    """Macro-F1 of each of the four labels, five folds by session."""
    out = []
    for column, role, bar in LABELS:
        turns = labelled(rows, column, role)
        learned = train_coder(
            turns.drop("label"), turns["label"].to_list(), turns["session_id"].to_list()
        )
        found = learned.held_out.as_dict()["macro_f1"]
        out.append(
            Row(
                "annomi_dev",
                f"learned coder, `{column}`",
                f"macro-F1 ≥ {bar:.2f}",
                f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}] (95 %), "
                f"n = {learned.n:,}",
                found["value"] >= bar,
                f"{learned.folds} folds by session over the {role}s' turns, people's label is the "
                "vote; bootstrap over sessions.",
            )
        )
    return out
