"""A study's mirror as its page needs it: released models, and words that hold no figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenhand.core.wording import listed
from evenhand.positions import all_axes
from evenhand.release.mirror import MirrorRelease
from evenhand.release.models import ReleasedModel
from evenhand.reports.numbers import in_words, small

OVERALL = "all axes"
"""Standing over all ranked axes together."""
DISCOVERY = 0.05
"""A comparison among many is named at this false discovery rate."""


@dataclass(frozen=True)
class Refused:
    """Comparisons that were not made, and why, in words that hold no count."""

    what: Sequence[str]
    axes: Sequence[str]
    why: str
    remedy: str


@dataclass(frozen=True)
class MirrorView:
    """Everything that the page shows.

    Args:
        title: the study's.
        claim: the hierarchy's reason, or "" where nobody is ranked.
        presets: sources of presets that the claim names.
        release: the only figures that there are.
        refused: what was not compared.
        margin: the log rate ratio that the study calls no difference, or None.
        treatment_margin: as `margin`, in standard deviations of alliance and outcome.
        strata: axes whose meeting was asked for.
        made_up: a sentence where nobody in the study is real.
    """

    title: str
    claim: str
    release: MirrorRelease
    presets: Sequence[str] = ()
    refused: Sequence[Refused] = ()
    margin: float | None = None
    treatment_margin: float | None = None
    strata: Sequence[str] = ()
    made_up: str = ""

    def models(self, kind: str) -> list[ReleasedModel]:
        """Models of a kind, withheld ones too, in the order in which they were fitted."""
        return [one for one in self.release.models if one.key.partition("/")[0] == kind]

    def shown(self, kind: str) -> list[ReleasedModel]:
        """Models of a kind whose figures may be seen."""
        return [one for one in self.models(kind) if not one.withheld]

    @cached_property
    def axes(self) -> list[str]:
        """Axes that were looked at, the overall one first."""
        told = [one.told.get("axis") for one in self.release.models]
        found = list(dict.fromkeys(axis for axis in told if axis))
        return sorted(found, key=lambda axis: axis != OVERALL)

    @property
    def ranked(self) -> bool:
        """Whether the study claims a ranking; without one, pairs are compared."""
        return bool(self.claim)


def axis_title(axis: str) -> str:
    """What an axis is called."""
    if axis == OVERALL:
        return "All axes together"
    known = all_axes().get(axis)
    return known.title if known else axis


def axes_named(axes: Sequence[str]) -> str:
    """Several axes in a sentence."""
    return listed([small(axis_title(axis)) for axis in axes])


def is_clear(ends: Sequence[float | None], q: float | None = None) -> bool:
    """Whether an interval leaves out no difference, among a family of comparisons too."""
    _, low, high = ends
    if low is None or high is None:
        return False
    return (low > 0 or high < 0) and (q is None or q <= DISCOVERY)


def q_of(one: ReleasedModel, name: str = "q") -> float | None:
    """The false discovery rate at which a comparison would be named, where there is a family."""
    return one.shares.get(name, (None,))[0]


def where_primary(one: ReleasedModel) -> str:
    """Which of an outcome's coefficients was declared beforehand: within, between, or none."""
    return str(one.told.get("primary") or "")


def outcome_title(one: ReleasedModel) -> str:
    """An outcome in the middle of a sentence: ``alliance``, ``the last PHQ-9``, ``leaving``."""
    name = str(one.told["outcome"])
    if name == "alliance":
        return "alliance"
    if name == "drop-out":
        return "leaving early"
    return f"the last {name.removeprefix('outcome ')}"


def none_or(n: int) -> str:
    """A count of things before "of": ``none``, ``two``, ``26``."""
    return "none" if n == 0 else in_words(n)


def told_q(q: float | None) -> str:
    """A false discovery rate as a table has it."""
    if q is None:
        return ""
    return "< .001" if q < 0.001 else f"{q:.3f}".removeprefix("0")


def plain_title(told: Mapping[str, Any]) -> str:
    """An outcome's title without what stands behind its first colon or bracket."""
    title = str(told["title"])
    for end in (":", " (", ","):
        title = title.partition(end)[0]
    return title
