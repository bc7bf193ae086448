"""How a scale is read on a page: its range, which way is better, what is noise, what is a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Cutoff, Instrument, ReliableChange, Scale, find_instrument

NICE = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)
"""Steps between gridlines."""

SHORT = 7.0
"""Scales that are no longer than this are shown whole."""

Part = TypeVar("Part")


def _first(parts: Iterable[Part], fits: Callable[[Part], bool]) -> Part | None:
    return next((one for one in parts if fits(one)), None)


@dataclass(frozen=True)
class Measure:
    """One scale of one instrument.

    Args:
        instrument: its name, as the table has it.
        scale: the scale's key, or "" for the whole instrument.
        known: the instrument's file, None where we have none: then nothing is said of noise.
    """

    instrument: str
    scale: str = ""
    known: Instrument | None = None

    @property
    def _key(self) -> str:
        return self.scale or "total"

    @property
    def title(self) -> str:
        """What the panel is called."""
        name = self.known.name if self.known else self.instrument
        name = f"Alliance, {name}" if self.about == "alliance" else name
        return f"{name}, {self.scale}".replace("_", " ") if self.scale else name

    @property
    def about(self) -> str:
        """outcome, alliance …, or "" where it is not known."""
        return self.known.about if self.known else ""

    @property
    def direction(self) -> int:
        """1 where more is better for the client, -1 where it is worse, 0 where neither."""
        return self.made_of.direction if self.made_of else 0

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Lowest and highest score that there can be."""
        return (self.made_of.low, self.made_of.high) if self.made_of else (None, None)

    @property
    def reliable(self) -> ReliableChange | None:
        """The change that is larger than noise would often make."""
        return _first(self.known.changes if self.known else (), lambda c: c.scale == self._key)

    @property
    def cutoff(self) -> Cutoff | None:
        """The score that divides cases from others."""
        return _first(self.known.cutoffs if self.known else (), lambda c: c.scale == self._key)

    @property
    def made_of(self) -> Scale | None:
        """The scale in the instrument's file."""
        return _first(self.known.scales if self.known else (), lambda s: s.key == self._key)

    def is_case(self, score: float) -> bool | None:
        """Whether a score counts as a case; None where no cut-off is known."""
        return None if self.cutoff is None else self.cutoff.is_case(score)

    def axis(self, scores: Sequence[float]) -> tuple[float, float, float]:
        """Ends of an axis on which these scores lie, and the step of its gridlines."""
        low, high = self.bounds
        if low is not None and high is not None and high - low <= SHORT:
            return low, high, 1.0 if high - low > 2 else 0.5
        shown = [*scores, *([self.cutoff.at] if self.cutoff else [])]
        least = 0.0 if low is None or low >= 0 else low
        if low is not None and low > 0:
            least = max(low, min(shown) - 1.0)
        span = max(max(shown) - least, 1.0)
        step = next((n for n in NICE if span / n <= 4.5), 100.0)
        first = step * int(least // step)
        last = first + step * -int(-(max(shown) - first + 1e-9) // step)
        if high is not None and last > high >= max(shown):
            last = high
        return first, max(last, first + step), step


def measure_of(
    instrument: str, scale: str, rater: str | None = None, own: Sequence[Instrument] = ()
) -> Measure:
    """A scale with what its instrument's file says of it.

    Args:
        instrument: as the table has it.
        scale: the scale's key, "" for the whole instrument.
        rater: client or therapist, where forms differ by who fills them in.
        own: the study's own instruments.
    """
    try:
        return Measure(instrument, scale, find_instrument(instrument, rater, own))
    except EvenhandError:  # a name that is nobody's: the scores are shown, and nothing is said
        return Measure(instrument, scale)
