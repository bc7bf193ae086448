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
from evenhand.study.readings import combined, rates_of, read_amounts
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
        if not d.table("amounts").exists():  # ready-made readings are there already
            continue
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
    lazy = pl.scan_parquet([d.folder / "pooling.parquet" for d in done])
    names = {"phi_t": "dispersion_therapist", "phi_c": "dispersion_client"}
    frames = []
    for name, indicator in indicators.items():
        amounts = lazy.filter(pl.col("indicator") == name).collect().rename(names)
        amounts = amounts.with_columns(direction=pl.lit(float(indicator.direction)))
        whole = amounts.select("session_id", id=pl.lit("all")).join(
            groups.rename({"id": "dyad"}), on="session_id", how="left", maintain_order="left"
        )
        whole = whole.with_columns(pl.col("dyad").fill_null(pl.col("session_id")))
        for level, pairs in (("dyad", groups), ("study", whole)):
            if pairs.height:
                frames.append(pool_readings(amounts, pairs, level))
    pooled = as_table(pl.concat(frames), POOLED).sort("level", "id", "indicator")
    for indicator in indicators.values():
        pooled = _combined_pooled(pooled, indicator, options)
    return pooled


def _combined_pooled(
    pooled: pl.DataFrame, indicator: Indicator, options: Mapping[str, bool]
) -> pl.DataFrame:
    """Pooled readings that are made of other pooled readings."""
    if indicator.combine is None:
        return pooled
    keyed = pooled.with_columns(session_id=pl.format("{}/{}", "level", "id"))
    made = combined(keyed, indicator, options)
    return as_table(made.drop("session_id"), POOLED)


def lay_out(done: Sequence[Done], out: Path) -> None:
    """Put the partitions' tables where users look for them."""
    for name in ("turns", "codes", "evidence", "readings", "rates"):
        replace_with_links(out / f"{name}.parquet", [d.folder / f"{name}.parquet" for d in done])
