"""A released table as a page of its own: what is shown, what is withheld, and why that is all."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from evenhand.release.released import WITHHELD, ReleasedTable
from evenhand.reports.blocks import Block, Opening, Words
from evenhand.reports.numbers import percent, plural
from evenhand.reports.page import Page, page_html, style_for

LIMITS = (
    "why a figure is withheld, what holds for one person, or what causes a difference between "
    "groups. A difference here is an association, and who is in a group may explain part of it."
)


def release_page(table: ReleasedTable, study: str) -> str:
    """The whole page of a released table.

    Args:
        table: a table that passed disclosure control.
        study: the study's title.
    """
    blocks: list[Block] = [_opening(table, study), _table(table)]
    page = Page(table.title, "study", blocks, [], "release")
    return page_html(page, style_for([]))


def _opening(table: ReleasedTable, study: str) -> Opening:
    if table.kind == "published":
        said = [f"Published by others before: {table.source}.", "It is passed on unchanged."]
        return Opening("Published table", table.title, said, LIMITS)
    shown = int((table.frame["status"] == "shown").sum())
    hidden = table.frame.height - shown
    said = [
        f"{plural(shown, 'figure')} can be shown, {plural(hidden, 'is', 'are')} withheld.",
        "Each passed disclosure control together with all that was released before.",
    ]
    return Opening(f"{study} · released", table.title, said, LIMITS, notes=table.notes)


def _table(table: ReleasedTable) -> Words:
    head = Markup("").join(
        Markup('<th scope="col" class="l">{}</th>').format(c) for c in _head(table)
    )
    rows = Markup("").join(_row(table, row) for row in table.frame.iter_rows(named=True))
    body = Markup(
        '<div class="scroll" tabindex="0" role="region" aria-label="{}"><table class="list">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(table.title, head, rows)
    how = "" if table.kind == "published" else "Rounded counts, with what they leave open."
    return Words("table", "Table", "", how, body)


def _head(table: ReleasedTable) -> list[str]:
    if table.kind == "published":
        return table.frame.columns
    figures = {
        "count": ["clients"],
        "share": ["share", "95 % interval", "left open by rounding", "of clients"],
        "mean": ["mean", "95 % interval", "SD", "clients"],
    }
    return [*(table.positions or [""]), *figures[table.kind], "as of"]


def _row(table: ReleasedTable, row: dict[str, Any]) -> Markup:
    if table.kind == "published":
        cells = ["" if v is None else str(v) for v in row.values()]
    else:
        places = [row[p] for p in table.positions] or ["all"]
        cells = [*places, *_figures(table.kind, row), row["as_of"] or ""]
    first, *rest = map(_safe, cells)
    # Thousands of rows: `escape` has made each cell safe, so they are joined as plain text.
    told = "".join(f'<td class="l">{cell}</td>' for cell in rest)
    return Markup(f'<tr><th scope="row">{first}</th>{told}</tr>')


@lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    return str(escape(text))


def _figures(kind: str, row: dict[str, Any]) -> list[str]:
    if row["status"] == WITHHELD:
        return [WITHHELD, *[""] * {"count": 0, "share": 3, "mean": 3}[kind]]
    n = f"{row['n']:,}"
    if kind == "count":
        return [n]
    if kind == "share":
        return [
            percent(row["share"]),
            _span(percent(row["low"]), percent(row["high"])),
            _span(percent(row["rounding_low"]), percent(row["rounding_high"])),
            f"{row['k']:,} of {n}",
        ]
    low, high = _number(row["low"]), _number(row["high"])
    return [_number(row["mean"]), _span(low, high), _number(row["sd"]), n]


def _span(low: str, high: str) -> str:
    return f"{low} to {high}"


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
