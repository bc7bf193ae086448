"""A study's ratings as they are scored: each row with its line, blank lines left out."""

from __future__ import annotations

from typing import cast

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Reversal, all_instruments, read_own
from evenhand.study.folder import Study
from evenhand.study.lines import source_lines
from evenhand.study.ratings_brought import RATING_COLUMNS


def rated_rows(study: Study) -> pl.DataFrame:
    """The ratings with ``source_line``; a line on which nothing stands is no row.

    Returns:
        An empty frame with the table's columns where the study has no ratings.
    """
    if study.ratings is None:
        return pl.DataFrame(schema=dict.fromkeys((*RATING_COLUMNS, "source_line"), pl.String))
    lines = source_lines(study.ratings).cast(pl.String).alias("source_line")
    blank = pl.all_horizontal(pl.all().exclude("source_line").is_null())
    return study.ratings.with_columns(lines).filter(~blank)


def reversal_of(study: Study) -> dict[str, Reversal]:
    """Instruments whose reversed items are entered otherwise than their file says.

    ``[ratings.reversal]`` of study.toml has a line for each: ``"core-10" = "here"`` where a
    file holds frequencies, to be turned round here; ``"form"`` where it holds the numbers that
    the form prints, turned already.

    Raises:
        EvenhandError: it says something else.
    """
    said = study.config.get("ratings", {})
    given = said.get("reversal", {}) if isinstance(said, dict) else {}
    if not isinstance(given, dict) or set(given.values()) - {"here", "form"}:
        raise EvenhandError(
            "[ratings.reversal] says neither here nor form.",
            "study.toml",
            'Write "core-10" = "here", or "form"; or take it out.',
        )
    strange = sorted(set(given) - set(all_instruments(read_own(study.root)[0])))
    if strange:
        raise EvenhandError(
            f"There is no instrument with the key {', '.join(strange)[:60]}.",
            "study.toml, ratings.reversal",
            "Mend the key, or take it out.",
        )
    return cast("dict[str, Reversal]", dict(given))
