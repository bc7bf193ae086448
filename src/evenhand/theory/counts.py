"""What can be counted in a session: amounts and exposures whose rates follow the state."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from evenhand.theory.course import World
from evenhand.theory.dyads import Dyads, logistic
from evenhand.theory.luck import Floats, generator
from evenhand.theory.meeting import State

SUMS = {
    "questions": ("closed_questions", "open_questions"),
    "directives": ("directives_process", "directives_life"),
}
"""Counts that are made of other counts."""
WHOLE = ("talk_share", "turn_length")
"""Counts that are the session's own words and turns."""


class Amounts(NamedTuple):
    """A count's amounts and exposures a role; None where the role has none.

    ``…_phi`` is variance over mean given the rate: 1 − p for a share, 1 for a rate.
    """

    k_t: Floats | None
    e_t: Floats | None
    k_c: Floats | None
    e_c: Floats | None
    phi_t: Floats | None
    phi_c: Floats | None


@cache
def observables() -> Mapping[str, Any]:
    """observables.toml."""
    text = (files("evenhand.theory") / "observables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def counted() -> tuple[str, ...]:
    """Names of all counts that the theory makes."""
    return (*WHOLE, *observables()["counts"], *SUMS)


def drivers(d: Dyads, s: State, here: Any) -> dict[str, Floats]:
    """What counts follow, for the dyads that are here."""
    return {
        "power": s.power[here],
        "voice": s.voice[here] - 0.5,
        "direct": s.direct[here],
        "resistance": s.resistance[here],
        "resentment": s.resentment[here],
        "named": s.named[here].astype(float),
        "mended": s.mended[here].astype(float),
        "humility": d.humility_sd[here],
    }


def _gap(world: World, d: Dyads) -> Floats:
    """What a planted effect is multiplied with."""
    where = d.clients.positions
    if world.conditions.planted_by == "difference":
        return np.asarray(d.group != where.ethnicity, dtype=np.float64)
    return np.asarray(2.0 * (d.standing - where.standing))


def _predictor(row: Mapping[str, Any], by: Mapping[str, Floats], z: Floats) -> Floats:
    """Level, what it follows, and the session's own deviation."""
    total = row["level"] + row.get("spread", 0.0) * z
    for name, values in by.items():
        if row.get(name):
            total = total + row[name] * values
    return np.asarray(total)


class Counter:
    """Counts of one session of a block, each with random numbers of its own."""

    def __init__(self, world: World, block: int, d: Dyads, state: State) -> None:
        """Draw words and turns; counts are drawn when asked for.

        Args:
            world: whose seed, error rates and planted effect hold.
            block: number of the block.
            d: the dyads that the state holds.
            state: where they are; only those who are here are counted.
        """
        p = world.theory
        self._at = (world.seed, block, state.number)
        here = np.flatnonzero(state.here)
        few = d.minoritised[here]
        self._heard = {
            "therapist": np.full(len(here), 1.0 - p.error_therapist),
            "client": 1.0 - np.where(few, p.error_minoritised, p.error_client),
        }
        self.size = len(here)
        self._planted = world.conditions.planted * _gap(world, d)[here]
        self._by = drivers(d, state, here)
        self._made: dict[str, Amounts] = {}
        self._exposures = self._talk()

    def _rng(self, name: str) -> np.random.Generator:
        seed, block, number = self._at
        return generator(seed, block, "count", 1000 * number + counted().index(name))

    def _talk(self) -> dict[str, Floats]:
        """Words and turns of both."""
        whole, rng = observables()["session"], self._rng("talk_share")
        z = rng.standard_normal((3, self.size))
        words = whole["words"] * np.exp(whole["words_sd"] * z[0])
        share = logistic(_predictor(whole["talk"], self._by, z[1]))
        turns = np.maximum(10.0, np.rint(whole["turns"] * np.exp(whole["turns_sd"] * z[2])))
        therapist = np.rint(words * share)
        return {
            "words_t": therapist,
            "words_c": np.rint(words) - therapist,
            "turns_t": turns,
            "turns_c": turns - (rng.random(self.size) < 0.5),
        }

    @property
    def talk(self) -> Mapping[str, Floats]:
        """``words_t, words_c, turns_t, turns_c``."""
        return self._exposures

    def of(self, name: str) -> Amounts:
        """The amounts of a count."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Amounts:
        if name in WHOLE:
            return self._whole(name)
        if name in SUMS:
            return self._sum(SUMS[name])
        row, rng = observables()["counts"][name], self._rng(name)
        therapist = self._draw(row, "therapist", rng)
        client = self._draw(row, "client", rng)
        (k_t, e_t, phi_t), (k_c, e_c, phi_c) = therapist, client
        return Amounts(k_t, e_t, k_c, e_c, phi_t, phi_c)

    def _whole(self, name: str) -> Amounts:
        t, one = self._exposures, np.ones(self.size)
        if name == "turn_length":
            return Amounts(t["words_t"], t["turns_t"], t["words_c"], t["turns_c"], one, one)
        both = t["words_t"] + t["words_c"]
        return Amounts(t["words_t"], both, t["words_c"], both, one, one)

    def _sum(self, names: Iterable[str]) -> Amounts:
        first, second = (self.of(n) for n in names)
        k_t, k_c = (_added(first, second, c) for c in ("k_t", "k_c"))
        return first._replace(k_t=k_t, k_c=k_c)

    def _exposure(self, of: str) -> Floats:
        """Turns or words, a part of them, or another count's amount."""
        if "." in of:
            name, _, role = of.partition(".")
            found = getattr(self.of(name), f"k_{role[0]}")
            return np.asarray(found)
        base, _, part = of.partition("/")
        return np.floor(self._exposures[base] / float(part or 1.0))

    def _draw(
        self, count: Mapping[str, Any], role: str, rng: np.random.Generator
    ) -> tuple[Floats | None, Floats | None, Floats | None]:
        """Amount, exposure, dispersion of one role; phrases in wrong words are missed."""
        row = count.get(role)
        if row is None:
            return None, None, None
        exposure = self._exposure(row["of"])
        x = _predictor(row, self._by, rng.standard_normal(self.size))
        if role == "therapist":
            x = x + self._planted
        if count["kind"] == "share":
            p = logistic(x)
            return rng.binomial(exposure.astype(np.int64), p).astype(float), exposure, 1.0 - p
        mean = exposure * np.exp(x) * self._heard[role]
        return rng.poisson(mean).astype(float), exposure, np.ones(self.size)


def _added(first: Amounts, second: Amounts, column: str) -> Floats | None:
    a, b = getattr(first, column), getattr(second, column)
    return None if a is None or b is None else np.asarray(a + b)
