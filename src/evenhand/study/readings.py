"""From amounts to readings: tilts with intervals, rates, and reasons where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.tables import RATES, READINGS, as_table
from evenhand.core.tilt import rate_interval, tilt_of

FEWEST_TURNS = 5
FEWEST_WORDS = 200

NOT_MEASURABLE = {
    "times": "not measurable: this transcript has no times",
    "gaps": "not measurable: times only abut, so that no gap or overlap can be seen",
    "overlap_or_dash": "not measurable: no overlapping times and no dash in this study",
    "court_titles": "shown by subtype: courtesy and forms of address",
    "no_interpreter": "absent: the words are an interpreter's",
}
"""Reasons, in words that a page can print."""

INTERPRETED_FACETS = frozenset({"deference", "voice"})
INTERPRETED = frozenset({"hedges", "coordination", "cut_off", "response_latency"})


def declared(indicators: Iterable[Indicator]) -> pl.DataFrame:
    """What readings take from the declarations: a row an indicator."""
    return pl.DataFrame(
        [
            {
                "indicator": i.name,
                "version": i.version,
                "facet": i.facet,
                "kind": i.kind,
                "direction": float(i.direction),
                "acting": i.side,
                "binary": i.binary,
                "words": i.unit == "per word",
                "needs_times": "times" in i.needs,
                "needs_gaps": "gaps" in i.needs,
                "needs_dash": "overlap_or_dash" in i.needs,
                "needs_titles": "court_titles" in i.needs,
                "by_phrases": "codes" in i.needs,
                "interpreted": i.facet in INTERPRETED_FACETS
                or i.name in INTERPRETED
                or "no_interpreter" in i.needs,
            }
            for i in indicators
        ],
        schema_overrides={"acting": pl.String, "direction": pl.Float64},
        infer_schema_length=None,
    )


def _short(role: str) -> pl.Expr:
    few = (pl.col(f"turns_{role}") < FEWEST_TURNS) | (pl.col(f"words_{role}") < FEWEST_WORDS)
    return few.fill_null(True)


def _reason(options: Mapping[str, bool]) -> pl.Expr:
    """Why a reading is absent, the strongest reason first, else null."""
    acting = pl.col("acting")
    short = (
        pl.when(acting == "therapist")
        .then(_short("therapist"))
        .when(acting == "client")
        .then(_short("client"))
        .otherwise(_short("therapist") | _short("client"))
    )
    k = pl.col("k_therapist").fill_null(0) + pl.col("k_client").fill_null(0)
    counted = pl.col("k_therapist").is_not_null() | pl.col("k_client").is_not_null()
    gaps = pl.col("any_gap") | pl.col("any_overlap")
    chain = (
        pl.when(pl.col("interpreted") & pl.col("interpreter"))
        .then(pl.lit(NOT_MEASURABLE["no_interpreter"]))
        .when(pl.col("needs_times") & ~pl.col("timed"))
        .then(pl.lit(NOT_MEASURABLE["times"]))
        .when(pl.col("needs_gaps") & ~gaps)
        .then(pl.lit(NOT_MEASURABLE["gaps"]))
        .when(pl.col("needs_dash") & pl.lit(not options.get("overlap_or_dash", True)))
        .then(pl.lit(NOT_MEASURABLE["overlap_or_dash"]))
        .when(pl.col("needs_titles") & pl.lit(not options.get("court_titles", False)))
        .then(pl.lit(NOT_MEASURABLE["court_titles"]))
        .when(pl.col("absent").is_not_null())
        .then(pl.col("absent"))
        .when(short)
        .then(_short_reason())
        .when(pl.col("by_phrases") & (k == 0))
        .then(pl.lit("our phrases matched nothing"))
        .when((k == 0) & (counted | pl.col("tilt").is_null()))
        .then(pl.lit("none seen on either side"))
    )
    return chain.alias("absent")


def _short_reason() -> pl.Expr:
    """How little there is, by role, in numbers."""
    return pl.format(
        "too short to read: {} turns and {} words by the therapist's side, {} and {} by the "
        "client's; five turns and 200 words are needed",
        *(pl.col(c) for c in ("turns_therapist", "words_therapist", "turns_client")),
        pl.col("words_client"),
    )


def _with_tilts(frame: pl.DataFrame) -> pl.DataFrame:
    """Work out tilts where amounts carry them and the indicator brought none of its own."""
    d_t, d_c = pl.col("dispersion_therapist"), pl.col("dispersion_client")
    frame = frame.with_columns(
        d_t.fill_null(d_c).fill_null(1.0).alias("phi_t"),
        d_c.fill_null(d_t).fill_null(1.0).alias("phi_c"),
        row=pl.int_range(pl.len()),
    )
    needs = (
        (pl.col("kind") == "tilted")
        & pl.col("tilt").is_null()
        & pl.col("k_therapist").is_not_null()
    )
    part = frame.filter(needs)
    names = ("k_therapist", "e_therapist", "k_client", "e_client", "phi_t", "phi_c", "direction")
    found = tilt_of(*(part[n].fill_null(0.0).to_numpy() for n in names))
    worked = part.select("row").with_columns(
        pl.Series("worked", found.tilt).fill_nan(None),
        pl.Series("worked_low", found.low).fill_nan(None),
        pl.Series("worked_high", found.high).fill_nan(None),
    )
    return frame.join(worked, on="row", how="left", maintain_order="left").with_columns(
        pl.coalesce("tilt", "worked").alias("tilt"),
        pl.coalesce("tilt_low", "worked_low").alias("tilt_low"),
        pl.coalesce("tilt_high", "worked_high").alias("tilt_high"),
    )


def _rates(frame: pl.DataFrame) -> pl.DataFrame:
    """Rates k/e where an indicator brought none of its own."""
    return frame.with_columns(
        pl.coalesce(role, pl.when(pl.col(f"e_{role}") > 0).then(k / pl.col(f"e_{role}"))).alias(
            role
        )
        for role, k in (("therapist", pl.col("k_therapist")), ("client", pl.col("k_client")))
    )


def combined(readings: pl.DataFrame, i: Indicator, options: Mapping[str, bool]) -> pl.DataFrame:
    """Fill the rows of an indicator that is made of others."""
    if i.combine is None:
        return readings
    made = i.combine(readings, options).select(
        "session_id",
        indicator=pl.lit(i.name),
        made=pl.col("tilt"),
        made_low=pl.col("tilt_low"),
        made_high=pl.col("tilt_high"),
        made_absent=pl.col("absent"),
    )
    ours = pl.col("indicator") == i.name
    joined = readings.join(made, on=["session_id", "indicator"], how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(ours).then(pl.col(m)).otherwise(pl.col(c)).alias(c)
        for c, m in (
            ("tilt", "made"),
            ("tilt_low", "made_low"),
            ("tilt_high", "made_high"),
            ("absent", "made_absent"),
        )
    ).drop("made", "made_low", "made_high", "made_absent")


def read_amounts(
    amounts: pl.DataFrame,
    facts: pl.DataFrame,
    indicators: Mapping[str, Indicator],
    options: Mapping[str, bool],
) -> pl.DataFrame:
    """Readings with all that is known of each, absent ones too.

    Args:
        amounts: `amounts.AMOUNTS` with ``session_id`` in place of ``session``.
        facts: `amounts.session_facts` with ``session_id``.
        indicators: by name; each session gets a row for each.
        options: facts of the whole study: ``overlap_or_dash``, ``court_titles``.

    Returns:
        The columns of `tables.READINGS` and, behind them, kind, acting, binary, phi_t, phi_c.
    """
    every = facts.join(declared(indicators.values()), how="cross")
    frame = every.join(amounts, on=["session_id", "indicator"], how="left", maintain_order="left")
    frame = _with_tilts(_rates(frame)).with_columns(_reason(options))
    blank = pl.col("absent").is_not_null() | (pl.col("kind") != "tilted")
    frame = frame.with_columns(
        pl.when(blank).then(None).otherwise(pl.col(c)).alias(c)
        for c in ("tilt", "tilt_low", "tilt_high")
    )
    for i in indicators.values():
        frame = combined(frame, i, options)
    kept = [*READINGS, "kind", "acting", "binary", "phi_t", "phi_c"]
    return frame.with_columns(pl.col("version").cast(pl.Int64)).select(kept)


def rates_of(full: pl.DataFrame) -> pl.DataFrame:
    """Each role's own rate with its interval (`tables.RATES`), from `read_amounts`."""
    frames = []
    for role, phi in (("therapist", "phi_t"), ("client", "phi_c")):
        part = full.filter(pl.col(f"k_{role}").is_not_null() & (pl.col(f"e_{role}") > 0))
        k, e = part[f"k_{role}"].to_numpy(), part[f"e_{role}"].to_numpy()
        share = (part["binary"] & (part[f"k_{role}"] <= part[f"e_{role}"])).to_numpy()
        low, high = rate_interval(k, e, part[phi].to_numpy(), share)
        frames.append(
            part.select(
                "session_id",
                "indicator",
                pl.lit(role).alias("role"),
                pl.col(f"k_{role}").alias("k"),
                pl.col(f"e_{role}").alias("e"),
                pl.col(phi).alias("dispersion"),
                pl.col(role).alias("rate"),
                pl.Series("rate_low", low),
                pl.Series("rate_high", high),
            )
        )
    return as_table(pl.concat(frames), RATES)
