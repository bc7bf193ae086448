"""Tables with a row a turn: CSV of any dialect, in bounded memory for any length."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.tables import TURNS
from evenhand.readers._bytes import MOST_LINE, bad, decode_head, head_of, stem_of
from evenhand.readers._cells import seconds_of, whole_of
from evenhand.readers._parquet_example import PARQUET_EXAMPLE
from evenhand.readers._plain_csv import (
    check_quotes,
    diagnosis,
    plain_csv,
    unpacked,
)
from evenhand.readers._row_faults import faults_of, filled, looked_over, refuse_faults

DELIMITERS = ",;\t|"

_LABEL = re.compile(r"[^\t]{1,60}:\t")

NAMES: Mapping[str, tuple[str, ...]] = {
    "session_id": ("session_id", "session", "conversation_id", "conv_id", "transcript_id"),
    "turn": ("turn", "turn_id", "turn_index", "turn_number"),
    "role": ("role", "speaker_role"),
    "speaker": ("speaker", "speaker_name", "speaker_label", "speaker_id", "name"),
    "start_s": ("start_s", "start", "start_time", "starttime", "begin", "onset", "start_sec"),
    "end_s": ("end_s", "end", "stop", "end_time", "endtime", "stop_time", "end_sec"),
    "text": ("text", "utterance", "utterance_text", "transcript", "content", "sentence"),
}
"""Ours to the spellings that are recognised, the first that is there."""


def plain_name(name: str) -> str:
    """A heading as it is compared: small letters, underscores for spaces."""
    return name.strip().strip('"').lower().replace(" ", "_").replace("-", "_")


def delimiter_of(line: str) -> str:
    """The sign that most often stands between headings."""
    return max(DELIMITERS, key=line.count)


def _headings(line: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter_of(line)), [])


def _labelled(lines: Sequence[str]) -> bool:
    """True where a tab parts speakers' labels from what they say: ``T:<tab>words``."""
    first, *others = (_LABEL.match(line) is not None for line in lines[:20])
    return first and (any(others) or not others)


def sniff_table(head: bytes) -> bool:
    """True for headings that look like names, with as many fields in the row below.

    A heading may be missing (a spreadsheet's empty columns, a data frame's row numbers) where
    another is one that we know.
    """
    lines = [line for line in decode_head(head).lstrip("\ufeff").splitlines() if line.strip()]
    if not lines or not any(sign in lines[0] for sign in DELIMITERS):
        return False
    given = [name.strip() for name in _headings(lines[0])]
    names = [name for name in given if name]
    if len(names) < 2 or not all(len(n) <= 40 and len(n.split()) <= 4 for n in names):
        return False
    if any(not n.replace("_", "a").replace(" ", "a")[0].isalpha() for n in names):
        return False
    if any(sign in lines[0] for sign in "{}<>[]") or ": " in lines[0] or _labelled(lines):
        return False
    known = {plain_name(n) for n in names} & {s for group in NAMES.values() for s in group}
    sign = delimiter_of(lines[0])
    full = len(names) == len(given) and len(lines) > 1
    return bool(known) or (full and lines[1].count(sign) >= len(names) - 1)


def columns_of(path: Path, there: list[str], columns: Mapping[str, str] | None) -> dict[str, str]:
    """Our column names to the table's own.

    Raises:
        EvenhandError: a column that --columns names is not there; no text; nobody who speaks.
    """
    shown = ", ".join([name for name in there if name][:12])
    for ours, theirs in (columns or {}).items():
        if ours not in NAMES:
            known = ", ".join(NAMES)
            raise EvenhandError(
                f"--columns maps {ours!r}, which is no column of ours.",
                "--columns",
                f"Ours are: {known}; write ours=theirs.",
                Exit.USAGE,
            )
        if theirs not in there:
            raise bad(path, f"There is no column {theirs!r}.", f"Its columns are: {shown}.", 1)
    found = dict(columns or {})
    taken = set(found.values())
    by_plain = {plain_name(name): name for name in reversed(there)}
    for ours, spellings in NAMES.items():
        if ours not in found:
            name = next((by_plain[s] for s in spellings if s in by_plain), None)
            if name is not None and name not in taken:
                found[ours] = name
    if "text" not in found:
        raise bad(
            path,
            "There is no column of text.",
            f"Say which one it is: --columns text=NAME. Its columns are: {shown}.",
            1,
        )
    if "role" not in found and "speaker" not in found:
        raise bad(
            path,
            "No column says who speaks.",
            f"Say which one does: --columns role=NAME. Its columns are: {shown}.",
            1,
        )
    _refuse_twins(path, there, found.values())
    return found


def _refuse_twins(path: Path, there: Sequence[str], used: Iterable[str]) -> None:
    """Refuse two columns of one name, of which it would be a guess to take one."""
    for name in used:
        if f"{name}_duplicated_0" in there:
            raise bad(
                path,
                f"Two columns are headed {name!r}.",
                "Give each a heading of its own, or leave one out.",
                1,
            )


def _selected(
    path: Path,
    frame: pl.LazyFrame,
    found: Mapping[str, str],
    clock: bool,
    keep: Sequence[str] = (),
) -> pl.LazyFrame:
    """The columns of `tables.TURNS`; a turn that is not given stays null."""

    def text_of(ours: str) -> pl.Expr:
        if ours not in found:
            return pl.lit(None, pl.String)
        value = pl.col(found[ours]).cast(pl.String).str.strip_chars()
        return pl.when(value != "").then(value)

    def seconds(ours: str) -> pl.Expr:
        return seconds_of(found[ours], clock) if ours in found else pl.lit(None, pl.Float64)

    session = text_of("session_id") if "session_id" in found else pl.lit(stem_of(path))
    made = {
        "session_id": session.fill_null(stem_of(path)),
        "turn": whole_of(found["turn"]) if "turn" in found else pl.lit(None, pl.Int64),
        "role": text_of("role"),
        "speaker": pl.coalesce(text_of("speaker"), text_of("role")),
        "start_s": seconds("start_s"),
        "end_s": pl.when(~(seconds("end_s") < seconds("start_s")).fill_null(False)).then(
            seconds("end_s")
        ),
        "text": text_of("text").fill_null(""),
        "source_file": pl.lit(path.name),
        "source_line": pl.col("source_line"),
    }
    ours = [e.cast(TURNS[name]).alias(name) for name, e in made.items()]
    return frame.select(*ours, *(pl.col(n).cast(pl.String).alias(f"theirs:{n}") for n in keep))


def _scan_csv(path: Path) -> tuple[pl.LazyFrame, list[str], int, str, Path]:
    """The raw table with a line for each row, all columns as text, and what it was read from.

    Returns:
        The frame, its headings, the file's line ends, its delimiter, and the plain file.
    """
    plain, ends = plain_csv(path)
    with plain.open(encoding="utf-8-sig", newline="") as handle:
        first = handle.readline(MOST_LINE)
    sign = delimiter_of(first)
    try:
        raw = pl.scan_csv(
            plain,
            separator=sign,
            infer_schema=False,
            row_index_name="source_line",
            row_index_offset=2,
        )
        names = [n for n in raw.collect_schema().names() if n != "source_line"]
    except pl.exceptions.PolarsError:
        raise diagnosis(path, plain, sign) from None
    return raw, names, ends, sign, plain


def _true_lines(raw: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Count the line ends within quoted fields above each row."""
    within = pl.sum_horizontal(pl.col(n).str.count_matches("\n").fill_null(0) for n in names)
    above = within.cum_sum().shift(1).fill_null(0)
    return raw.with_columns(pl.col("source_line") + above)


def _timed_by_clock(raw: pl.LazyFrame, found: Mapping[str, str]) -> bool:
    """True where a time of the first rows is written with colons."""
    given = [found[ours] for ours in ("start_s", "end_s") if ours in found]
    if not given:
        return False
    colon = [pl.col(n).cast(pl.String).str.contains(":", literal=True).any() for n in given]
    return bool(raw.head(2000).select(pl.any_horizontal(colon)).collect().item())


def _scan_checked_csv(
    path: Path, columns: Mapping[str, str] | None, keep: Sequence[str]
) -> pl.LazyFrame:
    raw, names, ends, sign, plain = _scan_csv(path)
    found = columns_of(path, names, columns)
    check_quotes(path, plain, sign)
    try:
        clock = _timed_by_clock(raw, found)
        look = looked_over(raw, faults_of(found, clock))
        faults = list(faults_of(found, clock))
        if not clock and any(look[f"count{n}"] for n, w in enumerate(faults) if "no time" in w):
            clock = True
            look = looked_over(raw, faults_of(found, clock))
        rows = look["rows"] or 0
        if rows and ends > rows + 1:
            raw = _true_lines(raw, names)
        if look["blank"]:
            raw = raw.filter(filled())
        if any(look[key] for key in look if key.startswith(("count", "blank"))):
            look = looked_over(raw, faults_of(found, clock))
    except pl.exceptions.PolarsError:
        raise diagnosis(path, plain, sign) from None
    if not look["rows"]:
        raise bad(path, "The table has headings and no rows.", "Export it again.", 1)
    refuse_faults(path, look, faults_of(found, clock))
    return _selected(path, raw, found, clock, _kept(path, names, keep))


def _scan_checked_parquet(
    path: Path, columns: Mapping[str, str] | None, keep: Sequence[str]
) -> pl.LazyFrame:
    try:
        raw = pl.scan_parquet(unpacked(path)).with_row_index("source_line", offset=1)
        names = [n for n in raw.collect_schema().names() if n != "source_line"]
        found = columns_of(path, names, columns)
        faults = faults_of(found, clock=True)
        look = looked_over(raw, faults)
    except pl.exceptions.PolarsError:
        raise bad(path, "The Parquet file is damaged.", "Write it again.") from None
    if not look["rows"]:
        raise bad(path, "The table has no rows.", "Write it again.")
    refuse_faults(path, look, faults)
    return _selected(path, raw, found, True, _kept(path, names, keep))


def _kept(path: Path, names: list[str], keep: Sequence[str]) -> Sequence[str]:
    """Columns of the table's own that are asked for by name.

    Raises:
        EvenhandError: one is not there.
    """
    for name in keep:
        if name not in names:
            shown = ", ".join(names[:20])
            raise bad(path, f"There is no column {name!r}.", f"Its columns are: {shown}.", 1)
    return keep


def scan_turns(
    path: Path, columns: Mapping[str, str] | None = None, keep: Sequence[str] = ()
) -> pl.LazyFrame:
    """A table of turns of any length, as a lazy frame to stream.

    Args:
        path: CSV (any delimiter, gzip, UTF-8, UTF-16 with its mark, Latin-1) or Parquet.
        columns: our column name to the table's own, where it is another.
        keep: columns of the table's own to bring along, as text, named ``theirs:NAME``.

    Returns:
        `tables.TURNS`, lazily; ``turn`` is null where the table has none (`number_turns`).

    Raises:
        EvenhandError: with file and line: empty, headings only, no text, nobody who speaks, a
            quote that never closes, rows too long, binary, times that are none.
    """
    if head_of(path).startswith(b"PAR1"):
        return _scan_checked_parquet(path, columns, keep)
    return _scan_checked_csv(path, columns, keep)


def number_turns(turns: pl.DataFrame) -> pl.DataFrame:
    """Count rows from 1 within their session where the table gave no turn."""
    if turns["turn"].null_count() == 0:
        return turns
    place = pl.int_range(1, pl.len() + 1).over("session_id")
    return turns.with_columns(pl.col("turn").fill_null(place))


def drop_repeats(turns: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Count a turn once that stands there again, to the letter (a row for each annotator).

    Returns:
        The turns, and how many rows were dropped.
    """
    key = ["session_id", "turn", "role", "speaker", "text"]
    kept = turns.unique(key, keep="first", maintain_order=True)
    return kept, turns.height - kept.height


def read_table(path: Path, columns: Mapping[str, str] | None = None) -> pl.DataFrame:
    """A whole table of turns in memory."""
    try:
        return number_turns(scan_turns(path, columns).collect())
    except pl.exceptions.PolarsError:
        raise bad(path, "The table cannot be read.", "Save it again as CSV in UTF-8.") from None


def sniff_parquet(head: bytes) -> bool:
    """True for Parquet."""
    return head.startswith(b"PAR1")


READERS = (
    Reader(
        name="csv",
        title="CSV, a row a turn",
        suffixes=(".csv", ".tsv", ".txt"),
        sniff=sniff_table,
        read=read_table,
        example=(
            b"start,end,speaker,text\n"
            b'0.0,2.5,T,"Where shall we start?"\n'
            b'2.6,5.0,C,"Um, with the job,\nI suppose."\n'
            b"5.2,6.0,C,Yes.\n"
        ),
        expected=(
            {"turn": 1, "speaker": "T", "start_s": 0.0, "end_s": 2.5, "source_line": 2},
            {"turn": 2, "speaker": "C", "start_s": 2.6, "end_s": 5.0, "source_line": 3},
            {"turn": 3, "speaker": "C", "start_s": 5.2, "text": "Yes.", "source_line": 5},
        ),
        notes="Rows stay as they are. Any headings with --columns ours=theirs.",
    ),
    Reader(
        name="parquet",
        title="Parquet, a row a turn",
        suffixes=(".parquet",),
        sniff=sniff_parquet,
        read=read_table,
        example=PARQUET_EXAMPLE,
        expected=({"turn": 1, "speaker": "T"}, {"turn": 2, "speaker": "C"}),
    ),
)
