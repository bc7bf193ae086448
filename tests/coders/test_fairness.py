"""The code book's fairness tests 2 to 5: how a thing is said changes no code of voice or rupture.

The acts are those of the traps, true and false, so that a manner of speaking can neither hide an
act nor make one.
"""

import re
from collections.abc import Callable, Iterator

import polars as pl
import pytest

from evenhand.coders._search import HEARD_IN_ALL_VARIETIES
from evenhand.core.example import exchange, turns_of
from tests.coders.readings import INDICATORS, read
from tests.coders.test_traps import IS, IS_NOT, WITHDRAWN
from tests.coders.turns import coded, codes_of_each, last_codes

Said = tuple[str, str]
VOICE_AND_RUPTURE = set(HEARD_IN_ALL_VARIETIES)
T, C = "therapist", "client"
LED = (T, "It sounds as though you were angry with him.")

MORE = [
    ((LED,), (C, "I don't agree.")),
    ((LED,), (C, "It isn't that. It's more that I was tired.")),
    ((LED,), (C, "That's not it.")),
    ((LED,), (C, "That is not it.")),
    ((LED,), (C, "I don't think so.")),
    ((LED,), (C, "I wouldn't say that.")),
    ((LED,), (C, "That's not true.")),
    ((LED,), (C, "You're wrong.")),
    ((), (C, "I don't want to talk about anything at home.")),
    ((), (C, "Could you explain the form?")),
    ((), (C, "Can we slow down?")),
    ((), (C, "That doesn't help me.")),
    ((), (C, "I'm going to be honest. I'd like us to leave the diary.")),
    ((LED,), (C, "You're not listening.")),
    ((LED,), (C, "You aren't listening.")),
    ((LED,), (C, "This isn't working.")),
    ((LED,), (C, "That's not helpful.")),
    ((LED,), (C, "What's the point of this?")),
    ((LED,), (C, "You don't get it.")),
    ((LED,), (C, "I have been to the shops, and I am going to see a friend.")),
    ((LED,), (C, "He isn't well. It's the heart.")),
    (WITHDRAWN, (C, "It's fine.")),
    (WITHDRAWN, (C, "I suppose so.")),
    (WITHDRAWN, (C, "It doesn't matter.")),
    ((), (T, "Is that right?")),
    ((), (T, "Have I got that right?")),
    ((), (T, "Is there anything I've missed?")),
    ((), (T, "What would you prefer?")),
    ((), (T, "I got that wrong.")),
    ((), (T, "I'm sorry I interrupted you.")),
    ((), (T, "I should have asked. Can we go back to what you said?")),
]
ACTS = [*MORE, *((before, said) for _, before, said in (*IS, *IS_NOT))]

COPULA = r"\b(that|it|you|we|they|he|she|this)(?:'s|'re| is| are)\b"


def _swap(pattern: str, said: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, said, text, flags=re.IGNORECASE)


VARIETIES: dict[str, Callable[[str], str]] = {
    "zero copula": _swap(COPULA, r"\1"),
    "ain't for isn't": _swap(r"\b(?:isn't|aren't|haven't|hasn't)\b", "ain't"),
    "ain't for 's not": _swap(r"(\w)(?:'s|'re|'m) not\b", r"\1 ain't"),
    "ain't for am not": _swap(r"\b(?:am|is|are) not\b", "ain't"),
    "don't for doesn't": _swap(r"\bdoesn't\b", "don't"),
    "finna": _swap(r"\bgoing to\b", "finna"),
    "gonna": _swap(r"\bgoing to\b", "gonna"),
    "negative concord": _swap(r"\bany(thing)?\b", lambda m: "nothing" if m[1] else "no"),  # type: ignore[arg-type]
    "dropped articles": _swap(r"\b(?:a|an|the) ", ""),
    "written out": _swap(r"\b(that|it|what)'s\b", r"\1 is"),
    "do not": lambda text: _swap(r"n't\b", " not")(text).replace("ca not", "cannot"),
    "you are": _swap(r"\b(you|we|they)'re\b", r"\1 are"),
    "no apostrophes": _swap(r"\b(\w+n|i|that|it|what|let)'(t|m|ve|s)\b", r"\1\2"),
}


Change = tuple[tuple[Said, ...], Said, str]
"""What came before, what was said, and the other way of saying it."""


def changed(changes: list[Change]) -> dict[str, tuple[set[str], set[str]]]:
    """Where another way of saying it has other codes of voice and rupture."""
    was = codes_of_each([(*before, said) for before, said, _ in changes])
    now = codes_of_each([(*before, (said[0], other)) for before, said, other in changes])
    return {
        other: (one & VOICE_AND_RUPTURE, two & VOICE_AND_RUPTURE)
        for (_, _, other), one, two in zip(changes, was, now, strict=True)
        if one & VOICE_AND_RUPTURE != two & VOICE_AND_RUPTURE
    }


@pytest.mark.parametrize("variety", VARIETIES)
def test_a_variety_of_english_changes_no_voice_or_rupture_code(variety: str) -> None:
    said = [(before, act, VARIETIES[variety](act[1])) for before, act in ACTS]
    assert [other for _, act, other in said if act[1] != other], "no act is said otherwise"
    assert not changed(said)


def fillers(text: str) -> Iterator[str]:
    """A filler at each gap between two words, and at the beginning."""
    words = text.split(" ")
    for gap in range(len(words)):
        before, after = " ".join(words[:gap]), " ".join(words[gap:])
        for filler in ("uh", "um", "like", "you know", "I mean"):
            if not gap:
                yield f"{filler.capitalize()}, {after}"
            elif before[-1] in ",.?!":
                yield f"{before} {filler}, {after}"
            else:
                yield f"{before}, {filler}, {after}"


def stammers(text: str) -> Iterator[str]:
    """Each word said twice, and each begun twice."""
    words = text.split(" ")
    for n, word in enumerate(words):
        bare = re.sub(r"[^\w']", "", word)
        begun = [f"{bare[:n]}-" for n in (1, 2) if bare[:n].isalpha()]
        for first in (f"{bare}-", f"{bare},", bare, *begun):
            yield " ".join([*words[:n], first, *words[n:]])


@pytest.mark.parametrize("manner", [fillers, stammers])
def test_disfluency_changes_no_voice_or_rupture_code(
    manner: Callable[[str], Iterator[str]],
) -> None:
    said = [(before, act, other) for before, act in ACTS for other in manner(act[1])]
    assert not changed(said)


def test_an_echo_changes_no_voice_or_rupture_code() -> None:
    answers = [a for a in ACTS if a[1][0] == C and a[0] and a[0][-1][0] == T]
    said = []
    for before, act in answers:
        lead = before[-1][1].rstrip(".?!")
        for echo in (lead, " ".join(lead.split()[-3:])):
            said.append((before, act, f"{echo}. {act[1]}"))
    assert not changed(said)


def test_an_echoed_complaint_is_not_the_clients() -> None:
    asked = (T, "Is it that you're not listening to yourself?")
    said = (asked, (C, "You're not listening to yourself. Hm, maybe."))
    assert not last_codes(*said) & VOICE_AND_RUPTURE


def test_spans_are_those_of_what_was_said() -> None:
    hits = coded(LED, (C, "Well, I, uh, I d- don't agree with you, though."))
    assert hits.filter(code="disagreement")["words"].to_list() == ["I d- don't agree"]


PERSONS = (
    {"he": "she", "him": "her", "his": "her", "man": "woman", "father": "mother", "sir": "ma'am"}
    | {"husband": "wife", "brother": "sister", "dad": "mum", "boy": "girl", "john": "aisha"}
    | {"mr": "ms", "himself": "herself"}
)
OTHERS = {one: two for one, two in (*PERSONS.items(), *((b, a) for a, b in PERSONS.items()))}
WITH_PERSONS = [
    ((), (C, "John said you need to go, and he left. Thank you, sir.")),
    ((), (C, "I don't want to talk about him. My husband knows best.")),
    ((LED,), (C, "No, it's not that, sir. My brother was tired.")),
    ((LED,), (C, "You're not listening. My father never did.")),
    ((), (C, "My wife says you should stop drinking.")),
    ((), (T, "I wonder if you were afraid of your father. Does that fit, John?")),
    ((), (T, "Have you tried telling your husband? You need to tell him.")),
    ((), (C, "He told me, calm down. Mr. Hall, with respect, I don't agree.")),
]


def other_persons(text: str) -> str:
    def swapped(word: re.Match[str]) -> str:
        said = OTHERS.get(word[0].lower(), word[0])
        return said.capitalize() if word[0][0].isupper() and word[0] != "I" else said

    return re.sub(r"[\w']+", swapped, text)


def test_swapping_names_and_pronouns_changes_nothing_but_positions() -> None:
    acts = [*ACTS, *WITH_PERSONS]
    assert len([a for a in acts if other_persons(a[1][1]) != a[1][1]]) > 10
    said = [(*before, act) for before, act in acts]
    swapped = [tuple((role, other_persons(text)) for role, text in turns) for turns in said]
    free = {"position_named"}
    for turns, one, two in zip(said, codes_of_each(said), codes_of_each(swapped), strict=True):
        assert one - free == two - free, turns[-1]


@pytest.mark.parametrize(
    "named",
    ["I say that as a Black woman.", "It is my faith.", "I'm deaf.", "English is not my language."],
)
def test_naming_ones_position_hides_no_act_and_makes_none(named: str) -> None:
    acts = [(*before, act) for before, act in ACTS if before != WITHDRAWN]
    beside = [(*turns[:-1], (turns[-1][0], f"{turns[-1][1]} {named}")) for turns in acts]
    free = {"withdrawal"}  # a whole turn, which this one no longer is
    for turns, one, two in zip(acts, codes_of_each(acts), codes_of_each(beside), strict=True):
        assert one & VOICE_AND_RUPTURE - free == two & VOICE_AND_RUPTURE - free, turns[-1]


TALK = (
    (T, "How were the evenings this week? You should keep the diary by the bed."),
    (C, "They were long, and I walked a lot. You know best, I suppose, about the diary."),
    (T, "It sounds like the walking helped. What was different on Friday?"),
    (C, "My sister came. I don't think so, about the walking; it was the company."),
)


def tilts(talk: tuple[Said, ...]) -> dict[str, tuple[float, float]]:
    """What each tilted indicator of acts counts on either side, over sixteen rounds."""
    turns = turns_of(exchange(*talk, times=16))
    found = read(turns).filter(pl.col("indicator").is_in(TILTED_ACTS))
    columns = ("indicator", "k_therapist", "k_client")
    return {name: (one, two) for name, one, two in found.select(columns).rows()}


TILTED_ACTS = [n for n, i in INDICATORS.items() if i.kind == "tilted" and i.evidence]


def said_by(role: str, change: Callable[[str], str]) -> tuple[Said, ...]:
    return tuple((r, change(text) if r == role else text) for r, text in TALK)


@pytest.mark.parametrize("title", ["ma'am", "doctor-ji", "doctor", "sir", "professor"])
@pytest.mark.parametrize("role", [T, C])
def test_titles_enter_no_tilt_between_therapist_and_client(role: str, title: str) -> None:
    titled = said_by(role, lambda text: text.replace(".", f", {title}.", 1))
    assert coded(*titled).filter(code="title").height == 2
    was, now = tilts(TALK), tilts(titled)
    del was["deference"], now["deference"]  # tilted in court only, as the next test shows
    assert now == was


def test_deference_has_no_tilt_between_therapist_and_client() -> None:
    titled = said_by(C, lambda text: text.replace(".", ", doctor.", 1))
    found = read(turns_of(exchange(*titled, times=16)))
    for name in ("deference", "address_terms", "courtesy"):
        row = found.row(by_predicate=pl.col("indicator") == name, named=True)
        assert row["tilt"] is None, name


@pytest.mark.parametrize(
    "manner",
    [
        lambda text: text.replace(".", ", isn't it?", 1),
        lambda text: text.replace(".", ", you know?", 1),
        lambda text: text.replace(".", ", innit?", 1),
        lambda text: f"[laughs] {text}",
        lambda text: f"Haha. {text}",
        lambda text: f"{text} (laughter)",
        lambda text: f"Sorry. {text}",
        lambda text: f"{text} I'm sorry, I apologise.",
    ],
)
@pytest.mark.parametrize("role", [T, C])
def test_tag_questions_laughter_and_apologies_enter_no_tilt(
    role: str, manner: Callable[[str], str]
) -> None:
    was, now = tilts(TALK), tilts(said_by(role, manner))
    del was["deference"], now["deference"]
    assert now == was
