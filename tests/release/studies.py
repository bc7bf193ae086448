"""Study folders of made-up clinics."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.release.clinics import Row

TOML = """\
title = "Made-up clinic"

[release.tables.people]
rows = ["a"]
measure = "clients"

[release.tables.dropout]
rows = ["b"]
measure = "dropped out"

[release.tables.both]
rows = ["a", "b"]
measure = "clients"

[release.tables.ended]
rows = ["b"]
measure = "completed"

[release.tables.mood]
rows = ["a"]
measure = "last"
instrument = "PHQ-9"

[release.tables.better]
rows = []
measure = "reliably improved"
instrument = "PHQ-9"
"""


def write_study(
    folder: Path, roster: Mapping[str, Row], *, date: str = "2026-02-03", toml: str = TOML
) -> Path:
    """A study with two sessions a client, the first dated, and PHQ-9 totals at both."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    people, sessions, ratings = [], [], []
    therapists = sorted({row[0] for row in roster.values()})
    people += [[t, "therapist", "", "", ""] for t in therapists]
    for n, (tag, (therapist, ended, *values)) in enumerate(roster.items()):
        people.append([tag, "client", *values])
        sessions.append([f"{tag}-1", tag, therapist, 1, date, ""])
        sessions.append([f"{tag}-2", tag, therapist, 2, date, ended])
        ratings.append([f"{tag}-1", "client", "PHQ-9", "total", 12 + n % 9])
        ratings.append([f"{tag}-2", "client", "PHQ-9", "total", 4 + n % 11])
    _write(folder / "people.csv", ["person_id", "role", "a", "b", "c"], people)
    _write(
        folder / "sessions.csv",
        ["session_id", "client_id", "therapist_id", "number", "date", "ended"],
        sessions,
    )
    _write(folder / "ratings.csv", ["session_id", "rater", "instrument", "scale", "value"], ratings)
    return folder


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows(rows)
