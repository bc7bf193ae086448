"""Oral arguments of the Supreme Court: the bench over the bar."""

from __future__ import annotations

import numpy as np
import polars as pl

from validation.product import Seen
from validation.rows import Row, auc, bootstrap

DATA = "scotus_dev"
FEWEST_TURNS = 15


def court_dyads(seen: Seen, raw: pl.DataFrame) -> pl.DataFrame:
    """Sections of one advocate with at least 15 turns a side."""
    is_a, is_j = pl.col("role") == "advocate", pl.col("role") == "justice"
    counted = raw.group_by("session_id", maintain_order=True).agg(
        advocates=pl.col("speaker").filter(is_a).n_unique(), a=is_a.sum(), j=is_j.sum()
    )
    enough = (
        (pl.col("advocates") == 1) & (pl.col("a") >= FEWEST_TURNS) & (pl.col("j") >= FEWEST_TURNS)
    )
    return counted.filter(enough).select("session_id")


def cut_off_ratio(seen: Seen) -> Row:
    """How much oftener an advocate's turn is cut off by a justice than the reverse."""
    argument = pl.col("session_id").str.extract(r"^(.*)#").alias("argument")
    names = ("k_therapist", "e_therapist", "k_client", "e_client")
    by = seen.of("cut_off").group_by(argument, maintain_order=True).agg(pl.col(names).sum())
    k_j, e_j, k_a, e_a = (by[n].to_numpy() for n in names)

    def ratio(at):
        return float((k_j[at].sum() / e_j[at].sum()) / (k_a[at].sum() / e_a[at].sum()))

    value = bootstrap(ratio, by.height)
    return Row(
        DATA,
        "a turn of an advocate cut off by a justice, against the reverse, per turn",
        "ratio 3.5–6",
        value.text(2),
        3.5 <= value.value <= 6,
        f"`cut_off` over all sections: {k_j.sum():,.0f} of {e_j.sum():,.0f} advocates' turns "
        f"and {k_a.sum():,.0f} of {e_a.sum():,.0f} justices'; bootstrap over arguments.",
    )


def role_auc(seen: Seen, dyads: pl.DataFrame, indicator: str, bar: float) -> Row:
    """How well one indicator's rates tell bench from bar, dyad by dyad."""
    part = dyads.join(seen.of(indicator), on="session_id", how="inner")
    sign = 1.0 if indicator == "cut_off" else -1.0
    bench, bar_side = (sign * part[x].to_numpy().astype(float) for x in ("therapist", "client"))
    tilt = part["tilt"].to_numpy().astype(float)
    value = bootstrap(lambda at: auc(bench[at], bar_side[at]), part.height)
    seen_tilt = tilt[np.isfinite(tilt)]
    by_tilt = auc(seen_tilt, -seen_tilt)
    return Row(
        DATA,
        f"dyads of 15 turns a side: `{indicator}` tells the roles",
        f"AUC ≥ {bar:.2f}",
        value.text(),
        value.value >= bar,
        f"AUC of the rate, justices' against advocates', over {part.height:,} sections of one "
        f"advocate; bootstrap over sections. By the tilt (of {len(seen_tilt):,} that have one) "
        f"it is {by_tilt:.3f}.",
    )


def bench_above(seen: Seen, dyads: pl.DataFrame) -> Row:
    """In how many dyads the room tilt lies with the bench."""
    part = dyads.join(seen.of("room_tilt"), on="session_id", how="inner")
    tilt = part["tilt"].drop_nulls().to_numpy()
    value = bootstrap(lambda at: float((tilt[at] > 0).mean()), len(tilt))
    return Row(
        DATA,
        "`room_tilt` puts the bench above the advocate",
        "≥ 97 % of dyads",
        value.text(),
        value.value >= 0.97,
        f"Share of dyads with a room tilt above 0; {part.height - len(tilt)} of {part.height:,} "
        "have too few events for one; bootstrap over dyads.",
    )


def abutting(seen: Seen) -> Row:
    """Times that only abut show no overlap, and the reading says so."""
    part = seen.of("overlap")
    said = part["absent"].fill_null("").str.starts_with("not measurable")
    kept = int(said.sum())
    return Row(
        DATA,
        "times abut: `overlap` is reported as not measurable",
        "exact",
        f"{kept:,} of {part.height:,} sections",
        part.height > 0 and kept == part.height,
        "Sections whose `overlap` reading is absent with a reason that begins 'not measurable'.",
    )


def court_rows(seen: Seen, raw: pl.DataFrame) -> list[Row]:
    """All rows of the court but coordination."""
    dyads = court_dyads(seen, raw)
    return [
        cut_off_ratio(seen),
        role_auc(seen, dyads, "cut_off", 0.95),
        role_auc(seen, dyads, "deference", 0.88),
        bench_above(seen, dyads),
        abutting(seen),
    ]
