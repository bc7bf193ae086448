"""`evenhand mirror`: does the room, and does the treatment, follow the social ladder?"""

from __future__ import annotations

import json as _json
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._counts_file import is_counts
from evenhand.runs._mirror_counts import CountsResult, mirror_table
from evenhand.runs._mirror_study import StudyMirror, mirror_study
from evenhand.study.store import write_bytes


def mirror(
    path: str | Path,
    *,
    direction: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    json: str | Path | None = None,
    out: str | Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> CountsResult | StudyMirror:
    """Look into the mirror of a study, or of a table of counts.

    Args:
        path: a study folder, or a table of counts (CSV, Parquet).
        direction: for a ladder whose labels do not say it: axis to ``LABEL-least``,
            ``LABEL-most`` or ``none``.
        columns: ours to theirs, for a table with other names.
        json: a file for the findings.
        out: for a study: a folder for its page, ``mirror.html``. Everything on it is released, and
            the findings are then those of the last whole quarter.
        progress: called with what is done, how much of it, and of how much.

    Returns:
        The findings; ``as_dict()`` is what the file holds.

    Raises:
        EvenhandError: it is not there, it is neither, or it cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise EvenhandError(
            "There is no such file or folder.", str(path), "Look at its spelling.", Exit.USAGE
        )
    result: CountsResult | StudyMirror
    if path.is_dir():
        _no_table_options(direction, columns)
        result = _study(path, out, progress or _quiet)
    else:
        _no_page(out)
        result = _counts(path, direction, columns)
    if json is not None:
        found = finite(result.as_dict())
        text = _json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
        write_bytes(Path(json), text.encode())
    return result


def _study(
    path: Path, out: str | Path | None, progress: Callable[[str, int, int], None]
) -> StudyMirror:
    if out is None:
        return mirror_study(path, progress)
    if Path(out).is_file():
        raise EvenhandError("--out is a file.", str(out), "Name a folder.", Exit.USAGE)
    from evenhand.runs._mirror_page import mirror_with_page

    return mirror_with_page(path, Path(out), progress)[0]


def _no_page(out: str | Path | None) -> None:
    if out is not None:
        raise EvenhandError(
            "A table of counts has no page.",
            "--out",
            "Write its findings with --json; a page is made of a study.",
            Exit.USAGE,
        )


def finite(found: Any) -> Any:
    """JSON knows no infinity: an end that is without end is null."""
    if isinstance(found, dict):
        return {key: finite(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [finite(value) for value in found]
    if isinstance(found, float) and not isfinite(found):
        return None
    return found


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def _counts(
    path: Path, direction: Mapping[str, str] | None, columns: Mapping[str, str] | None
) -> CountsResult:
    if not columns and not is_counts(path):
        raise EvenhandError(
            "The file is no table of counts.",
            path.name,
            "Its columns should be period, axis, group and counts; name them with --columns.",
        )
    return mirror_table(path, direction=direction, columns=columns)


def _no_table_options(
    direction: Mapping[str, str] | None, columns: Mapping[str, str] | None
) -> None:
    if direction or columns:
        raise EvenhandError(
            "--direction and --columns are for a table of counts.",
            "--direction, --columns",
            "A study says in study.toml which end of a ladder is which.",
            Exit.USAGE,
        )
