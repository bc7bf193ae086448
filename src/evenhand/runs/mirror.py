"""`evenhand mirror`: does the room, and does the treatment, follow the social ladder?"""

from __future__ import annotations

import json as _json
from collections.abc import Callable, Mapping
from pathlib import Path

from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._counts_file import is_counts
from evenhand.runs._mirror_counts import CountsResult, mirror_table
from evenhand.study.store import write_bytes


def mirror(
    path: str | Path,
    *,
    direction: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    json: str | Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> CountsResult:
    """Look into the mirror of a table of counts.

    Args:
        path: a table of counts (CSV, Parquet).
        direction: for a ladder whose labels do not say it: axis to ``LABEL-least``,
            ``LABEL-most`` or ``none``.
        columns: ours to theirs, for a table with other names.
        json: a file for the findings.
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
    if not columns and not is_counts(path):
        raise EvenhandError(
            "The file is no table of counts.",
            path.name,
            "Its columns should be period, axis, group and counts; name them with --columns.",
        )
    result = mirror_table(path, direction=direction, columns=columns)
    if json is not None:
        text = _json.dumps(result.as_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        write_bytes(Path(json), text.encode())
    return result
