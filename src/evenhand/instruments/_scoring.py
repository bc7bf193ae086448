"""Scores of any number of sessions at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments._answers import RELEASED, read_answers
from evenhand.instruments._contract import Instrument, Reversal
from evenhand.instruments._library import all_instruments

SCORES = pl.Schema(
    {
        "session_id": pl.String,
        "rater": pl.String,
        "instrument": pl.String,
        "scale": pl.String,
        "score": pl.Float64,
        "items_missing": pl.Int64,
        "status": pl.String,
        "released": pl.String,
        "answer": pl.String,
        "declined_n": pl.Int64,
        "not_asked_n": pl.Int64,
        "unknown_n": pl.Int64,
    }
)
"""A row for each session, rater, instrument and scale.

``items_missing`` is the sum of the three counts, and null where a score was given as a score.
``answer`` holds the words of a choice; free text never comes through. ``status`` is ``answered``
where there is a score or an answer, else why there is none: ``declined`` or ``not asked`` where
every missing item was, ``unknown`` otherwise.
"""

SHOWN = 20
"""Problems that one error names; `rating_problems` has them all."""

_BY = ["session_id", "rater", "key"]


def score_ratings(
    frame: pl.DataFrame,
    *,
    own: Sequence[Instrument] = (),
    reversal: Mapping[str, Reversal] | None = None,
    file: str = "ratings.csv",
) -> pl.DataFrame:
    """Score a table of answers; scores that were given as scores are checked and passed on.

    Args:
        frame: ``session_id, rater, instrument, item`` and/or ``scale, value``, and where there:
            ``status, released, source_file, source_line``.
        own: a study's own instruments.
        reversal: key to ``form`` or ``here``, for tables that do not do as the instrument says:
            whether reversed items were turned already when they were entered.
        file: what the table is called where a place is named.

    Returns:
        A frame of `SCORES`, sorted by session, rater, instrument and scale.

    Raises:
        EvenhandError: something is wrong with the rows; all of it is counted and the first
            problems are named with file and line.
    """
    known = _known(own, reversal or {})
    rows = read_answers(frame, known, file)
    problems = _listed(rows) or _twice(rows)
    if problems:
        raise _all_at_once(problems, file)
    computed, given = _computed(rows, known), _given(rows)
    problems = _contradictions(computed, given, known)
    if problems:
        raise _all_at_once(problems, file)
    return _as_scores(computed, given, known)


def rating_problems(
    frame: pl.DataFrame, *, own: Sequence[Instrument] = (), file: str = "ratings.csv"
) -> list[EvenhandError]:
    """Everything that is wrong with a ratings table, each with its line and remedy.

    Raises:
        EvenhandError: a column is missing, so that no row can be read.
    """
    known = _known(own, {})
    rows = read_answers(frame, known, file)
    problems = _listed(rows) + _twice(rows)
    if problems:
        return problems
    return _contradictions(_computed(rows, known), _given(rows), known)


def _known(own: Sequence[Instrument], reversal: Mapping[str, Reversal]) -> dict[str, Instrument]:
    known = all_instruments(own)
    strange = sorted(set(reversal) - set(known))
    if strange:
        raise EvenhandError(
            f"There is no instrument with the key {', '.join(strange)}.", "reversal", "Mend it."
        )
    return known | {key: replace(known[key], reversal=how) for key, how in reversal.items()}


def _listed(rows: pl.DataFrame) -> list[EvenhandError]:
    wrong = rows.filter(pl.col("what").is_not_null()).select("what", "where", "remedy")
    return [EvenhandError(*row) for row in wrong.iter_rows()]


def _twice(rows: pl.DataFrame) -> list[EvenhandError]:
    """Answers that one session holds more than once."""
    right = rows.lazy().filter(pl.col("what").is_null())
    keys = [*_BY, "item", "scale"]
    counted = right.group_by(keys).agg(pl.len(), pl.col("where").sort()).filter(pl.col("len") > 1)
    return [
        EvenhandError(
            f"{row['item'] or row['scale']} of {row['key']} stands more than once in one session.",
            "; ".join(row["where"]),
            "Keep one, or give the other its own session.",
        )
        for row in counted.collect().sort("where").iter_rows(named=True)
    ]


def _all_at_once(problems: Collection[EvenhandError], file: str) -> EvenhandError:
    shown = [str(problem) for problem in list(problems)[:SHOWN]]
    more = len(problems) - len(shown)
    lines = "\n".join([*shown, *([f"… and {more} more."] if more else [])])
    return EvenhandError(
        f"{len(problems)} problems with the ratings." if len(problems) > 1 else "One problem.",
        file,
        f"Nothing was scored. Mend these:\n{lines}",
    )


def _members(known: Mapping[str, Instrument]) -> pl.DataFrame:
    """A row for each item of each scale: how its answer counts (offset + sign × answer)."""
    rows = [
        (
            one.key,
            item.key,
            scale.key,
            *((item.low + item.high, -1.0) if one.turns(item) else (0.0, 1.0)),
        )
        for one in known.values()
        for scale in one.scales
        for item in map(one.item, scale.items)
    ]
    return pl.DataFrame(rows, schema=["key", "item", "scale", "offset", "sign"], orient="row")


def _scales(known: Mapping[str, Instrument]) -> pl.DataFrame:
    """A row for each scale: its number of items, its rule, its place in the file."""
    rows = [
        (one.key, one.name, scale.key, n, len(scale.items), scale.missing_allowed, scale.scoring)
        for one in known.values()
        for n, scale in enumerate(one.scales)
    ]
    names = ["key", "instrument", "scale", "order", "items_n", "allowed", "scoring"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _computed(rows: pl.DataFrame, known: Mapping[str, Instrument]) -> pl.DataFrame:
    """Scores from items: one row for each scale of which an item is there."""
    items = rows.lazy().filter(pl.col("item").is_not_null()).drop("scale")
    counts = {"declined_n": "declined", "not_asked_n": "not asked", "unsaid_n": "unknown"}
    totals = (
        items.join(_members(known).lazy(), on=["key", "item"])
        .group_by(*_BY, "scale")
        .agg(
            (pl.col("offset") + pl.col("sign") * pl.col("number")).sum().alias("sum"),
            pl.col("number").count().cast(pl.Int64).alias("scored_n"),
            pl.len().cast(pl.Int64).alias("rows_n"),
            *(
                (pl.col("status") == status).sum().cast(pl.Int64).alias(name)
                for name, status in counts.items()
            ),
            pl.col("answer").first(),
            pl.col("released").min(),
        )
    )
    scales = _scales(known).lazy()
    absent = pl.col("items_n") - pl.col("rows_n")
    return (
        _with_empty_scales(items, totals, scales)
        .join(scales, on=["key", "scale"])
        .with_columns((pl.col("unsaid_n") + absent).alias("unknown_n"))
        .with_columns(
            pl.sum_horizontal("declined_n", "not_asked_n", "unknown_n").alias("items_missing"),
            _score().alias("score"),
        )
        .with_columns(_status().alias("status"))
        .with_columns(pl.when(pl.col("scoring") == "item").then("answer").alias("answer"))
        .collect()
    )


def _with_empty_scales(
    items: pl.LazyFrame, totals: pl.LazyFrame, scales: pl.LazyFrame
) -> pl.LazyFrame:
    """Add the scales of an instrument that was filled in, of which no item is in the table."""
    held = items.group_by(_BY).agg(pl.col("released").min())
    several = scales.filter((pl.col("scoring") != "item") & (pl.col("items_n") > 0))
    empty = held.join(several.select("key", "scale"), on="key").join(
        totals, on=[*_BY, "scale"], how="anti"
    )
    filled = empty.with_columns(
        *(
            pl.lit(0, pl.Int64).alias(name)
            for name in ("scored_n", "rows_n", "declined_n", "not_asked_n", "unsaid_n")
        )
    )
    return pl.concat([totals, filled], how="diagonal")


def _score() -> pl.Expr:
    """Sum or mean of what was answered, where enough was; a sum is filled up with the mean."""
    n, scored = pl.col("items_n"), pl.col("scored_n")
    mean = pl.col("sum") / scored
    scored_by = (
        pl.when(pl.col("scoring") == "mean")
        .then(mean)
        .when(pl.col("scoring") == "mean x 10")
        .then(mean * 10)
        .when(scored == n)
        .then("sum")
        .otherwise(mean * n)
    )
    return pl.when((scored > 0) & (n - scored <= pl.col("allowed"))).then(scored_by)


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


def _given(rows: pl.DataFrame) -> pl.DataFrame:
    """Scores that the table gives as scores."""
    scores = rows.filter(pl.col("scale").is_not_null())
    return scores.select(
        *_BY, "scale", pl.col("number").alias("score"), "status", "released", "where"
    )


def _contradictions(
    computed: pl.DataFrame, given: pl.DataFrame, known: Mapping[str, Instrument]
) -> list[EvenhandError]:
    """Given scores that their own items do not add up to, rounding aside."""
    both = computed.join(given, on=[*_BY, "scale"], suffix="_given")
    rounding = pl.when(pl.col("scoring") == "mean").then(0.05).otherwise(0.5) + 1e-9
    apart = both.filter((pl.col("score") - pl.col("score_given")).abs() > rounding)
    return [
        EvenhandError(
            f"{row['scale']} of {known[row['key']].name} is given, and its items say otherwise.",
            row["where"],
            "Mend the items or the score, or keep only one of them.",
        )
        for row in apart.sort("where").iter_rows(named=True)
    ]


def _as_scores(
    computed: pl.DataFrame, given: pl.DataFrame, known: Mapping[str, Instrument]
) -> pl.DataFrame:
    """Both together; where a scale is in both, the one that has a score, items first."""
    scales = _scales(known).select("key", "scale", "instrument", "order")
    named = given.join(scales, on=["key", "scale"]).with_columns(pl.lit(1).alias("second"))
    ours = computed.with_columns(pl.lit(0).alias("second"))
    words = pl.col("released").replace_strict(dict(enumerate(RELEASED)), return_dtype=pl.String)
    return (
        pl.concat([ours, named], how="diagonal")
        .sort([*_BY, "order", pl.col("score").is_null(), "second"])
        .unique([*_BY, "scale"], keep="first", maintain_order=True)
        .with_columns(words.alias("released"))
        .select(pl.col(name).cast(kind) for name, kind in SCORES.items())
    )
