"""`evenhand check`: everything wrong with the input, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.core.problems import PROBLEMS, shortened
from evenhand.core.roles import NOBODY, unknown_speakers
from evenhand.instruments import read_own
from evenhand.positions import hierarchy_problem, position_problems
from evenhand.readers import flags
from evenhand.runs.inputs import find_inputs
from evenhand.study.folder import TABLES, Study, is_study, load_study, read_config, read_study_table
from evenhand.study.plan import Settings
from evenhand.study.ratings_check import table_problems
from evenhand.study.store import writing
from evenhand.study.work import read_source

MOST = 40
"""Rows with the same thing wrong that are listed one by one."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and the remedy; ``rows``, in how many rows."""

    what: str
    where: str
    remedy: str
    fatal: bool = True
    rows: int = 1

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def check_study(root: Path, everything: Path | None = None) -> list[Problem]:
    """Look at a study folder, or at single files, and list all that is wrong.

    Args:
        root: the folder or file.
        everything: a CSV to write with every problem in a row of its own.

    Returns:
        All problems. Of the same thing wrong in more than `MOST` rows of a file, the first
        ones, and how many more there are: a million lines would hide what else is wrong.

    Raises:
        EvenhandError: there is no such folder or file, or the CSV cannot be written.
    """
    parts = list(_problems_in(root))
    if everything is not None:
        _write(pl.concat(parts) if parts else _as_rows([]), everything)
    found: list[Problem] = []
    for fatal, rows in _together(parts):
        told = shortened(rows, MOST).select("what", "where", "remedy", pl.lit(fatal), "rows")
        found += [Problem(*one) for one in told.iter_rows()]
    return found


def _together(parts: Sequence[pl.DataFrame]) -> Iterator[tuple[bool, pl.DataFrame]]:
    """Neighbouring parts that weigh the same."""
    for fatal, some in groupby((p for p in parts if p.height), lambda part: part["fatal"][0]):
        yield bool(fatal), pl.concat(list(some))


def _write(problems: pl.DataFrame, path: Path) -> None:
    with writing(path):
        problems.drop("kind").write_csv(path)


def _as_rows(problems: Iterable[Problem]) -> pl.DataFrame:
    """Problems as rows of `PROBLEMS`, with ``fatal``."""
    rows = [(p.what, p.where, p.remedy, p.what, p.fatal) for p in problems]
    return pl.DataFrame(rows, schema=dict(PROBLEMS) | {"fatal": pl.Boolean}, orient="row")


def _problems_in(root: Path) -> Iterator[pl.DataFrame]:
    """Everything wrong, in parts in the order in which it is told; in each all weighs the same."""
    if root.is_dir() and is_study(root):
        instruments = [_problem(error) for error in read_own(root)[1]]
        broken = list(_broken_tables(root))
        if broken:
            yield _as_rows([*broken, *instruments])
            return
        yield _as_rows(instruments)
    inputs = find_inputs([root])
    yield _as_rows(Problem(e["what"], e["where"], e["remedy"]) for e in inputs.errors)
    yield _as_rows(Problem(n, root.name, "Nothing to do.", fatal=False) for n in inputs.notes)
    if inputs.study is not None:
        found = table_problems(inputs.study)
        yield from (rows.with_columns(fatal=pl.lit(True)) for rows in found.wrong)
        yield from (rows.with_columns(fatal=pl.lit(False)) for rows in found.doubtful)
        yield from (_as_rows([one]) for one in _in_positions(inputs.study))
    settings = Settings(speakers={})
    for source in inputs.sources:
        yield from (_as_rows([one]) for one in _in_transcript(source, settings))


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
    from evenhand.runs._mirror_plan import read_plan

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
