"""A TOML file of ours or of a study's, and where it cannot be read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError


def read_toml(path: Path, called: str = "") -> dict[str, Any]:
    """A TOML file as a dict.

    Args:
        path: the file.
        called: what it is called where it cannot be read; its name by default.

    Raises:
        EvenhandError: it is no TOML, with its line.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        at = str(error).partition("(at ")[2].rstrip(")")
        name = called or path.name
        where = f"{name}, {at}" if at.startswith("line") else name
        raise EvenhandError(
            f"{path.name} cannot be read as TOML.", where, "Mend that line; strings need quotes."
        ) from None
