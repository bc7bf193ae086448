"""Worked examples in a few words: an exchange, said so many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from evenhand.core.tables import TURNS, as_table


def exchange(*said: tuple[str, str], times: int = 1) -> list[dict[str, Any]]:
    """Turn rows of one session: each (role, text) in order, the whole repeated `times`.

    Args:
        said: role (``therapist``, ``client`` or another) and what was said.
        times: how often the exchange is gone through, so that an example is long enough to be
            read (five turns and 200 words a role).

    Returns:
        Rows with session_id ``example``, turn from 1, role, speaker and text.
    """
    rows = [pair for _ in range(times) for pair in said]
    return [
        {"session_id": "example", "turn": n, "role": role, "speaker": role, "text": text}
        for n, (role, text) in enumerate(rows, start=1)
    ]


def turns_of(rows: Sequence[Any]) -> pl.DataFrame:
    """Example rows as a turn table; columns that a row leaves out are null."""
    return as_table(pl.DataFrame([dict(row) for row in rows], infer_schema_length=None), TURNS)
