"""Who got reliably better: released shares, one for each questionnaire."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.release.released import ReleasedTable
from evenhand.reports.blocks import Figure, Section
from evenhand.reports.group_chart import KEYS, Row
from evenhand.reports.numbers import percent
from evenhand.reports.shares import between, shares_body, shares_table
from evenhand.reports.study_view import StudyView

BETTER = "study page, reliably improved"
"""How the names of these tables begin."""

HOW = (
    "From the first score to the last, by more than the questionnaire’s noise alone would move it. "
    "Who starts high tends to come down anyway, so this is change, and what made it is not said."
)
NONE = (
    "No share can be shown. A share needs enough clients on both sides of it, and scores that a "
    "client has not released to nobody at all."
)


def better(tables: Sequence[ReleasedTable]) -> list[Figure]:
    """The section from released tables; nothing where no questionnaire was rated."""
    rows = [
        (table.title, row)
        for table in tables
        if table.name.startswith(BETTER)
        for row in table.frame.to_dicts()
    ]
    if not rows:
        return []
    shown = [(title, row) for title, row in rows if row["status"] == "shown"]
    caption = "Clients who reliably improved, of those with two scores or more."
    return [
        Figure(
            "better",
            "Who got reliably better",
            _say(shown),
            HOW,
            shares_body(rows),
            shares_table(caption, "questionnaire", rows),
            legend=KEYS if shown else (),
        )
    ]


def _say(shown: Sequence[tuple[str, Row]]) -> str:
    if not shown:
        return NONE
    parts = [f"{percent(r['share'])} by {title} ({between(r)})" for title, r in shown]
    return f"{', '.join(parts)}."


def build(view: StudyView) -> list[Figure]:
    """What was released of reliable change."""
    return better(view.data.released)


SECTION = Section("better", "study", 16, build)
