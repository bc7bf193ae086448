"""Several files of a study written together: all of them, or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from evenhand.study.store import writing


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write all files beside their targets first, and only then put them in their places.

    A full disk is met while the new files are written, when the old ones still stand.

    Args:
        files: path to its bytes.

    Raises:
        EvenhandError: full disk, no permission, read-only folder; no target was changed.
    """
    parts = {path: path.with_name(f".{path.name}.part") for path in files}
    try:
        for path, part in parts.items():
            with writing(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as handle:
                    handle.write(files[path])
                    handle.flush()
                    os.fsync(handle.fileno())
        for path, part in parts.items():
            with writing(path):
                os.replace(part, path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
