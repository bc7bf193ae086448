"""A study's ratings, scored: `ratings.parquet` of an examination."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from evenhand import __version__
from evenhand.core.tables import CODES, EVIDENCE, POOLED, RATES, READINGS, TURNS
from evenhand.instruments import (
    SCORES,
    instrument_files,
    own_instruments,
    score_parts,
    score_ratings,
)
from evenhand.study.consent import leave_out, sessions_without
from evenhand.study.folder import Study
from evenhand.study.ratings_rows import rated_rows, reversal_of
from evenhand.study.ratings_stream import Scattered, whole_sessions
from evenhand.study.store import key_of, sha256_of, write_json, write_table, writing

_COLUMNS = ("session_id", "rater", "instrument", "scale", "score", "items_missing", "status")
RATINGS = pl.Schema({name: SCORES[name] for name in (*_COLUMNS, "released")})
"""A row a session, rater, instrument and scale: `ratings.parquet`."""

LAYOUT = 2
"""Raised when the file changes its form: an older one is written again."""

EMPTY = {
    "turns": TURNS,
    "codes": CODES,
    "evidence": EVIDENCE,
    "readings": READINGS,
    "rates": RATES,
    "pooled": POOLED,
}


def score_study(study: Study) -> pl.DataFrame:
    """Scores of a study's ratings, as `ratings.parquet` holds them.

    Args:
        study: its ratings and its own instruments are used.

    Returns:
        A frame of `RATINGS` of sessions with consent; empty where the study has no ratings.

    Raises:
        EvenhandError: a rating or an instrument is wrong; the first of all problems are named.
    """
    if not study.rated:
        return pl.DataFrame(schema=RATINGS)
    return leave_out(_all_scores(study), sessions_without(study.sessions))


def _all_scores(study: Study) -> pl.DataFrame:
    own, reversal = own_instruments(study.root), reversal_of(study)
    names = RATINGS.names()
    if study.large_ratings is not None:
        try:
            parts = whole_sessions(study.large_ratings)
            return score_parts(parts, own=own, reversal=reversal, columns=names)
        except Scattered:
            pass  # its sessions are put together below, which takes the whole file
    rows = rated_rows(study)
    return score_ratings(rows, own=own, reversal=reversal).select(names)


def write_scores(study: Study | None, out: Path) -> int:
    """Write ``ratings.parquet``, once for the same ratings, instruments and version.

    Args:
        study: None where files were examined that are no study.
        out: the examination's folder; a file of an earlier run that no longer holds goes.

    Returns:
        How many scores it has.

    Raises:
        EvenhandError: a rating or an instrument is wrong, or the folder cannot be written.
    """
    target, mark = out / "ratings.parquet", out / ".work" / "ratings.json"
    key = _key(study)
    if key is not None and target.is_file() and _was(mark) == key:
        return int(pl.scan_parquet(target).select(pl.len()).collect().item())
    with writing(target):
        mark.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
    if study is None or not study.rated:
        return 0
    scores = score_study(study)
    if scores.is_empty():
        return 0
    write_table(target, scores)
    write_json(mark, {"key": key})
    return scores.height


def rating_files(study: Study | None) -> list[Path]:
    """The files from which scores come: the ratings and the study's own instruments."""
    if study is None or not study.rated:
        return []
    return [study.root / "ratings.csv", *instrument_files(study.root)]


def lay_out_no_sessions(out: Path) -> None:
    """Write the tables of a study without transcripts: there, and empty."""
    for name, schema in EMPTY.items():
        write_table(out / f"{name}.parquet", pl.DataFrame(schema=schema))


def _key(study: Study | None) -> str | None:
    files = [path for path in rating_files(study) if path.is_file()]
    if not files:
        return None
    hashes = [(path.name, sha256_of(path)) for path in files]
    said = study.config.get("ratings") if study else None
    unsaid = sessions_without(study.sessions).to_list() if study else []
    return key_of(__version__, LAYOUT, pl.__version__, hashes, said, unsaid)


def _was(mark: Path) -> str | None:
    try:
        key = json.loads(mark.read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(key)
