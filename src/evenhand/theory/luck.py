"""Chance, in blocks: the draws of a block depend on the seed and its number and nothing else.

Philox is keyed (seed, block); its counter's high word says what is drawn. So the same seed gives
the same dyads whatever the number of processes, the size of a chunk, or how many blocks there are,
and two settings can be run on the same draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

DYADS = 8192
"""Dyads of a block. Part of what a seed means: changing it changes every number."""
THERAPISTS = 1024
"""Therapists of a block, likewise."""


class _Nothing(ISeedSequence):
    """A seed that is written over at once: asking the machine for one takes as long as drawing."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Zeros."""
        return np.zeros(n_words, dtype=dtype)


_NOTHING = _Nothing()
_STREAMS = {"therapist": 1, "client": 2, "session": 3, "rating": 4, "count": 5, "paper": 6}


def generator(seed: int, block: int, stream: str, number: int = 0) -> np.random.Generator:
    """The random numbers of one block for one purpose (and one session).

    Args:
        seed: 0 … 2⁶⁴ − 1.
        block: number of the block.
        stream: what is drawn: a key of ``_STREAMS``.
        number: the session's, where it is drawn by session.
    """
    key = np.array([seed, block], dtype=np.uint64)
    counter = np.array([0, 0, number, _STREAMS[stream]], dtype=np.uint64)
    philox = np.random.Philox(cast("Any", _NOTHING))
    philox.state = {
        "bit_generator": "Philox",
        "state": {"counter": counter, "key": key},
        "buffer": np.zeros(4, dtype=np.uint64),
        "buffer_pos": 4,
        "has_uint32": 0,
        "uinteger": 0,
    }
    return np.random.Generator(philox)


class ClientLuck(NamedTuple):
    """Draws that make the clients of a block: normal ``z`` and uniform ``u``, a row each."""

    z: Floats
    u: Floats


class SessionLuck(NamedTuple):
    """Draws that a block's session takes: normal (4 rows) and uniform (4 rows)."""

    z: Floats
    u: Singles


CLIENT_Z = ("alpha", "rho", "pi", "halo", "halo_therapist", "u", "u_2", "start", "start_2", "plan")
CLIENT_U = ("ethnicity", "decile", "gender", "orientation", "therapist", "candidate", "chosen")
SESSION_Z = ("resist", "trust", "symptoms", "symptoms_2")
SESSION_U = ("name", "slight", "mend", "leave")
RATING_Z = (
    "alliance",
    "therapist",
    "humility",
    "empathy",
    "symptoms",
    "symptoms_2",
    "resist",
    "direct",
)
CODED = 2
"""The last so many of these are of what is coded, and need not be drawn where nobody codes it."""


@dataclass(frozen=True)
class Luck:
    """All draws of a block of dyads, made when they are asked for."""

    seed: int
    block: int

    def client(self) -> ClientLuck:
        """What makes the clients and who sees whom."""
        rng = generator(self.seed, self.block, "client")
        z = rng.standard_normal((len(CLIENT_Z), DYADS))
        return ClientLuck(z, rng.random((len(CLIENT_U), DYADS)))

    def session(self, number: int, size: int) -> SessionLuck:
        """What happens by chance in a session, 1, 2, …, to the dyads that have it before them."""
        rng = generator(self.seed, self.block, "session", number)
        z = rng.standard_normal((len(SESSION_Z), size))
        return SessionLuck(z, rng.random((len(SESSION_U), size), dtype=np.float32))

    def rating(self, number: int, size: int, rows: int = len(RATING_Z)) -> Floats:
        """Noise of what is rated and measured after a session; 0 is before the first."""
        rng = generator(self.seed, self.block, "rating", number)
        return rng.standard_normal((rows, size))


@dataclass(frozen=True)
class KeptLuck(Luck):
    """Draws that are kept once made: for a calibration, which takes the same ones many times."""

    kept: dict[tuple[str, int, int], Any] = field(default_factory=dict, compare=False, repr=False)

    def _once(self, key: tuple[str, int, int], make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def client(self) -> ClientLuck:
        """As `Luck.client`."""
        made: ClientLuck = self._once(("client", 0, 0), super().client)
        return made

    def session(self, number: int, size: int) -> SessionLuck:
        """As `Luck.session`."""
        make = partial(super().session, number, size)
        made: SessionLuck = self._once(("session", number, size), make)
        return made

    def rating(self, number: int, size: int, rows: int = len(RATING_Z)) -> Floats:
        """As `Luck.rating`."""
        make = partial(super().rating, number, size, rows)
        made: Floats = self._once((f"rating {rows}", number, size), make)
        return made
