"""Ratings in a CSV of Qualtrics: three header rows, previews among the answers."""

from __future__ import annotations

import polars as pl

from evenhand.instruments import Place
from evenhand.study.ratings_brought import Asked, Brought, LeftOut
from evenhand.study.ratings_columns import identity_of, need_session
from evenhand.study.ratings_csv import mapped_of
from evenhand.study.ratings_wide import left_columns, long_of
from evenhand.study.ratings_words import UNKNOWN

IMPORT_ID = r'^\{"ImportId":'
CODES = {"-99": UNKNOWN}
"""What Qualtrics writes, where it is told to, for a question that was seen and not answered."""

NOT_REAL = {
    "1": "previews",
    "2": "tests",
    "8": "marked as spam",
    "9": "previews",
    "17": "previews",
    "survey preview": "previews",
    "survey test": "tests",
    "spam": "marked as spam",
    "offline survey preview": "previews",
}
"""Values of Status that are nobody's answers."""

BOOKKEEPING = (
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
)


def is_qualtrics(frame: pl.DataFrame) -> bool:
    """Whether the third row holds ImportIds."""
    if frame.height < 2 or frame.width < 3:
        return False
    first = frame.row(1)[0]
    return first is not None and str(first).replace(" ", "").startswith('{"ImportId":')


def read_qualtrics(frame: pl.DataFrame, asked: Asked, file: str) -> Brought:
    """Answers of a Qualtrics export; previews, tests and spam stay outside, counted.

    Raises:
        EvenhandError: no column says whose answers they are, or who filled them in.
    """
    labels = {n: str(v or "") for n, v in zip(frame.columns, frame.row(0), strict=True)}
    rows, left = _real(frame.slice(2))
    names = [name for name in frame.columns if name != "Status"]
    identity = identity_of(names, asked)
    need_session(identity, file)
    used = {*identity.values(), "source_file", "source_line"}
    rest = [n for n in frame.columns if n not in used]
    places: dict[str, Place] = {}
    for name in rest:
        # the label of a matrix's row is the question's words, a dash, and the row's own
        row = labels[name].rpartition(" - ")[2]
        place = asked.place(name) or asked.place(labels[name]) or asked.place(row)
        if place is not None and name not in BOOKKEEPING:
            places[name] = place
    named = rows.rename({theirs: ours for ours, theirs in identity.items()})
    answers = long_of(named, places, asked, CODES)
    why = dict.fromkeys(BOOKKEEPING, "kept by Qualtrics for itself")
    left += left_columns(rows, [n for n in rest if n not in places], why)
    return Brought("Qualtrics export", answers, left, mapped_of(places, identity))


def _real(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[LeftOut]]:
    """Rows that somebody answered, and the others by what they are."""
    if "Status" not in rows.columns:
        return rows, []
    kind = (
        rows["Status"]
        .str.to_lowercase()
        .replace_strict(NOT_REAL, default=None, return_dtype=pl.String)
    )
    counts = kind.drop_nulls().value_counts(sort=True)
    left = [LeftOut(f"rows: {name}", n, "Status says so") for name, n in counts.iter_rows()]
    return rows.filter(kind.is_null()), left
