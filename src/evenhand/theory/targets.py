"""Published figures beside simulated ones: what the theory is held to, and how it comes out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from evenhand.theory.conditions import AS_IS, Conditions
from evenhand.theory.course import World
from evenhand.theory.figures import (
    England,
    correlation,
    effect,
    latent_share,
    odds_ratio,
    outcome,
    sample,
    share,
)
from evenhand.theory.luck import DYADS, KeptLuck
from evenhand.theory.parameters import Theory
from evenhand.theory.people import ETHNICITY
from evenhand.theory.summary import Summary, summarise, together

PER_THERAPIST = 20
SESSIONS = 20

FEEDBACK = Conditions(feedback_from=2)
PREFERENCE = Conditions(preferred=0.8)
SAME = Conditions(therapist_group="client")
WHITE = Conditions(therapist_group="White")


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure; ``low`` and ``high`` are what counts as met."""

    name: str
    title: str
    value: float
    low: float
    high: float
    role: Literal["own", "shared", "held out"]
    source: str
    key: str
    means: str

    def met(self, found: float) -> bool:
        """Whether a simulated figure is within what counts as met."""
        return self.low <= found <= self.high


@cache
def targets() -> Mapping[str, Target]:
    """Every target by name, those of the fit first."""
    text = (files("evenhand.theory") / "targets.toml").read_text(encoding="utf-8")
    return {name: _target(name, row) for name, row in tomllib.loads(text).items()}


def _target(name: str, row: Mapping[str, Any]) -> Target:
    low, high = row["accept"]
    others = {key: value for key, value in row.items() if key != "accept"}
    return Target(name=name, low=low, high=high, **others)


def fitted_targets() -> dict[str, Target]:
    """Those that a calibration may see."""
    return {n: t for n, t in targets().items() if t.role != "held out"}


@dataclass(frozen=True)
class Bench:
    """The simulated studies that give the figures, always on the same draws.

    Args:
        seed: of the draws.
        blocks: blocks of dyads of the observed study.
        arms: blocks of each arm of the experiments, whose dyads are the same in all arms.
    """

    seed: int = 1
    blocks: int = 4
    arms: int = 2
    kept: dict[int, KeptLuck] = field(default_factory=dict, compare=False, repr=False)

    def run(self, theory: Theory, conditions: Conditions, blocks: int) -> Summary:
        """All dyads of some blocks under some conditions."""
        count = self.blocks * DYADS
        world = World(
            theory, count, max(1, count // PER_THERAPIST), SESSIONS, self.seed, conditions
        )
        staff = world.staff()
        return together(summarise(world, b, staff, self._luck(b)) for b in range(blocks))

    def _luck(self, block: int) -> KeptLuck:
        if block not in self.kept:
            self.kept[block] = KeptLuck(self.seed, block)
        return self.kept[block]

    def measure(self, theory: Theory) -> dict[str, float]:
        """Every target's figure, simulated."""
        usual = self.run(theory, AS_IS, self.blocks)
        control = usual.take(np.arange(self.arms * DYADS))
        found = observed(usual) | england(usual, theory.weight_minoritised)
        found |= matched(self.run(theory, SAME, self.arms), self.run(theory, WHITE, self.arms))
        found |= trial("feedback", self.run(theory, FEEDBACK, self.arms), control)
        found |= trial("preference", self.run(theory, PREFERENCE, self.arms), control)
        return {name: found[name] for name in targets()}


def observed(everyone: Summary) -> dict[str, float]:
    """Figures that a study gives which only looks."""
    s = everyone.take(sample(everyone))
    y = outcome(s)
    broken = s.ruptures > 0
    few, hurt = s.minoritised, s.minoritised & (s.slights > 0)
    return {
        "alliance_outcome": correlation(s.alliance, y),
        "humility_alliance": correlation(s.humility, s.alliance),
        "humility_outcome": correlation(s.humility, y),
        "empathy_outcome": correlation(s.empathy, y),
        "dropout": float(everyone.dropped.mean()),
        "therapist_outcome": share(y, s.therapist),
        "therapist_dropout": latent_share(everyone.dropped, everyone.therapist),
        "mended_outcome": correlation((~s.open[broken]).astype(float), y[broken]),
        "slight": float((s.slights[few] > 0).mean()),
        "undiscussed": float((s.discussed[hurt] == 0).mean()),
        "unsaid": float(s.unsaid.mean()),
        "confrontation": effect(
            everyone.resistance[everyone.dropped], everyone.resistance[~everyone.dropped]
        ),
        "reactance": _reactance(s, y),
    }


def _reactance(s: Summary, y: np.ndarray) -> float:
    """Among the most reactant third: least against most coded direction."""
    high = s.reactance >= np.quantile(s.reactance, 2 / 3)
    low_cut, high_cut = np.quantile(s.direct, [1 / 3, 2 / 3])
    return effect(y[high & (s.direct <= low_cut)], y[high & (s.direct >= high_cut)])


def england(everyone: Summary, minoritised: float) -> dict[str, float]:
    """England's rates, as its national service counts them."""
    e = England(everyone, minoritised)
    least, most = e.decile(1), e.decile(10)
    found = {
        f"recovery_{name.lower()}": e.rate(e.recovered, e.s.ethnicity == number)
        for number, name in enumerate(ETHNICITY)
    }
    return found | {
        "recovery": e.rate(e.recovered),
        "recovery_least": e.rate(e.recovered, least),
        "recovery_most": e.rate(e.recovered, most),
        "improvement_least": e.rate(e.improved, least),
        "improvement_most": e.rate(e.improved, most),
        "deterioration_least": e.rate(e.deteriorated, least),
        "deterioration_most": e.rate(e.deteriorated, most),
    }


def trial(name: str, treated: Summary, control: Summary) -> dict[str, float]:
    """A randomised comparison; those not on track are no better at session 4 than before."""
    both = together([treated, control])
    arm = np.arange(len(both)) < len(treated)
    kept = sample(both)
    s, arm = both.take(kept), arm[kept]
    y = outcome(s)
    off = s.midway >= s.pre[0]
    return {
        f"{name}_outcome": effect(y[arm], y[~arm]),
        f"{name}_dropout": odds_ratio(s.dropped[~arm], s.dropped[arm]),
        f"{name}_off_track": effect(y[arm & off], y[~arm & off]),
    }


def matched(same: Summary, white: Summary) -> dict[str, float]:
    """The same minoritised clients with a therapist of their own group, and with a White one."""
    both = together([same, white])
    arm = np.arange(len(both)) < len(same)
    kept = sample(both)
    s, arm = both.take(kept), arm[kept]
    y, few = outcome(s), s.minoritised
    return {
        "match_perception": effect(s.humility[arm & few], s.humility[~arm & few]),
        "match_outcome": effect(y[arm & few], y[~arm & few]),
    }
