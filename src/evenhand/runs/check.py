"""`evenhand check`: everything wrong with the input, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError
from evenhand.core.roles import NOBODY, unknown_speakers
from evenhand.instruments import read_own
from evenhand.positions import hierarchy_problem, position_problems
from evenhand.readers import flags
from evenhand.runs.inputs import find_inputs
from evenhand.study.folder import TABLES, Study, is_study, load_study, read_config, read_study_table
from evenhand.study.plan import Settings
from evenhand.study.ratings_check import table_problems
from evenhand.study.work import read_source

MOST = 40
"""Rows with the same thing wrong that are listed one by one."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and the remedy."""

    what: str
    where: str
    remedy: str
    fatal: bool = True

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def check_study(root: Path) -> list[Problem]:
    """Look at a study folder, or at single files, and list all that is wrong.

    Raises:
        EvenhandError: there is no such folder or file.
    """
    problems: list[Problem] = []
    if root.is_dir() and is_study(root):
        problems += [_problem(error) for error in read_own(root)[1]]
        broken = list(_broken_tables(root))
        if broken:
            return [*broken, *problems]
    inputs = find_inputs([root])
    problems += [Problem(e["what"], e["where"], e["remedy"]) for e in inputs.errors]
    problems += [Problem(note, root.name, "Nothing to do.", fatal=False) for note in inputs.notes]
    if inputs.study is not None:
        found = table_problems(inputs.study)
        problems += [_problem(error) for error in found.wrong]
        problems += [_problem(error, fatal=False) for error in found.doubtful]
        problems += _in_positions(inputs.study)
    settings = Settings(speakers={})
    for source in inputs.sources:
        problems += _in_transcript(source, settings)
    return _shortened(problems)


def _shortened(problems: Sequence[Problem]) -> list[Problem]:
    """The same thing wrong in very many rows of a file: the first rows, and where the others are.

    A column in other numbers is one slip, and a million lines would hide what else is wrong.
    """
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for one in problems:
        key = (one.what, _file_of(one), one.remedy, str(one.fatal))
        groups.setdefault(key, []).append(one)
    shown: list[Problem] = []
    for same in groups.values():
        shown += same[:MOST]
        if others := same[MOST:]:
            first, last = others[0].where, others[-1].where.removeprefix(_file_of(others[-1]))
            where = f"{first} to {last.lstrip(', ')}"
            what = f"{len(others):,} more of the same: {others[0].what}"
            shown.append(replace(others[0], what=what, where=where))
    return shown


def _file_of(problem: Problem) -> str:
    return problem.where.partition(",")[0]


def _problem(error: EvenhandError, fatal: bool = True) -> Problem:
    return Problem(error.what, error.where, error.remedy, fatal)


def _broken_tables(root: Path) -> Iterator[Problem]:
    """Tables that cannot be read at all, each by itself, so that one does not hide another."""
    broken = [*_tried(read_config, root)]
    for name in TABLES:
        broken += _tried(read_study_table, root, name)
    yield from broken or _tried(load_study, root)


def _tried(read: Callable[..., object], *given: Any) -> list[Problem]:
    try:
        read(*given)
    except EvenhandError as error:
        return [_problem(error)]
    return []


def _in_positions(study: Study) -> list[Problem]:
    """Positions, the ladder that the study claims, and what its mirror is told to do."""
    from evenhand.runs._mirror_study import read_plan

    found: list[Problem] = []
    if study.people is not None:
        doubts = position_problems(study.people, study.config)
        found += [Problem(d.what, d.where, d.remedy, d.fatal) for d in doubts]
    ladder = hierarchy_problem(study.config)
    found += [_problem(ladder)] if ladder is not None else []
    return [*found, *_tried(read_plan, study.config)]


def _in_transcript(source: Any, settings: Settings) -> list[Problem]:
    with flags() as doubts:
        try:
            turns = read_source(source, settings)
        except EvenhandError as error:
            name = source.path.name
            where = error.where if name in error.where else f"{name}, {error.where}"
            return [Problem(error.what, where.rstrip(", "), error.remedy)]
    found = [
        Problem(doubt, source.path.name, "Look at those places; mend the file.", fatal=False)
        for doubt in doubts
    ]
    unknown = unknown_speakers(turns)
    if unknown.is_empty():
        return found
    labels = ", ".join(unknown["speaker"].fill_null(NOBODY).to_list()[:6])
    return [
        *found,
        Problem(
            f"Speakers outside the pair: {labels}. They enter no tilt.",
            source.path.name,
            "Nothing to do, if they are neither therapist nor client.",
            fatal=False,
        ),
    ]
