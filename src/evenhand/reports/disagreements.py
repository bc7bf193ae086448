"""What people said against the page, kept in their browser and brought back as a file.

The file is ``evenhand-disagreements.json``::

    {"schema": "evenhand-disagreements/1",
     "study": "title",
     "disagreements": [
       {"session_id": "s4", "moment": "yielding_run", "turn": 52, "by": "client",
        "disagree": true, "readings": ["A joke"], "reason": "We were laughing.",
        "at": "2025-05-13T18:02:11Z"}]}

``moment`` is a name of `moment_kinds`; ``by`` is therapist, client, other or "". It goes into the
study folder, as it is; several people's files may lie side by side there under other names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError
from evenhand.reports.moment_kinds import BY_NAME

SCHEMA = "evenhand-disagreements/1"
FILE_NAME = "evenhand-disagreements.json"
PATTERN = "evenhand-disagreements*.json"
LARGEST = 2_000_000
LONGEST = 2_000


def read_disagreements(path: Path) -> list[dict[str, Any]]:
    """Entries of an exported file, with only the fields that we know.

    Raises:
        EvenhandError: too large, no JSON, or not a file of ours. The error holds no word of it.
    """
    remedy = "Export it again with “Save as a file” on a session page."
    if path.stat().st_size > LARGEST:
        raise EvenhandError("The file of disagreements is too large.", path.name, remedy)
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise EvenhandError("The file of disagreements is no JSON.", path.name, remedy) from None
    entries = held.get("disagreements") if isinstance(held, dict) else None
    if not isinstance(entries, list) or held.get("schema") != SCHEMA:
        raise EvenhandError(f"The file does not say {SCHEMA}.", path.name, remedy)
    return [_entry(one, path, n, remedy) for n, one in enumerate(entries, start=1)]


def _entry(one: object, path: Path, n: int, remedy: str) -> dict[str, Any]:
    if not isinstance(one, dict) or not isinstance(one.get("session_id"), str):
        raise EvenhandError("An entry names no session.", f"{path.name}, entry {n}", remedy)
    readings = one.get("readings")
    turn = one.get("turn")
    return {
        "session_id": one["session_id"],
        "moment": one["moment"] if one.get("moment") in BY_NAME else "",
        "turn": turn if isinstance(turn, int) and not isinstance(turn, bool) else None,
        "by": one["by"] if one.get("by") in ("therapist", "client", "other") else "",
        "disagree": one.get("disagree") is True,
        "readings": [str(r)[:200] for r in readings[:20]] if isinstance(readings, list) else [],
        "reason": str(one.get("reason") or "")[:LONGEST],
        "at": str(one.get("at") or "")[:40],
    }


def of_moment(
    entries: Sequence[Mapping[str, Any]], session: str, kind: str, turn: int
) -> list[Mapping[str, Any]]:
    """Entries about one moment."""
    return [
        e
        for e in entries
        if e.get("session_id") == session and e.get("moment") == kind and e.get("turn") == turn
    ]


def of_session(
    entries: Sequence[Mapping[str, Any]], session: str, shown: set[tuple[str, int]]
) -> list[Mapping[str, Any]]:
    """Entries about turns of a session that are no moment of this page any more."""
    return [
        e
        for e in entries
        if e.get("session_id") == session and (e.get("moment"), e.get("turn")) not in shown
    ]
