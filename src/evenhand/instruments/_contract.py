"""What an instrument is: how a questionnaire is scored, and how far that is known.

An instrument holds no wording of others: items are numbers with a range. Our own check-ins are
the one exception, because their wording is ours; a study's own instrument may hold its texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    import polars as pl

STATUSES = ("answered", "declined", "not asked", "unknown")
"""What an answer can be: three ways of having none are three different things."""

RATERS = ("client", "therapist")

Side = Literal["at or above", "above", "at or below", "below"]
Scoring = Literal["sum", "mean", "mean x 10", "item"]
Direction = Literal[-1, 0, 1]
Kind = Literal["number", "choice", "open"]
Reversal = Literal["here", "form"]


@overload
def beyond(score: float, at: float, side: Side) -> bool: ...
@overload
def beyond(score: pl.Expr, at: float, side: Side) -> pl.Expr: ...
def beyond(score: float | pl.Expr, at: float, side: Side) -> bool | pl.Expr:
    """Whether a score, or each of a column of them, lies on this side of a limit."""
    compare = {"at or above": ge, "above": gt, "at or below": le, "below": lt}[side]
    return compare(score, at)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Item:
    """One question, by its number.

    Args:
        key: what a table calls it, usually its number.
        kind: ``number`` on a scale, ``choice`` among words, ``open`` for free text.
        low: the lowest answer, for numbers.
        high: the highest answer.
        step: the distance between neighbouring answers.
        reversed: counts against its scale, as the form puts it.
        choices: answers in words to their score; None where an answer is no quantity.
        declining: answers in words that decline.
        loinc: its LOINC code, or "".
        codes: LOINC codes of its answers to their numbers, where they are known.
        text: its wording, where it is ours or the study's own.
        construct: what it asks about, for our own items.
        near: the nearest families of published instruments, for our own items.
        on_release: what the form says before its answer is released.
        for_therapist: what the therapist's page says beside a released answer.
    """

    key: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    reversed: bool = False
    choices: Mapping[str, float | None] = field(default_factory=dict)
    declining: tuple[str, ...] = ()
    loinc: str = ""
    codes: Mapping[str, float] = field(default_factory=dict)
    text: str = ""
    construct: str = ""
    near: str = ""
    on_release: str = ""
    for_therapist: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A score made of items.

    Args:
        key: its name in tables; ``total`` stands for the whole instrument.
        items: keys of its items; empty where they are not known to us.
        scoring: ``sum``, ``mean``, ``mean x 10``, or ``item`` for one item by itself.
        low: the lowest score that there can be, None where it is not known to us.
        high: the highest.
        direction: 1 where more is better for the client, -1 where it is worse, 0 where neither.
        missing_allowed: with more missing items than this there is no score.
        missing_source: where that rule stands.
        missing_verified: whether it was read there.
        loinc: the score's LOINC code, or "".
        title: what it is about, in a few words.
        aliases: other names that a table may give it.
    """

    key: str
    items: tuple[str, ...]
    scoring: Scoring
    low: float | None
    high: float | None
    direction: Direction
    missing_allowed: int = 0
    missing_source: str = ""
    missing_verified: bool = False
    loinc: str = ""
    title: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A score from which (``above``) or up to which (``below``) something is said of a person."""

    scale: str
    at: float
    side: Side
    means: str
    source: str
    verified: bool

    def is_case(self, score: float) -> bool:
        """Whether a score lies on the side of which something is said."""
        return beyond(score, self.at, self.side)


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """The change that is larger than chance alone would often make.

    ``sd``, ``reliability`` and ``confidence`` are those from which the limit was worked out.
    Where the first two are given, the loader works it out again and refuses what does not
    follow; where they are not, the file says so.
    """

    scale: str
    points: float
    source: str
    verified: bool
    sd: float | None = None
    reliability: float | None = None
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Worked:
    """A worked example: answers in the items' order, and the scores worked out by hand.

    An answer is a number, words of a choice, or one of ``declined``, ``not asked``, ``unknown``.
    A score is a number, or the status where there is none.
    """

    rater: str
    answers: tuple[float | str, ...]
    scores: Mapping[str, float | str]


@dataclass(frozen=True, slots=True)
class Instrument:
    """How one questionnaire is scored.

    Args:
        key: its name in code, files and addresses.
        name: its name on a page and in tables.
        title: what it is, in plain words.
        version: raised when a change would move old scores.
        raters: who may fill it in.
        about: outcome, alliance, session, recognition, preference, position or check-in.
        items: its questions; empty where its key is not known to us.
        scales: its scores.
        reversal: ``here`` where we turn reversed items, ``form`` where the numbers that the form
            prints beside them are turned already.
        cutoffs: scores that divide, each with its source.
        changes: reliable change, each with its source.
        examples: worked examples, which the contract suite works out again.
        source: the paper or manual.
        licence: what its owners say.
        show: whether a study may show a copy that it brings: yes, verbatim, no.
        unverified: what in this file was remembered and not read.
        aliases: other names that are understood.
        ambiguous: names that are refused, with the reason.
        loinc: the panel's LOINC code, or "".
        notes: what a user must know.
        validated: False for our own check-ins.
        file: where it was read.
    """

    key: str
    name: str
    title: str
    version: str
    raters: tuple[str, ...]
    about: str
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    reversal: Reversal
    cutoffs: tuple[Cutoff, ...]
    changes: tuple[ReliableChange, ...]
    examples: tuple[Worked, ...]
    source: str
    licence: str
    show: Literal["yes", "verbatim", "no"]
    unverified: tuple[str, ...]
    aliases: tuple[str, ...]
    ambiguous: Mapping[str, str]
    loinc: str
    notes: str
    validated: bool
    file: str

    def item(self, key: str) -> Item:
        """The item of this key."""
        return next(item for item in self.items if item.key == key)

    def scale(self, key: str) -> Scale:
        """The scale of this key."""
        return next(scale for scale in self.scales if scale.key == key)

    def turns(self, item: Item) -> bool:
        """Whether scoring turns this item's answers round."""
        return item.reversed and self.reversal == "here"
