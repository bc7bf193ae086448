"""Table twins that a dyad's panels share."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.reports.blocks import Table
from evenhand.reports.dyad_view import DyadView


def by_session(
    view: DyadView, caption: str, head: Sequence[str], cells: Sequence[Sequence[str]]
) -> Table:
    """A row a session."""
    rows = [[label, *row] for label, row in zip(view.labels, cells, strict=True)]
    return Table(caption, ["session", *head], rows)
