"""Ready-made readings of a study (`readings.parquet`), used as they are."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from evenhand import __version__
from evenhand.core.contracts import Indicator
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import CODES, EVIDENCE, READINGS, TURNS, as_table
from evenhand.study.consent import leave_out
from evenhand.study.folder import Study
from evenhand.study.readings import declared, rates_of
from evenhand.study.store import key_of, sha256_of, write_json, write_table, writing
from evenhand.study.work import Done

NAME = "readings.parquet"
AT_ONCE = 2_000_000
"""Rows that are in memory at a time."""

NOTE = (
    "The readings are ready-made and carry no spread of their own: intervals of rates and of "
    "pooled readings take counts to be as regular as chance makes them."
)


def ready_file(study: Study | None) -> Path | None:
    """The study's ready-made readings, if it has any."""
    path = study.root / NAME if study is not None else None
    return path if path is not None and path.is_file() else None


def ready_part(
    path: Path, work: Path, indicators: Mapping[str, Indicator], without: pl.Series
) -> Done:
    """Lay ready-made readings out as a partition whose sessions have no transcript.

    Args:
        path: a Parquet file with the columns of `tables.READINGS`; those that hold no number
            may be missing.
        work: the partition's own folder; one made from the same file is used as it is.
        indicators: all that are declared.
        without: the session_id of sessions that are left out, since they have no consent.

    Raises:
        EvenhandError: it is no such file, a session has an indicator twice, a name is nobody's.
    """
    key = key_of(__version__, pl.__version__, sha256_of(path), without.to_list())
    mark = work / "done.json"
    if mark.is_file():
        held = json.loads(mark.read_text(encoding="utf-8"))
        if held["key"] == key:
            return Done(work, notes=held["notes"])
    lazy, sessions = _checked(path, indicators)
    lazy = leave_out(lazy, without)
    sessions = leave_out(sessions.to_frame(), without)["session_id"]
    fresh = work.with_name(f".{work.name}.part")
    with writing(fresh):
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
    for name, schema in (("turns", TURNS), ("codes", CODES), ("evidence", EVIDENCE)):
        write_table(fresh / f"{name}.parquet", pl.DataFrame(schema=schema))
    write_table(fresh / "facts.parquet", _facts(sessions))
    _write_readings(lazy, fresh, indicators)
    notes = {"turns": 0, "repeats": 0, "sessions": len(sessions), "untimed": 0, "unpunctuated": 0}
    write_json(fresh / "done.json", {"key": key, "notes": notes})
    shutil.rmtree(work, ignore_errors=True)
    fresh.rename(work)
    return Done(work, notes=notes)


def _bad(what: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, NAME, remedy)


def _checked(path: Path, indicators: Mapping[str, Indicator]) -> tuple[pl.LazyFrame, pl.Series]:
    """The readings, lazily, and the sessions that they are of."""
    must = {"session_id", "indicator", *(f"{x}_{r}" for x in "ke" for r in ("therapist", "client"))}
    try:
        lazy = pl.scan_parquet(path)
        missing = must - set(lazy.collect_schema().names())
        if missing:
            raise _bad(
                f"Ready-made readings have no column {', '.join(sorted(missing))}.",
                "Give them the columns that `evenhand explain readings` shows.",
            )
        names = lazy.select(pl.col("indicator").unique()).collect()["indicator"].drop_nulls()
        pairs = lazy.select(pl.struct("session_id", "indicator").n_unique(), n=pl.len()).collect()
        sessions = lazy.select(pl.col("session_id").cast(pl.String).unique()).collect()
    except pl.exceptions.PolarsError:
        raise _bad("Ready-made readings cannot be read as Parquet.", "Write them again.") from None
    unknown = sorted(set(names) - set(indicators))
    if unknown:
        raise _bad(
            f"Ready-made readings hold {len(unknown):,} names that no indicator has.",
            "`evenhand explain indicators` lists those that there are.",
        )
    if pairs.row(0)[0] != pairs.row(0)[1]:
        raise _bad("A session has an indicator twice.", "Leave one row a session and indicator.")
    return lazy, sessions["session_id"].drop_nulls().sort()


def _facts(sessions: pl.Series) -> pl.DataFrame:
    """Sessions of which nothing is known but their readings."""
    unknown = {f"any_{name}": pl.Boolean for name in ("dash", "overlap", "gap", "title")}
    nothing = [pl.lit(None, kind).alias(name) for name, kind in unknown.items()]
    return sessions.to_frame("session_id").with_columns(nothing)


def _write_readings(lazy: pl.LazyFrame, folder: Path, indicators: Mapping[str, Indicator]) -> None:
    """Readings, rates and what pooling needs, a piece at a time."""
    total = int(lazy.select(pl.len()).collect().item())
    named = declared(indicators.values()).select(
        "indicator", "version", "facet", "kind", "acting", "binary"
    )
    pieces: dict[str, list[Path]] = {"readings": [], "rates": [], "pooling": []}
    for n, start in enumerate(range(0, max(total, 1), AT_ONCE)):
        raw = as_table(lazy.slice(start, AT_ONCE).collect(), READINGS)
        full = raw.drop("version", "facet").join(
            named, on="indicator", how="left", maintain_order="left"
        )
        full = full.with_columns(phi_t=pl.lit(1.0), phi_c=pl.lit(1.0))
        made = {
            "readings": as_table(full, READINGS),
            "rates": rates_of(full),
            "pooling": full.drop("tilt", "tilt_low", "tilt_high"),
        }
        for name, frame in made.items():
            piece = folder / f".{name}-{n:05d}.parquet"
            write_table(piece, frame)
            pieces[name].append(piece)
    for name, paths in pieces.items():
        _join(paths, folder / f"{name}.parquet")


def _join(pieces: list[Path], target: Path) -> None:
    """Several files as one, streamed."""
    if len(pieces) == 1:
        pieces[0].rename(target)
        return
    with writing(target):
        pl.scan_parquet(pieces).sink_parquet(target, compression="zstd", compression_level=3)
        for piece in pieces:
            piece.unlink()
