"""The data beside the project, as turn tables; a test is skipped where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from evenhand.core.tables import TURNS, as_table

ROOT = Path(__file__).resolve().parents[2]


def shared(name: str) -> Path:
    """A file of the shared data, or a skip with the reason."""
    folder = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the project (EVENHAND_SHARED, ../shared/data)")
    return path


def court() -> pl.DataFrame:
    """Oral arguments: a section is a session, justices sit on the therapist's side."""
    raw = pl.read_csv(shared("scotus_dev.csv.gz"), infer_schema_length=0)
    pair = {"justice": "therapist", "advocate": "client"}
    frame = raw.select(
        session_id=pl.format("{}#{}", "argument_id", "section"),
        turn=pl.col("turn").cast(pl.Int64),
        role=pl.col("role").replace(pair),
        speaker="speaker_id",
        start_s=pl.col("start").cast(pl.Float64),
        end_s=pl.col("stop").cast(pl.Float64),
        text="text",
    )
    return as_table(frame, TURNS)


def annomi() -> pl.DataFrame:
    """Motivational interviewing, each turn once, in order; only starts are timed."""
    raw = pl.read_csv(shared("annomi_dev.csv.gz"), infer_schema_length=0)
    frame = raw.unique(["transcript_id", "utterance_id"], maintain_order=True).select(
        session_id="transcript_id",
        turn=pl.col("utterance_id").cast(pl.Int64),
        role="interlocutor",
        speaker="interlocutor",
        text="utterance_text",
    )
    return as_table(frame, TURNS)
