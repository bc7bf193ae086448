"""All figures of a study's mirror page, released together: people counted, strata, models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from evenhand.release.clients import until_quarter
from evenhand.release.crowd import SEVERAL
from evenhand.release.declared import read_lattice
from evenhand.release.engine import release_tables
from evenhand.release.ledger import Ledger
from evenhand.release.models import Offer, ReleasedModel, is_small, release_models
from evenhand.release.printed import ALL, SHOWN
from evenhand.release.released import ReleasedTable
from evenhand.study.folder import Study

CLIENTS, STRATA = "mirror clients", "mirror strata"
"""Tables of counts that a mirror page shows; they stand in the ledger under these positions."""
OURS = " (mirror)"
"""Ends the name of a position as the mirror groups it, such as thirds of a ladder."""
MEETS = " × "
"""Between the parts of a stratum's name."""


@dataclass(frozen=True)
class MirrorRelease:
    """What a mirror page may show.

    Args:
        models: every model that was offered, some of them withheld.
        clients: the count of all clients.
        small: the clinic is too small for any figure of a group.
        as_of: the quarter.
    """

    models: Sequence[ReleasedModel]
    clients: ReleasedTable
    small: bool
    as_of: str


def at_quarter(study: Study) -> tuple[Study, str]:
    """A study as it was at the end of its last whole quarter, and that quarter's name."""
    if study.sessions is None:
        return study, ""
    sessions, label = until_quarter(study.sessions)
    return replace(study, sessions=sessions), label


def countable(scores: pl.DataFrame) -> pl.DataFrame:
    """Scores of questionnaires that may enter a group figure: all but those kept back by a no."""
    said = pl.col("released").str.to_lowercase().str.strip_chars().fill_null("")
    return scores.filter(said != "no")


def release_mirror(
    study: Study,
    ledger: Ledger,
    offers: Sequence[Offer],
    facts: pl.DataFrame,
    groups: pl.DataFrame,
    settings: str,
) -> MirrorRelease:
    """Release everything that a mirror page shows of groups.

    Args:
        study: the whole study; the engine cuts it at the quarter by itself.
        ledger: its open ledger.
        offers: the models.
        facts: as `release_models`, of the study that `at_quarter` gives.
        groups: person_id, and a column for each axis of the strata, as they are grouped.
        settings: what the models depend on besides the data.

    Raises:
        EvenhandError: the ledger cannot be used, or the study's clients cannot be counted.
    """
    rules, _ = read_lattice(study.config)
    axes = [c for c in groups.columns if c != "person_id"]
    with_strata = 0 < len(axes) <= rules.positions
    tables: dict[str, Any] = {CLIENTS: {"rows": "clients"}}
    tables |= {STRATA: {"rows": [a + OURS for a in axes]}} if with_strata else {}
    released = release_tables(_with(study, groups, tables), list(tables), ledger)
    counted = _counted(released[1], axes) if with_strata else {}
    _, label = at_quarter(study)
    models = release_models(
        offers, facts, ledger, rules, label=label, settings=settings, counted=counted
    )
    return MirrorRelease(models, released[0], is_small(facts, rules), label)


def _with(study: Study, groups: pl.DataFrame, tables: dict[str, Any]) -> Study:
    """The study with the mirror's own groups as positions, and its tables declared."""
    given = dict(study.config.get("release", {}))
    config = {**study.config, "release": {**given, "tables": tables}}
    named = groups.rename({c: c + OURS for c in groups.columns if c != "person_id"})
    if study.people is None:
        return replace(study, config=config)
    people = study.people.join(named, on="person_id", how="left")
    return replace(study, config=config, people=people)


def _counted(table: ReleasedTable, axes: Sequence[str]) -> dict[str, int]:
    """Strata whose count is shown, by the name that they have in a model."""
    rows = table.frame.filter(pl.col("status") == SHOWN).to_dicts()
    parts = [([row[a + OURS] for a in axes], row["n"]) for row in rows]
    return {MEETS.join(names): int(n) for names, n in parts if ALL not in names}


def as_group(answer: pl.Expr) -> pl.Expr:
    """Several answers of one person as one group, which the engine takes for one value."""
    return answer.str.replace_all(SEVERAL, " and ", literal=True)
