"""Scores and endings as the arrays of the joint model, and where its search starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import Floats, Series
from evenhand.models.growth import Growth
from evenhand.models.hazard import carried
from evenhand.models.hazard_logit import fit_plain_logit
from evenhand.models.hazard_table import TIME
from evenhand.models.joint_integral import Joint

FEWEST_ENDINGS = 30
"""Endings of a kind without which that kind is not modelled beside the scores."""


@dataclass(frozen=True)
class Units:
    """Where standard units of scores and of the basis stand, and how long they are."""

    x: float
    x_sd: float
    y: float
    y_sd: float
    growth: Growth

    @classmethod
    def of(cls, series: Series, growth: Growth) -> Units:
        """Those of these scores."""
        x, y = growth.basis(series.t), series.y
        return cls(float(x.mean()), float(x.std()), float(y.mean()), float(y.std()), growth)

    def scaled(self, series: Series) -> Series:
        """The scores and the basis of their sessions in standard units."""
        x = (self.growth.basis(series.t) - self.x) / self.x_sd
        y = (series.y - self.y) / self.y_sd
        return Series(y, x, series.code, series.starts, series.dyads)


def frequent(known: pl.DataFrame, causes: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Ways of ending that are frequent enough, and a sentence on the others."""
    counts = {cause: int((known["next"] == cause).sum()) for cause in causes}
    kept = tuple(cause for cause, n in counts.items() if n >= FEWEST_ENDINGS)
    if not kept:
        said = ", ".join(f"{n} {cause}" for cause, n in counts.items())
        raise EvenhandError(
            f"Too few endings to model scores and leaving together: {said}.",
            "sessions.csv, column ended",
            f"At least {FEWEST_ENDINGS} of a kind are needed.",
        )
    rare = [c for c in causes if c not in kept]
    note = "Scores and leaving together: {} ({}) is taken to have nothing to do with the course."
    return kept, [note.format(c, counts[c]) for c in rare]


def joint_of(
    series: Series, known: pl.DataFrame, causes: tuple[str, ...]
) -> tuple[Joint, list[str]]:
    """Scores and endings as arrays, and what was left out of the designs."""
    place = {name: n for n, name in enumerate(series.dyads)}
    codes = pl.Series([place[d] for d in known["dyad"]], dtype=pl.Int64)
    rows = known.with_columns(dyad_code=codes).sort("dyad_code", maintain_order=True)
    after = np.zeros(rows.height, dtype=np.int64)
    designs, notes = [], []
    for n, cause in enumerate(causes, 1):
        ended = (rows["next"] == cause).to_numpy()
        after[ended] = n
        design, left = carried(rows, [p.name for p in TIME], ended)
        designs.append(design.columns(rows))
        notes += [f"Scores and leaving together, {cause}: {note}" for note in left]
    return Joint(series, rows["dyad_code"].to_numpy(), after, tuple(designs)), notes


def start_of(joint: Joint, growth: Growth, units: Units) -> Floats:
    """Scores as the growth model has them; leaving in time alone."""
    turn = np.array([[1.0, units.x], [0.0, units.x_sd]]) / units.y_sd
    mean = turn @ [growth.level, growth.slope] - [units.y / units.y_sd, 0.0]
    cov = turn @ growth.dyad_cov @ turn.T
    first = float(np.sqrt(max(cov[0, 0], 0.01)))
    cross = float(cov[0, 1]) / first
    last = float(np.sqrt(max(cov[1, 1] - cross**2, 0.01)))
    noise = np.log(growth.noise_sd / units.y_sd)
    parts: list[Floats] = [np.array([*mean, np.log(first), cross, np.log(last), noise])]
    for design, ended in zip(joint.designs, joint.ended, strict=True):
        parts += [fit_plain_logit(design, ended).fixed, np.zeros(2)]
    return np.concatenate(parts)
