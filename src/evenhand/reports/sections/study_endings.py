"""How treatments ended, and when: figures of the group, from released tables alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from evenhand.release.curves import CURVES, ENDED, SEEN
from evenhand.release.released import ReleasedTable
from evenhand.reports.blocks import Block, Figure, Section, Table, Words
from evenhand.reports.group_chart import KEYS, Row, curve, seen_row, top_of
from evenhand.reports.numbers import percent
from evenhand.reports.page import part
from evenhand.reports.shares import HEAD, between, share_cells, shares_body, shares_table
from evenhand.reports.study_view import StudyView

NAMES = {"completed": "Completed", "dropped out": "Dropped out", "ongoing": "Goes on"}

ROUNDED = (
    "Counts are rounded, and what could tell on somebody is withheld. Who left did so for reasons "
    "that are not here: it is no verdict on anybody."
)
STEPS = (
    "Who completes can no longer drop out: the two compete. Those who go on are reckoned with as "
    "those who were seen as long. A curve is flat until enough endings have come together, so that "
    "no step is a few people, and it stops where too few are left to say when. The band is the "
    "95 % interval, the upright stroke what rounding and steps leave open."
)
FEW = (
    "There are too few endings of one kind to say when they came: a step of a curve needs as many "
    "people as a figure does."
)
ALIKE = (
    "Intervals take clients as independent. Where therapists differ in how many leave, they are "
    "too narrow."
)


def endings(tables: Sequence[ReleasedTable]) -> list[Block]:
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
        more=table.notes,
    )


def _went(ending: str) -> str:
    return {"completed": "completed", "dropped out": "dropped out", "ongoing": "go on"}[ending]


def _curves(found: Mapping[str, ReleasedTable]) -> list[Block]:
    rows = _shown(found[CURVES].frame.to_dicts())
    seen = _shown(found[SEEN].frame.to_dicts())
    if not rows:
        return [Words("curves", "When they ended", FEW, "", Markup(""))] if seen else []
    end = max(r["session"] for r in rows)
    seen = [r for r in seen if r["session"] <= end]
    panels = [_panel(ending, rows, end) for ending in dict.fromkeys(r["ending"] for r in rows)]
    body = part("curves.html", panels=panels, seen=seen_row(seen, end))
    say = "Of a hundred clients, how many had left, or had completed, by each session."
    return [
        Figure("curves", "When they ended", say, STEPS, body, _table(rows, seen), more=(ALIKE,))
    ]


def _panel(ending: str, rows: Sequence[Row], end: int) -> dict[str, Any]:
    own = [r for r in rows if r["ending"] == ending]
    last = own[-1]
    said = f"{percent(last['share'])} by session {last['session']}, 95 % interval {between(last)}"
    drawn = curve(own, end, top_of(rows), f"{NAMES[ending]} by session: {said}.")
    return {"title": NAMES[ending], "say": said, "svg": drawn}


def _table(rows: Sequence[Row], seen: Sequence[Row]) -> Table:
    """Points of both curves, then how many were still seen."""
    cells = [[NAMES[r["ending"]], str(r["session"]), *share_cells(r)] for r in rows]
    for r in seen:
        open_ = f"{r['rounding_low']:,.0f} to {r['rounding_high']:,.0f}"
        about = f"about {r['n']:,}"
        cells.append(["Still seen", str(r["session"]), "", "", open_, about, r["as_of"]])
    caption = (
        "Share of clients who had left or completed by a session (cumulative incidence), and how "
        "many were still seen at it. Rounding and steps leave open what stands beside them."
    )
    return Table(caption, ["", "session", *HEAD], cells)


def build(view: StudyView) -> list[Block]:
    """What was released of how treatments ended."""
    return endings(view.data.released)


SECTION = Section("endings", "study", 14, build)
