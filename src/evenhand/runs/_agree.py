"""`evenhand agree`: a coder's codes against people's labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from evenhand.core.agreement import score_agreement
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._annotated import Annotated, one_a_turn, read_annotated, yes_or_no
from evenhand.runs._comparison import SEED, Comparison, few_groups, people_among_themselves


def agree(
    codes: str | Path,
    human: str | Path,
    *,
    label: str,
    code: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Comparison:
    """Compare a coder's codes with people's labels, turn by turn.

    Codes named ``LABEL=value`` are compared with the column's values. Other codes are compared
    as there or not there with a column of yes and no, over the sessions that the coder saw.

    Args:
        codes: a codes table (Parquet, a folder of Parquet parts, or CSV).
        human: a table of labelled turns, as for `train`.
        label: the column, named as in the file.
        code: codes that count as a yes; by default those whose name is the column's without
            ``_exists``, or begins with it (``question_exists``: question_open, question_closed).
        columns: our column name to the table's own.

    Raises:
        EvenhandError: a table cannot be read, no code fits, or no turn is in both.
    """
    table = read_annotated(Path(human), label, columns)
    given = _read_codes(Path(codes))
    valued = given.filter(pl.col("code").str.starts_with(f"{table.label}="))
    if code or valued.is_empty():
        return _present(given, yes_or_no(table), _names(given, table.label, code))
    return _valued(valued, table)


def _read_codes(path: Path) -> pl.DataFrame:
    """session_id, turn, code, coder, from any of the forms that we write."""
    if not path.exists():
        raise EvenhandError(
            "There is no such codes table.", str(path), "Look at its spelling.", Exit.USAGE
        )
    try:
        if path.is_dir():
            frame = pl.read_parquet(path / "*.parquet")
        elif path.read_bytes()[:4] == b"PAR1":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema=False)
        return frame.select(
            pl.col("session_id").cast(pl.String),
            pl.col("turn").cast(pl.Int64),
            pl.col("code").cast(pl.String),
            (pl.col("coder") if "coder" in frame.columns else pl.lit("")).alias("coder"),
        )
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise EvenhandError(
            "The file is no codes table: session_id, turn and code.",
            str(path),
            "Give what `evenhand code` or `evenhand examine` wrote.",
        ) from None


def _names(given: pl.DataFrame, label: str, code: Sequence[str] | None) -> list[str]:
    """The codes that count as a yes.

    Raises:
        EvenhandError: none of the table's codes is meant.
    """
    there = given["code"].unique().sort().to_list()
    stem = label.removesuffix("_exists")
    names = list(code) if code else [n for n in there if n == stem or n.startswith(f"{stem}_")]
    if not set(names) & set(there):
        raise EvenhandError(
            f"The codes table has no code for {label!r}.",
            "--code",
            f"Name codes that count as a yes, of these: {', '.join(there[:30])}.",
            Exit.USAGE,
        )
    return names


def _valued(valued: pl.DataFrame, table: Annotated) -> Comparison:
    """``LABEL=value`` against the column's values."""
    coders = valued["coder"].unique().to_list()
    if len(coders) > 1:
        raise EvenhandError(
            f"{len(coders)} coders gave codes for {table.label!r}.",
            "the codes table",
            "Keep the codes of one, and compare again.",
        )
    value = pl.col("code").str.slice(len(table.label) + 1)
    given = valued.select("session_id", "turn", given=value).unique(
        ["session_id", "turn"], keep="first", maintain_order=True
    )
    people = one_a_turn(table.rows.filter(pl.col("label").is_not_null()))
    both = people.join(given, on=["session_id", "turn"], how="inner", maintain_order="left")
    title = f"{table.label}: {coders[0]} against people"
    return _compared(table, people, both, given.height - both.height, title)


def _present(given: pl.DataFrame, table: Annotated, names: Sequence[str]) -> Comparison:
    """A code there or not there, against yes and no, in sessions that have any code at all."""
    people = one_a_turn(table.rows.filter(pl.col("label").is_not_null()))
    seen = people.join(given.select("session_id").unique(), on="session_id", how="semi")
    hits = given.filter(pl.col("code").is_in(list(names))).select("session_id", "turn").unique()
    marked = seen.join(
        hits.with_columns(given=pl.lit("yes")),
        on=["session_id", "turn"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("given").fill_null("no"))
    outside = hits.join(seen, on=["session_id", "turn"], how="anti").height
    title = f"{table.label}: {', '.join(names)} against people"
    return _compared(table, people, marked, outside, title)


def _compared(
    table: Annotated, people: pl.DataFrame, both: pl.DataFrame, outside: int, title: str
) -> Comparison:
    """The figures, with what did not meet."""
    if both.is_empty():
        raise EvenhandError(
            "No turn is in both tables.",
            f"{table.name}, session_id and turn",
            "Name its columns with --columns session_id=…,turn=…, as for the codes.",
        )
    scores = score_agreement(
        both["label"].to_list(),
        both["given"].to_list(),
        both["session_id"].to_list(),
        np.random.default_rng(SEED),
    )
    facts = {
        "n_matched": both.height,
        "n_human_unmatched": people.height - both.height,
        "n_codes_unmatched": outside,
    }
    notes = [
        f"{facts['n_human_unmatched']:,} labelled turns were not coded, and "
        f"{facts['n_codes_unmatched']:,} coded turns are not labelled: both left out."
    ]
    labelled = table.rows.filter(pl.col("label").is_not_null())
    return Comparison(
        title=title,
        scores=scores,
        group="session_id",
        facts=facts,
        notes=notes + few_groups(scores),
        people=people_among_themselves(labelled.join(both, on=["session_id", "turn"], how="semi")),
    )
