"""Ratings that may be shown to this reader: their own, and what was released in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import polars as pl

from evenhand.reports.context import ReportData

Row = Mapping[str, Any]

WHOLE_SCALE = frozenset({"", "total", "mean", "sum", "score", "overall", "summary"})
"""Names that stand for a whole instrument in the column item or scale."""


def visible_ratings(data: ReportData) -> dict[str, list[Row]]:
    """Ratings by session, each with what this reader may know of it.

    Default deny: a row that is not released is left out, so that the page is the same with and
    without it. ``count`` releases a number for a group and nothing of one person. ``theme``
    releases the theme and no answer.

    Returns:
        session_id to rows with rater, instrument, item, value (text), number (or None), level
        (``own``, ``words``, ``theme``), date.
    """
    found: dict[str, list[Row]] = defaultdict(list)
    raters = _own_ratings(data)
    for frame, wanted in _sources(data):
        for row in _may_be_seen(frame, {session for session, _ in raters}).to_dicts():
            session, rater = row.get("session_id"), str(row.get("rater") or "").lower()
            if not session:
                continue
            own = (session, rater) in raters
            level = "own" if own else str(row.get("released") or "no").strip().lower()
            shown = _shown(row, rater, level)
            if shown is not None and wanted(shown):
                found[str(session)].append(shown)
    return found


def _sources(data: ReportData) -> list[tuple[pl.DataFrame, Callable[[Row], bool]]]:
    """Tables of ratings, and which of their rows count.

    Where answers were scored, scores come from there, and check-ins as they were answered.
    """
    found: list[tuple[pl.DataFrame, Callable[[Row], bool]]] = []
    if data.ratings is not None:
        found.append((data.ratings, is_checkin if data.scores is not None else lambda _: True))
    if data.scores is not None:
        found.append((data.scores, lambda row: not is_checkin(row)))
    return found


def _may_be_seen(frame: pl.DataFrame, own: Collection[str]) -> pl.DataFrame:
    """Rows that somebody released, or of sessions that were the reader's own.

    Most ratings of a large study are nobody's to see here, and need no look one by one.
    """
    if "released" not in frame.columns:
        return frame
    level = pl.col("released").cast(pl.String).str.strip_chars().str.to_lowercase()
    theirs = pl.col("session_id").is_in(pl.Series(sorted(own), dtype=pl.String).implode())
    return frame.filter(level.is_in(["words", "theme"]) | theirs)


def _own_ratings(data: ReportData) -> set[tuple[str, str]]:
    """Sessions, and the role in which the reader was there; none without a reader."""
    found: set[tuple[str, str]] = set()
    if data.sessions is None or data.for_person is None:
        return found
    for role in ("client", "therapist"):
        if f"{role}_id" in data.sessions.columns:
            here = data.sessions.filter(pl.col(f"{role}_id") == data.for_person)
            found |= {(one, role) for one in here["session_id"].drop_nulls()}
    return found


def _shown(row: Row, rater: str, level: str) -> Row | None:
    """A row cut to its level of release; None where nothing of it may be shown."""
    if level not in {"own", "words", "theme"}:
        return None
    item = str(row.get("item") or row.get("scale") or "").strip()
    status = str(row.get("status") or "answered").strip().lower()
    value = row.get("score") if row.get("score") is not None else row.get("value")
    if value is None or status not in {"answered", ""}:
        return None
    is_theme = item.lower() == "theme"
    if level == "theme" and not is_theme:
        return None
    return {
        "rater": rater,
        "instrument": str(row.get("instrument") or ""),
        "item": item,
        "value": str(value),
        "number": _number(value),
        "level": level,
        "date": str(row.get("date") or ""),
    }


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def is_checkin(row: Row) -> bool:
    """Whether a rating is part of a check-in rather than of a scale that has a score."""
    name = row["instrument"].lower().replace("-", "").replace("_", "").replace(" ", "")
    return "checkin" in name or row["number"] is None


def series(sessions: Sequence[Sequence[Row]]) -> dict[tuple[str, str], dict[str, list[Any]]]:
    """Scores over a dyad's sessions: (instrument, scale) to rater to a value a session.

    Args:
        sessions: visible ratings of each session, in order.

    Returns:
        Values are None where nothing was released or answered. Only whole scales and named
        subscales are taken: answers to single items are not added up here.
    """
    found: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for i, rows in enumerate(sessions):
        for row in rows:
            name = row["item"].lower()
            if is_checkin(row) or name.removeprefix("item").strip(" _").isdigit():
                continue
            scale = "" if name in WHOLE_SCALE else row["item"]
            raters = found.setdefault((row["instrument"], scale), {})
            raters.setdefault(row["rater"], [None] * len(sessions))[i] = row["number"]
    return found
