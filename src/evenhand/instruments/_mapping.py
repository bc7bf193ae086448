"""What a column, a link or a code of somebody's export asks: an item or a scale of ours.

Names are read as people write them: ``phq9_1``, ``PHQ-9 item 1``, ``wai_sr_bond_therapist``, or
a LOINC code anywhere in the label. A label that could mean two things means nothing here, so
that it is listed and not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from evenhand.instruments._contract import RATERS, Instrument, Item, Scale
from evenhand.instruments._words import WHOLE

RATER_WORDS: Mapping[str, str] = {
    "client": "client",
    "patient": "client",
    "therapist": "therapist",
    "clinician": "therapist",
}
"""Words of a label that say who filled it in."""

_LOINC = re.compile(r"(?<![\w-])(\d{2,7}-\d)(?![\w-])")
_NUMBER = re.compile(r"(?:q|i|item|question)?0*([1-9]\d*)")
_SCORED = re.compile(r"(?:sub)?(?:scale|score)s?$")


@dataclass(frozen=True, slots=True)
class Place:
    """An item or a scale of an instrument; ``rater`` where the label says who filled it in."""

    instrument: Instrument
    item: Item | None = None
    scale: Scale | None = None
    rater: str | None = None

    @property
    def label(self) -> str:
        """The key of its item or scale."""
        part = self.item or self.scale
        return part.key if part else ""


def find_place(
    label: str,
    known: Iterable[Instrument],
    within: Instrument | None = None,
    rater: str | None = None,
) -> Place | None:
    """What a label means, or None where it means nothing or more than one thing.

    Args:
        label: a column's name, a link's id, a code.
        known: the instruments that are looked through.
        within: the instrument, where the file says which it is; ``1`` is then its first item.
        rater: who filled it in, where known; forms of one name differ by it.
    """
    instruments = [within] if within is not None else list(known)
    coded = _of_loinc(label, instruments)
    if coded is not None:
        return coded
    said, words = _rater_of(label)
    found: dict[tuple[str, str, bool], Place] = {}
    for instrument in instruments:
        if (said or rater) is None or (said or rater) in instrument.raters:
            for rest in _rests(words, instrument, within is not None):
                place = _part(instrument, rest, said)
                if place is not None:
                    found[instrument.key, place.label, place.item is not None] = place
    return _one(list(found.values()))


def find_code(code: str, known: Iterable[Instrument]) -> Instrument | None:
    """The instrument that a panel's code, an address or a name stands for, or None."""
    for instrument in known:
        if instrument.loinc and instrument.loinc in _LOINC.findall(code):
            return instrument
    tail = code.partition("|")[0].rstrip("/").rpartition("/")[2].rpartition(":")[2]
    words = re.sub(r"questionnaire|[\W_]+", " ", tail.casefold()).split()
    runs = {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    fitting = [one for one in known if runs & _names(one)]
    longest = max((len(name) for one in fitting for name in runs & _names(one)), default=0)
    best = [one for one in fitting if any(len(n) == longest for n in runs & _names(one))]
    return best[0] if len({one.name for one in best}) == 1 else None


def _of_loinc(label: str, known: Iterable[Instrument]) -> Place | None:
    codes = set(_LOINC.findall(label))
    if not codes:
        return None
    for instrument in known:
        for item in instrument.items:
            if item.loinc in codes:
                return Place(instrument, item=item)
        for scale in instrument.scales:
            if scale.loinc in codes:
                return Place(instrument, scale=scale)
    return None


def _rater_of(label: str) -> tuple[str | None, list[str]]:
    """Who the label says filled it in, and its other words."""
    words = re.sub(r"[\W_]+", " ", label.casefold()).split()
    raters = {RATER_WORDS[word] for word in words if word in RATER_WORDS}
    said = raters.pop() if len(raters) == 1 else None
    return said, [word for word in words if word not in RATER_WORDS]


def _rests(words: list[str], instrument: Instrument, bare: bool) -> Iterator[str]:
    """What follows a name of the instrument; the whole label where the instrument is known.

    A rest with two numbers (``1.1``, ``1_t2``) says more than which item it is, and is none.
    """
    names = _names(instrument)
    rests = [words] if bare else []
    for start in range(len(words) if bare else min(1, len(words))):
        joined = ""
        for n, word in enumerate(words[start:], start + 1):
            before, joined = joined, joined + word
            ends = [name for name in names if joined.startswith(name) and len(name) > len(before)]
            rests += [[joined[len(name) :], *words[n:]] for name in ends]
    for rest in rests:
        if sum(any(letter.isdigit() for letter in word) for word in rest) <= 1:
            yield "".join(rest)


def _part(instrument: Instrument, rest: str, rater: str | None) -> Place | None:
    number = _NUMBER.fullmatch(rest)
    for item in instrument.items:
        if rest == _plain(item.key) or (number and number[1] == item.key):
            return Place(instrument, item=item, rater=rater)
    scored = _SCORED.sub("", rest)
    for scale in instrument.scales:
        named = {rest, scored} & {_plain(name) for name in (scale.key, *scale.aliases)}
        if named or (scale.key == "total" and {rest, scored} & WHOLE):
            return Place(instrument, scale=scale, rater=rater)
    return None


def _one(places: list[Place]) -> Place | None:
    """The one meaning; an item before a whole score (``wai_s_12`` is an item of twelve)."""
    items = [place for place in places if place.item is not None]
    chosen = items or places
    forms = {(place.instrument.name, place.label) for place in chosen}
    return chosen[0] if len(forms) == 1 else None


def _names(instrument: Instrument) -> set[str]:
    """Its names without the rater's: ``check-in-client`` is a check-in of the client."""
    names = {_plain(name) for name in (instrument.key, instrument.name, *instrument.aliases)}
    bare = {name.removesuffix(rater) for name in names for rater in RATERS}
    return {name for name in names | bare if name}


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
