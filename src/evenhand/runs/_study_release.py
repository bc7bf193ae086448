"""Group figures of the study page: a lattice of Evenhand's own, through the study's ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.folder import Study
from evenhand.study.work import as_record

if TYPE_CHECKING:
    from evenhand.release.released import ReleasedTable
    from evenhand.runs.course import Course


@dataclass(frozen=True)
class GroupFigures:
    """What of a group a study page may show, or why it shows nothing.

    Args:
        tables: released tables, none where nothing may leave.
        refused: why not, as it goes on after "There is no group figure:"; "" where there are
            tables, or nothing to say.
        told: whether that is to be said outside of the page, too.
        error: the same as a record, where the ledger does not allow a release.
    """

    tables: tuple[ReleasedTable, ...] = ()
    refused: str = ""
    told: bool = False
    error: dict[str, Any] | None = None


def study_figures(study: Study | None, course: Course | None) -> GroupFigures:
    """Release how treatments ended and who reliably improved, for the page of a study.

    The same snapshot releases the same again, and adds nothing to the ledger. A clinic that is
    too small has no ledger made for it.

    Args:
        study: None where files were examined that are no study.
        course: its treatments, which say by what silence they end and which scales there are.

    Returns:
        `GroupFigures`. A ledger that is lost or was altered is an ``error`` in it.
    """
    if study is None or course is None:
        return GroupFigures()
    try:
        if small := too_small(study):
            return GroupFigures(refused=small)
    except EvenhandError as error:
        return GroupFigures(refused=f"{error.what} {error.remedy}", told=True)
    try:
        return GroupFigures(_released(study, course))
    except EvenhandError as error:
        said = f"{error.what} {error.remedy}"
        if error.code == Exit.DISK:  # a study that may only be read is examined all the same
            return GroupFigures(refused=said, told=True)
        return GroupFigures(refused=said, error=as_record(error, ".evenhand/ledger"))


def too_small(study: Study) -> str:
    """Why a study is too small for figures of groups, with what to do instead; else "".

    Raises:
        EvenhandError: its clients cannot be counted, or a rule is loosened.
    """
    from evenhand.release.clients import clients_of
    from evenhand.release.crowd import SEVERAL, THERAPIST
    from evenhand.release.declared import read_lattice

    rules, _ = read_lattice(study.config)
    said = (
        f"with fewer than {rules.clinic_clients} clients or {rules.clinic_therapists} therapists, "
        "a figure of the group would tell on a person. Two ways are open: release together with "
        "other clinics, or look at single cases, with each client’s consent."
    )

    sessions = study.sessions
    if sessions is None or rules.too_small(
        sessions["client_id"].n_unique(), sessions["therapist_id"].n_unique()
    ):
        return said
    frame = clients_of(study, [], []).frame
    therapists = frame[THERAPIST].str.split(SEVERAL).explode()
    return said if rules.too_small(frame.height, therapists.n_unique()) else ""


def _released(study: Study, course: Course) -> tuple[ReleasedTable, ...]:
    from evenhand.release.curves import release_courses
    from evenhand.release.engine import release_tables
    from evenhand.release.ledger import open_ledger

    tables = dict(_better(course))
    rules = study.config.get("release", {}).get("rules", {})
    own = {**study.config, "release": {"rules": rules, "tables": tables}}
    with open_ledger(study.root) as ledger:
        ended = release_courses(study, ledger, int(course.summary["silence_days"]))
        if not tables:
            return tuple(ended)
        return (*ended, *release_tables(replace(study, config=own), list(tables), ledger))


def _better(course: Course) -> Iterator[tuple[str, dict[str, str]]]:
    """A table for each outcome scale whose reliable change is known."""
    from evenhand.reports.sections.study_better import BETTER

    outcomes = course.tables.get("shares")
    if outcomes is None:
        return
    rules = course.tables["rules"].filter(
        pl.col("instrument").is_in(outcomes["instrument"].unique().implode())
        & pl.col("reliable").is_not_null()
    )
    for instrument, scale in rules.select("instrument", "scale").iter_rows():
        given = {"measure": "reliably improved", "instrument": instrument, "scale": scale}
        yield f"{BETTER}, {instrument}", {**given, "title": instrument}
