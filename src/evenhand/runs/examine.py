"""`evenhand examine`: from files to readings, with the turns that show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError, Exit
from evenhand.core.roles import check_names
from evenhand.readers.table import scan_turns
from evenhand.runs._study_release import GroupFigures, study_figures
from evenhand.runs.following import follow
from evenhand.runs.inputs import Inputs, find_inputs
from evenhand.runs.manifest import doubts_of, notes_of, write_manifest
from evenhand.study.consent import sessions_without
from evenhand.study.engines import find_engine
from evenhand.study.finish import (
    dyads,
    lay_out,
    pooled_readings,
    study_options,
    write_readings,
)
from evenhand.study.plan import Part, Settings, hashed, parts_of_files, parts_of_table
from evenhand.study.ratings_scored import lay_out_no_sessions, write_scores
from evenhand.study.ready import NOTE, ready_file, ready_part
from evenhand.study.spool import spool_table
from evenhand.study.store import sha256_of, write_table, writing
from evenhand.study.work import Done, as_record, find_coder, run_part

if TYPE_CHECKING:
    from evenhand.runs.course import Course

Progress = Callable[[str, int, int], None]
"""Told (what is being done, how much is done, of how much)."""

TABLES = ("turns", "codes", "readings", "pooled", "evidence", "rates")


@dataclass(frozen=True)
class Examination:
    """What `examine` found: tables on disk, read when they are asked for."""

    out: Path
    title: str
    errors: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    report: Path | None = None
    course: Course | None = field(default=None, repr=False)
    figures: GroupFigures = field(default=GroupFigures(), repr=False)

    def _table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.out / f"{name}.parquet")

    @cached_property
    def turns(self) -> pl.DataFrame:
        """A row a turn (`tables.TURNS`)."""
        return self._table("turns")

    @cached_property
    def codes(self) -> pl.DataFrame:
        """A row a hit (`tables.CODES`)."""
        return self._table("codes")

    @cached_property
    def readings(self) -> pl.DataFrame:
        """A row a session and indicator (`tables.READINGS`)."""
        return self._table("readings")

    @cached_property
    def pooled(self) -> pl.DataFrame:
        """A row a dyad or study and indicator (`tables.POOLED`)."""
        return self._table("pooled")

    @cached_property
    def evidence(self) -> pl.DataFrame:
        """The turns behind each number (`tables.EVIDENCE`)."""
        return self._table("evidence")

    @cached_property
    def rates(self) -> pl.DataFrame:
        """Each role's own rate with its interval (`tables.RATES`)."""
        return self._table("rates")

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """A row a session, rater, instrument and scale (`ratings_scored.RATINGS`)."""
        return self._table("ratings")

    @property
    def exit_code(self) -> Exit:
        """0, or 3 where some files could not be read."""
        return Exit.PARTIAL if self.errors else Exit.OK

    def _repr_html_(self) -> str:
        from evenhand.runs.display import notebook_html

        return notebook_html(self)


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def examine(
    *paths: str | Path,
    out: str | Path | None = None,
    speakers: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    coders: Sequence[str] = (),
    pair: tuple[str, str] | None = None,
    for_person: str | None = None,
    report: bool = True,
    pages: int = 400,
    engine: str = "local",
    progress: Progress = _quiet,
) -> Examination:
    """Read sessions, and show who holds what in the room with the turns that prove it.

    Args:
        paths: one study folder, or any number of transcripts and tables of turns.
        out: where results go; by default ``STUDY/evenhand-out`` or ``NAME.evenhand``.
        speakers: label in the file to role (``{"Dana Lee": "therapist"}``).
        roles: another pair of roles (``{"therapist": "justice", "client": "advocate"}``).
        columns: our column name to the table's own.
        coders: coders besides ``rules``: names, or paths of models made by `train`.
        pair: the two speakers to look at, therapist's side first, where there are more.
        for_person: a person_id of the study; what they may see is shown to them.
        report: whether to write ``report/index.html``.
        pages: session pages to write at most.
        engine: where partitions run: ``local``, ``dask`` or ``spark``.
        progress: called as work goes on.

    Returns:
        `Examination`, whose tables are read from disk when asked for.

    Raises:
        EvenhandError: nothing could be read, or an option is wrong. A bad file among many is
            no exception: it is in ``errors``.
    """
    inputs = find_inputs([Path(p) for p in paths])
    folder = Path(out) if out is not None else inputs.default_out
    settings = _settings(inputs, speakers, roles, columns, coders, pair)
    _check_person(inputs, for_person)
    inputs, parts, failed = _plan(inputs, settings, folder, progress)
    done = _run(parts, settings, folder, engine, progress)
    done += _ready(inputs, folder)
    if done:
        _refuse_doubles(done)
        check_names(settings.speakers, {label for d in done for label in d.labels})
    errors = [*inputs.errors, *failed, *(e for d in done for e in d.errors)]
    scores = _score(inputs, folder, errors)
    if not scores:
        _refuse_nothing(inputs, done, errors)
    result = _finish(inputs, settings, folder, done, errors, scores, report, progress)
    if report:
        from evenhand.runs.telling import write_report

        page = write_report(result, inputs, for_person, settings.roles_told(), pages, progress)
        return replace(result, report=page)
    return result


def _settings(
    inputs: Inputs,
    speakers: Mapping[str, str] | None,
    roles: Mapping[str, str] | None,
    columns: Mapping[str, str] | None,
    coders: Sequence[str],
    pair: tuple[str, str] | None,
) -> Settings:
    named = ["rules", *(inputs.study.coders if inputs.study else ()), *coders]
    names = tuple(dict.fromkeys(named))
    for name in names:
        find_coder(name, roles)
    hashes = tuple(sha256_of(Path(n)) for n in names if n not in discover("coder"))
    return Settings(
        roles=dict(roles) if roles else None,
        columns=dict(columns) if columns else None,
        speakers=dict(speakers or {}),
        coders=names,
        coder_hashes=hashes,
        pair=pair,
    )


def _check_person(inputs: Inputs, person: str | None) -> None:
    if person is None:
        return
    people = inputs.study.people if inputs.study else None
    if people is None or person not in set(people["person_id"]):
        raise EvenhandError(
            "There is no such person in this study.",
            "--for",
            "Give a person_id of people.csv.",
            Exit.USAGE,
        )


def _plan(
    inputs: Inputs, settings: Settings, folder: Path, progress: Progress
) -> tuple[Inputs, list[Part], list[dict[str, Any]]]:
    """Inputs with their readers' doubts, partitions, errors; tables are spooled on the way."""
    with writing(folder):
        (folder / ".work").mkdir(parents=True, exist_ok=True)
    key = settings.key()
    progress("Looking at the files", 0, 1)
    parts = parts_of_files(hashed(inputs.sources), key)
    failed: list[dict[str, Any]] = []
    doubts: list[str] = []
    for path in inputs.tables:
        progress("Reading the table", 0, 1)
        try:
            digest = sha256_of(path)
            spool = spool_table(
                path, settings.columns, folder / ".work" / "spool", digest, scan_turns
            )
        except EvenhandError as error:
            if len(inputs.tables) + len(inputs.sources) == 1:
                raise
            failed.append(as_record(error, path.name))
            continue
        doubts += spool.doubts
        parts += parts_of_table(
            spool.table, spool.bounds, key, f"{digest} {path.name}", first=len(parts)
        )
    return replace(inputs, notes=[*inputs.notes, *doubts_of(doubts)]), parts, failed


def _one(part: Part, settings: Settings, work: Path) -> Done:
    return run_part(part, settings, work / f"part-{part.index:05d}")


def _run(
    parts: list[Part], settings: Settings, folder: Path, engine: str, progress: Progress
) -> list[Done]:
    """Each partition once; finished ones of an earlier run are used as they are."""
    total, reached = sum(p.size for p in parts), 0
    one = partial(_one, settings=settings, work=(folder / ".work").resolve())
    progress("Reading and counting", 0, total)
    done = []
    for part, result in zip(parts, find_engine(engine)(one, parts), strict=True):
        done.append(result)
        reached += part.size
        progress("Reading and counting", reached, total)
    return done


def _ready(inputs: Inputs, folder: Path) -> list[Done]:
    """Ready-made readings as a partition of their own."""
    ready = ready_file(inputs.study)
    if ready is None:
        return []
    work = folder / ".work" / "ready"
    return [ready_part(ready, work, discover("indicator"), _without_consent(inputs))]


def _without_consent(inputs: Inputs) -> pl.Series:
    """The session_id of sessions that may be used for nothing."""
    return sessions_without(inputs.study.sessions if inputs.study else None)


def _refuse_doubles(done: Sequence[Done]) -> None:
    """Refuse a session that two inputs bring: it would be counted twice, or mixed."""
    ids = pl.concat([pl.read_parquet(d.table("facts"), columns=["session_id"]) for d in done])
    twice = ids.filter(ids["session_id"].is_duplicated())["session_id"].unique(maintain_order=True)
    if len(twice):
        more = f" and {len(twice) - 5:,} more" if len(twice) > 5 else ""
        raise EvenhandError(
            f"{len(twice):,} sessions come from two files.",
            f"session {', '.join(twice[:5])}{more}",
            "Give each session a name of its own, or leave one of the files out.",
        )


def _score(inputs: Inputs, folder: Path, errors: list[dict[str, Any]]) -> int:
    """Score the ratings; ratings that are wrong are told as a file that could not be read."""
    try:
        return write_scores(inputs.study, folder)
    except EvenhandError as error:
        if error.code == Exit.DISK:
            raise
        errors.append(as_record(error, "ratings.csv"))
        return 0


def _refuse_nothing(
    inputs: Inputs, done: Sequence[Done], errors: Sequence[Mapping[str, Any]]
) -> None:
    """One error where not a single session could be read."""
    if any(d.notes["sessions"] for d in done):
        return
    without = len(_without_consent(inputs))
    if without and not errors:
        raise EvenhandError(
            f"Nothing may be read: {without:,} sessions have no consent on record.",
            "sessions.csv, column consent",
            "Write yes where it was given, or take the column out where consent is kept elsewhere.",
        )
    if not errors:
        raise EvenhandError(
            "There is no transcript to read, and no rating.",
            "",
            "Put transcripts into transcripts/ and name them in sessions.csv, or fill in "
            "ratings.csv.",
        )
    first = errors[0]
    where = first["where"] or first["file"]
    if first["file"] not in where:
        where = f"{first['file']}, {where}"
    more = f" ({len(errors)} files have errors.)" if len(errors) > 1 else ""
    raise EvenhandError(first["what"] + more, where, first["remedy"], Exit(first["code"]))


def _finish(
    inputs: Inputs,
    settings: Settings,
    folder: Path,
    done: list[Done],
    errors: list[dict[str, Any]],
    scores: int,
    report: bool,
    progress: Progress,
) -> Examination:
    """Readings and outputs, once all partitions are there."""
    progress("Working out the readings", 0, 1)
    if done:
        _read(inputs, settings, folder, done)
    else:
        lay_out_no_sessions(folder)
    counts = {
        name: sum(d.notes[name] for d in done)
        for name in ("sessions", "turns", "repeats", "untimed", "unpunctuated")
    }
    counts["scores"] = scores
    course, why = follow(inputs.study, folder, scores, progress)
    doubts = [doubt for d in done for doubt in d.doubts]
    made = [NOTE] if ready_file(inputs.study) else []
    # Figures of the group are for the report alone: without one nothing leaves.
    figures = study_figures(inputs.study, course) if report else GroupFigures()
    errors += [figures.error] if figures.error else []
    unsaid = [f"There is no group figure: {figures.refused}"] if figures.told else []
    notes = [*inputs.notes, *notes_of(counts), *made, *why, *doubts_of(doubts), *unsaid]
    write_manifest(inputs, settings, folder, counts, errors, notes)
    progress("Working out the readings", 1, 1)
    return Examination(
        folder,
        inputs.title,
        tuple(errors),
        tuple(notes),
        counts,
        course=course,
        figures=figures,
    )


def _read(inputs: Inputs, settings: Settings, folder: Path, done: list[Done]) -> None:
    """Readings of each session, dyad and the study, and the tables where users look for them."""
    indicators, options = discover("indicator"), study_options(done, settings)
    write_readings(done, indicators, options)
    pooled = pooled_readings(done, dyads(inputs.study), indicators, options)
    lay_out(done, folder)
    write_table(folder / "pooled.parquet", pooled)
