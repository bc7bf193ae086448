"""A mean of control and deference, for comparing settings; not a score of anybody."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.tilt import mean_tilt

CONTROL = ("cut_off", "closed_questions", "directives")
FEWEST_EVENTS = 5.0


def components(options: Mapping[str, bool]) -> tuple[str, ...]:
    """The indicators that are averaged; deference where another pair with titles is mapped."""
    return (*CONTROL, "deference" if options.get("court_titles") else "yielding")


def combine_tilts(readings: pl.DataFrame, options: Mapping[str, bool]) -> pl.DataFrame:
    """Mean of the component tilts of each session, with its MOVER interval.

    Args:
        readings: rows with a key ``session_id`` and the columns of `tables.READINGS`.
        options: facts of the study; ``court_titles`` decides on the last component.

    Returns:
        session_id, tilt, tilt_low, tilt_high, absent; absent with fewer than two components
        that have at least five events each.
    """
    names = components(options)
    enough = (pl.col("k_therapist") + pl.col("k_client") >= FEWEST_EVENTS) & (
        pl.col("tilt").is_not_null()
    )
    keys = readings.select("session_id").unique(maintain_order=True)
    used = readings.filter(pl.col("indicator").is_in(names) & enough)
    arrays = []
    for column in ("tilt", "tilt_low", "tilt_high"):
        wide = keys
        for name in names:
            one = used.filter(pl.col("indicator") == name).select(
                "session_id", pl.col(column).alias(name)
            )
            wide = wide.join(one, on="session_id", how="left", maintain_order="left")
        arrays.append(wide.select(names).to_numpy().astype(np.float64))
    n = np.isfinite(arrays[0]).sum(axis=1)
    mean = mean_tilt(*arrays)
    out = keys.with_columns(
        pl.Series("tilt", mean.tilt),
        pl.Series("tilt_low", mean.low),
        pl.Series("tilt_high", mean.high),
        pl.Series("n", n),
    ).with_columns(pl.col("tilt", "tilt_low", "tilt_high").fill_nan(None))
    few = pl.col("n") < 2
    return out.with_columns(
        pl.when(few).then(None).otherwise(pl.col(c)).alias(c)
        for c in ("tilt", "tilt_low", "tilt_high")
    ).with_columns(
        absent=pl.when(few).then(
            pl.format("{} of 4 parts had five events or more; two are needed", "n")
        )
    )


INDICATOR = Indicator(
    name="room_tilt",
    version=1,
    facet="room",
    title="Room tilt",
    kind="tilted",
    direction=1,
    unit="mean of tilts",
    why=(
        "For comparing settings and for checking the tool. It is no measure of quality, and is "
        "never shown without the profile that it is made of."
    ),
    formula=(
        "mean of the tilts of cut-offs, closed questions, directives and yielding words "
        "(deference terms in court), each with five events or more, two at least"
    ),
    source="Evenhand; interval by MOVER, Zou & Donner 2008, doi:10.1002/sim.3095.",
    combine=combine_tilts,
    needs=("codes",),
    caution="Dyads are comparable only where the same parts could be read.",
    example=exchange(
        ("therapist", "You need to call your manager tomorrow. Did you tell her about the hours?"),
        ("client", "I have been meaning to talk with her for a while about the hours now, but—"),
        ("therapist", "Did you write it down? You should make a list and take it with you then."),
        ("client", "I have been meaning to make one for her on a weekend when it is quiet here."),
        times=9,
    ),
    expected={"absent": None, "therapist": None, "client": None, "k_therapist": None},
)
