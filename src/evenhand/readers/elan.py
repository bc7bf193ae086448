"""ELAN .eaf: a tier a speaker, aligned to time slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.roles import SYNONYMS
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, decode_head, read_bytes, stem_of
from evenhand.readers._words import Piece, by_start, frame_of
from evenhand.readers._xml import line_of, parse_xml

NOT_SPEECH = re.compile(
    r"(?:^|[^a-z])(?:transl\w*|gloss\w*|ft|fte|ge|gls|ref|id|morph\w*|mb|ps|pos|notes?|nt|comments?"
    r"|cod(?:e|es|ing)|gestures?|gaze|phon\w*|ipa|topics?|silences?|pauses?|noises?|rating\w*"
    r"|interpreting|lemma\w*|syntax|act|acts)(?:$|[^a-z])",
    re.IGNORECASE,
)
"""Names of tiers and of their types that hold something about the words and not the words."""
SPEECH = re.compile(
    r"(?:^|[^a-z])(?:utt\w*|tx|txt|text|transcri\w*|speech|orth\w*|words?|say\w*)(?:$|[^a-z])",
    re.IGNORECASE,
)
WORDS = re.compile(r"(?:^|[^a-z])(?:words?|wd|tok\w*)(?:$|[^a-z])", re.IGNORECASE)
MOST_DEPTH = 60
"""Tiers above a tier: more than that is a ring."""
_AGAIN = "Open it in ELAN and save it again."

Times = tuple[float | None, float | None]


@dataclass
class Tier:
    """A tier with its children, as far as we need them."""

    element: Element
    name: str
    kind: str
    parent: str | None
    participant: str | None
    children: list[Tier] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The person: PARTICIPANT, else what the tier's name says (``utt@T`` is T's)."""
        return self.participant or self.name.rpartition("@")[2].strip() or self.name

    @property
    def is_speech(self) -> bool:
        """False for translations, glosses and other layers about the words, and without a word."""
        layer = self.name.rpartition("@")[0] or self.name
        person = self.participant if self.parent else None
        about = NOT_SPEECH.search(f"{layer} {self.kind} {person or ''}")
        values = self.element.iterfind("ANNOTATION/*/ANNOTATION_VALUE")
        return about is None and any((value.text or "").strip() for value in values)


def sniff_elan(head: bytes) -> bool:
    """True for the root element of ELAN's XML."""
    text = decode_head(head).lstrip("\ufeff \t\r\n")
    return text.startswith("<") and "<ANNOTATION_DOCUMENT" in text


def _time_slots(path: Path, root: Element) -> dict[str, float | None]:
    """Slot to seconds; a slot may have none."""
    slots: dict[str, float | None] = {}
    for slot in root.iter("TIME_SLOT"):
        value = slot.get("TIME_VALUE")
        if value is not None and not re.fullmatch(r"-?\d{1,15}", value.strip()):
            raise bad(path, "A time slot's value is no whole number.", _AGAIN, line_of(slot))
        slots[slot.get("TIME_SLOT_ID", "")] = None if value is None else int(value) / 1000
    return slots


def _tiers(path: Path, root: Element) -> list[Tier]:
    """The tiers that have no parent, each with its children.

    Raises:
        EvenhandError: a tier that is its own ancestor, or whose parent is not there.
    """
    tiers = {
        e.get("TIER_ID", ""): Tier(
            e,
            e.get("TIER_ID", ""),
            e.get("LINGUISTIC_TYPE_REF", ""),
            e.get("PARENT_REF") or None,
            (e.get("PARTICIPANT") or "").strip() or None,
        )
        for e in root.findall("TIER")
    }
    for tier in tiers.values():
        if tier.parent is None:
            continue
        if tier.parent not in tiers:
            raise bad(path, "A tier's parent is not there.", _AGAIN, line_of(tier.element))
        tiers[tier.parent].children.append(tier)
        _check_ancestors(path, tier, tiers)
    return [tier for tier in tiers.values() if tier.parent is None]


def _check_ancestors(path: Path, tier: Tier, tiers: Mapping[str, Tier]) -> None:
    above, steps = tier.parent, 0
    while above is not None and above in tiers:
        above, steps = tiers[above].parent, steps + 1
        if steps > MOST_DEPTH:
            raise bad(path, "Tiers refer to each other in a ring.", _AGAIN, line_of(tier.element))


def _spoken(tiers: list[Tier], above: str | None = None) -> Iterator[Tier]:
    """The tiers that hold what was said, one layer for each person.

    A tier below speech of the same person says something about it. Below a tier that is no
    speech (reference numbers) the one that its name calls speech counts, else the first.
    """
    speech = [tier for tier in tiers if tier.is_speech and tier.label != above]
    if above is None and tiers and tiers[0].parent is not None:
        named = [t for t in speech if SPEECH.search(f"{t.name} {t.kind}")]
        speech = (named or speech)[:1]
    for tier in tiers:
        chosen = tier in speech
        if chosen:
            yield tier
        yield from _spoken(tier.children, tier.label if chosen else above)


def _one_layer(tiers: Iterable[Tier]) -> list[Tier]:
    """Without tiers of single words, where the same person has whole utterances too."""
    found = list(tiers)
    whole = {tier.label for tier in found if not WORDS.search(f"{tier.name} {tier.kind}")}
    return [
        tier
        for tier in found
        if tier.label not in whole or not WORDS.search(f"{tier.name} {tier.kind}")
    ]


def _annotations(root: Element) -> dict[str, Element]:
    found = {}
    for kind in ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"):
        for element in root.iter(kind):
            found[element.get("ANNOTATION_ID", "")] = element
    return found


def _times_of(
    path: Path, one: Element, known: Mapping[str, Element], slots: Mapping[str, float | None]
) -> Times:
    """Start and end; a referring annotation has those of what it refers to.

    Raises:
        EvenhandError: references in a ring or to nothing, an end before its start.
    """
    seen: set[str] = set()
    here = one
    while here.tag == "REF_ANNOTATION":
        to = here.get("ANNOTATION_REF", "")
        if to in seen:
            raise bad(path, "Annotations refer to each other in a ring.", _AGAIN, line_of(one))
        if to not in known:
            raise bad(path, "An annotation refers to one that is not there.", _AGAIN, line_of(one))
        seen.add(to)
        here = known[to]
    first, last = (here.get(f"TIME_SLOT_REF{n}", "") for n in (1, 2))
    if first not in slots or last not in slots:
        raise bad(path, "A time slot is not there.", _AGAIN, line_of(here))
    start, end = slots[first], slots[last]
    if start is not None and end is not None and end < start:
        raise bad(path, "An annotation ends before it starts.", "Mend its times.", line_of(here))
    return start, end


def _pieces(
    path: Path, tier: Tier, known: Mapping[str, Element], slots: Mapping[str, float | None]
) -> Iterator[Piece]:
    for annotation in tier.element.findall("ANNOTATION"):
        for one in annotation:
            value = one.find("ANNOTATION_VALUE")
            if value is not None and (value.text or "").strip():
                start, end = _times_of(path, one, known, slots)
                text = " ".join((value.text or "").split())
                yield Piece(tier.label, line_of(value), start, end, [text])


def _stated_role(label: str | None) -> str | None:
    """The role that a participant's name is (Therapist, Patient), a lone letter left open."""
    word = (label or "").strip().lower()
    return word if len(word) > 2 and word in SYNONYMS else None


def read_elan(path: Path) -> pl.DataFrame:
    """An ELAN file as turns, the tiers of all speakers sorted by start.

    Raises:
        EvenhandError: XML that is unsafe, broken or not in its encoding; references in a ring or
            to nothing; times that run backwards.
    """
    root = parse_xml(path, read_bytes(path))
    if root.tag != "ANNOTATION_DOCUMENT":
        raise bad(path, "The XML is no ELAN file.", _AGAIN, line_of(root))
    slots, known = _time_slots(path, root), _annotations(root)
    tiers = _one_layer(_spoken(_tiers(path, root)))
    frame = frame_of(by_start(_pieces(path, tier, known, slots) for tier in tiers))
    role_of = {tier.label: _stated_role(tier.participant) for tier in tiers}
    role = pl.col("speaker").replace_strict(role_of, default=None, return_dtype=pl.String)
    return form_turns(frame.with_columns(role=role), stem_of(path), path.name)


READER = Reader(
    name="elan",
    title="ELAN .eaf",
    suffixes=(".eaf",),
    sniff=sniff_elan,
    read=read_elan,
    example=b"""<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-01-01T10:00:00+00:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER>
<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="0"/>
<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="2500"/>
<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="2600"/>
<TIME_SLOT TIME_SLOT_ID="ts4"/>
</TIME_ORDER>
<TIER TIER_ID="utt@C" PARTICIPANT="Ana" LINGUISTIC_TYPE_REF="utt"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
<ANNOTATION_VALUE>Um, with the job.</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>
</ANNOTATION></TIER>
<TIER TIER_ID="utt@T" PARTICIPANT="Therapist" LINGUISTIC_TYPE_REF="utt"><ANNOTATION>
<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>Where shall we start?</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>
</ANNOTATION></TIER>
<TIER TIER_ID="ft@T" PARENT_REF="utt@T" PARTICIPANT="Therapist" LINGUISTIC_TYPE_REF="translation">
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a3" ANNOTATION_REF="a1">
<ANNOTATION_VALUE>Wo fangen wir an?</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>
""",
    expected=(
        {
            "turn": 1,
            "role": "therapist",
            "speaker": "Therapist",
            "start_s": 0.0,
            "end_s": 2.5,
            "text": "Where shall we start?",
            "source_line": 16,
        },
        {
            "turn": 2,
            "role": None,
            "speaker": "Ana",
            "start_s": 2.6,
            "end_s": None,
            "text": "Um, with the job.",
            "source_line": 12,
        },
    ),
    notes="A person's name is the tier's PARTICIPANT. Translations and glosses are no turns.",
)
