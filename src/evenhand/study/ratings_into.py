"""Answers that an import brought, put into a study: all of them, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.instruments import Instrument, canonical_ratings, rating_problems
from evenhand.study.folder import Study
from evenhand.study.ratings_brought import RATING_COLUMNS, Brought
from evenhand.study.ratings_rows import rated_rows, reversal_of
from evenhand.study.ratings_sessions import new_people, new_sessions, with_sessions
from evenhand.study.ratings_wording import new_wording
from evenhand.study.ratings_write import write_all

SHOWN = 40
"""Problems that one error names."""

ANSWER = ["session_id", "rater", "key", "item", "scale"]
"""What one answer is the answer to."""

SAID = ["value", "status", "date"]
AT = "_at"
"""The row of an import that an answer comes from."""

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:.*)?$"


@dataclass(frozen=True)
class Added:
    """What an import put into a study.

    Args:
        answers: new rows of ratings.csv.
        already: rows that the study had already, with the same answer.
        sessions: new rows of sessions.csv.
        people: new rows of people.csv.
        wording: files written into the folder of instruments.
    """

    answers: int = 0
    already: int = 0
    sessions: int = 0
    people: int = 0
    wording: tuple[str, ...] = ()


def add_ratings(study: Study, brought: Brought, own: Sequence[Instrument], file: str) -> Added:
    """Put what an import brought into the study's tables.

    Args:
        study: where it goes.
        brought: what was read.
        own: the study's own instruments.
        file: the import's name, for places.

    Returns:
        What was added; nothing where the study had all of it.

    Raises:
        EvenhandError: an answer is wrong, or contradicts one that the study has; or the folder
            cannot be written. Nothing was changed then.
    """
    if study.ratings is not None and "source_line" in study.ratings.columns:
        raise EvenhandError(
            "The study's ratings.csv is itself a wide export, to which no row can be added.",
            "ratings.csv",
            "Move it out of the study, import it, and then import this file.",
        )
    rows = with_sessions(_dated(brought.answers), study.sessions)
    spelled = _once(rows, own, file)
    there = _there(study, own)
    fresh = _fresh(spelled, there, file)
    _refuse_wrong(study, fresh, rows, own, file)
    answers = fresh.select(RATING_COLUMNS)
    sessions = new_sessions(rows, study.sessions, file)
    people = new_people(sessions, study.people)
    files = {
        study.root / f"{name}.csv": grown(table, more, columns)
        for name, table, more, columns in (
            ("people", study.people, people, ("person_id", "role")),
            ("sessions", study.sessions, sessions, tuple(sessions.columns)),
            ("ratings", study.ratings, answers, RATING_COLUMNS),
        )
        if more.height
    }
    wording = new_wording(study.root, brought.wording, own)
    write_all(files | {path: text.encode() for path, text in wording.items()})
    return Added(
        answers=answers.height,
        already=spelled.height - answers.height,
        sessions=sessions.height,
        people=people.height,
        wording=tuple(path.name for path in wording),
    )


def grown(table: pl.DataFrame | None, more: pl.DataFrame, columns: Sequence[str]) -> bytes:
    """A table of the study with more rows below, as CSV; its own columns stay where they are."""
    names = [] if table is None else table.columns
    order = [*names, *(name for name in columns if name not in names)]
    parts = [more] if table is None else [table, more]
    whole = pl.concat(parts, how="diagonal").select(
        name if any(name in part.columns for part in parts) else pl.lit(None, pl.String).alias(name)
        for name in order
    )
    return whole.write_csv().encode()


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    """Dates without their time of day; what is no date stays and is told."""
    day = pl.col("date").str.extract(_ISO)
    return rows.with_columns(date=pl.coalesce(day, "date"))


def _once(rows: pl.DataFrame, own: Sequence[Instrument], file: str) -> pl.DataFrame:
    """Answers in our spelling with their places, each that the file says twice kept once."""
    spelled = canonical_ratings(rows, own=own, file=file).with_row_index(AT)
    spelled = spelled.with_columns(rows["source_file"], rows["source_line"])
    unsaid = pl.col("key").is_null() | (pl.col("item").is_null() & pl.col("scale").is_null())
    right = spelled.filter(~unsaid).unique(
        [*ANSWER, "value", "status"], keep="first", maintain_order=True
    )
    return pl.concat([right, spelled.filter(unsaid)])


def _there(study: Study, own: Sequence[Instrument]) -> pl.DataFrame:
    """The study's own ratings in our spelling, with their lines."""
    rows = rated_rows(study)
    return canonical_ratings(rows, own=own).with_columns(line=rows["source_line"])


def _fresh(rows: pl.DataFrame, there: pl.DataFrame, file: str) -> pl.DataFrame:
    """Rows that the study does not have.

    Raises:
        EvenhandError: the study has another answer to the same question.
    """
    known = there.drop_nulls("key").unique(ANSWER, keep="first", maintain_order=True)
    both = rows.join(
        known.select(*ANSWER, *SAID, "line"),
        on=ANSWER,
        how="left",
        suffix="_there",
        nulls_equal=True,
        maintain_order="left",
    )
    apart = both.filter(pl.col("line").is_not_null() & _differs())
    problems = [
        EvenhandError(
            f"{name} {label} is in the study already, {_difference(row)}.",
            f"{row['source_file'] or file}, line {row['source_line']}; ratings.csv, line {line}",
            "Mend one of the two: an import never writes over an answer.",
        )
        for row in apart.iter_rows(named=True)
        for name, label, line in [(row["instrument"], row["item"] or row["scale"], row["line"])]
    ]
    refuse(problems, "contradict the study", file)
    return both.filter(pl.col("line").is_null())


def _differs() -> pl.Expr:
    answer = pl.any_horizontal(
        pl.col(n).ne_missing(pl.col(f"{n}_there")) for n in ("value", "status")
    )
    return answer | (pl.col("date") != pl.col("date_there")).fill_null(False)


def _difference(row: dict[str, object]) -> str:
    same = all(row[name] == row[f"{name}_there"] for name in ("value", "status"))
    return "with another date" if same else "with another answer"


def _refuse_wrong(
    study: Study,
    fresh: pl.DataFrame,
    rows: pl.DataFrame,
    own: Sequence[Instrument],
    file: str,
) -> None:
    """Refuse answers that are wrong by themselves, or together with what the study has.

    Raises:
        EvenhandError: all that is wrong, with file and line.
    """
    new = rows.with_row_index(AT).join(fresh.select(AT), on=AT, how="semi")
    parts = [new.select(*RATING_COLUMNS, "source_file", "source_line")]
    parts.append(rated_rows(study).with_columns(source_file=pl.lit("ratings.csv")))
    whole, turned = pl.concat(parts, how="diagonal"), reversal_of(study)
    problems = rating_problems(whole, own=own, reversal=turned, file=file)
    problems += [
        EvenhandError(
            "The date is not written YYYY-MM-DD.",
            f"{name or file}, line {line}",
            "Export it with dates as 2026-05-13.",
        )
        for name, line in fresh.filter(
            pl.col("date").is_not_null()
            & pl.col("date").str.to_date("%Y-%m-%d", strict=False).is_null()
        )
        .select("source_file", "source_line")
        .unique(maintain_order=True)
        .iter_rows()
    ]
    refuse(problems, "are wrong", file)


def refuse(problems: Sequence[EvenhandError], how: str, file: str, done: str = "imported") -> None:
    """One error that names all problems, or the first of very many; none where there is none.

    Args:
        problems: what is wrong.
        how: what the answers do that are named: ``are wrong``.
        file: where they stand.
        done: what was not done because of them.

    Raises:
        EvenhandError: there are problems.
    """
    if not problems:
        return
    shown = [str(problem) for problem in problems[:SHOWN]]
    more = len(problems) - len(shown)
    lines = "\n".join([*shown, *([f"… and {more:,} more."] if more else [])])
    what = f"Answers that {how}: {len(problems):,}. Nothing was {done}."
    raise EvenhandError(what, file, f"Mend what is named here:\n{lines}", Exit.INPUT)
