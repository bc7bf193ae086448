"""The short table of an examination, for a terminal and for a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from evenhand.study.store import parquet_source

if TYPE_CHECKING:
    from evenhand.runs.examine import Examination

_COUNTED = (
    ("questions", "Asked"),
    ("cut_off", "Cut in"),
    ("directives", "Directed"),
    ("yielding", "Yielded"),
    ("disagreement", "Differed"),
    ("invitation", "Invited"),
)
"""Counts that say something on their own, therapist's before client's."""


LEGEND = (
    "Spoke is the therapist's share of the talk. Counts are the therapist's · the client's; "
    "differed is the client's alone, invited the therapist's."
)


def headline(result: Examination) -> str:
    """How much was read, in a sentence."""
    n, turns = result.counts["sessions"], result.counts["turns"]
    sessions = "1 session" if n == 1 else f"{n:,} sessions"
    scores = result.counts.get("scores", 0)
    rated = f" {scores:,} scores from ratings." if scores else ""
    text = f"{sessions}, {turns:,} turns.{rated}" if n else f"No transcript.{rated}"
    if result.errors:
        text += f" {len(result.errors):,} could not be read."
    return text


def _count(k_t: float | None, k_c: float | None) -> str:
    """Both roles' counts, or one's; a dash where it was not measurable."""
    shown = [f"{k:,.0f}" for k in (k_t, k_c) if k is not None]
    return " · ".join(shown) if shown else "–"


def session_rows(result: Examination, most: int) -> tuple[list[str], list[list[str]], int]:
    """Headings, a row a session, and how many sessions were left out.

    Returns:
        Talk share of the therapist (exact for the session) and counts; a dash where a number
        cannot be had.
    """
    names = [name for name, _ in _COUNTED]
    lazy = pl.scan_parquet(parquet_source(result.out / "readings.parquet"))
    keys = lazy.select("session_id").unique(maintain_order=True)
    total = keys.select(pl.len()).collect().item()
    wanted = keys.head(most).collect()
    readings = (
        lazy.filter(
            pl.col("indicator").is_in([*names, "talk_share"])
            & pl.col("session_id").is_in(wanted["session_id"].implode())
        )
        .select("session_id", "indicator", "therapist", "k_therapist", "k_client")
        .collect()
    )
    held = {(r[0], r[1]): r[2:] for r in readings.iter_rows()}
    rows = []
    for session in wanted["session_id"]:
        share = held.get((session, "talk_share"), (None, None, None))[0]
        cells = [_count(*held.get((session, n), (None, None, None))[1:]) for n in names]
        rows.append([session, "–" if share is None else f"{share:.0%}", *cells])
    return ["Session", "Spoke", *(t for _, t in _COUNTED)], rows, total - len(rows)


def notebook_html(result: Examination) -> str:
    """The same table for a notebook, everything escaped."""
    columns, rows, more = session_rows(result, 24)
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    rest = f"<p>… and {more:,} more in <code>.readings</code></p>" if more else ""
    return (
        f"<h4>{escape(result.title)}</h4><p>{escape(headline(result))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
        f"<p>{escape(LEGEND)}</p>"
        "<p>Counts and associations, never a score.</p>"
    )
