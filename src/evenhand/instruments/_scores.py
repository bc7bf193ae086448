"""From answers to scores: sums and means of any number of sessions at once."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from evenhand.instruments._contract import Instrument

BY = ["session_id", "rater", "key"]
"""What one filled-in form is."""

_COUNTS = {"declined_n": "declined", "not_asked_n": "not asked", "unsaid_n": "unknown"}


def scores_of_items(
    rows: pl.DataFrame, meanings: pl.DataFrame, known: Mapping[str, Instrument]
) -> pl.DataFrame:
    """Scores from items.

    Args:
        rows: what `read_rows` gives, of the rows that are right.
        meanings: what each row says.
        known: instruments by key.

    Returns:
        A row for each scale of each form: `BY`, ``scale, score, items_missing, status, released,
        answer, declined_n, not_asked_n, unknown_n, instrument, order, scoring``. Scales of one
        item are there where the item is; all others wherever the form is.
    """
    items = meanings.filter(pl.col("item").is_not_null()).drop("scale")
    answers = rows.lazy().select("sitting", "saying")
    parts = _parts(items, known)
    absent = pl.col("items_n") - pl.col("rows_n")
    return (
        _with_empty_scales(answers, items, parts, known)
        .join(parts.lazy().drop("form"), on="part")
        .join(rows.lazy().select("sitting", "session_id").unique("sitting"), on="sitting")
        .join(scale_table(known).lazy(), on=["key", "scale"])
        .join(items.lazy().select("saying", "answer"), on="saying", how="left")
        .with_columns((pl.col("unsaid_n") + absent).alias("unknown_n"))
        .with_columns(
            pl.sum_horizontal("declined_n", "not_asked_n", "unknown_n").alias("items_missing"),
            _score().alias("score"),
        )
        .with_columns(_status().alias("status"))
        .with_columns(pl.when(pl.col("scoring") == "item").then("answer").alias("answer"))
        .drop("sum", "scored_n", "rows_n", "unsaid_n", "items_n", "allowed")
        .drop("saying", "sitting", "part")
        .collect()
    )


def scale_table(known: Mapping[str, Instrument]) -> pl.DataFrame:
    """A row for each scale: its number of items, its rule, its place in the file."""
    rows = [
        (one.key, one.name, scale.key, n, len(scale.items), scale.missing_allowed, scale.scoring)
        for one in known.values()
        for n, scale in enumerate(one.scales)
    ]
    names = ["key", "instrument", "scale", "order", "items_n", "allowed", "scoring"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _members(known: Mapping[str, Instrument]) -> pl.DataFrame:
    """A row for each item of each scale: its answer counts as offset + sign × answer."""
    plain = (0.0, 1.0)
    rows = [
        (one.key, key, scale.key, *((item.low + item.high, -1.0) if one.turns(item) else plain))
        for one in known.values()
        for scale in one.scales
        for key, item in ((key, one.item(key)) for key in scale.items)
    ]
    return pl.DataFrame(rows, schema=["key", "item", "scale", "offset", "sign"], orient="row")


def _parts(items: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """Each scale of each form of each rater that may be scored, numbered; so are the forms."""
    forms = items.select("rater", "key").unique(maintain_order=True).with_row_index("form")
    scales = scale_table(known).filter(pl.col("items_n") > 0).select("key", "scale")
    return forms.join(scales, on="key").with_row_index("part")


def _totals(
    answers: pl.LazyFrame,
    items: pl.DataFrame,
    parts: pl.DataFrame,
    known: Mapping[str, Instrument],
) -> pl.LazyFrame:
    """Sums and counts of each scale of which an item is there.

    What an answer is worth to a scale, and which scale of whom it is, is worked out for each
    different answer; rows only carry numbers.
    """
    worths = (
        items.join(_members(known), on=["key", "item"])
        .join(parts, on=["rater", "key", "scale"])
        .select(
            "saying",
            "released",
            "part",
            (pl.col("offset") + pl.col("sign") * pl.col("number")).alias("worth"),
            *((pl.col("status") == status).alias(name) for name, status in _COUNTS.items()),
        )
    )
    return (
        answers.join(worths.lazy(), on="saying")
        .group_by("sitting", "part")
        .agg(
            pl.col("worth").sum().alias("sum"),
            pl.col("worth").count().cast(pl.Int64).alias("scored_n"),
            pl.len().cast(pl.Int64).alias("rows_n"),
            *(pl.col(name).sum().cast(pl.Int64) for name in _COUNTS),
            pl.col("saying").first(),
            pl.col("released").min(),
        )
    )


def _with_empty_scales(
    answers: pl.LazyFrame,
    items: pl.DataFrame,
    parts: pl.DataFrame,
    known: Mapping[str, Instrument],
) -> pl.LazyFrame:
    """All totals, and those scales of a form that was filled in of which no item is there."""
    totals = _totals(answers, items, parts, known)
    whose = items.select("saying", "rater", "key", "released").join(
        parts.select("rater", "key", "form").unique(), on=["rater", "key"]
    )
    held = (
        answers.join(whose.lazy().select("saying", "form", "released"), on="saying")
        .group_by("sitting", "form")
        .agg(pl.col("released").min())
    )
    several = scale_table(known).filter(pl.col("scoring") != "item").select("key", "scale")
    wanted = parts.join(several, on=["key", "scale"], how="semi").select("form", "part")
    empty = (
        held.join(wanted.lazy(), on="form")
        .drop("form")
        .join(totals, on=["sitting", "part"], how="anti")
    )
    none = {name: pl.lit(0, pl.Int64) for name in ("scored_n", "rows_n", *_COUNTS)}
    return pl.concat([totals, empty.with_columns(**none)], how="diagonal")


def _score() -> pl.Expr:
    """Sum or mean of what was answered, where enough was; a sum is filled up with the mean."""
    n, scored, scoring = pl.col("items_n"), pl.col("scored_n"), pl.col("scoring")
    mean = pl.col("sum") / scored
    by_rule = (
        pl.when(scoring == "mean")
        .then(mean)
        .when(scoring == "mean x 10")
        .then(mean * 10)
        .when(scored == n)
        .then("sum")
        .otherwise(mean * n)
    )
    return pl.when((scored > 0) & (n - scored <= pl.col("allowed"))).then(by_rule)


def _status() -> pl.Expr:
    """Why there is no score; ``answered`` where there is one, or an answer that is no quantity."""
    missing = pl.col("items_missing")
    return (
        pl.when(pl.col("score").is_not_null() | (missing == 0))
        .then(pl.lit("answered"))
        .when(pl.col("declined_n") == missing)
        .then(pl.lit("declined"))
        .when(pl.col("not_asked_n") == missing)
        .then(pl.lit("not asked"))
        .otherwise(pl.lit("unknown"))
    )
