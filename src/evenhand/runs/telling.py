"""From an examination's tables to its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.instruments import own_instruments
from evenhand.reports.context import MOST_PAGES, ReportData
from evenhand.reports.disagreements import PATTERN, read_disagreements
from evenhand.reports.render import render_report
from evenhand.runs._mirror_link import NAME as MIRROR
from evenhand.runs._mirror_link import mirror_note
from evenhand.runs.inputs import Inputs
from evenhand.study.folder import Study
from evenhand.study.store import parquet_source, writing
from evenhand.study.work import unpunctuated

if TYPE_CHECKING:
    from evenhand.runs.examine import Examination, Progress


NO_PUNCTUATION = (
    "This transcript has no punctuation, as raw speech recognition leaves it. Questions are told "
    "by their first words alone, so that some are missed and some are none; where one sentence "
    "ends and whether a turn broke off cannot be seen."
)
"""What a transcript without punctuation costs."""


def _source(result: Examination, name: str) -> str:
    return parquet_source(result.out / f"{name}.parquet")


def _shown_sessions(
    result: Examination, study: Study | None, for_person: str | None, most: int
) -> pl.Series:
    """The sessions that get a page, in the study's order; the reader's own come first."""
    ids = pl.scan_parquet(_source(result, "readings")).select("session_id")
    ids = ids.unique(maintain_order=True)
    who = ("client_id", "therapist_id")
    if for_person and study is not None and study.sessions is not None:
        sides = [pl.col(name) == for_person for name in who if name in study.sessions.columns]
        own = study.sessions.filter(pl.any_horizontal(pl.lit(False), *sides))["session_id"]
        ids = ids.sort(~pl.col("session_id").is_in(own.implode()), maintain_order=True)
    return ids.head(most).collect()["session_id"]


def _tables(result: Examination, shown: pl.Series) -> dict[str, Any]:
    """The tables of the sessions that are shown; nothing of the others is loaded."""
    names = ("turns", "codes", "readings", "evidence", "rates")
    keep = pl.col("session_id").is_in(shown.implode())
    found = {n: pl.scan_parquet(_source(result, n)).filter(keep).collect() for n in names}
    return found | {"pooled": result.pooled}


OF_DYADS = ("sessions", "ruptures", "not_on_track")
"""Tables of treatments of which a page shows a dyad's own rows."""


def course_tables(
    result: Examination, study: Study | None, for_person: str | None
) -> dict[str, pl.DataFrame]:
    """Treatments over time as pages show them: nothing of a group, chances only to their own.

    Args:
        result: of the examination.
        study: its study.
        for_person: whose report it is; a chance of leaving goes to the dyad's own therapist.
    """
    course = result.course
    if course is None or study is None:
        return {}
    found = {n: t for n in OF_DYADS if (t := course.tables.get(n)) is not None}
    return found | dict(course.predictions_for(for_person))


def _ratings(study: Study | None, shown: pl.Series) -> pl.DataFrame | None:
    """Answers of the sessions that are shown; all of a study that has no transcript."""
    if study is None or not study.rated:
        return None
    if len(shown):
        return study.ratings_of(shown)
    return study.ratings


def _scores(result: Examination) -> pl.DataFrame | None:
    """The ratings, scored, where there are any."""
    return result.ratings if (result.out / "ratings.parquet").is_file() else None


def transcript_notes(turns: pl.DataFrame) -> dict[str, list[str]]:
    """What is to be known of single transcripts: session_id to sentences."""
    return {one: [NO_PUNCTUATION] for one in unpunctuated(turns)}


def find_disagreements(inputs: Inputs, out: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """What people said against earlier pages, and a note for each file that cannot be read.

    The files lie in the study folder, beside the examined file, or in the output folder.
    """
    folders = {out.resolve(), out.resolve().parent}
    if inputs.study is not None:
        folders.add(inputs.study.root.resolve())
    entries: list[dict[str, Any]] = []
    notes: list[str] = []
    for path in sorted({p for folder in folders for p in folder.glob(PATTERN)}):
        try:
            entries += read_disagreements(path)
        except EvenhandError as error:
            notes.append(f"{error.where}: {error.what} It was left out.")
    return entries, notes


def write_report(
    result: Examination,
    inputs: Inputs,
    for_person: str | None,
    roles: dict[str, str] | None = None,
    pages: int = MOST_PAGES,
    progress: Progress | None = None,
) -> Path:
    """Write ``report/index.html`` and a page for each dyad and session.

    Returns:
        The path of the first page.

    Raises:
        EvenhandError: the folder cannot be written.
    """
    shown = _shown_sessions(result, inputs.study, for_person, pages)
    entries, notes = find_disagreements(inputs, result.out)
    left = result.counts["sessions"] - len(shown)
    if left > 0:
        notes.append(f"{left:,} more sessions have no page here; their numbers are in the tables.")
    study, tables = inputs.study, _tables(result, shown)
    own_notes = transcript_notes(tables["turns"])
    folder = result.out / "report"
    notes += mirror_note(study, folder)
    data = ReportData(
        title=result.title,
        indicators=discover("indicator"),
        sessions=study.sessions if study else None,
        people=study.people if study else None,
        ratings=_ratings(study, shown),
        scores=_scores(result),
        instruments=own_instruments(study.root) if study else (),
        course=course_tables(result, study, for_person),
        released=result.figures.tables,
        not_released=result.figures.refused,
        notes=[*result.notes, *notes],
        session_notes=own_notes,
        errors=result.errors,
        disagreements=entries,
        roles=roles or {},
        for_person=for_person,
        most_pages=pages,
        mirror=MIRROR if (folder / MIRROR).is_file() else "",
        **tables,
    )
    with writing(folder):
        return render_report(data, folder, progress)[0]
