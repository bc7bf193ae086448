"""What a simulated study shows of itself, in a terminal and in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import polars as pl

from evenhand.reports.numbers import THIN, plural
from evenhand.study.store import parquet_source
from evenhand.theory.record import ended_in_words

if TYPE_CHECKING:
    from evenhand.runs.simulate import Simulation

CAUTION = "Simulated: nobody in it is real. A consistent story, not evidence."


def headline(made: Simulation) -> str:
    """How much there is, in a sentence."""
    c = made.counts
    parts = [plural(c[f"{noun}s"], noun) for noun in ("client", "therapist", "session")]
    parts[-1] += " that took place"
    if c["answers"]:
        parts.append(f"{plural(c['answers'], 'answer')} on forms")
    return f"{', '.join(parts)}.".replace(THIN, " ")


def detail(made: Simulation) -> str:
    """What was written, in a sentence."""
    return {
        "full": "Every item of every form, every indicator that the theory speaks of, with tilts; "
        "the truth is in truth.parquet.",
        "counts": "Totals of forms, and counts of a few indicators without tilts; the truth is in "
        "truth.parquet.",
        "table": "One wide table, observed.parquet: no study folder.",
    }[made.detail]


def endings(made: Simulation) -> list[tuple[str, int]]:
    """How courses ended, most first."""
    if made.detail == "table":
        files = parquet_source(made.out / "observed.parquet")
        rows = pl.scan_parquet(files).select(ended_in_words())
    else:
        rows = pl.scan_csv(made.out / "sessions.csv", infer_schema_length=0)
    counts = rows.group_by("ended").len().drop_nulls().collect()
    counts = counts.sort("len", "ended", descending=[True, False])
    return [(str(name), int(n)) for name, n in counts.iter_rows()]


def notebook_html(made: Simulation) -> str:
    """A short table for a notebook, everything escaped."""
    total = made.counts["clients"]
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{n:,}</td><td>{n / total:.1%}</td></tr>"
        for name, n in endings(made)
    )
    return (
        f"<h4>A simulated study</h4><p>{escape(headline(made))}</p>"
        "<table><thead><tr><th>Course</th><th>Clients</th><th>Share</th></tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{escape(detail(made))}</p><p>{escape(CAUTION)}</p>"
    )
