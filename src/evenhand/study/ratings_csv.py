"""Ratings in a CSV: a row an answer (long), or a row a form (wide)."""

from __future__ import annotations

import io
from collections.abc import Mapping

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Place, find_instrument
from evenhand.study.lines import called, source_lines
from evenhand.study.ratings_brought import Asked, Brought, LeftOut, as_answers
from evenhand.study.ratings_cells import unquoted
from evenhand.study.ratings_columns import OTHERS, identity_of, need_session
from evenhand.study.ratings_wide import NOT_MAPPED, left_columns, long_of, missing_value
from evenhand.study.ratings_words import UNKNOWN

CODES = {"NA": UNKNOWN}
"""What statistics programs write where there is nothing."""


def read_csv(data: bytes, file: str) -> pl.DataFrame:
    """A CSV as text columns, whatever its delimiter, with ``source_file`` and ``source_line``.

    Raises:
        EvenhandError: it is no CSV in UTF-8, or is empty.
    """
    text = decoded(data, file)
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            infer_schema_length=0,
            separator=delimiter_of(text),
            truncate_ragged_lines=False,
        )
    except pl.exceptions.NoDataError:
        raise EvenhandError(f"{file} is empty.", file, "Export it again.") from None
    except pl.exceptions.PolarsError:
        raise EvenhandError(
            f"{file} cannot be read as a CSV: a row has more cells than the first.",
            file,
            "Export it again as CSV (UTF-8), with quotes around cells that hold commas.",
        ) from None
    frame = frame.rename(called(frame.columns))
    return frame.with_columns(
        source_file=pl.lit(file), source_line=source_lines(frame)
    ).with_columns(
        pl.col("source_line").cast(pl.String), unquoted(pl.col(pl.String)).str.strip_chars()
    )


def decoded(data: bytes, file: str) -> str:
    """Bytes as text: UTF-8 with or without its mark, or UTF-16 with it.

    Raises:
        EvenhandError: it is neither.
    """
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise EvenhandError(
            f"{file} is no text in UTF-8.", file, "Export it as CSV (UTF-8), or as FHIR JSON."
        )
    return text


def delimiter_of(text: str) -> str:
    """The delimiter that the first line has most of."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=first.count)


def is_long(frame: pl.DataFrame, asked: Asked) -> bool:
    """Whether a row is an answer: an instrument, a value, and an item or a scale."""
    names = {name.casefold() for name in frame.columns} | set(asked.columns)
    return {"instrument", "value"} <= names and bool({"item", "scale"} & names)


def read_long(frame: pl.DataFrame, asked: Asked, file: str) -> Brought:
    """Answers of a long table; rows of instruments or items that are not known stay outside.

    Raises:
        EvenhandError: the rows do not say whose answers they are.
    """
    identity = identity_of(frame.columns, asked)
    need_session(identity, file)
    by_fold = {name.casefold(): name for name in frame.columns}
    ours = identity | {n: asked.columns.get(n) or by_fold.get(n, "") for n in OTHERS}
    ours = {n: theirs for n, theirs in ours.items() if theirs}
    rows = as_answers(
        frame.select(
            *(pl.col(theirs).alias(n) for n, theirs in ours.items()), "source_file", "source_line"
        )
    )
    rows, left = _known_rows(rows, asked)
    used = {*ours.values(), "source_file", "source_line"}
    left += left_columns(frame, [n for n in frame.columns if n not in used])
    return Brought("long CSV", rows, left, {theirs: n for n, theirs in ours.items()})


_LABEL = ["instrument", "rater", "item", "scale"]
_PLACED = pl.Schema(
    dict.fromkeys((*_LABEL, "our_instrument", "our_item", "our_scale"), pl.String)
    | {"label": pl.Int64, "open": pl.Boolean}
)
_REASONS = pl.Schema({"label": pl.Int64, "value": pl.String, "reason": pl.String})


def _known_rows(rows: pl.DataFrame, asked: Asked) -> tuple[pl.DataFrame, list[LeftOut]]:
    """Rows whose instrument and label are known, in our spelling; the others counted."""
    places = {
        words: _place_of(words[0], words[1], words[2] or words[3] or "total", asked)
        for words in rows.select(_LABEL).unique(maintain_order=True).iter_rows()
    }
    placed = rows.join(
        _placed(places), on=_LABEL, how="left", nulls_equal=True, maintain_order="left"
    )
    strange = placed.filter(pl.col("label").is_null())
    counts = strange.group_by(_LABEL, maintain_order=True).len().iter_rows()
    left = [
        LeftOut(f"rows of {_short(instrument)} {_short(item or scale)}".strip(), n, NOT_MAPPED)
        for instrument, _, item, scale, n in counts
    ]
    return _spelled(placed.drop_nulls("label"), list(places.values()), asked), left


def _short(name: str | None) -> str:
    """A name as a file has it, unless it may be somebody's words: a column may have shifted."""
    plain = (name or "").strip()
    return plain if len(plain) <= 24 and plain.count(" ") < 3 else "(many words)"


def _placed(places: Mapping[tuple[str | None, ...], Place | None]) -> pl.DataFrame:
    """Each different label, with what it means; labels that mean nothing are not there."""
    found = [
        (
            *words,
            place.instrument.name,
            place.item.key if place.item else None,
            place.scale.key if place.scale else None,
            n,
            place.item is not None and place.item.kind == "open",
        )
        for n, (words, place) in enumerate(places.items())
        if place is not None
    ]
    return pl.DataFrame(found, schema=_PLACED, orient="row")


def _spelled(rows: pl.DataFrame, places: list[Place | None], asked: Asked) -> pl.DataFrame:
    """Names in our spelling, and reasons for no answer told from answers."""
    codes = {**CODES, **asked.missing}
    apart = rows.filter(~pl.col("open") | pl.col("value").is_in(list(codes)))
    different = apart.select("label", "value").drop_nulls().unique()
    reasons = [
        (n, value, reason)
        for n, value in different.iter_rows()
        if (place := places[n]) is not None
        and (reason := missing_value(value, place, codes)) is not None
    ]
    told = pl.DataFrame(reasons, schema=_REASONS, orient="row")
    joined = rows.join(told, on=["label", "value"], how="left", maintain_order="left")
    said = pl.col("status").is_not_null()
    return as_answers(
        joined.with_columns(
            instrument="our_instrument",
            item="our_item",
            scale="our_scale",
            value=pl.when(said | pl.col("reason").is_null()).then("value"),
            status=pl.coalesce("status", "reason"),
        )
    )


def _place_of(instrument: object, rater: object, label: object, asked: Asked) -> Place | None:
    """A row's item or scale, by its instrument's name."""
    who = str(rater).strip().lower() if rater else asked.rater
    try:
        one = find_instrument(str(instrument or ""), who, asked.own)
    except EvenhandError:
        return None
    return asked.place(str(label), one)


def read_wide(frame: pl.DataFrame, asked: Asked, file: str) -> Brought:
    """Answers of a wide table: each column that names an item or a scale of an instrument.

    Raises:
        EvenhandError: the rows do not say whose answers they are, or who filled them in.
    """
    identity = identity_of(frame.columns, asked)
    need_session(identity, file)
    used = {*identity.values(), "source_file", "source_line"}
    rest = [name for name in frame.columns if name not in used]
    places = {name: place for name in rest if (place := asked.place(name)) is not None}
    named = frame.rename({theirs: ours for ours, theirs in identity.items()})
    answers = long_of(named, places, asked, CODES)
    left = left_columns(frame, [n for n in rest if n not in places])
    return Brought("wide CSV", answers, left, mapped_of(places, identity))


def mapped_of(places: Mapping[str, Place], identity: Mapping[str, str]) -> dict[str, str]:
    """The file's name of each thing that was understood, and what it is taken for."""
    found = {theirs: ours for ours, theirs in identity.items()}
    return found | {name: f"{p.instrument.name} {p.label}" for name, p in places.items()}
