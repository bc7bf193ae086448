"""What an examination says of itself: sentences on its input, and the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from evenhand import __version__
from evenhand.core.discovery import discover
from evenhand.runs.inputs import Inputs
from evenhand.study.plan import Settings, hashed
from evenhand.study.ratings_scored import rating_files
from evenhand.study.ready import ready_file
from evenhand.study.store import sha256_of, write_json
from evenhand.study.work import find_coder

MOST_DOUBTS = 12
"""Readers' doubts that are told one by one."""


def notes_of(counts: Mapping[str, int]) -> list[str]:
    """What was put right or could not be known, by how often."""
    notes = []
    if counts["repeats"]:
        notes.append(
            f"{counts['repeats']:,} rows repeated a turn (same session, number, speaker and "
            "words) and were counted once."
        )
    if counts["untimed"]:
        notes.append(
            f"{counts['untimed']:,} turns have no usable end (missing, or before their start): "
            "their seconds are unknown."
        )
    if counts["unpunctuated"]:
        n = counts["unpunctuated"]
        has = "transcript has" if n == 1 else "transcripts have"
        notes.append(
            f"{n:,} {has} no punctuation, as raw speech recognition leaves it: questions are told "
            "by their first words alone, about a third of them missed. Session pages say more."
        )
    return notes


def doubts_of(doubts: Sequence[str]) -> list[str]:
    """What readers were in doubt of; of many files the first, and how many more."""
    more = len(doubts) - MOST_DOUBTS
    rest = [f"{more:,} more transcripts have doubtful places like these."] if more > 0 else []
    return [*doubts[:MOST_DOUBTS], *rest]


def write_manifest(
    inputs: Inputs,
    settings: Settings,
    folder: Path,
    counts: Mapping[str, int],
    errors: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
) -> None:
    """What went in, with which versions and options; equal runs write equal bytes."""
    import numpy
    import scipy  # type: ignore[import-untyped,unused-ignore]

    files = [(s.path, s.sha256 or sha256_of(s.path)) for s in hashed(inputs.sources)]
    ready = ready_file(inputs.study)
    made = [*rating_files(inputs.study), *([ready] if ready else [])]
    files += [(p, sha256_of(p)) for p in (*inputs.tables, *made)]
    manifest = {
        "evenhand": __version__,
        "libraries": {
            "polars": pl.__version__,
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
        },
        "title": inputs.title,
        "inputs": [
            {"file": p.name, "sha256": digest, "bytes": p.stat().st_size} for p, digest in files
        ],
        "parameters": {
            "roles": settings.roles,
            "columns": settings.columns,
            "speakers": dict(settings.speakers),
            "coders": list(settings.coders),
            "coder_sha256": list(settings.coder_hashes),
            "pair": list(settings.pair) if settings.pair else None,
        },
        "coders": {n: find_coder(n).version for n in settings.coders},
        "indicators": {n: i.version for n, i in discover("indicator").items()},
        "counts": dict(counts),
        "errors": [dict(e) for e in errors],
        "notes": list(notes),
    }
    write_json(folder / "manifest.json", manifest)
