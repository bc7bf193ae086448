"""What is wrong with the rows of tables, itself as a table.

One slip, such as a column in other numbers, makes every row wrong: millions of problems are held
and told as columns, and a person sees the first of each kind and how many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from evenhand.core.errors import EvenhandError

PROBLEMS = pl.Schema(
    {"what": pl.String, "where": pl.String, "remedy": pl.String, "kind": pl.String}
)
"""A row a problem. ``kind`` is what problems share that differ in a name only."""

PLACES = 6
"""Lines of one file that one problem names; the others are counted."""

_SAME = ["kind", "what", "file", "remedy"]


def problems_at(where: pl.Series | Iterable[str], what: str, remedy: str) -> pl.DataFrame:
    """The same thing wrong in each of some places."""
    places = pl.Series("where", where, dtype=pl.String)
    told = {"what": what, "remedy": remedy, "kind": what}
    rows = pl.DataFrame([places]).with_columns(pl.lit(v).alias(k) for k, v in told.items())
    return rows.select(PROBLEMS.names())


def at_lines(lines: pl.Series, wrong: pl.Series, file: str, what: str, remedy: str) -> pl.DataFrame:
    """The same thing wrong in some rows of a file.

    Args:
        lines: the line of each row; line 1 holds the headings.
        wrong: whether the row is wrong; null is not.
        file: its name.
        what: what is wrong.
        remedy: what to do.
    """
    # in one piece: Polars 2.1 can stop at text that is made of a column in several
    here = pl.DataFrame({"line": lines.filter(wrong.fill_null(False))}).rechunk()
    return problems_at(here.select(place(file)).to_series(), what, remedy)


def repeated_rows(
    frame: pl.DataFrame, columns: list[str], lines: pl.Series, file: str, remedy: str
) -> pl.DataFrame:
    """Rows that stand there again, with the lines of each."""
    rows = frame.select(columns).with_columns(line=lines).drop_nulls(columns)
    twice = (
        rows.with_columns(place(file))
        .group_by(columns, maintain_order=True)
        .agg("where")
        .filter(pl.col("where").list.len() > 1)
        .select(places_of("where"))
        .to_series()
    )
    what = f"This {' and '.join(columns)} stands in more than one row."
    return problems_at(twice, what, remedy)


def place(file: str) -> pl.Expr:
    """``where`` of a row with its ``line``."""
    return pl.format("{}, line {}", pl.lit(file), "line").alias("where")


def problems_of(errors: Iterable[EvenhandError]) -> pl.DataFrame:
    """Errors as rows."""
    rows = [(error.what, error.where, error.remedy, error.what) for error in errors]
    return pl.DataFrame(rows, schema=PROBLEMS, orient="row")


def errors_of(problems: pl.DataFrame) -> list[EvenhandError]:
    """Rows as errors."""
    return [EvenhandError(*row) for row in problems.select("what", "where", "remedy").iter_rows()]


def places_of(where: str) -> pl.Expr:
    """A list of places in one cell: the first ones, and how many more there are."""
    places = pl.col(where)
    more = pl.format(" … and {} more", places.list.len().cast(pl.Int64) - PLACES)
    first = places.list.head(PLACES).list.join("; ")
    return pl.when(places.list.len() > PLACES).then(pl.concat_str(first, more)).otherwise(first)


def shortened(problems: pl.DataFrame, most: int) -> pl.DataFrame:
    """The same thing wrong in very many rows of a file: the first rows, and where the others are.

    Args:
        problems: rows of `PROBLEMS`.
        most: rows with the same thing wrong, and things of one kind, that are told one by one.

    Returns:
        Rows of `PROBLEMS` and ``rows``, how many each stands for; the same things stand together,
        where the first of them stood.
    """
    where = pl.col("where")
    file = where.str.split_exact(",", 1).struct.field("field_0").alias("file")
    same = (
        problems.with_columns(file)
        .group_by(_SAME, maintain_order=True)
        .agg(
            where.head(most + 1).alias("heads"),
            where.last().alias("last"),
            rows=pl.len().cast(pl.Int64),
        )
        .with_columns(
            pl.col("heads").list.head(most).alias("shown"),
            pl.col("heads").list.get(most, null_on_oob=True).alias("first"),
            nth=pl.int_range(pl.len()).over("kind"),
        )
    )
    told = pl.concat([_one_by_one(same, most), _counted(same, most), _of_a_kind(same, most)])
    return told.sort("at", "part", maintain_order=True).drop("at", "part")


def _one_by_one(same: pl.DataFrame, most: int) -> pl.DataFrame:
    shown = same.with_row_index("at").filter(pl.col("nth") < most)
    each = shown.explode("shown").rename({"shown": "where"})
    return _told(each.with_columns(rows=pl.lit(1, pl.Int64)), 0)


def _counted(same: pl.DataFrame, most: int) -> pl.DataFrame:
    """How many rows more than are shown have the same thing wrong."""
    many = same.with_row_index("at").filter(pl.col("nth") < most, pl.col("rows") > most)
    count = _thousands(pl.col("rows") - most)
    return _told(
        many.with_columns(
            pl.format("{} more of the same: {}", count, "what").alias("what"),
            _span().alias("where"),
            rows=pl.col("rows") - most,
        ),
        1,
    )


def _of_a_kind(same: pl.DataFrame, most: int) -> pl.DataFrame:
    """How many rows have something of a kind wrong of which enough was shown."""
    others = (
        same.with_row_index("at")
        .filter(pl.col("nth") >= most)
        .group_by("kind", "file", maintain_order=True)
        .agg(
            pl.col("at", "what", "remedy").first(),
            pl.col("shown").first().list.first().alias("first"),
            pl.col("last").last(),
            pl.col("rows").sum(),
            names=pl.len(),
        )
    )
    told = "{} more of this sort, of {} other names or places. The first: {}"
    counts = _thousands(pl.col("rows")), _thousands(pl.col("names"))
    return _told(
        others.with_columns(pl.format(told, *counts, "what").alias("what"), _span().alias("where")),
        2,
    )


def _told(rows: pl.DataFrame, part: int) -> pl.DataFrame:
    return rows.select("at", pl.lit(part).alias("part"), *PROBLEMS.names(), "rows")


def _span() -> pl.Expr:
    """From the first place to the last, the file named once."""
    last = pl.col("last").str.strip_prefix(pl.col("file")).str.strip_chars_start(", ")
    alone = pl.col("first") == pl.col("last")
    return pl.when(alone).then("first").otherwise(pl.format("{} to {}", "first", last))


def _thousands(number: pl.Expr) -> pl.Expr:
    """1,234,567."""
    turned = number.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1},")
    return turned.str.reverse().str.strip_chars_start(",")
