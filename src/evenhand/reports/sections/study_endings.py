"""How treatments ended, and when: figures of the group, from released tables alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenhand.release.curves import CURVES, ENDED, SEEN
from evenhand.release.released import ReleasedTable
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.group_chart import KEYS, Row, curve, seen_row, top_of
from evenhand.reports.numbers import percent
from evenhand.reports.page import part
from evenhand.reports.shares import HEAD, between, share_cells, shares_body, shares_table
from evenhand.reports.study_view import StudyView

NAMES = {"completed": "Completed", "dropped out": "Dropped out", "ongoing": "Goes on"}

ROUNDED = (
    "Counts are rounded to fives, and what could tell on somebody is withheld. Who left did so for "
    "reasons that are not here: it is no verdict on anybody."
)
STEPS = (
    "Who completes can no longer drop out: the two compete. Those who go on are reckoned with as "
    "those who were seen as long, so a curve may end above the share that is known. It is flat "
    "until enough endings have come together: no step is a few people. The band is the 95 % "
    "interval, the upright stroke what rounding leaves open."
)


def endings(tables: Sequence[ReleasedTable]) -> list[Figure]:
    """The section from released tables; nothing where they have no figure."""
    found = {table.name: table for table in tables}
    if not {ENDED, CURVES, SEEN} <= set(found):
        return []
    return [_ended(found[ENDED]), *_curves(found)]


def _shown(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["status"] == "shown"]


def _ended(table: ReleasedTable) -> Figure:
    rows = [(NAMES[row["ending"]], row) for row in table.frame.to_dicts()]
    shown = _shown([row for _, row in rows])
    parts = [f"{percent(r['share'])} {_went(r['ending'])} ({between(r)})" for r in shown]
    say = "No count of endings can be shown."
    if parts:
        say = f"{', '.join(parts)}, at the end of {shown[0]['as_of']}."
    caption = "Clients by how their treatment ended, of all clients whose treatment is known."
    return Figure(
        "endings",
        table.title,
        say,
        ROUNDED,
        shares_body(rows),
        shares_table(caption, "ending", rows),
        legend=KEYS,
        more=table.notes[1:],
    )


def _went(ending: str) -> str:
    return {"completed": "completed", "dropped out": "dropped out", "ongoing": "go on"}[ending]


def _curves(found: Mapping[str, ReleasedTable]) -> list[Figure]:
    rows = _shown(found[CURVES].frame.to_dicts())
    seen = _shown(found[SEEN].frame.to_dicts())
    if not rows:
        return []
    end = max(r["session"] for r in (*rows, *seen))
    top = top_of(rows)
    panels = []
    for ending in dict.fromkeys(r["ending"] for r in rows):
        own = [r for r in rows if r["ending"] == ending]
        said = _said(own[-1], end)
        label = f"{NAMES[ending]} by session: {said}"
        panels.append({"title": NAMES[ending], "say": said, "svg": curve(own, end, top, label)})
    body = part("curves.html", panels=panels, seen=seen_row(seen, end))
    return [
        Figure(
            "curves",
            "When they ended",
            "Of a hundred clients, how many had left, or had completed, by each session.",
            STEPS,
            body,
            _table(rows, seen, end),
        )
    ]


def _by(session: int, end: int) -> str:
    return f"{session} or later" if session == end else f"{session}"


def _said(row: Row, end: int) -> str:
    return (
        f"{percent(row['share'])} by session {_by(row['session'], end)}, 95 % interval "
        f"{between(row)}"
    )


def _table(rows: Sequence[Row], seen: Sequence[Row], end: int) -> Table:
    """Points of both curves, then how many were still seen."""
    cells = [[NAMES[r["ending"]], _by(r["session"], end), *share_cells(r)] for r in rows]
    cells += [
        ["Still seen", _by(r["session"], end), "", "", "", f"{r['n']:,}", r["as_of"]] for r in seen
    ]
    caption = (
        "Share of clients who had left or completed by a session (cumulative incidence), and how "
        "many were still seen at it. Counts are rounded."
    )
    return Table(caption, ["", "by session", *HEAD], cells)


def build(view: StudyView) -> list[Figure]:
    """What was released of how treatments ended."""
    return endings(view.data.released)


SECTION = Section("endings", "study", 14, build)
