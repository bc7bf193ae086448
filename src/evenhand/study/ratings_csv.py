"""Ratings in a CSV: a row an answer (long), or a row a form (wide)."""

from __future__ import annotations

import io
from collections.abc import Mapping

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Place, find_instrument
from evenhand.study.folder import source_lines
from evenhand.study.ratings_brought import Asked, Brought, LeftOut, as_answers
from evenhand.study.ratings_cells import unquoted
from evenhand.study.ratings_columns import OTHERS, identity_of, need_session
from evenhand.study.ratings_wide import NOT_MAPPED, left_columns, long_of, missing_values
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
    frame = frame.rename({name: name.strip() for name in frame.columns})
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


def _known_rows(rows: pl.DataFrame, asked: Asked) -> tuple[pl.DataFrame, list[LeftOut]]:
    """Rows whose instrument and label are known, in our spelling; the others counted."""
    by = ["instrument", "rater", "item", "scale"]
    kept, left = [], list[LeftOut]()
    for (instrument, rater, item, scale), part in rows.group_by(by, maintain_order=True):
        place = _place_of(instrument, rater, item or scale or "total", asked)
        if place is None:
            name = " ".join(str(one) for one in (instrument, item or scale) if one)[:40]
            left.append(LeftOut(f"rows of {name}", part.height, NOT_MAPPED))
        else:
            kept.append(_spelled(part, place, {**CODES, **asked.missing}))
    answers = pl.concat(kept) if kept else rows.clear()
    order = answers["source_line"].cast(pl.Int64, strict=False)
    return answers.sort(order, maintain_order=True), left


def _place_of(instrument: object, rater: object, label: object, asked: Asked) -> Place | None:
    """A row's item or scale, by its instrument's name."""
    who = str(rater).strip().lower() if rater else asked.rater
    try:
        one = find_instrument(str(instrument or ""), who, asked.own)
    except EvenhandError:
        return None
    return asked.place(str(label), one)


def _spelled(part: pl.DataFrame, place: Place, codes: Mapping[str, str]) -> pl.DataFrame:
    values = part["value"]
    reasons = missing_values(values, place, codes)
    status = values.replace_strict(reasons, default=None, return_dtype=pl.String)
    said = pl.col("status").is_not_null()
    return part.with_columns(
        instrument=pl.lit(place.instrument.name),
        item=pl.lit(place.item.key if place.item else None, pl.String),
        scale=pl.lit(place.scale.key if place.scale else None, pl.String),
        value=pl.when(said | status.is_null()).then("value"),
        status=pl.coalesce("status", status),
    )


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
