"""A table of any size, once through: rows in order of sessions, in a Parquet that can be cut."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.readers import flags
from evenhand.study.plan import ROWS_A_PART
from evenhand.study.store import key_of, write_json, writing

SLICE = 1_000_000
"""Rows looked at at once while sessions' bounds are found."""


@dataclass(frozen=True)
class Spool:
    """A table that was streamed to disk: its Parquet, its partitions, the reader's doubts.

    Args:
        table: the Parquet, rows in order of sessions.
        bounds: (offset, length) of each partition.
        doubts: what the reader took as given, a sentence each.
    """

    table: Path
    bounds: list[tuple[int, int]]
    doubts: list[str]


def _runs(table: Path, rows: int) -> pl.DataFrame:
    """Runs of like session_id over the whole table: session_id, len."""
    frames = []
    for offset in range(0, rows, SLICE):
        ids = pl.scan_parquet(table).select("session_id").slice(offset, SLICE).collect()
        frames.append(ids.select(pl.col("session_id").rle()).unnest("session_id"))
    runs = pl.concat(frames).rename({"value": "session_id"})
    run = (pl.col("session_id") != pl.col("session_id").shift()).fill_null(True).cum_sum()
    merged = runs.group_by(run.alias("run"), maintain_order=True).agg(
        pl.col("session_id").first(), pl.col("len").sum().cast(pl.Int64)
    )
    return merged.drop("run")


def _bounds(lengths: list[int]) -> list[tuple[int, int]]:
    """(offset, length) of partitions of whole sessions near `ROWS_A_PART` rows."""
    bounds: list[tuple[int, int]] = []
    start = held = 0
    for n in lengths:
        if held and held + n > ROWS_A_PART:
            bounds.append((start, held))
            start, held = start + held, 0
        held += n
    return [*bounds, (start, held)] if held else bounds


def _gather(table: Path, runs: pl.DataFrame, rows: int) -> pl.DataFrame:
    """Rewrite the table with each session's rows together; return its runs anew.

    Sessions that come back later in the file are rare: the table is gone through once, its rows
    dealt out to as many piles as there will be partitions, and the piles are laid in order.
    """
    sizes = runs.group_by("session_id", maintain_order=True).agg(pl.col("len").sum())
    pile = ((pl.col("len").cum_sum() - pl.col("len")) // ROWS_A_PART).cast(pl.Int64)
    sizes = sizes.with_columns(pile.alias("pile")).with_row_index("order")
    folder = table.with_suffix(".piles")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, offset in enumerate(range(0, rows, SLICE)):
        piece = (
            pl.scan_parquet(table)
            .slice(offset, SLICE)
            .collect()
            .join(
                sizes.select("session_id", "order", "pile"), on="session_id", maintain_order="left"
            )
        )
        for (which,), pile_rows in piece.partition_by("pile", as_dict=True).items():
            pile_rows.write_parquet(folder / f"{which:07d}-{number:07d}.parquet")
    sorted_parts = []
    for which in sizes["pile"].unique().sort():
        pieces = sorted(folder.glob(f"{which:07d}-*.parquet"))
        laid = pl.concat([pl.read_parquet(p) for p in pieces]).sort("order", maintain_order=True)
        target = folder / f"laid-{which:07d}.parquet"
        laid.drop("order", "pile").write_parquet(target)
        sorted_parts.append(target)
    with writing(table):
        pl.scan_parquet(sorted_parts).sink_parquet(folder / "whole.parquet")
    (folder / "whole.parquet").replace(table)
    shutil.rmtree(folder)
    return sizes.select("session_id", "len")


def spool_table(
    path: Path,
    columns: Mapping[str, str] | None,
    folder: Path,
    digest: str,
    scan: Callable[[Path, Mapping[str, str] | None], pl.LazyFrame],
) -> Spool:
    """Stream a table of turns into Parquet and find the bounds of its partitions.

    Args:
        path: CSV or Parquet with a row a turn.
        columns: ours=theirs.
        folder: where the spooled table may stay for the next run.
        digest: the file's hash; a spool of the same is used again.
        scan: the table reader's `scan_turns`.

    Returns:
        `Spool`; a spool that is used again tells the same doubts.

    Raises:
        EvenhandError: the table cannot be read, or has no rows.
    """
    table = folder / f"{key_of(digest, path.name, columns)}.parquet"
    ready = table.with_suffix(".json")
    if ready.exists() and table.exists():
        kept = json.loads(ready.read_text(encoding="utf-8"))
        return Spool(table, [(o, n) for o, n in kept["bounds"]], kept.get("doubts", []))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.part"):
            stale.unlink()
        fresh = table.with_suffix(".part")
        with flags() as doubts:
            scan(path, columns).sink_parquet(fresh, compression="zstd", row_group_size=30_000)
        fresh.replace(table)
    rows = pl.scan_parquet(table).select(pl.len()).collect().item()
    if rows == 0:
        raise EvenhandError("The table has no rows.", path.name, "Give one with a row a turn.")
    runs = _runs(table, rows)
    if runs["session_id"].n_unique() < runs.height:
        runs = _gather(table, runs, rows)
    bounds = _bounds(runs["len"].to_list())
    write_json(ready, {"bounds": bounds, "rows": rows, "doubts": doubts})
    return Spool(table, bounds, doubts)
