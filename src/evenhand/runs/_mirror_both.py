"""The same in clustered data: strata of clients, of therapists, and of both who meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.maihda_meeting import KINDS, SIGN, Level, MeetingStrata, fit_meeting
from evenhand.models.mirror_terms import centred
from evenhand.runs._mirror_strata import groups_of
from evenhand.runs._mirror_tables import StudyTables
from evenhand.runs._mirror_treated import Outcome, outcomes_of

Row = dict[str, Any]
OUTCOME = "alliance"
"""The one outcome of which a client has many: with one a client, clients are no factor."""


@dataclass
class Both:
    """Findings by both people's strata, and what was refused."""

    found: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)


def look_at_both(
    tables: StudyTables, axes: Sequence[str], progress: Callable[[str, int, int], None]
) -> Both:
    """The alliance of each session by the strata of the two who meet, on the declared axes.

    Args:
        tables: the study's.
        axes: the axes whose combinations are the strata; none, and nothing is looked at.
        progress: called before and after the fit.
    """
    both = Both()
    outcomes = [one for one in outcomes_of(tables) if one.name == OUTCOME] if axes else []
    for outcome in outcomes:
        progress("Fitting both people's strata", 0, 1)
        table = _table(tables, outcome, axes)
        known = table.drop_nulls(["client_stratum", "therapist_stratum"])
        try:
            number = centred(known["number"]).reshape(-1, 1)
            fit = fit_meeting(known, "y", fixed=number)
            both.found.append(_row(outcome, axes, fit, table.height - known.height))
        except EvenhandError as error:
            what = f"both people's strata in {outcome.name}"
            told = {"axis": " by ".join(axes), "why": error.what, "remedy": error.remedy}
            both.refused.append({"what": what, **told})
        progress("Fitting both people's strata", 1, 1)
    return both


def _table(tables: StudyTables, outcome: Outcome, axes: Sequence[str]) -> pl.DataFrame:
    """A row a session, with the stratum of each of the two; null where one did not say."""
    table = outcome.table.drop_nulls(["y", "client_id", "therapist_id", "number"])
    for who, name in (("client_id", "client_stratum"), ("therapist_id", "therapist_stratum")):
        groups = groups_of(tables, axes, who)
        stratum = pl.concat_str(pl.col(*axes), separator=SIGN).alias(name)
        table = table.join(groups.select(who, stratum), on=who, how="left", maintain_order="left")
    return table


def _row(outcome: Outcome, axes: Sequence[str], fit: MeetingStrata, left_out: int) -> Row:
    parts = {name: _part(level) for name, level in fit.parts.items()}
    return {
        "outcome": outcome.name,
        "title": outcome.title,
        "axes": list(axes),
        "n": fit.n,
        "clients": fit.clients,
        "therapists": fit.therapists,
        "left_out": left_out,
        "parts": parts,
        "strata": fit.strata.to_dicts(),
        "warnings": list(fit.warnings),
        "said": [*(_said(name, parts[name]) for name in KINDS), *fit.warnings],
    }


def _part(level: Level) -> Row:
    ends = {
        "variance": (level.variance, *level.variance_ends),
        "share": (level.share, *level.share_ends),
        "between": (level.between, *level.between_ends),
    }
    return {"levels": level.levels} | {name: list(three) for name, three in ends.items()}


def _said(name: str, part: Row) -> str:
    """One kind of strata: its share of all that differs, and of what lies between clients."""
    return (
        f"{name} ({part['levels']:,}): {_percent(part['share'])} of all that differs between "
        f"sessions, {_percent(part['between'])} of what lies between clients"
    )


def _percent(three: Sequence[float | None]) -> str:
    share, low, high = (None if x is None else f"{100 * x:.1f}" for x in three)
    return f"{share} % [{low}, {high if high is not None else 'no upper limit'}]"
