"""The product itself, run as a user would: a table of turns in, readings out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.runs.examine import examine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Seen:
    """What `examine` wrote: turns, codes and readings."""

    turns: pl.DataFrame
    codes: pl.DataFrame
    readings: pl.DataFrame

    def of(self, indicator: str) -> pl.DataFrame:
        return self.readings.filter(pl.col("indicator") == indicator)


def shared_data() -> Path:
    """The data beside the project, by EVENHAND_SHARED or at its usual place."""
    named = os.environ.get("EVENHAND_SHARED")
    for folder in ([Path(named), Path(named) / "data"] if named else []) + [
        ROOT.parent / "shared" / "data"
    ]:
        if (folder / "annomi_dev.csv.gz").is_file():
            return folder
    raise SystemExit("The data are not here: set EVENHAND_SHARED to the folder that holds them.")


def run_product(
    turns: pl.DataFrame, folder: Path, name: str, roles: Mapping[str, str] | None = None
) -> Seen:
    """Write turns to a table, examine it, and read the results back."""
    table = folder / f"{name}.parquet"
    turns.write_parquet(table)
    done = examine(table, out=folder / f"{name}.evenhand", roles=roles, report=False)
    return Seen(done.turns, done.codes, done.readings)


def read_annomi(data: Path) -> pl.DataFrame:
    """AnnoMI's development sessions, every annotator's rows, our names for the columns."""
    raw = pl.read_csv(data / "annomi_dev.csv.gz", infer_schema=False)
    return raw.with_columns(
        session_id=pl.col("transcript_id"),
        turn=pl.col("utterance_id").cast(pl.Int64),
        role=pl.col("interlocutor"),
        text=pl.col("utterance_text"),
    )


def vote(labels: pl.Expr) -> pl.Expr:
    """What most annotators gave, the first among equals."""
    return labels.drop_nulls().mode(maintain_order=True).first()


def plain_turns(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a turn, whatever the number of annotators."""
    columns = ["session_id", "turn", "role", "text"]
    kept = rows.select(columns).unique(["session_id", "turn"], keep="first", maintain_order=True)
    return kept.sort("session_id", "turn")


def read_court(data: Path) -> pl.DataFrame:
    """Oral arguments; a session is a section of an argument."""
    raw = pl.read_csv(data / "scotus_dev.csv.gz", infer_schema_length=None)
    return raw.select(
        pl.format("{}#{}", "argument_id", "section").alias("session_id"),
        "turn",
        "role",
        pl.col("speaker_id").alias("speaker"),
        pl.col("start").cast(pl.Float64).alias("start_s"),
        pl.col("stop").cast(pl.Float64).alias("end_s"),
        "text",
    )


def read_rogers(data: Path) -> pl.DataFrame:
    """Three sessions of Carl Rogers."""
    raw = pl.read_csv(data / "rogers_dev.csv.gz", infer_schema_length=None)
    return raw.select(pl.col("session").alias("session_id"), turn="seq", role="role", text="text")


def read_chats(data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Emotional-support chats: turns, and conversations with the drop in distress."""
    turns = pl.read_csv(data / "esconv_dev_turns.csv.gz", infer_schema_length=None).select(
        pl.col("conv_id").alias("session_id"), "turn", "role", "text"
    )
    about = pl.read_csv(data / "esconv_dev_conversations.csv", infer_schema_length=None)
    drop = pl.col("initial_intensity").cast(pl.Float64) - pl.col("final_intensity").cast(pl.Float64)
    return turns, about.select(pl.col("conv_id").alias("session_id"), drop=drop)
