"""The calibration's page: published beside simulated, misses as plainly as hits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from evenhand.reports.blocks import Block, Opening, Table
from evenhand.runs._theory_page import Axis, Dot, figure
from evenhand.runs._theory_page import page as whole_page
from evenhand.theory.fitting import fitted_names, judged_names
from evenhand.theory.parameters import specs
from evenhand.theory.targets import Target, fitted_targets, targets

if TYPE_CHECKING:
    from evenhand.runs.calibrate import Calibration

LIMITS = (
    "The targets do not identify the mechanism: other constants meet them as well. r between "
    "alliance and outcome says nothing of cause. Groups other than White are exchangeable here, "
    "so that the rates by ethnic group cannot all be met. Whatever an experiment on this theory "
    "shows holds for this theory."
)
AXIS = Axis(
    -3.0,
    3.0,
    (
        (-3.0, "−3"),
        (-2.0, "−2"),
        (-1.0, "−1"),
        (0.0, "published"),
        (1.0, "1"),
        (2.0, "2"),
        (3.0, "3"),
    ),
    band=(-1.0, 1.0),
)
HOW = (
    "Each dot is a simulated figure, set off from the published one in half widths of what counts "
    "as met (the band). Lines hold 90 % of the accepted draws."
)


def away(t: Target, value: float) -> float:
    """How far a figure is from the published one, in half widths of what counts as met."""
    return (value - t.value) / ((t.high - t.low) / 2.0)


def span(draws: pl.DataFrame, column: str) -> tuple[float, float] | None:
    """5 and 95 % of the accepted draws; nothing under five of them."""
    if draws.height < 5:
        return None
    low, high = (draws[column].quantile(q, "linear") for q in (0.05, 0.95))
    return (float(low), float(high)) if low is not None and high is not None else None


def _figures(
    made: Calibration, held_out: bool
) -> Iterator[tuple[Target, float, tuple[float, float] | None]]:
    """Targets of a kind, with what the theory gives and the span of the accepted draws."""
    for t in targets().values():
        if (t.role == "held out") == held_out:
            yield t, made.figures[t.name], span(made.accepted, f"figure_{t.name}")


def table_rows(made: Calibration, held_out: bool) -> list[list[str]]:
    """Published beside simulated, a row a target."""
    found = []
    for t, value, ends in _figures(made, held_out):
        found.append(
            [
                t.title,
                f"{t.value:.3g}",
                f"{t.low:.3g} – {t.high:.3g}",
                f"{value:.3f}",
                f"{ends[0]:.3f} – {ends[1]:.3f}" if ends else "too few draws",
                "met" if t.met(value) else "missed",
                t.role,
                t.source,
            ]
        )
    return found


HEAD = [
    "Figure",
    "Published",
    "Counts as met",
    "Simulated",
    "Accepted draws, 90 %",
    "",
    "Role",
    "Source",
]


def _dots(made: Calibration, held_out: bool) -> list[Dot]:
    found = []
    for t, value, ends in _figures(made, held_out):
        found.append(
            Dot(
                label=t.title,
                small=t.source,
                value=away(t, value),
                low=away(t, ends[0]) if ends else None,
                high=away(t, ends[1]) if ends else None,
                told=f"{value:.3f}; published {t.value:.3g}: {'met' if t.met(value) else 'missed'}",
                hollow=not t.met(value),
            )
        )
    return found


def _parameters(made: Calibration) -> Table:
    rows = []
    for name in (*fitted_names(), *judged_names()):
        spec, ends = specs()[name], span(made.accepted, name)
        rows.append(
            [
                name,
                spec.kind,
                f"{made.theory[name]:.3g}",
                f"{ends[0]:.3g} – {ends[1]:.3g}" if ends else "too few draws",
                spec.unit,
                spec.means,
                spec.source,
            ]
        )
    head = ["Name", "Kind", "Value", "Accepted draws, 90 %", "Unit", "What it does", "Source"]
    return Table("All parameters that a calibration moves", head, rows, frozenset({1, 4, 5, 6}))


def _moved(made: Calibration) -> list[Dot]:
    found = []
    for name in fitted_names():
        value, ends = made.theory[name], span(made.accepted, name)
        spread = max(abs(value), 0.2)
        told = f"{value:.3g}" + (f" [{ends[0]:.3g}, {ends[1]:.3g}]" if ends else "")
        found.append(
            Dot(
                label=name,
                small=specs()[name].means,
                value=0.0,
                low=(ends[0] - value) / spread if ends else None,
                high=(ends[1] - value) / spread if ends else None,
                told=told,
            )
        )
    return found


def opening(made: Calibration) -> Opening:
    """What was fitted to what, and how it came out."""
    missed = made.missed()
    held = [t for t in targets().values() if t.role == "held out"]
    hits = sum(t.met(made.figures[t.name]) for t in held)
    n, k = len(fitted_targets()), len(fitted_names())
    own = sum(t.role == "own" for t in fitted_targets().values())
    told = (
        "All of them are met at once."
        if not missed
        else f"Missed: {', '.join(targets()[name].title for name in missed)}."
    )
    return Opening(
        eyebrow="The theory, held to published figures",
        title="Calibration",
        sentences=(
            f"{k} parameters were fitted to {n} published figures. {told}",
            f"{own} of the figures have a parameter of their own, more or less, and so cannot "
            f"fail; with {n - own} shared ones that leaves {n - k} "
            f"{'degree' if n - k == 1 else 'degrees'} of freedom in all.",
            f"Of {len(held)} figures that were held out, {hits} come out and {len(held) - hits} "
            "do not.",
        ),
        limits=LIMITS,
        notes=(
            f"{made.accepted.height} of {made.draws.height} draws of the judged constants, each "
            "× or ÷ up to 1.8, could be refitted to meet every fitted figure: they are the "
            "posterior. How many could says how little the figures pin down.",
            f"Seed {made.seed}; {made.runs} runs of the simulated studies in the fit.",
        ),
    )


def page(made: Calibration) -> str:
    """The whole page."""
    words = frozenset({5, 6, 7})
    fitted = Table("Fitted figures: published and simulated", HEAD, table_rows(made, False), words)
    held = Table("Held-out figures: published and simulated", HEAD, table_rows(made, True), words)
    ends = Axis(
        -2.0,
        2.0,
        ((-2.0, "−200 %"), (-1.0, "−100 %"), (0.0, "fitted"), (1.0, "+100 %"), (2.0, "+200 %")),
    )
    blocks: list[Block] = [
        opening(made),
        figure(
            "fitted", "Fitted", "What the fit was shown.", HOW, AXIS, _dots(made, False), fitted
        ),
        figure(
            "held-out",
            "Held out",
            "What it was not shown: here the theory can be wrong, and is.",
            HOW,
            AXIS,
            _dots(made, True),
            held,
        ),
        figure(
            "open",
            "What the figures leave open",
            "How far each fitted parameter lies from its value in other accepted draws.",
            "Lines hold 90 % of the accepted draws, as a part of the fitted value. A long line is "
            "a parameter that nothing pins down.",
            ends,
            _moved(made),
            _parameters(made),
        ),
    ]
    return whole_page("Calibration of the theory", blocks)
