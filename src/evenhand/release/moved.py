"""Clients who are moved for one hidden count, and what two therapists who know some of them see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.boxes import Box
from evenhand.release.proofs import ENOUGH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]

MANY = 10**9


class Moved:
    """Clients who are moved for one count: into it, and apart from that out of it."""

    def __init__(self, box: Box, need: int, therapists: int) -> None:
        """Nobody yet."""
        self.box = box
        self.therapists = max(therapists, 1)
        self.need, self.most = need, ENOUGH * need
        self.used: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.total = [0, 0]

    def more(self, corners: Whole) -> bool:
        """Move along these boxes as many clients as there are; whether that was anybody."""
        half, before = corners.shape[1] // 2, sum(self.total)
        for way, losing in enumerate((corners[:, half:], corners[:, :half])):
            room = self.box.n[losing].min(axis=1, initial=MANY)
            order = np.argsort(-room, kind="stable")
            self._take(way, losing[order[: (room > 0).sum()]])
        return sum(self.total) > before

    def _take(self, way: int, losing: Whole) -> None:
        used = self.used[way]
        for kinds in losing.tolist():
            if self.total[way] >= self.most:
                return
            left = min(int(self.box.n[k]) - used.get(k, 0) for k in kinds)
            left = min(left, self.most - self.total[way])
            if left > 0:
                self.total[way] += left
                for k in kinds:
                    used[k] = used.get(k, 0) + left

    @property
    def width(self) -> float:
        """How far apart two values of the count are for two therapists together, at least."""
        if sum(self.total) < self.need:
            return 0.0
        lost = self._lost(0) + self._lost(1)
        return sum(self.total) - float(np.sort(lost)[-2:].sum())

    def _lost(self, way: int) -> NDArray[np.float64]:
        """How many moves each therapist rules out at most, who knows their own clients.

        Clients of a kind who stay are as many whom a therapist may know for nothing; of two
        therapists together each is given half of them.
        """
        kinds = np.array(sorted(self.used[way]), dtype=np.int64)
        used = np.array([self.used[way][k] for k in kinds.tolist()], dtype=np.int64)
        place, therapist = self.box.known(kinds)
        keys, known = np.unique(place * self.therapists + therapist, return_counts=True)
        place, therapist = keys // self.therapists, keys % self.therapists
        stay = (self.box.n[kinds] - used)[place]
        lost = np.minimum(np.maximum(known - stay / 2, 0.0), used[place])
        return np.bincount(therapist, lost, self.therapists).astype(float)
