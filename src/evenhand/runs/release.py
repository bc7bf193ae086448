"""`evenhand release`: disclosure-controlled tables as CSV, Parquet and a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.release.engine import release_tables
from evenhand.release.ledger import open_ledger
from evenhand.release.released import ReleasedTable
from evenhand.runs._release_page import release_page
from evenhand.study.folder import load_study
from evenhand.study.store import write_bytes, write_table, writing

PART = ".release.part"
"""A folder for files that are not all there yet."""


@dataclass(frozen=True)
class Release:
    """What left: tables that passed, and the files that hold them.

    Args:
        tables: the released tables, in the order of study.toml.
        files: the files that were written; none without `out`.
        ledger: the ledger that recorded the release.
    """

    tables: tuple[ReleasedTable, ...]
    files: tuple[Path, ...]
    ledger: Path

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: names, files, and how many figures are shown and withheld."""
        return {
            "tables": [{"name": t.name, "title": t.title, **shown_n(t)} for t in self.tables],
            "files": [str(f) for f in self.files],
            "ledger": str(self.ledger),
        }


def shown_n(table: ReleasedTable) -> dict[str, int]:
    """How many rows of a table are shown, and how many withheld."""
    if table.kind == "published":
        return {"shown": table.frame.height, "withheld": 0}
    shown = int((table.frame["status"] == "shown").sum())
    return {"shown": shown, "withheld": table.frame.height - shown}


def release(
    study: str | Path,
    *tables: str,
    out: str | Path | None = None,
    head: str | Path | None = None,
) -> Release:
    """Release tables of groups: the only way by which a figure of a group gets out.

    Each release is checked together with all earlier ones, which the study's ledger holds. What
    could tell on somebody is withheld; counts are rounded.

    Args:
        study: a study folder.
        tables: names under ``[release.tables]`` in its study.toml.
        out: a folder for a CSV, a Parquet and a page each; none are written without.
        head: a file for the ledger's head, best kept on another disk.

    Returns:
        The released tables and the files.

    Raises:
        EvenhandError: a table that is not declared, input that cannot be counted, or a ledger
            that is lost or was altered.
    """
    root = Path(study)
    loaded = load_study(root)
    at = None if out is None else Path(out)
    if at is not None and at.exists() and not at.is_dir():
        raise EvenhandError("--out is a file.", str(at), "Name a folder.", Exit.USAGE)
    with open_ledger(root, None if head is None else Path(head)) as ledger:
        found = tuple(release_tables(loaded, tables, ledger))
        files = () if at is None else tuple(_written(found, at, loaded.title))
        return Release(found, files, ledger.path)


def _written(tables: Sequence[ReleasedTable], out: Path, title: str) -> list[Path]:
    """Write the files of all tables beside their place first: all of them get there, or none."""
    part = out / PART
    try:
        names = [name for table in tables for name in _files_of(table, part, title)]
        with writing(out):
            for name in names:
                os.replace(part / name, out / name)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [out / name for name in names]


def _files_of(table: ReleasedTable, folder: Path, title: str) -> list[str]:
    stem = _stem(table.name)
    names = [f"{stem}.csv", f"{stem}.parquet", f"{stem}.html"]
    write_bytes(folder / names[0], _csv(table.frame).encode())
    write_table(folder / names[1], table.frame)
    write_bytes(folder / names[2], release_page(table, title).encode())
    return names


def _stem(name: str) -> str:
    from evenhand.reports.paths import file_stems

    return file_stems([name])[name]


def _csv(frame: pl.DataFrame) -> str:
    """The table as CSV; a text that a spreadsheet would take for a formula is quoted as text."""
    text = pl.col(pl.String)
    safe = frame.with_columns(
        pl.when(text.str.contains(r"^[=+\-@\t\r]")).then("'" + text).otherwise(text).name.keep()
    )
    file = StringIO()
    safe.write_csv(file)
    return file.getvalue()
