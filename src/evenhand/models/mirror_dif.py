"""Do groups answer the alliance's items alike where their alliance is alike?

If one group uses an item's answers otherwise than another at the same alliance, a difference in
the score is partly a difference in the question. Each item is regressed on the score of the other
items that seem to be free of this (the anchors), then on the group beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_evidence import benjamini_hochberg
from evenhand.models.mirror_ordinal import Ordinal, fit_ordinal

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST = 100
"""Clients that a group must have; a smaller one is not testable, and never invariant."""
LIMIT = 0.035
"""The rise of R² from which an item's answers differ by group."""
MOST_ANSWERS = 10
"""An item with more different answers than this is cut at its tenths."""
FEWEST_ITEMS = 3
ROUNDS = 10

NOT_TESTABLE, INVARIANT, DIFFERS, NO_ANCHORS = "not testable", "invariant", "differs", "no anchors"


@dataclass(frozen=True)
class GroupN:
    """A group, its clients, and whether they are enough (``tested`` or ``not testable``)."""

    group: str
    clients: int
    status: str


@dataclass(frozen=True)
class Shift:
    """Log odds of a higher answer than the first group's at the same score, 95 % interval."""

    group: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class ItemDif:
    """One item.

    Args:
        item: its key.
        delta_r2: rise of Nagelkerke's R² when group, and group by score, enter.
        uniform: the part of it that group alone brings: one way at every score.
        p: of no difference, by likelihood ratio; `q` its false discovery rate over the items.
        differs: whether `delta_r2` reaches the limit; then the item is no anchor.
        shifts: each other group against the first.
    """

    item: str
    delta_r2: float
    uniform: float
    p: float
    q: float
    differs: bool
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class Dif:
    """What was found about a questionnaire's items.

    Args:
        verdict: ``not testable`` (fewer than two groups of 100), ``differs`` (an item does),
            ``no anchors`` (more than half of the items do: then nobody can say which), or
            ``invariant`` (no item's rise reaches the limit, among the groups that were tested).
        groups: all groups, the smallest too, the largest first.
        items: one each, in their order; empty where nothing was tested.
        anchors: keys of the items that the score stands on.
        settled: the anchors were the same two rounds running; where not, items of either of the
            last two rounds are said to differ.
        clients: who was tested.
        limit: the rise of R² that counts.
    """

    verdict: str
    groups: tuple[GroupN, ...]
    items: tuple[ItemDif, ...]
    anchors: tuple[str, ...]
    settled: bool
    clients: int
    limit: float = LIMIT


def fit_dif(answers: Numbers, groups: Sequence[str], items: Sequence[str]) -> Dif:
    """Look for items that groups answer otherwise at the same score.

    Args:
        answers: a row a client, a column an item, all turned one way, none missing.
        groups: each client's.
        items: keys of the columns.

    Raises:
        EvenhandError: fewer than three items, or an item that all answer alike.

    Source: Zumbo 1999, Handbook on the theory and methods of differential item functioning
        (ordinal logistic, total score); Jodoin & Gierl 2001, Appl Meas Educ 14:329-349 (the limit);
        Crane et al. 2006, Med Care 44:S115-S123 (purified anchors). Ours scores the anchors and
        the item itself; two groups or more.
    """
    if len(items) < FEWEST_ITEMS:
        raise EvenhandError(
            f"{len(items)} items were answered.", "alliance items", f"It takes {FEWEST_ITEMS}."
        )
    told = _counted(groups)
    tested = [one.group for one in told if one.status == "tested"]
    if len(tested) < 2:
        return Dif(NOT_TESTABLE, told, (), (), True, 0)
    kept = np.isin(groups, tested)
    group = np.array([tested.index(g) for g in np.asarray(groups)[kept]])
    found, settled = _purified(_Asked(answers[kept], group, tuple(items), tuple(tested)))
    anchors = tuple(one.item for one in found if not one.differs)
    few = 2 * len(anchors) < len(items)
    verdict = NO_ANCHORS if few else INVARIANT if len(anchors) == len(items) else DIFFERS
    return Dif(verdict, told, found, anchors, settled, len(group))


def _counted(groups: Sequence[str]) -> tuple[GroupN, ...]:
    names, sizes = np.unique(np.asarray(groups, dtype=str), return_counts=True)
    order = sorted(zip(names, sizes, strict=True), key=lambda one: (-one[1], one[0]))
    return tuple(
        GroupN(str(name), int(n), "tested" if n >= FEWEST else NOT_TESTABLE) for name, n in order
    )


@dataclass(frozen=True)
class _Asked:
    answers: Numbers
    group: Whole
    items: tuple[str, ...]
    groups: tuple[str, ...]

    def score(self, j: int, differ: frozenset[int]) -> Numbers:
        """Mean of the anchors and the item itself, in standard deviations."""
        counted = [i for i in range(len(self.items)) if i == j or i not in differ]
        mean = self.answers[:, counted].mean(axis=1)
        return np.asarray((mean - mean.mean()) / mean.std())


def _purified(asked: _Asked) -> tuple[tuple[ItemDif, ...], bool]:
    """Rounds in which the items that differ leave the score, until they are the same."""
    differ: frozenset[int] = frozenset()
    before = differ
    for _ in range(ROUNDS):
        found = [_item(asked, j, differ) for j in range(len(asked.items))]
        now = frozenset(j for j, one in enumerate(found) if one.differs)
        if now == differ or 2 * len(now) > len(asked.items):
            return _with_q(found, now), True
        before, differ = differ, now
    return _with_q(found, before | differ), False


def _with_q(found: Sequence[ItemDif], differ: frozenset[int]) -> tuple[ItemDif, ...]:
    q = benjamini_hochberg([one.p for one in found])
    return tuple(
        ItemDif(one.item, one.delta_r2, one.uniform, one.p, q[j], j in differ, one.shifts)
        for j, one in enumerate(found)
    )


def _item(asked: _Asked, j: int, differ: frozenset[int]) -> ItemDif:
    """Three nested models of one item: score, and group, and group by score."""
    y, score = codes_of_answers(asked.answers[:, j]), asked.score(j, differ)
    member = np.equal.outer(asked.group, np.arange(1, len(asked.groups))).astype(float)
    alone = fit_ordinal(y, score[:, None])
    beside = fit_ordinal(y, np.column_stack([score, member]))
    crossed = fit_ordinal(y, np.column_stack([score, member, score[:, None] * member]))
    rise = crossed.r2 - alone.r2
    better = max(0.0, 2 * (crossed.loglik - alone.loglik))
    p = float(chdtrc(2 * member.shape[1], better))
    shifts = _shifts(beside, asked.groups[1:])
    return ItemDif(asked.items[j], rise, beside.r2 - alone.r2, p, p, rise >= LIMIT, shifts)


def _shifts(beside: Ordinal, groups: Sequence[str]) -> tuple[Shift, ...]:
    errors = 1.96 * np.sqrt(np.diagonal(beside.cov))[1:]
    return tuple(
        Shift(name, float(b), float(b - half), float(b + half))
        for name, b, half in zip(groups, beside.beta[1:], errors, strict=True)
    )


def codes_of_answers(values: Numbers) -> Whole:
    """Answers as codes from 0; where there are many different ones, the tenths they lie in."""
    if len(np.unique(values)) > MOST_ANSWERS:
        cuts = np.unique(np.quantile(values, np.linspace(0.1, 0.9, MOST_ANSWERS - 1)))
        values = np.searchsorted(cuts, values, side="right").astype(float)
    return np.asarray(np.unique(values, return_inverse=True)[1], dtype=np.int64)
