"""`evenhand mirror STUDY`: from a study folder to findings, each with its refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evenhand.runs._mirror_both import look_at_both
from evenhand.runs._mirror_items import look_at_items, note_items
from evenhand.runs._mirror_measured import Measured, measured, readable
from evenhand.runs._mirror_path import look_at_paths
from evenhand.runs._mirror_plan import Plan, count_families, read_plan
from evenhand.runs._mirror_recall import read_recall, recall_rows
from evenhand.runs._mirror_room import axes_to_look_at, look_at_room
from evenhand.runs._mirror_strata import Meeting, look_at_strata
from evenhand.runs._mirror_tables import StudyTables, instruments_about, read_study_tables
from evenhand.runs._mirror_treated import look_at_treatment

Row = dict[str, Any]

DISCOVERY = 0.05
"""A finding of a family is named at this false discovery rate."""

UNRELEASED = "unreleased: computed on this machine by the holder of the study"

NOT_SAID = (
    "Association, not cause: position is no intervention, and nobody was given theirs by lot.",
    "Nothing here is about any one therapist or client, and no therapist is ranked.",
    "Positions are as people described them. What was declined, not asked or unknown is not "
    "guessed, and those people are not in these figures.",
)


@dataclass(frozen=True)
class StudyMirror:
    """What a study's mirror shows.

    Args:
        title: the study's.
        hierarchy: its claim, with reason and presets; None where nobody is ranked.
        people: sessions, clients and therapists that were looked at.
        measurement: an axis each: whether transcripts are alike for its groups, and why not.
        room: mirror coefficients, an indicator and axis each.
        differences: without a hierarchy, pairs that differ against pairs that do not.
        treatment: alliance, outcome and leaving.
        strata: the treatment where positions meet, on the axes that study.toml declares.
        gaps: how much therapists' gaps differ; never whose.
        paths: from the gap through the tilt to alliance and outcome, between dyads.
        controls: negative controls.
        primary: the coefficient that study.toml declares, or None.
        refused: what could not be fitted, why, and what would help.
        notes: what was left out.
        meetings: the fitted models behind `strata`, which no file holds.
        items: an axis each: whether its groups answer the alliance's items alike.
        bounds: where mirror coefficients lie, if words may not be compared and recall is known.
        both_strata: the alliance of each session by the strata of both who meet.
    """

    title: str
    hierarchy: Row | None
    people: Row
    measurement: list[Row]
    room: list[Row]
    differences: list[Row]
    treatment: list[Row]
    strata: list[Row]
    gaps: list[Row]
    paths: list[Row]
    controls: list[Row]
    primary: Row | None
    refused: list[Row]
    notes: tuple[str, ...]
    meetings: tuple[Meeting, ...] = field(default=(), repr=False, compare=False)
    items: list[Row] = field(default_factory=list)
    bounds: list[Row] = field(default_factory=list)
    both_strata: list[Row] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": "study",
            "release": UNRELEASED,
            "title": self.title,
            "hierarchy": self.hierarchy,
            "people": self.people,
            "measurement": self.measurement,
            "mirror": self.room,
            "bounds": self.bounds,
            "differences": self.differences,
            "treatment": self.treatment,
            "alliance_items": self.items,
            "strata": self.strata,
            "both_strata": self.both_strata,
            "therapists_gaps": self.gaps,
            "mediation": self.paths,
            "controls": self.controls,
            "primary": self.primary,
            "refused": self.refused,
            "notes": list(self.notes),
            "not_said": list(NOT_SAID),
        }


def mirror_study(root: Path, progress: Callable[[str, int, int], None]) -> StudyMirror:
    """Look into a study's mirror.

    Raises:
        EvenhandError: its tables cannot be used; a model that cannot be fitted is no error but
            is in ``refused``.
    """
    return mirror_of(read_study_tables(root, progress), progress)


def mirror_of(
    tables: StudyTables,
    progress: Callable[[str, int, int], None],
    bootstrap: int | None = 0,
    *,
    both: bool = True,
) -> StudyMirror:
    """Look into the mirror of tables that were read.

    Args:
        tables: the study's.
        progress: called as fits end.
        bootstrap: replicates for the intervals of PCVs; None: where they are quick.
        both: whether to fit the strata of both who meet, which no page shows.

    Raises:
        EvenhandError: ``[mirror]`` of study.toml cannot be used.
    """
    plan = plan_of(tables)
    axes = list(axes_to_look_at(tables))
    known = {axis: measured(tables, axis) for axis in axes}
    checked = read_recall(tables)
    room = look_at_room(tables, known, checked, plan.margin, progress)
    treated = look_at_treatment(tables, axes, progress)
    items = look_at_items(tables, axes, progress)
    note_items(treated.treatment, items.found)
    strata = look_at_strata(tables, plan.strata, progress, bootstrap)
    meeting = look_at_both(tables, plan.strata if both else (), progress)
    mediator = plan.primary.indicator if plan.primary else None
    paths = look_at_paths(tables, known, checked, mediator, progress)
    primary = plan.primary.among(room.mirror, treated.treatment) if plan.primary else None
    count_families(room, treated, paths, plan, strata.found)
    refused = [*_nobody_ranked(tables, axes), *room.refused, *treated.refused, *items.refused]
    refused += [*strata.refused, *meeting.refused, *paths.refused]
    if plan.primary is not None and primary is None:
        refused.append(plan.primary.missing())
    return StudyMirror(
        title=tables.study.title,
        hierarchy=_claim(tables),
        people=_people(tables),
        measurement=[
            _measurement(one) | {"recall": recall_rows(tables, checked, one.axis)}
            for one in known.values()
        ],
        room=room.mirror,
        differences=room.differences,
        treatment=treated.treatment,
        strata=strata.found,
        both_strata=meeting.found,
        gaps=treated.gaps,
        paths=paths.found,
        controls=[*room.controls, *treated.controls],
        primary=primary,
        refused=refused,
        notes=(*tables.notes, *_quality_note(tables), *checked.notes),
        meetings=tuple(strata.meetings),
        items=items.found,
        bounds=room.bounds,
    )


def plan_of(tables: StudyTables) -> Plan:
    """What the study declared before looking, each name checked.

    Raises:
        EvenhandError: a key or a value that cannot be used.
    """
    return read_plan(tables.study.config, list(instruments_about(tables.study, "outcome")))


def _nobody_ranked(tables: StudyTables, axes: list[str]) -> list[Row]:
    if tables.hierarchy is None:
        why = "study.toml has no [hierarchy]: nobody is ranked, and pairs are compared instead."
        remedy = "Declare one with its reason, if your question is about rank."
        return [{"what": "mirror coefficient", "axis": None, "why": why, "remedy": remedy}]
    if axes:
        return []
    why = "Nobody has a standing on the axes of the hierarchy."
    remedy = "See `evenhand check`; the answers must be those that the hierarchy names."
    return [{"what": "everything", "axis": None, "why": why, "remedy": remedy}]


def _claim(tables: StudyTables) -> Row | None:
    if tables.hierarchy is None:
        return None
    return {
        "reason": tables.hierarchy.reason,
        "axes": [ladder.axis for ladder in tables.hierarchy.ladders],
        "presets": [
            {"key": p.key, "title": p.title, "source": p.source, "limits": p.limits}
            for p in tables.hierarchy.presets
        ],
    }


def _quality_note(tables: StudyTables) -> list[str]:
    quality = tables.study.quality
    lost = 0 if quality is None else quality.height - readable(quality).height
    return [f"{lost:,} rows of quality.csv cannot be read, and count as unchecked."] if lost else []


def _people(tables: StudyTables) -> Row:
    seen = tables.visits.filter(tables.visits["number"] > 0)
    return {
        "sessions": seen.height,
        "clients": seen["client_id"].n_unique(),
        "therapists": seen["therapist_id"].n_unique(),
    }


def _measurement(one: Measured) -> Row:
    return {"axis": one.axis, "similar": one.similar, "why": one.why, "compared": one.rows}
