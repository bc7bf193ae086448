"""Agreement with people as a command shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.agreement import Agreement, Ceiling, score_people

SEED = 20_260_101
"""Of the bootstraps, so that the same tables print the same intervals."""


@dataclass(frozen=True)
class Comparison:
    """Agreement with people, and how they agree with one another.

    Args:
        title: what was compared.
        scores: the figures.
        group: what was drawn for the intervals: ``session_id`` …
        facts: further figures for a machine.
        notes: sentences on what was left out, and on how to read this.
        people: how far people agree, where several labelled the same turns.
    """

    title: str
    scores: Agreement
    group: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    people: Ceiling | None = None

    def as_dict(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "title": self.title,
            **self.facts,
            **self.scores.as_dict(),
            "group": self.group,
            "interval": "95 %, percentile bootstrap over groups",
            "people": self.people.as_dict() if self.people else None,
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """For the terminal."""
        s = self.scores
        said = [
            self.title,
            f"{s.n:,} turns in {s.n_groups:,} groups by {self.group}; in brackets 95 % intervals "
            "from drawing whole groups (bootstrap)",
            f"  macro-F1            {s.macro_f1}",
            f"  Cohen's κ           {s.kappa}",
            f"  Krippendorff's α    {s.alpha}",
            f"  weighted F1         {s.weighted_f1}",
            f"  same label          {s.accuracy}",
        ]
        width = max(map(len, s.classes))
        said += [
            f"  F1 of {name:<{width}}  {s.f1[name]}   n = {s.support[name]:,}" for name in s.classes
        ]
        if self.people is not None:
            said.append(
                f"People among themselves ({self.people.n:,} turns of {self.people.n_groups:,} "
                f"sessions, up to {self.people.people} people): one against the rest macro-F1 "
                f"{self.people.macro_f1}; Krippendorff's α {self.people.alpha}"
            )
        return said + list(self.notes)


def few_groups(scores: Agreement) -> list[str]:
    if scores.n_groups >= 20:
        return []
    return [f"With {scores.n_groups} groups the intervals are too narrow: read them with care."]


def people_among_themselves(rows: pl.DataFrame) -> Ceiling | None:
    """How people who labelled the same turns agree."""
    unit = rows.select(pl.struct("session_id", "turn").rank("dense")).to_series()
    return score_people(
        unit.to_numpy(),
        rows["label"].to_numpy(),
        rows["session_id"].to_numpy(),
        np.random.default_rng(SEED),
    )
