"""A file of ratings, in whatever form a clinic's system exports it."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.study.ratings_brought import Asked, Brought
from evenhand.study.ratings_csv import decoded, is_long, read_csv, read_long, read_wide
from evenhand.study.ratings_fhir import read_fhir
from evenhand.study.ratings_qualtrics import is_qualtrics, read_qualtrics
from evenhand.study.ratings_redcap import Field, is_redcap, read_dictionary, read_redcap

SPREADSHEET = b"PK\x03\x04"
MOST_BYTES = 4 << 30
"""Of a compressed file, how much is unpacked at most."""


def read_ratings_file(path: Path, asked: Asked) -> Brought:
    """Read an export; what it is, its bytes say.

    A long or wide CSV, a raw export of REDCap, a CSV of Qualtrics, or JSON of FHIR (R4, R5):
    QuestionnaireResponse, Observation, Questionnaire, a Bundle of them, or one a line.

    Args:
        path: the file; gzip is read as it is.
        asked: what the person said about it.

    Returns:
        Its answers, and what stayed outside, each with its count.

    Raises:
        EvenhandError: it cannot be read, or something must be said about it first.
    """
    data = read_bytes(path)
    name = path.name
    if data[:4] == SPREADSHEET:
        raise EvenhandError(
            f"{name} is a spreadsheet or an archive.", name, "Save the sheet as CSV (UTF-8)."
        )
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return read_fhir(decoded(data, name), asked, name)
    frame = read_csv(data, name)
    if is_qualtrics(frame):
        return read_qualtrics(frame, asked, name)
    if is_long(frame, asked):
        return read_long(frame, asked, name)
    if is_redcap(frame, asked):
        return read_redcap(frame, asked, name, _dictionary(asked))
    return read_wide(frame, asked, name)


def read_bytes(path: Path) -> bytes:
    """A file's bytes, unpacked where it is gzip.

    Raises:
        EvenhandError: it is not there, or broken.
    """
    try:
        data = path.read_bytes()
        if data[:2] != b"\x1f\x8b":
            return data
        with gzip.open(path) as handle:
            whole = handle.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise EvenhandError(
            "The file cannot be read.", str(path), "Look at its name; export it again."
        ) from None
    if len(whole) > MOST_BYTES:
        raise EvenhandError("Unpacked, the file is too large.", path.name, "Cut it in parts.")
    return whole


def _dictionary(asked: Asked) -> dict[str, Field]:
    if asked.dictionary is None:
        return {}
    name = asked.dictionary.name
    return read_dictionary(read_csv(read_bytes(asked.dictionary), name), name)
