"""Scores of a ratings table, and everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.problems import PROBLEMS, errors_of, places_of
from evenhand.instruments._answers import read_rows, require_columns, with_meanings
from evenhand.instruments._contract import RATERS, STATUSES, Instrument, Reversal
from evenhand.instruments._faults import RELEASED, ROW, faulty, names_hold, place
from evenhand.instruments._library import all_instruments
from evenhand.instruments._scores import BY, scale_table, scores_of_items

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

_ORDERED = pl.Schema(dict(SCORES) | {"order": pl.Int64})
"""`SCORES` with the place of a scale in its instrument's file."""

_SORTED = ("session_id", "rater", "instrument", "order")

SHOWN = 20
"""Problems that one error names; `rating_problems` has them all."""

BLOCK = 500_000
"""Rows that are worked on at once, so that memory does not grow with the study."""


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
    require_columns(frame, file)
    known = _known(own, reversal or {})
    scores, problems = _worked(_blocks(frame), known, file, SCORES.names())
    if problems.height:
        raise _all_at_once(problems, file)
    return scores


def score_parts(
    parts: Iterable[pl.DataFrame],
    *,
    own: Sequence[Instrument] = (),
    reversal: Mapping[str, Reversal] | None = None,
    file: str = "ratings.csv",
    columns: Sequence[str] = (),
) -> pl.DataFrame:
    """Score a table that comes in parts, so that it need not be held as a whole.

    Args:
        parts: frames as for `score_ratings`, in each of which every session is whole.
        own: a study's own instruments.
        reversal: as for `score_ratings`.
        file: what the table is called where a place is named.
        columns: which columns of `SCORES` are wanted; all by default.

    Returns:
        A frame of `SCORES`, or of these columns, sorted as that of `score_ratings`.

    Raises:
        EvenhandError: as `score_ratings`.
    """
    known = _known(own, reversal or {})
    wanted = columns or SCORES.names()
    scores, problems = _worked(_checked(parts, file), known, file, wanted)
    if problems.height:
        raise _all_at_once(problems, file)
    return scores


def _checked(parts: Iterable[pl.DataFrame], file: str) -> Iterator[pl.DataFrame]:
    first = 0
    for part in parts:
        require_columns(part, file)
        yield part.with_row_index(ROW, offset=first)
        first += part.height


def rating_problems(
    frame: pl.DataFrame,
    *,
    own: Sequence[Instrument] = (),
    reversal: Mapping[str, Reversal] | None = None,
    file: str = "ratings.csv",
) -> list[EvenhandError]:
    """Everything that is wrong with a ratings table, in its order, each with line and remedy.

    Args:
        frame: as for `score_ratings`.
        own: a study's own instruments.
        reversal: as for `score_ratings`.
        file: what the table is called where a place is named.

    Raises:
        EvenhandError: a column is missing, so that no row can be read.
    """
    return errors_of(problems_in(frame, own=own, reversal=reversal, file=file))


def problems_in(
    frame: pl.DataFrame,
    *,
    own: Sequence[Instrument] = (),
    reversal: Mapping[str, Reversal] | None = None,
    file: str = "ratings.csv",
) -> pl.DataFrame:
    """`rating_problems` as rows of `PROBLEMS`: very many are held as columns.

    Raises:
        EvenhandError: a column is missing, so that no row can be read.
    """
    require_columns(frame, file)
    return _worked(_blocks(frame), _known(own, reversal or {}), file, ("session_id",))[1]


def _known(own: Sequence[Instrument], reversal: Mapping[str, Reversal]) -> dict[str, Instrument]:
    known = all_instruments(own)
    strange = sorted(set(reversal) - set(known))
    if strange:
        raise EvenhandError(
            f"There is no instrument with the key {', '.join(strange)}.", "reversal", "Mend it."
        )
    return known | {key: replace(known[key], reversal=how) for key, how in reversal.items()}


def _worked(
    blocks: Iterable[pl.DataFrame],
    known: Mapping[str, Instrument],
    file: str,
    columns: Sequence[str],
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Scores of the rows that are right, and `PROBLEMS` of the others."""
    lean = _lean(known)
    kept = {name: lean.get(name, _ORDERED[name]) for name in (*_SORTED, *columns)}
    scores, problems = [pl.DataFrame(schema=kept)], list[pl.DataFrame]()
    for block in blocks:
        rows, meanings = read_rows(block, known)
        wrong = rows["fault"].is_not_null()
        right = rows.filter(~wrong) if wrong.any() else rows
        computed, given = _computed(right, meanings, known), _given(right, meanings, known)
        problems.append(faulty(with_meanings(rows.filter(wrong), meanings), file))
        problems.append(_twice(rows.filter(names_hold()), meanings, known, file))
        problems.append(_contradictions(computed, given, known, file))
        scored = _as_scores(computed, given)
        scores.append(scored.select(pl.col(name).cast(kind) for name, kind in kept.items()))
    together = pl.concat(scores).sort(_SORTED)
    told = pl.concat(problems or [_NONE]).sort(ROW, maintain_order=True)
    return (
        together.select(pl.col(name).cast(SCORES[name]) for name in columns),
        told.select(PROBLEMS.names()),
    )


def _lean(known: Mapping[str, Instrument]) -> dict[str, pl.DataType]:
    """Types for the columns that hold few different words, in the words' own order."""
    words = {
        "rater": RATERS,
        "instrument": {one.name for one in known.values()},
        "scale": {scale.key for one in known.values() for scale in one.scales},
        "status": STATUSES,
        "released": RELEASED,
    }
    return {name: pl.Enum(sorted(of)) for name, of in words.items()}


def _blocks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Parts of a long table, in each of which every session is whole.

    Where the rows of each session stand together, as exports have them, parts are slices.
    """
    rows = frame.with_row_index(ROW)
    parts = -(-frame.height // BLOCK)
    if parts <= 1:
        yield rows
        return
    session = rows["session_id"].cast(pl.String).str.strip_chars()
    starts = session.ne_missing(session.shift()).fill_null(True).arg_true()
    if len(starts) == session.n_unique():
        ends = starts.gather_every(max(1, len(starts) // parts)).to_list()
        for start, end in pairwise([*ends, frame.height]):
            yield rows.slice(start, end - start)
        return
    part = session.hash() % parts
    for n in range(parts):
        yield rows.filter((part == n).fill_null(n == 0))


def _twice(
    rows: pl.DataFrame, meanings: pl.DataFrame, known: Mapping[str, Instrument], file: str
) -> pl.DataFrame:
    """Answers that one session holds more than once."""
    keys = ["rater", "key", "item", "scale"]
    asked = meanings.select("saying", pl.struct(keys).rank("dense").alias("asked"))
    numbered = rows.join(asked, on="saying", maintain_order="left")
    several = int(meanings.height) + 1
    question = pl.col("sitting").cast(pl.UInt64) * several + pl.col("asked").cast(pl.UInt64)
    one = numbered.select(question.alias("question")).to_series()
    if one.n_unique() == len(one):
        return _NONE
    told = (
        with_meanings(numbered.filter(one.is_duplicated()), meanings)
        .with_columns(place(file))
        .group_by("session_id", *keys)
        .agg(pl.col(ROW).min(), pl.col("where").sort_by(ROW))
        .with_columns(places_of("where"))
    )
    what = "{} {} stands more than once in one session."
    label = pl.coalesce("item", "scale")
    remedy = "Keep one, or give the other its own session."
    return _as_problems(told, pl.format(what, _name_of(known), label), remedy)


_NONE = pl.DataFrame(schema={ROW: pl.UInt32} | dict(PROBLEMS))
"""No problems."""


def _as_problems(rows: pl.DataFrame, what: pl.Expr, remedy: str) -> pl.DataFrame:
    """Rows with ``where`` and `ROW`, as `PROBLEMS` and `ROW`."""
    told = {"what": what, "remedy": pl.lit(remedy), "kind": pl.lit(remedy)}
    columns = [told.get(name, pl.col(name)).alias(name) for name in _NONE.columns]
    return rows.select(columns).cast(_NONE.schema)


def _name_of(known: Mapping[str, Instrument]) -> pl.Expr:
    names = {key: one.name for key, one in known.items()}
    return pl.col("key").replace_strict(names, default=None, return_dtype=pl.String)


def _all_at_once(problems: pl.DataFrame, file: str) -> EvenhandError:
    shown = [str(problem) for problem in errors_of(problems.head(SHOWN))]
    more = problems.height - len(shown)
    lines = "\n".join([*shown, *([f"… and {more} more."] if more else [])])
    count = "One problem" if problems.height == 1 else f"{problems.height} problems"
    what = f"{count} with the ratings; nothing was scored."
    return EvenhandError(what, file, f"Mend what is named here:\n{lines}")


def _computed(
    rows: pl.DataFrame, meanings: pl.DataFrame, known: Mapping[str, Instrument]
) -> pl.DataFrame:
    """Scores from items; where a table holds none, its rows are not looked through."""
    items = meanings["item"].is_not_null().any()
    return scores_of_items(rows if items else rows.clear(), meanings, known)


def _given(
    rows: pl.DataFrame, meanings: pl.DataFrame, known: Mapping[str, Instrument]
) -> pl.DataFrame:
    """Scores that the table gives as scores."""
    scales = scale_table(known).select("key", "scale", "instrument", "order")
    about = meanings.join(scales, on=["key", "scale"]).select(
        "saying",
        "rater",
        "key",
        "scale",
        "instrument",
        "order",
        "status",
        "released",
        pl.col("number").alias("score"),
    )
    named = rows if about.height else rows.clear()
    return named.drop("sitting", "fault").join(about, on="saying").drop("saying")


def _contradictions(
    computed: pl.DataFrame, given: pl.DataFrame, known: Mapping[str, Instrument], file: str
) -> pl.DataFrame:
    """Given scores that their own items do not add up to, rounding aside."""
    both = computed.join(given, on=[*BY, "scale"], suffix="_given")
    rounding = pl.when(pl.col("scoring") == "mean").then(0.05).otherwise(0.5) + 1e-9
    apart = both.filter((pl.col("score") - pl.col("score_given")).abs() > rounding)
    what = pl.format("{} of {} is not what its items give.", "scale", _name_of(known))
    remedy = "Mend the items or the score, or keep only one of them."
    return _as_problems(apart.with_columns(place(file)), what, remedy)


def _as_scores(computed: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """Both together; where a scale is in both, the one that has a score, items first.

    A score that was also given is released as was said of that very score.
    """
    both = pl.concat([computed, given], how="diagonal")
    if given.height and computed.height:
        said = given.select(*BY, "scale", pl.col("released").alias("said"))
        ours = computed.join(said, on=[*BY, "scale"], how="left").with_columns(
            pl.coalesce("said", "released").alias("released"), pl.lit(0).alias("second")
        )
        both = (
            pl.concat([ours, given.with_columns(pl.lit(1).alias("second"))], how="diagonal")
            .sort(pl.col("score").is_null(), "second")
            .unique([*BY, "scale"], keep="first", maintain_order=True)
        )
    words = pl.col("released").replace_strict(dict(enumerate(RELEASED)), return_dtype=pl.String)
    return both.with_columns(words.alias("released")).select(
        pl.col(name).cast(kind) for name, kind in _ORDERED.items()
    )
