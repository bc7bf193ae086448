"""Files of wording and instruments that an import writes, looked at before they are written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Instrument, all_instruments, instrument_from

FOLDER = "instruments"


def new_wording(
    root: Path, wording: Mapping[str, str], own: Sequence[Instrument]
) -> dict[Path, str]:
    """Files that are not there yet, path to text.

    Args:
        root: the study's folder.
        wording: file name to text.
        own: the study's own instruments, with which a new one must get on.

    Raises:
        EvenhandError: a file of the same name says something else, or a Questionnaire cannot be
            made an instrument.
    """
    found: dict[Path, str] = {}
    for name, text in wording.items():
        path = root / FOLDER / name
        if not path.exists():
            _check(name, text, own)
            found[path] = text
        elif path.read_text(encoding="utf-8-sig") != text:
            raise EvenhandError(
                "There is a file of that name already, and it says something else.",
                f"{FOLDER}/{name}",
                "Take it away, or rename it; an import never writes over it.",
            )
    return found


def _check(name: str, text: str, own: Sequence[Instrument]) -> None:
    """Refuse an instrument that would leave the study with a file that cannot be used."""
    given = tomllib.loads(text)
    if "wording_of" in given:
        return
    try:
        all_instruments([*own, instrument_from(given, f"{FOLDER}/{name}")])
    except EvenhandError as error:
        raise EvenhandError(
            f"The Questionnaire cannot be made an instrument: {error.what}",
            error.where,
            f"Mend the Questionnaire, or write a TOML by hand. {error.remedy}",
        ) from None
