"""Columns of an export that say whose answer it is, and of which session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.ratings_brought import Asked

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "session_id": ("session_id", "session", "visit_id", "encounter", "encounter_id"),
    "client_id": (
        "client_id",
        "client",
        "record_id",
        "participant_id",
        "participant",
        "patient_id",
        "patient",
        "subject_id",
        "external_reference",
        "external_data_reference",
    ),
    "therapist_id": ("therapist_id", "therapist", "clinician_id", "practitioner_id"),
    "number": ("number", "session_number", "session_no", "visit_number"),
    "date": (
        "date",
        "session_date",
        "visit_date",
        "assessment_date",
        "date_completed",
        "completed_at",
        "recorded_date",
    ),
    "rater": ("rater", "respondent", "informant"),
    "released": ("released",),
    "status": ("status",),
}
"""Our column to the names that it is known by."""

OTHERS = ("instrument", "item", "scale", "value")


def identity_of(columns: Iterable[str], asked: Asked) -> dict[str, str]:
    """Our column to the file's own, by ``--columns`` or by its name.

    Raises:
        EvenhandError: ``--columns`` names a column that is not there.
    """
    names = list(columns)
    lost = [theirs for theirs in asked.columns.values() if theirs not in names]
    if lost:
        raise EvenhandError(
            f"There is no column called {', '.join(lost)}.",
            "--columns",
            f"Its columns are {', '.join(names[:12])}.",
            Exit.USAGE,
        )
    by_plain = {_plain(name): name for name in reversed(names)}
    found: dict[str, str] = {}
    for ours, known in IDENTITY.items():
        theirs = asked.columns.get(ours) or next(
            (by_plain[_plain(name)] for name in known if _plain(name) in by_plain), None
        )
        if theirs is not None and theirs not in found.values():
            found[ours] = theirs
    return found


def need_session(identity: Mapping[str, str], file: str) -> None:
    """Insist that a row says whose session it is.

    Raises:
        EvenhandError: neither a session nor a client is named.
    """
    if not {"session_id", "client_id"} & set(identity):
        raise EvenhandError(
            "No column says whose answers they are.",
            f"{file}, line 1",
            "Name it: --columns session_id=THEIRS, or client_id=THEIRS with number=THEIRS.",
            Exit.USAGE,
        )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
