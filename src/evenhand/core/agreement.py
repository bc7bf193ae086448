"""How far two codings of the same turns agree: κ, Krippendorff's α, F1, with intervals.

Every figure is a function of counts that add up over groups of turns (sessions), so an interval
is one matrix product: groups are drawn with replacement, their counts summed, the figure worked
out again. Turns of one session resemble each other, so turns are never drawn one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from evenhand.core._agreement_counts import (
    Array,
    Counts,
    Figure,
    accuracy_of,
    alpha_of,
    bootstrap_figure,
    coincidences_of,
    f1_of,
    group_confusions,
    kappa_of,
    macro_f1_of,
    weighted_f1_of,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two codings of the same turns, compared.

    Args:
        n: turns that both coded.
        n_groups: groups (sessions) that they lie in.
        classes: all labels that either used, sorted.
        kappa: Cohen's κ.
        alpha: Krippendorff's α, nominal.
        macro_f1: the mean of the classes' F1.
        weighted_f1: the mean of the classes' F1, weighted by how often people used them.
        accuracy: share of turns with the same label.
        f1: a class's F1.
        support: turns that people gave each class.
    """

    n: int
    n_groups: int
    classes: tuple[str, ...]
    kappa: Figure
    alpha: Figure
    macro_f1: Figure
    weighted_f1: Figure
    accuracy: Figure
    f1: Mapping[str, Figure]
    support: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For a machine: figures as value, low, high."""
        names = ("kappa", "alpha", "macro_f1", "weighted_f1", "accuracy")
        return {
            "n": self.n,
            "n_groups": self.n_groups,
            **{name: getattr(self, name).as_dict() for name in names},
            "classes": {
                name: {"n": self.support[name], "f1": self.f1[name].as_dict()}
                for name in self.classes
            },
        }


def _both_alphas(counts: Counts) -> Counts:
    """α of two complete codings: each turn adds its pair both ways round."""
    return alpha_of(counts + np.swapaxes(counts, -2, -1))


SCORES: Mapping[str, Callable[[Counts], Counts]] = {
    "kappa": kappa_of,
    "alpha": _both_alphas,
    "macro_f1": macro_f1_of,
    "weighted_f1": weighted_f1_of,
    "accuracy": accuracy_of,
}


def score_agreement(
    truth: ArrayLike, given: ArrayLike, groups: ArrayLike, rng: np.random.Generator
) -> Agreement:
    """Compare a coding with people's, turn by turn.

    Args:
        truth: people's labels.
        given: the other coding's labels, same order.
        groups: the session (or other group) of each turn; whole groups are drawn for intervals.
        rng: the source of the draws.

    Returns:
        All figures, with 95 % intervals where there are two groups or more.
    """
    people, other, group = np.asarray(truth, str), np.asarray(given, str), np.asarray(groups, str)
    classes = tuple(str(name) for name in np.union1d(people, other))
    per_group = group_confusions(people, other, group, classes)
    seed = int(rng.integers(2**63))
    draws = {
        name: bootstrap_figure(per_group, score, np.random.default_rng(seed))[0]
        for name, score in SCORES.items()
    }
    each = bootstrap_figure(per_group, f1_of, np.random.default_rng(seed))
    support = per_group.sum(axis=(0, 2)).astype(int).tolist()
    return Agreement(
        n=len(people),
        n_groups=per_group.shape[0],
        classes=classes,
        **draws,
        f1=dict(zip(classes, each, strict=True)),
        support=dict(zip(classes, support, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How far people agree with one another, which bounds what any coder can reach.

    Args:
        n: turns that two people or more coded.
        n_groups: sessions that they lie in.
        people: the most that coded one turn.
        alpha: Krippendorff's α among them.
        macro_f1: one person against the majority of the rest.
    """

    n: int
    n_groups: int
    people: int
    alpha: Figure
    macro_f1: Figure

    def as_dict(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "n": self.n,
            "n_groups": self.n_groups,
            "people": self.people,
            "alpha": self.alpha.as_dict(),
            "macro_f1": self.macro_f1.as_dict(),
        }


def score_people(
    units: ArrayLike, labels: ArrayLike, groups: ArrayLike, rng: np.random.Generator
) -> Ceiling | None:
    """How far several people agree, one row a person and turn.

    Args:
        units: which turn a row is about, any whole numbers.
        labels: the person's label.
        groups: the session of each row.
        rng: the source of the draws.

    Returns:
        The ceiling, or None where no turn was coded twice.
    """
    unit = np.unique(np.asarray(units), return_inverse=True)[1]
    classes, label = np.unique(np.asarray(labels, str), return_inverse=True)
    k = len(classes)
    votes = np.bincount(unit * k + label, minlength=(unit.max(initial=-1) + 1) * k)
    votes = votes.reshape(-1, k).astype(float)
    twice = votes.sum(axis=1) > 1
    if not twice.any():
        return None
    session = np.empty(len(votes), dtype=object)
    session[unit] = np.asarray(groups, str)
    pairs = _summed(coincidences_of(votes[twice]), session[twice])
    rest = _summed(_one_against_rest(votes[twice]), session[twice])
    seed = int(rng.integers(2**63))
    return Ceiling(
        n=int(twice.sum()),
        n_groups=len(pairs),
        people=int(votes.sum(axis=1).max()),
        alpha=bootstrap_figure(pairs, alpha_of, np.random.default_rng(seed))[0],
        macro_f1=bootstrap_figure(rest, macro_f1_of, np.random.default_rng(seed))[0],
    )


def _one_against_rest(votes: Counts) -> Counts:
    """For each unit, each vote (column) against the majority of the other votes (row).

    Where the others tie, the tied labels share the vote.
    """
    k = votes.shape[1]
    others = votes[:, None, :] - np.eye(k)
    top = (others == others.max(axis=2, keepdims=True)) & (others > 0)
    share = top / np.maximum(top.sum(axis=2, keepdims=True), 1)
    matrix: Counts = np.swapaxes(share * votes[:, :, None], 1, 2)
    return matrix


def _summed(per_unit: Counts, groups: Array) -> Counts:
    """Sum units' matrices within their groups."""
    names, group = np.unique(groups.astype(str), return_inverse=True)
    total = np.zeros((len(names), *per_unit.shape[1:]))
    np.add.at(total, group, per_unit)
    return total
