"""A made-up clinic as a study folder: people, sessions, ratings, quality, ready-made readings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from evenhand.core.tables import READINGS, as_table
from tests.models.rooms import Room, make

STUDY = """\
title = "A made-up clinic"

[hierarchy]
reason = "the society of this made-up clinic ranks higher incomes above lower ones"
income = {low = 0, high = 20}
"""
ROOM = Room(therapists=12, clients=9, sessions=(3, 4), t=0.8, c=-0.8, allocation=0.0, rate=0.02)


def write_clinic(
    folder: Path,
    *,
    room: Room = ROOM,
    study: str = STUDY,
    errors: tuple[float, float] = (0.08, 0.08),
    checked: int = 120,
    seed: int = 2,
) -> Path:
    """Write a study whose standings are incomes from 0 to 20.

    Args:
        folder: where.
        room: how sessions are made.
        study: study.toml.
        errors: share of words in error, clients of the lower and of the upper half.
        checked: sessions in quality.csv, 0 for no such file.
        seed: of the draws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    frame = make(room, rng)
    whose = {"s_t": ("therapist_id", "therapist"), "s_c": ("client_id", "client")}
    frame = frame.with_columns(pl.col("s_t", "s_c").mul(10).round().add(10).cast(pl.Int64))
    people = pl.concat(
        frame.select(person_id=who, income=name).unique().with_columns(role=pl.lit(role))
        for name, (who, role) in whose.items()
    ).sort("role", "person_id")
    (folder / "study.toml").write_text(study, encoding="utf-8")
    people.write_csv(folder / "people.csv")
    dyads = frame.group_by("client_id", maintain_order=True).agg(pl.all().last())
    before = dyads.with_columns(session_id=pl.format("{}-0", "client_id"), number=pl.lit(0))
    everyone = pl.concat([before.select(frame.columns), frame], how="vertical_relaxed")
    _sessions(everyone, rng).write_csv(folder / "sessions.csv")
    _ratings(everyone, rng).write_csv(folder / "ratings.csv")
    if checked:
        _quality(frame, checked, errors).write_csv(folder / "quality.csv")
    _readings(frame).write_parquet(folder / "readings.parquet")
    return folder


def _sessions(everyone: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    rows = everyone.sort("client_id", "number")
    last = pl.col("number") == pl.col("number").max().over("client_id")
    left = pl.Series(rng.uniform(size=rows.height) < 0.4)
    ended = pl.when(last).then(
        pl.when(left).then(pl.lit("dropped out")).otherwise(pl.lit("completed"))
    )
    return rows.select(
        "session_id", "client_id", "therapist_id", "number", consent=pl.lit("yes"), ended=ended
    )


def _ratings(everyone: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """PHQ-9 before and after each session, the WAI-SR after each; alliance follows income."""
    worse = 12 - 0.3 * everyone["s_c"].to_numpy() / 2 + rng.normal(0, 3, everyone.height)
    alliance = 3.0 + 0.08 * (everyone["s_c"].to_numpy() - 10) + rng.normal(0, 0.4, everyone.height)
    base = everyone.select("session_id", "number", rater=pl.lit("client"))
    phq = base.with_columns(
        instrument=pl.lit("PHQ-9"), value=pl.Series(np.clip(np.round(worse), 0, 27))
    )
    wai = base.filter(pl.col("number") > 0).with_columns(instrument=pl.lit("WAI-SR"))
    rated = pl.Series(np.clip(np.round(alliance, 2), 1, 5)).filter(everyone["number"] > 0)
    both = pl.concat([phq, wai.with_columns(value=rated)])
    return both.select(
        "session_id", "rater", "instrument", scale=pl.lit("total"), value="value",
        status=pl.lit("answered"),
    )  # fmt: skip


def _quality(frame: pl.DataFrame, checked: int, errors: tuple[float, float]) -> pl.DataFrame:
    rows = frame.gather_every(max(1, frame.height // checked)).head(checked)
    upper = rows["s_c"] > frame.unique("client_id")["s_c"].median()
    wrong = pl.Series(np.where(upper.to_numpy(), errors[1], errors[0]) * 500).round()
    part = rows.select("session_id", words_checked=pl.lit(500), word_errors=wrong.cast(pl.Int64))
    return pl.concat(part.with_columns(role=pl.lit(role)) for role in ("therapist", "client"))


def _readings(frame: pl.DataFrame) -> pl.DataFrame:
    """Directives as they were made, and talk in seconds, which need no words."""
    acts = frame.select(
        "session_id",
        "indicator",
        k_therapist="k_t",
        e_therapist="e_t",
        k_client="k_c",
        e_client="e_c",
        tilt=pl.lit(0.0),
    )
    talk = acts.with_columns(
        indicator=pl.lit("talk_share"),
        k_therapist=pl.col("e_therapist") / 2.5,
        k_client=pl.col("e_client") / 2.5,
        e_therapist=pl.lit(1000.0),
        e_client=pl.lit(1000.0),
    )
    return as_table(pl.concat([acts, talk]), READINGS)
