"""A block's counts as the table `readings`: the way of a real study, from amounts on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.discovery import discover
from evenhand.core.tables import READINGS, as_table
from evenhand.study.readings import read_amounts
from evenhand.theory.papers import session_id

AT_ONCE = 2000
"""Sessions that are read at once, so that memory stays bounded."""
NOT_SIMULATED = "not simulated: the theory says nothing of it"
COUNTS_ONLY = "tilts are not worked out here: models use the counts"
COLUMNS = ("k_t", "e_t", "k_c", "e_c", "phi_t", "phi_c")
NAMES = {
    "k_t": "k_therapist",
    "e_t": "e_therapist",
    "k_c": "k_client",
    "e_c": "e_client",
    "phi_t": "dispersion_therapist",
    "phi_c": "dispersion_client",
}


def readings(frame: pl.DataFrame, names: Sequence[str], tilts: bool) -> Iterator[pl.DataFrame]:
    """Tables of `tables.READINGS`, whole sessions in each.

    Args:
        frame: a block's record.
        names: the counts in it.
        tilts: with tilts and a row for every indicator there is; or the counts alone, with rows
            for the indicators that were drawn.
    """
    held = frame.filter(pl.col("number") > 0).with_columns(session_id=session_id)
    known = discover("indicator")
    for start in range(0, held.height, AT_ONCE):
        part = held.slice(start, AT_ONCE)
        amounts = _amounts(part, [n for n in names if n in known])
        made = _read(part, amounts, known) if tilts else _bare(amounts, known)
        yield as_table(made.sort("session_id", "indicator"), READINGS)


def _amounts(part: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Long: a row a session and count."""
    return pl.concat(
        part.select(
            "session_id",
            pl.lit(name).alias("indicator"),
            *(_column(part, c, name).alias(NAMES[c]) for c in COLUMNS),
        )
        for name in names
    )


def _column(part: pl.DataFrame, column: str, name: str) -> pl.Expr:
    key = f"{column}_{name}"
    return (pl.col(key) if key in part.columns else pl.lit(None)).cast(pl.Float64)


def _read(part: pl.DataFrame, amounts: pl.DataFrame, known: dict[str, Indicator]) -> pl.DataFrame:
    """As a real study's amounts are read: tilts, rates, and reasons where there are none."""
    made = set(amounts["indicator"].unique())
    lit = {n: pl.lit(None, pl.Float64) for n in ("therapist", "client", "tilt")}
    ends = {n: pl.lit(None, pl.Float64) for n in ("tilt_low", "tilt_high")}
    others = [n for n in known if n not in made and known[n].combine is None]
    reasons = part.select("session_id").join(
        pl.DataFrame({"indicator": others, "absent": [NOT_SIMULATED] * len(others)}), how="cross"
    )
    full = pl.concat(
        [amounts.with_columns(**lit, **ends, absent=pl.lit(None, pl.String)), reasons],
        how="diagonal",
    )
    return read_amounts(full, _facts(part), known, {"overlap_or_dash": True})


def _facts(part: pl.DataFrame) -> pl.DataFrame:
    """What `read_amounts` must know of each session."""
    whole = {
        f"{what}_{role}": f"talk_{what}_{role[0]}"
        for what in ("turns", "words")
        for role in ("therapist", "client")
    }
    return part.select(
        "session_id",
        *(pl.col(column).cast(pl.Int64).alias(name) for name, column in whole.items()),
        timed=pl.lit(False),
        any_gap=pl.lit(False),
        any_overlap=pl.lit(False),
        interpreter=pl.lit(False),
    )


def _bare(amounts: pl.DataFrame, known: dict[str, Indicator]) -> pl.DataFrame:
    """Counts and rates, and why there is no tilt."""
    rows = [(n, known[n].version, known[n].facet, known[n].kind) for n in known]
    about = pl.DataFrame(rows, schema=["indicator", "version", "facet", "kind"], orient="row")
    tilted = pl.when(pl.col("kind") == "tilted").then(pl.lit(COUNTS_ONLY))
    return amounts.join(about, on="indicator", how="left").with_columns(
        therapist=pl.col("k_therapist") / pl.col("e_therapist"),
        client=pl.col("k_client") / pl.col("e_client"),
        absent=tilted,
    )
