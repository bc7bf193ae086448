"""MAIHDA's picture: the caterpillar of strata, for the holder of the data. It makes no page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

from evenhand.core.errors import EvenhandError, Exit
from evenhand.reports.caterpillar import picture
from evenhand.runs._maihda_words import UNRELEASED
from evenhand.study.store import write_bytes

if TYPE_CHECKING:
    from evenhand.runs.maihda import MaihdaResult

MOST = 80
"""Strata in one picture; of more, those at both ends."""


def strata_of(found: MaihdaResult, unit: float = 1.0) -> pl.DataFrame:
    """Each stratum's whole difference, what the axes add up to, and what lies beyond.

    Args:
        found: both models.
        unit: what numbers are divided by.

    Returns:
        ``stratum, n``, the axes, and in `unit` (or log odds) ``total``, ``parts`` and ``beyond``
        with their ends; parts and beyond are null where strata are a single column.
    """
    fitted = pl.col("predicted")
    if found.family == "binomial":
        fitted = (fitted / (1 - fitted)).log()
    parts = fitted - pl.col("effect")
    middle = (parts * pl.col("n")).sum() / pl.col("n").sum()
    told = {"parts": parts - middle, "beyond": pl.col("effect")}
    told |= {"beyond_low": pl.col("low"), "beyond_high": pl.col("high")}
    if found.adjusted is None:
        told = dict.fromkeys(told, pl.lit(None, pl.Float64))
    return found.strata.select(
        pl.col("name").alias("stratum"),
        "n",
        pl.col("^axis .*$"),
        *(pl.col(c) / unit for c in ("total", "total_low", "total_high")),
        **{name: value / unit for name, value in told.items()},
    )


def picture_of(found: MaihdaResult) -> Markup:
    """The caterpillar as an SVG that stands by itself and says that it was not released."""
    strata = strata_of(found).sort("total", "stratum", descending=[True, False])
    left = max(0, strata.height - MOST)
    if left:
        strata = pl.concat([strata.head(MOST // 2), strata.tail(MOST - MOST // 2)])
    odds = found.family == "binomial"
    axes = " × ".join(found.question.strata)
    note = f"{found.n:,} rows. The order is no ranking: neighbours could change places."
    if left:
        note += f" {left:,} strata between these are not drawn."
    return picture(
        strata.to_dicts(),
        title=f"{found.question.outcome} by {axes}",
        note=note,
        unit="Odds ratio against the average" if odds else f"In units of {found.question.outcome}",
        odds=odds,
        mark=UNRELEASED,
    )


def write_picture(found: MaihdaResult, path: Path) -> None:
    """Write the picture, which is no page: pages with figures of groups are released.

    Raises:
        EvenhandError: the name ends as that of another kind of file, or it cannot be written.
    """
    check_picture(path)
    write_bytes(path, picture_of(found).encode())


def check_picture(path: Path) -> None:
    """Refuse a name that would make the picture a page, before anything is fitted.

    Raises:
        EvenhandError: the name does not end with ``.svg``.
    """
    if path.suffix.lower() != ".svg":
        raise EvenhandError(
            "The picture of strata is for you alone, and an SVG: pages with figures of groups are "
            "released.",
            f"--svg {path.name}",
            "Name a file that ends with .svg; for a page that may be passed on, use "
            "`evenhand mirror STUDY --out DIR` with strata under [mirror] of study.toml.",
            Exit.USAGE,
        )
