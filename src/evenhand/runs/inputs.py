"""What was asked for: study folders and files become sources to read and tables to spool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.readers import is_table
from evenhand.study.consent import consented
from evenhand.study.folder import Study, is_study, load_study, speakers_by_name
from evenhand.study.plan import Source, session_names

README = "README.txt"
"""What `evenhand new` writes into transcripts/: no transcript."""


@dataclass(frozen=True)
class Inputs:
    """Transcripts and tables to read, and the study that they are of, if any."""

    title: str
    default_out: Path
    sources: Sequence[Source] = ()
    tables: Sequence[Path] = ()
    study: Study | None = None
    errors: Sequence[dict[str, Any]] = field(default_factory=tuple)
    notes: Sequence[str] = ()


def find_inputs(paths: Sequence[Path]) -> Inputs:
    """Sort out what the command was given.

    Raises:
        EvenhandError: nothing there, a folder that is no study, or several studies at once.
    """
    if not paths:
        raise EvenhandError("Nothing was given.", "", "Name a study folder or a file.", Exit.USAGE)
    for path in paths:
        if not path.exists():
            raise EvenhandError(
                "There is no such file or folder.", str(path), "Look at its spelling.", Exit.USAGE
            )
    if len(paths) == 1 and paths[0].is_dir():
        return _of_study(paths[0])
    folder = next((p for p in paths if p.is_dir()), None)
    if folder is not None:
        raise EvenhandError(
            "A study folder stands among other files.",
            str(folder),
            "Examine one study at a time, or files only.",
            Exit.USAGE,
        )
    return _of_files(paths)


def _of_files(paths: Sequence[Path]) -> Inputs:
    first = paths[0]
    stem = first.name.removesuffix(".gz").rpartition(".")[0] or first.name
    tables = [p for p in paths if is_table(p)]
    others = [p for p in paths if p not in tables]
    sources = [Source(p, name) for p, name in zip(others, session_names(others), strict=True)]
    title = first.name if len(paths) == 1 else f"{len(paths)} files"
    return Inputs(title, first.parent / f"{stem}.evenhand", sources, tables)


def _of_study(root: Path) -> Inputs:
    if not is_study(root):
        raise EvenhandError(
            "The folder is no study: it has neither study.toml nor sessions.csv.",
            str(root),
            "Make one with `evenhand new`, or name the transcript files themselves.",
            Exit.USAGE,
        )
    study = load_study(root)
    by_name = {**speakers_by_name(study), **study.speakers}
    sources, tables, errors, notes = _transcripts(study, by_name)
    return Inputs(study.title, root / "evenhand-out", sources, tables, study, errors, notes)


def _transcripts(
    study: Study, by_name: Mapping[str, str]
) -> tuple[list[Source], list[Path], list[dict[str, Any]], list[str]]:
    """Transcripts that sessions.csv names, those without consent left out and counted."""
    if study.sessions is None or "transcript" not in study.sessions.columns:
        return _loose(study, by_name)
    rows = study.sessions.filter(pl.col("transcript").is_not_null() & (pl.col("transcript") != ""))
    notes: list[str] = []
    agreed = consented(rows)
    without = rows.height - int(agreed.sum())
    if without:
        notes.append(f"{without} transcripts were left out: no consent is on record for them.")
    rows = rows.filter(agreed)
    sources, errors = [], []
    for session, name in zip(rows["session_id"], rows["transcript"], strict=True):
        path = _inside(study.root, name)
        if path is None:
            errors.append(_missing(session, name))
        else:
            sources.append(Source(path, session, {**by_name, **study.speakers_of.get(session, {})}))
    return sources, [], errors, notes


def _loose(
    study: Study, by_name: Mapping[str, str]
) -> tuple[list[Source], list[Path], list[dict[str, Any]], list[str]]:
    """Without a sessions.csv: all files in transcripts/, a session each."""
    folder = study.root / "transcripts"
    found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    files = sorted(p for p in found if p.name != README)  # what `evenhand new` put there
    names = session_names(files)
    sources = [
        Source(p, n, {**by_name, **study.speakers_of.get(n or p.stem, {})})
        for p, n in zip(files, names, strict=True)
    ]
    return sources, [], [], []


def _inside(root: Path, name: str) -> Path | None:
    """The transcript's path, looked for in transcripts/ and beside study.toml, never outside."""
    for path in (root / "transcripts" / name, root / name):
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return path
    return None


def _missing(session: str, name: str) -> dict[str, Any]:
    return {
        "file": name,
        "what": "The transcript is not in the study folder.",
        "where": f"sessions.csv, session {session}",
        "remedy": "Put it into transcripts/, or mend its name.",
        "code": int(Exit.INPUT),
    }
