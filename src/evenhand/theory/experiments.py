"""What would happen if: every comparison on the same people and the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from evenhand.theory.conditions import AS_IS, PATHS, Conditions
from evenhand.theory.course import World
from evenhand.theory.figures import England
from evenhand.theory.luck import DYADS, Floats
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Ints
from evenhand.theory.summary import Summary, summarise, together
from evenhand.theory.targets import PER_THERAPIST, SESSIONS


@dataclass(frozen=True, slots=True)
class Experiment:
    """Something done differently, and parameters that it sets."""

    name: str
    title: str
    conditions: Conditions = AS_IS
    settings: tuple[tuple[str, float], ...] = ()


WHAT_IF = (
    Experiment("humility", "Therapists' humility one SD higher", Conditions(humility=1.0)),
    Experiment(
        "matching", "Clients see a therapist of their own ethnic group", Conditions("matched")
    ),
    Experiment(
        "preference", "Clients choose among four therapists by direction", Conditions("preference")
    ),
    Experiment("feedback", "Therapists see feedback from session 2", Conditions(feedback_from=2)),
    Experiment("naming", "The difference is named in session 1", Conditions(named_from=1)),
    Experiment("advocacy", "Clients' self-advocacy one SD higher", Conditions(advocacy=1.0)),
    Experiment("flatter", "A society half as steep", settings=(("h", 0.5),)),
    Experiment("flat", "A flat society", settings=(("h", 0.0),)),
    Experiment("steeper", "A society twice as steep", settings=(("h", 2.0),)),
)
"""Things that people propose, and societies that might be."""


def ablations() -> tuple[Experiment, ...]:
    """The theory with one path taken away at a time."""
    return tuple(
        Experiment(
            f"without {name}", f"Without {name}: {why}", settings=tuple((n, 0.0) for n in names)
        )
        for name, (why, names) in PATHS.items()
    )


OUTCOMES: Mapping[str, tuple[str, str]] = {
    "alliance": ("Alliance", "SD"),
    "dropout": ("Drop-out", "points"),
    "recovery": ("Reliable recovery", "points"),
    "gap_alliance_ethnicity": ("Alliance gap, White − minoritised", "SD"),
    "gap_alliance_deprivation": ("Alliance gap, least − most deprived", "SD"),
    "gap_dropout_ethnicity": ("Drop-out gap, minoritised − White", "points"),
    "gap_dropout_deprivation": ("Drop-out gap, most − least deprived", "points"),
    "gap_recovery_ethnicity": ("Recovery gap, White − minoritised", "points"),
    "gap_recovery_deprivation": ("Recovery gap, least − most deprived", "points"),
}
"""What is looked at: title and unit. Gaps are above 0 where the lower position fares worse."""


def run(theory: Theory, experiment: Experiment, seed: int, blocks: int) -> Summary:
    """Everybody under an experiment."""
    changed = theory.with_(dict(experiment.settings)) if experiment.settings else theory
    count = blocks * DYADS
    staff_n = max(1, count // PER_THERAPIST)
    world = World(changed, count, staff_n, SESSIONS, seed, experiment.conditions)
    staff = world.staff()
    return together(summarise(world, b, staff) for b in range(blocks))


def line_gap(y: Floats, decile: Ints, weight: Floats) -> float:
    """Least minus most deprived tenth on a weighted straight line over all tenths."""
    centred = decile - np.average(decile, weights=weight)
    slope = (weight * centred * y).sum() / (weight * centred**2).sum()
    return float(-9.0 * slope)


def outcomes(s: Summary, minoritised: float, spread: float) -> dict[str, float]:
    """All of `OUTCOMES`, weighted to a share of minoritised clients.

    Args:
        s: everybody.
        minoritised: the share to weigh to.
        spread: SD of alliance that gaps and levels are counted in.
    """
    e = England(s, minoritised)
    few = s.minoritised
    weight = np.where(few, minoritised / few.mean(), (1.0 - minoritised) / (1.0 - few.mean()))
    felt, left = np.asarray(s.felt / spread), 100.0 * s.dropped.astype(np.float64)
    better = 100.0 * e.recovered.astype(np.float64)
    return {
        "alliance": float(np.average(felt, weights=weight)),
        "dropout": float(np.average(left, weights=weight)),
        "recovery": float(np.average(better, weights=e.weight)),
        "gap_alliance_ethnicity": float(felt[~few].mean() - felt[few].mean()),
        "gap_alliance_deprivation": line_gap(felt, s.decile, weight),
        "gap_dropout_ethnicity": float(left[few].mean() - left[~few].mean()),
        "gap_dropout_deprivation": -line_gap(left, s.decile, weight),
        "gap_recovery_ethnicity": float(
            better[~e.s.minoritised].mean() - better[e.s.minoritised].mean()
        ),
        "gap_recovery_deprivation": line_gap(better, e.s.decile, e.weight),
    }


def compare(
    theory: Theory, experiments: tuple[Experiment, ...], seed: int, blocks: int
) -> dict[str, dict[str, float]]:
    """Outcomes as things are (under ``as it is``), and under each experiment."""
    usual = run(theory, Experiment("as it is", "As it is"), seed, blocks)
    spread, share = float(usual.felt.std()), theory.weight_minoritised
    found = {"as it is": outcomes(usual, share, spread)}
    for experiment in experiments:
        found[experiment.name] = outcomes(run(theory, experiment, seed, blocks), share, spread)
    return found


SLIDERS: Mapping[str, tuple[str, tuple[float, ...]]] = {
    "society": ("Steepness of the society", (0.0, 0.5, 1.0, 1.5, 2.0)),
    "humility": ("Therapists' humility, SD higher", (0.0, 0.5, 1.0)),
    "naming": ("The difference is named in session 1", (0.0, 1.0)),
    "feedback": ("Therapists see feedback", (0.0, 1.0)),
    "preference": ("Direction moved to what clients prefer", (0.0, 0.4, 0.8)),
}
"""What the explorer lets a reader move, and the places of each slider."""


def places() -> list[tuple[float, ...]]:
    """Every position of all sliders together."""
    return list(product(*(steps for _, steps in SLIDERS.values())))


def at_place(place: tuple[float, ...]) -> Experiment:
    """The experiment that a position of the sliders stands for."""
    society, humility, naming, feedback, preferred = place
    conditions = Conditions(
        humility=humility,
        named_from=1 if naming else 0,
        feedback_from=2 if feedback else 0,
        preferred=preferred,
    )
    return Experiment("/".join(f"{v:g}" for v in place), "", conditions, (("h", society),))
