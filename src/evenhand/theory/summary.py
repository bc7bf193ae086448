"""What a study of outcomes would keep of each dyad: enough for every published figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from evenhand.theory.course import World, gather
from evenhand.theory.dyads import logistic
from evenhand.theory.luck import DYADS, Floats, Luck
from evenhand.theory.meeting import State
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Bools, Ints, Therapists
from evenhand.theory.rated import Rated, rated_course

EARLY = (1, 3)
"""Sessions in which direction and resistance are coded."""
ALLIANCE = (3, 5)
"""Sessions over which rated alliance and humility are averaged."""
MIDWAY = 4
"""The session at which one looks whether a client is on track."""


@dataclass(frozen=True)
class Summary:
    """A row a dyad; ``pre`` and ``post`` have a row for each symptom scale.

    ``alliance``, ``humility`` and ``empathy`` are rated, in sessions 3–5; ``direct`` and
    ``resistance`` are coded, in sessions 1–3; ``midway`` is what was measured at session 4. All
    are nan where a dyad had no such session. ``felt`` is the alliance itself and ``rated`` as the
    client rates it, over all sessions; ``unsaid`` the chance that something about therapy was
    never said in one of them.
    """

    client: Ints
    therapist: Ints
    ethnicity: Ints
    decile: Ints
    reactance: Floats
    advantage: Floats
    attended: Ints
    dropped: Bools
    pre: Floats
    post: Floats
    midway: Floats
    alliance: Floats
    humility: Floats
    empathy: Floats
    direct: Floats
    resistance: Floats
    felt: Floats
    rated: Floats
    voice: Floats
    slights: Ints
    discussed: Ints
    ruptures: Ints
    open: Bools
    unsaid: Floats

    def __len__(self) -> int:
        """How many dyads there are."""
        return len(self.therapist)

    def take(self, which: Bools | Ints) -> Summary:
        """Some of the dyads."""
        return Summary(**{f.name: getattr(self, f.name)[..., which] for f in fields(self)})

    @property
    def minoritised(self) -> Bools:
        """Whose client is not White."""
        return self.ethnicity > 0


_EARLY = ("direct", "resistance")
_RATED = ("alliance", "humility", "empathy")
_FELT = ("felt", "rated", "voice")


class _Sums:
    """Sums over the sessions of a block."""

    def __init__(self, n: int) -> None:
        self.sums = {k: np.zeros(n) for k in (*_EARLY, *_RATED, *_FELT)}
        self.counts = {k: np.zeros(n) for k in self.sums}
        self.pre, self.post = np.full((2, n), np.nan), np.full((2, n), np.nan)
        self.midway = np.full(n, np.nan)
        self.dropped, self.open = np.zeros((2, n), dtype=bool)
        self.attended, self.slights, self.discussed, self.ruptures = np.zeros((4, n), np.int64)
        self.all_said = np.ones(n)

    def add(self, key: str, values: Floats, here: Bools) -> None:
        """Add to a mean, where the dyad is here."""
        self.sums[key][: len(here)] += np.where(here, values, 0.0)
        self.counts[key][: len(here)] += here

    def see(self, p: Theory, state: State, rated: Rated) -> None:
        """Take in one session."""
        size, here = len(state), state.here
        self.post[:, :size] = np.where(here, rated.symptoms, self.post[:, :size])
        self.open[:size] = np.where(here, state.open, self.open[:size])
        self.attended[:size] += here
        self.slights[:size] += here & state.slight
        self.discussed[:size] += here & state.told
        self.ruptures[:size] += here & state.opened
        self.dropped[:size] |= state.leaves
        chance = logistic(p.u_0 + state.resentment) * (1.0 - state.voice)
        self.all_said[:size] *= np.where(here, 1.0 - chance, 1.0)
        self.add("felt", state.alliance, here)
        self.add("rated", rated.alliance, here)
        self.add("voice", state.voice, here)
        if EARLY[0] <= state.number <= EARLY[1]:
            for key in _EARLY:
                self.add(key, getattr(rated, key), here)
        if ALLIANCE[0] <= state.number <= ALLIANCE[1]:
            for key in _RATED:
                self.add(key, getattr(rated, key), here)
        if state.number == MIDWAY:
            self.midway[:size] = np.where(here, rated.symptoms[0], np.nan)

    def mean(self, key: str) -> Floats:
        """A mean, nan where there was nothing."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sums[key] / self.counts[key])


def summarise(world: World, block: int, staff: Therapists, luck: Luck | None = None) -> Summary:
    """Run a block and keep what a study of outcomes would."""
    p = world.theory
    d = gather(world, block, staff, luck)
    sums = _Sums(len(d))
    for state, _, rated in rated_course(world, block, d, luck):
        if state.number == 0:
            sums.pre = rated.symptoms
        else:
            sums.see(p, state, rated)
    return Summary(
        client=block * DYADS + d.clients.place,
        therapist=d.clients.therapist,
        ethnicity=d.clients.positions.ethnicity,
        decile=d.clients.decile,
        reactance=d.clients.reactance,
        advantage=d.advantage,
        attended=sums.attended,
        dropped=sums.dropped,
        pre=sums.pre,
        post=sums.post,
        midway=sums.midway,
        **{k: sums.mean(k) for k in sums.sums},
        slights=sums.slights,
        discussed=sums.discussed,
        ruptures=sums.ruptures,
        open=sums.open,
        unsaid=1.0 - sums.all_said,
    )


def together(parts: Iterable[Summary]) -> Summary:
    """Blocks as one."""
    held = list(parts)
    names = [f.name for f in fields(Summary)]
    return Summary(**{n: np.concatenate([getattr(s, n) for s in held], axis=-1) for n in names})
