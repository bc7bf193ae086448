"""What can be wrong with a row of ratings, and how it is told: never by what was answered."""

from __future__ import annotations

import polars as pl

from evenhand.core.problems import PROBLEMS
from evenhand.instruments._contract import STATUSES

ROW = "_row"
"""Name of the column that counts a table's rows from 0."""

RELEASED = ("no", "count", "theme", "words")
"""What was released, the least first: a score is released as its least released answer is."""

Fault = tuple[pl.Expr, str | pl.Expr, str | pl.Expr]
"""(is wrong, what, remedy)."""


def fault_of() -> pl.Expr:
    """The number of the first fault of a row, null where it has none."""
    number = pl.lit(None, pl.UInt8)
    for n, (wrong, _, _) in reversed(list(enumerate(_faults()))):
        number = pl.when(wrong.fill_null(False)).then(pl.lit(n, pl.UInt8)).otherwise(number)
    return number


def names_hold() -> pl.Expr:
    """Whether it is known which question of which session a row is of, right or wrong."""
    return pl.col("fault").is_null() | (pl.col("fault") >= len(_faults_of_names()))


def faulty(rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Each fault of each row, with its `ROW`; where a row's names fail, nothing else can be told.

    Returns:
        `PROBLEMS` and `ROW`.
    """
    wrong = rows.filter(pl.col("fault").is_not_null()).with_columns(place(file))
    found = [wrong.clear().select(ROW, *_told("", "", 0))]
    for n, (is_wrong, what, remedy) in enumerate(_faults() if wrong.height else ()):
        others = names_hold() & is_wrong.fill_null(False)
        here = wrong.filter((pl.col("fault") == n) | others)
        found.append(here.select(ROW, *_told(what, remedy, n)))
    return pl.concat(found)


def _told(what: str | pl.Expr, remedy: str | pl.Expr, n: int) -> list[pl.Expr]:
    """The columns of `PROBLEMS`; ``where`` is there already."""
    told = {"what": _as_text(what), "where": pl.col("where"), "remedy": _as_text(remedy)}
    told["kind"] = pl.lit(f"fault {n}")
    return [told[name].alias(name) for name in PROBLEMS.names()]


def place(file: str) -> pl.Expr:
    """``where``: file and line, or the place in other words; line 1 holds the headings."""
    line = pl.coalesce("line", (pl.col(ROW).cast(pl.Int64) + 2).cast(pl.String))
    called = pl.when(line.str.contains(r"^\d+$")).then(pl.format("line {}", line)).otherwise(line)
    return pl.format("{}, {}", pl.coalesce("file", pl.lit(file)), called).alias("where")


def _faults() -> list[Fault]:
    """In the order in which they are looked for."""
    return [*_faults_of_names(), *_faults_of_status(), *_faults_of_answers()]


def _faults_of_names() -> list[Fault]:
    return [
        (pl.col("session_id").is_null(), "The session is missing.", "Name it."),
        (pl.col("key").is_null(), pl.col("wrong_name"), pl.col("remedy_name")),
        (
            pl.col("kind").is_null(),
            pl.format("{} has no item or scale called {}.", "instrument", _label()),
            "Mend the label; where its items are not known here, bring a TOML with its key.",
        ),
    ]


def _faults_of_status() -> list[Fault]:
    given, status = pl.col("value").is_not_null(), pl.col("status")
    one_of_these = "Use one of these words."
    return [
        (~status.is_in(STATUSES), f"status is none of: {', '.join(STATUSES)}.", one_of_these),
        (
            ~pl.col("released_as").is_in(RELEASED),
            f"released is none of: {', '.join(RELEASED)}.",
            one_of_these,
        ),
        (
            (status == "answered") & ~given,
            pl.format("{} is answered, and there is no answer.", _named()),
            "Give the answer, or say declined, not asked or unknown.",
        ),
        (
            given & status.is_in(STATUSES[1:]) & ~pl.col("declines").fill_null(False),
            pl.format("{} has an answer, and its status says {}.", _named(), status),
            "Take out the answer, or say answered.",
        ),
    ]


def _faults_of_answers() -> list[Fault]:
    number, given = pl.col("number"), pl.col("value").is_not_null()
    answered = given & (pl.col("status") == "answered")
    by_number = answered & pl.col("kind").is_in(["number", "scale"])
    steps = (number - pl.col("low")) / pl.col("step")
    low = pl.col("low").fill_null(-float("inf")) - 1e-9
    high = pl.col("high").fill_null(float("inf")) + 1e-9
    span = pl.format("{} to {}", _short("low"), _short("high"))
    return [
        (
            by_number & number.is_null(),
            pl.format("{} is no number.", _named()),
            "Write a number, with a point before decimals.",
        ),
        (
            by_number & ~number.is_between(low, high),
            pl.format("{} lies outside {}.", _named(), span),
            "Mend the answer, or name the version of the instrument that has this range.",
        ),
        (
            answered & (pl.col("kind") == "number") & ((steps - steps.round()).abs() > 1e-6),
            pl.format("{} lies between two steps of {}.", _named(), span),
            pl.format("Answers go in steps of {}.", _short("step")),
        ),
        (
            answered & (pl.col("kind") == "choice") & pl.col("answer").is_null(),
            pl.format("{} is none of its answers.", _named()),
            "Use the words of the form.",
        ),
    ]


def _label() -> pl.Expr:
    """The label as a row has it, unless it may be somebody's words: a column may have shifted."""
    label = pl.col("label")
    name = label.str.contains(r"^[\w.()/+-]{1,24}(?: [\w.()/+-]{1,24}){0,2}$")
    return (
        pl.when(label == "")
        .then(pl.lit("total"))
        .when(name)
        .then(label)
        .otherwise(pl.lit("(a label of many words)"))
    )


def _named() -> pl.Expr:
    return pl.format("{} {}", "instrument", _label())


def _short(name: str) -> pl.Expr:
    """A number as people write it: 0, not 0.0."""
    return pl.col(name).cast(pl.String).str.strip_suffix(".0").fill_null("any number")


def _as_text(words: str | pl.Expr) -> pl.Expr:
    return pl.lit(words) if isinstance(words, str) else words
