"""The part of a study's course about the room: readings beside both views of the alliance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from evenhand.models.leadlag import FEWEST_SESSIONS, MOST_DYADS, lead_lag
from evenhand.runs._course_scores import Parts

ROOMS = (
    "room_tilt",
    "talk_share",
    "directives",
    "closed_questions",
    "deference",
    "disagreement",
    "self_advocacy",
    "withdrawal",
    "confrontation",
)
"""Readings that stand beside the alliance, where a study has them."""


def add_rooms(
    parts: Parts,
    visits: pl.DataFrame,
    series: Mapping[str, Any],
    readings: pl.DataFrame | None,
    config: Mapping[str, Any],
) -> None:
    """Readings of the room beside both views of the alliance."""
    if readings is None or readings.is_empty() or not series["alliance"]:
        parts.refused["lead and lag"] = "It needs readings of the room and ratings of the alliance."
        return
    came = visits.filter(pl.col("attended") & (pl.col("number") > 0)).with_columns(
        nth=pl.int_range(1, pl.len() + 1).over("dyad")
    )
    place = _some(came.select("dyad", "therapist_id", "session_id", "nth"), readings)
    readings = readings.join(place, on="session_id", how="semi", maintain_order="left")
    rooms = {
        name: place.join(one, on="session_id", how="inner", maintain_order="left")
        for name in config["rooms"]
        if (one := room_scores(readings, name)).height
    }
    raters = {
        rater: place.join(
            frame.select("session_id", "score"), on="session_id", how="inner", maintain_order="left"
        )
        for rater, frame in series["alliance"].items()
        if frame.height
    }
    primary = tuple(config["primary"]) if config["primary"] else None
    parts.add("lead_lag", lead_lag(rooms, raters, primary))


def _some(place: pl.DataFrame, readings: pl.DataFrame) -> pl.DataFrame:
    """Sessions of the dyads that are looked at: of very many that were read, a fixed sample."""
    read = place.join(readings, on="session_id", how="semi", maintain_order="left")
    long = read.group_by("dyad", maintain_order=True).len()
    dyads = long.filter(pl.col("len") >= FEWEST_SESSIONS)["dyad"]
    if dyads.len() <= MOST_DYADS:
        return place
    chosen = np.random.default_rng(dyads.len()).permutation(dyads.len())[:MOST_DYADS]
    return place.filter(pl.col("dyad").is_in(dyads.gather(np.sort(chosen)).implode()))


def room_scores(readings: pl.DataFrame, name: str) -> pl.DataFrame:
    """One reading as a number a session: its tilt, else the log rate of the side that it is of.

    Returns:
        ``session_id, score``; sessions in which it could not be read are left out.
    """
    one = readings.filter(pl.col("indicator") == name)
    rates = [
        pl.when(pl.col(f"e_{side}") > 0).then(
            ((pl.col(f"k_{side}") + 0.5) / pl.col(f"e_{side}")).log()
        )
        for side in ("client", "therapist")
    ]
    score = (
        pl.coalesce("tilt", *rates)
        if one["tilt"].null_count() < one.height
        else pl.coalesce(*rates)
    )
    return one.select("session_id", score=score).drop_nulls()
