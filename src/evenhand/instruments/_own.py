"""What a study brings of its own, and everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.instruments._contract import Instrument
from evenhand.instruments._examples import example_problems
from evenhand.instruments._library import all_instruments, instrument_files, load_own
from evenhand.instruments._load import file_problems
from evenhand.instruments._wording import FOLDER, wording_problems


def read_own(study: Path) -> tuple[tuple[Instrument, ...], list[EvenhandError]]:
    """A study's own instruments, and all that is wrong with its folder of them.

    Args:
        study: the study's folder.

    Returns:
        The instruments that can be used together with ours, and an error for each part of a
        file that cannot be read, each name that two instruments share, each worked example that
        does not come out, and each file of wording that is not as it should be.
    """
    found: list[Instrument] = []
    problems: list[EvenhandError] = []
    for path in instrument_files(study):
        wrong = file_problems(path, f"{FOLDER}/{path.name}")
        if wrong:
            problems += wrong
            continue
        own = load_own(path)
        try:
            all_instruments([*found, own])
        except EvenhandError as error:
            problems.append(error)
        else:
            found.append(own)
            problems += example_problems(own)
    problems += wording_problems(study, all_instruments(found))
    return tuple(found), problems
