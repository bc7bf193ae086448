"""What a table's words mean to an instrument: labels of items and scales, answers in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evenhand.instruments._contract import Instrument, Item, Scale

WHOLE = frozenset({"", "total", "mean", "sum", "score", "overall", "summary"})
"""Names that stand for a whole instrument."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A label's item or scale; both None where the instrument has neither."""

    item: Item | None = None
    scale: Scale | None = None


def meaning_of(instrument: Instrument, label: str) -> Meaning:
    """What the column item or scale means: ``3``, ``item 3``, ``phq9_3``, ``total``, ``bond``."""
    plain = _plain(label)
    number = re.fullmatch(r"(?:.*\D)?0*([1-9]\d*)", plain)
    for item in instrument.items:
        if plain == _plain(item.key):
            return Meaning(item=item)
    for scale in instrument.scales:
        named = plain in map(_plain, (scale.key, *scale.aliases))
        if named or (plain in WHOLE and scale.key == "total"):
            return Meaning(scale=scale)
    prefix = number and plain[: number.start(1)].rstrip("0").strip()
    if number and prefix in _prefixes(instrument):
        for item in instrument.items:
            if item.key == number[1]:
                return Meaning(item=item)
    return Meaning()


def answer_of(item: Item, words: str) -> tuple[float | None, str | None, bool]:
    """(score, our spelling, whether it declines) of an answer; no spelling where it is none."""
    plain = _plain(words)
    for choice, score in item.choices.items():
        if plain == _plain(choice):
            return score, choice, False
    for choice, score in item.choices.items():
        if score is not None and words.strip() in {f"{score:g}", f"{score:.1f}"}:
            return score, choice, False
    declines = plain in map(_plain, item.declining)
    return None, None, declines


def _prefixes(instrument: Instrument) -> set[str]:
    names = (instrument.key, instrument.name, *instrument.aliases)
    joined = {_plain(name) for name in names} | {_plain(name).replace(" ", "") for name in names}
    return {"", "item", "q", "question"} | joined


def _plain(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words.casefold()).strip()
