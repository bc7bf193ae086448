"""When all partitions are done: facts of the whole study, readings, pooled readings, outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.pooling import pool_readings
from evenhand.core.tables import POOLED, READINGS, as_table
from evenhand.study.folder import Study
from evenhand.study.plan import Settings
from evenhand.study.readings import declared, rates_of, read_amounts
from evenhand.study.store import replace_with_links, write_table
from evenhand.study.work import Done

TITLES_SHARE = 0.5
"""Deference terms are tilted only where at least this share of sessions has a title."""


def study_options(done: Sequence[Done], settings: Settings) -> dict[str, bool]:
    """Facts of the whole study that decide what can be read in any of its sessions."""
    facts = pl.concat(
        pl.scan_parquet(d.table("facts")).select("any_dash", "any_overlap", "any_title")
        for d in done
    ).collect()
    if facts.is_empty():
        return {"overlap_or_dash": False, "court_titles": False}
    titles = float(facts["any_title"].mean() or 0.0)  # type: ignore[arg-type]
    return {
        "overlap_or_dash": bool((facts["any_dash"] | facts["any_overlap"]).any()),
        "court_titles": settings.pair_mapped and titles >= TITLES_SHARE,
    }


def write_readings(
    done: Sequence[Done],
    indicators: Mapping[str, Indicator],
    options: Mapping[str, bool],
) -> None:
    """Readings, rates and what pooling needs, beside each partition's other tables."""
    for d in done:
        full = read_amounts(
            pl.read_parquet(d.table("amounts")),
            pl.read_parquet(d.table("facts")),
            indicators,
            options,
        )
        write_table(d.folder / "readings.parquet", as_table(full, READINGS))
        write_table(d.folder / "rates.parquet", rates_of(full))
        write_table(d.folder / "pooling.parquet", full.drop("tilt", "tilt_low", "tilt_high"))


def dyads(study: Study | None) -> pl.DataFrame:
    """session_id and the dyad (``client|therapist``) that it belongs to."""
    empty = pl.DataFrame(schema={"session_id": pl.String, "id": pl.String})
    if study is None or study.sessions is None:
        return empty
    if not {"client_id", "therapist_id"} <= set(study.sessions.columns):
        return empty
    return study.sessions.select(
        "session_id", id=pl.format("{}|{}", "client_id", "therapist_id")
    ).drop_nulls("id")


def pooled_readings(
    done: Sequence[Done],
    groups: pl.DataFrame,
    indicators: Mapping[str, Indicator],
    options: Mapping[str, bool],
) -> pl.DataFrame:
    """Readings of each dyad and of the study (`tables.POOLED`), with reasons where absent."""
    amounts = pl.concat(pl.read_parquet(d.folder / "pooling.parquet") for d in done)
    amounts = amounts.rename({"phi_t": "dispersion_therapist", "phi_c": "dispersion_client"})
    directions = declared(indicators.values()).select("indicator", "direction")
    amounts = amounts.join(directions, on="indicator", maintain_order="left")
    whole = amounts.select("session_id").unique(maintain_order=True).with_columns(id=pl.lit("all"))
    frames = [
        pool_readings(amounts, pairs, level)
        for level, pairs in (("dyad", groups), ("study", whole))
        if pairs.height
    ]
    pooled = pl.concat(frames) if frames else pl.DataFrame(schema=POOLED)
    return as_table(pooled, POOLED)


def lay_out(done: Sequence[Done], out: Path) -> None:
    """Put the partitions' tables where users look for them."""
    for name in ("turns", "codes", "evidence", "readings", "rates"):
        replace_with_links(out / f"{name}.parquet", [d.folder / f"{name}.parquet" for d in done])
