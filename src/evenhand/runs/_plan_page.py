"""The plan's page: power and precision by size, with Monte Carlo error, and a sentence to quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from evenhand.reports.blocks import Block, Opening, Table, Words
from evenhand.runs._theory_page import Axis, Dot, figure
from evenhand.runs._theory_page import page as whole_page

if TYPE_CHECKING:
    from evenhand.runs.plan import Cell, Plan

POWER = Axis(
    0.0,
    1.0,
    ((0.0, "0 %"), (0.2, "20 %"), (0.5, "50 %"), (0.8, "80 %"), (1.0, "100 %")),
    zero=0.8,
    band=(0.8, 1.0),
)
STYLE = ".sentences { max-width: 44rem; } .sentences li + li { margin-top: var(--s4); }"
LIMITS = (
    "Power under Evenhand's theory: its clustering, drop-out, skew and noise are those of a "
    "calibrated story, not of your clinic. An effect of standing here is an association: nobody "
    "is given a position at random."
)
HEAD = [
    "Clients",
    "Therapists",
    "Sessions",
    "Power",
    "… Monte Carlo 95 %",
    "Mean estimate (its MC error)",
    "SD of estimates",
    "Half width of an interval",
    "Coverage, MC 95 %",
]


def size(c: Cell) -> str:
    """A size in words."""
    return f"{c.clients:,} clients, {c.therapists:,} therapists, {c.sessions} sessions"


def size_in_two(c: Cell) -> tuple[str, str]:
    """A size for a narrow column: clients, and below them the rest."""
    clients, _, rest = size(c).partition(", ")
    return clients, rest


def cells(c: Cell) -> list[str]:
    """A row of the table."""
    return [
        f"{c.clients:,}",
        f"{c.therapists:,}",
        f"{c.sessions}",
        _exact(c.power),
        f"{_exact(c.power_low)} – {_exact(c.power_high)}",
        f"{c.estimate:.3f} (±{c.estimate_error:.3f})".replace("-", "−"),
        f"{c.spread:.3f}",
        f"{c.half_width:.3f}",
        f"{_exact(c.coverage)}, {_exact(c.coverage_low)} – {_exact(c.coverage_high)}",
    ]


def _exact(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _dot(c: Cell) -> Dot:
    """Power with its Monte Carlo interval."""
    from evenhand.runs.plan import percent

    told = f"{percent(c.power)} [{100 * c.power_low:.0f}, {100 * c.power_high:.0f}]"
    return Dot(*size_in_two(c), c.power, c.power_low, c.power_high, told)


def page(made: Plan) -> str:
    """The whole page."""
    from evenhand.runs.plan import known, signed

    names = list(dict.fromkeys(c.estimand for c in made.cells))
    blocks: list[Block] = [_opening(made, names)]
    for name in names:
        mine = [c for c in made.cells if c.estimand == name]
        title, means = known()[name]
        blocks.append(
            figure(
                f"power-{name}".replace("_", "-"),
                f"Power: {title}, {signed(mine[0].effect)}",
                f"{means[:1].upper()}{means[1:]}.",
                f"Share of {mine[0].studies:,} simulated studies that find it, two-sided 5 %; "
                "lines and brackets are Monte Carlo error (95 %).",
                POWER,
                [_dot(c) for c in mine],
                Table(f"Power and precision: {title}", HEAD, [cells(c) for c in mine]),
            )
        )
    said = Markup("").join(Markup("<li>{}</li>").format(c.sentence()) for c in made.cells)
    said = Markup('<ul class="sentences">{}</ul>').format(said)
    blocks.append(
        Words(
            "quote", "To quote", "A sentence for each size.", "Change nothing but the name.", said
        )
    )
    return whole_page("A plan", blocks, style=STYLE)


def _opening(made: Plan, names: list[str]) -> Opening:
    from evenhand.runs.plan import known

    found = []
    for name in names:
        cell, title = made.enough(name), known()[name][0]
        found.append(
            f"For {title}, {size(cell)} are the smallest of the sizes tried with a power of 80 % "
            "or more, Monte Carlo error included."
            if cell
            else f"For {title}, none of the sizes tried has a power of 80 % for certain."
        )
    return Opening(
        eyebrow="The theory: how large a study must be",
        title="A plan",
        sentences=tuple(found),
        limits=LIMITS,
        notes=(
            f"Seed {made.seed}. {_averaged(made)}",
            "Slopes are by least squares with errors by therapist; what a model estimates has the "
            "model's own interval.",
        ),
    )


def _averaged(made: Plan) -> str:
    """Over what the studies are spread."""
    draws = made.cells[0].draws
    if draws == 1:
        return "Simulated under one set of parameters."
    return (
        f"Studies are spread over {draws} sets of parameters that the calibration accepted: power "
        "takes in what the published figures leave open."
    )
