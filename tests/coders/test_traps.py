"""Every false positive that the code book names, beside an act that is one. Sentences are ours."""

import pytest

from tests.coders.turns import OPENING, coded, last_codes

T, C = "therapist", "client"
LED = (T, "It sounds as though you were angry with him.")
ASKED = (T, "Do you smoke at all these days?")
TOLD = (T, "You should write it down each night.")

IS = [
    ("directive", (), (T, "You should phone the landlord this week.")),
    ("directive", (), (T, "You have to stop seeing her.")),
    ("directive", (), (T, "Let's look at the diary.")),
    ("advice", (), (T, "Have you tried leaving the phone downstairs?")),
    ("advice", (), (T, "You might want to write that down.")),
    ("information", (), (T, "Studies show that sleep comes back slowly.")),
    ("interpretation", (), (T, "I wonder if you were protecting her.")),
    ("reflection", (), (T, "You feel the others have moved on.")),
    ("reflection", (), (T, "It sounds like the house went quiet.")),
    ("acknowledgement", (), (T, "Right.")),
    ("acknowledgement", (TOLD,), (C, "Okay.")),
    ("disagreement", (LED,), (C, "No, it's not that. I was tired.")),
    ("disagreement", (LED,), (C, "Yeah, but he started it.")),
    ("disagreement", (LED,), (C, "That's not what I meant.")),
    ("self_advocacy", (), (C, "I'd rather we left the diary out today.")),
    ("self_advocacy", (), (C, "Do I have to fill in the form again?")),
    ("self_advocacy", (), (C, "Can we talk about my sister?")),
    ("invitation", (), (T, "It's up to you.")),
    ("invitation", (), (T, "I heard anger in that. Does that fit?")),
    ("yielding", (TOLD,), (C, "If you say so.")),
    ("yielding", (TOLD,), (C, "You know best.")),
    ("title", (TOLD,), (C, "Yes, doctor.")),
    ("position_named", (), (C, "Being black in that office, you notice.")),
    ("position_named", (), (C, "That was racism, plain and simple.")),
    ("confrontation", (TOLD,), (C, "You don't understand.")),
    ("confrontation", (TOLD,), (C, "You keep asking me that.")),
    ("mending", (), (T, "I missed that when you said it. I went too fast.")),
    ("mending", (), (T, "I'm sorry I spoke over you.")),
    ("clarify", (), (T, "Sorry, I missed that, what time?")),
    ("thanks", (), (C, "Thank you, see you on Tuesday.")),
]
IS_NOT = [
    ("directive", (), (T, "You have to laugh, don't you.")),
    ("directive", (), (T, "Let's say it was a Tuesday.")),
    ("directive", (), (T, "Let's see, that was in spring.")),
    ("directive", (), (T, "You feel you should be over it by now.")),
    ("directive", (), (T, "Would it be all right if we looked at the diary?")),
    ("advice", (), (T, "Have you tried what I showed you last week?")),
    ("advice", (), (T, "You might want to cry, and that's all right.")),
    ("advice", (), (C, "Have you tried the new bakery?")),
    ("information", (), (C, "Most people at work just go home.")),
    ("information", (), (T, "The studies matter to you.")),
    ("interpretation", (), (C, "I wonder if you were protecting her, my brother said to mum.")),
    ("interpretation", (), (T, "I wonder if we could stop there.")),
    (
        "interpretation",
        ((C, "I was scared the neighbours would hear the shouting and ring the police."),),
        (T, "I wonder if you were scared the neighbours would hear the shouting."),
    ),
    ("reflection", (), (T, "How do you feel about Sunday?")),
    ("reflection", (), (T, "That sounds like a plan.")),
    ("reflection", (), (C, "It sounds like you know her.")),
    ("acknowledgement", (), (T, "Right, so let's begin.")),
    ("acknowledgement", (LED,), (C, "Yeah, but he started it.")),
    ("acknowledgement", (ASKED,), (C, "Yeah.")),
    ("disagreement", (ASKED,), (C, "No.")),
    ("disagreement", (ASKED,), (C, "Yeah, but only weekends.")),
    ("disagreement", (TOLD,), (C, "No, that sounds good.")),
    ("disagreement", ((T, "You don't want to see him."),), (C, "No.")),
    ("self_advocacy", (), (C, "I'd rather not be in that situation.")),
    ("self_advocacy", (), (C, "Do I have to work nights? I asked the manager.")),
    ("self_advocacy", (), (C, "I told my boss, can we talk about the rota.")),
    ("invitation", (), (T, "It's up to you, but you will lose the flat.")),
    ("invitation", (), (T, "We start at ten, okay?")),
    ("invitation", (), (T, "Does that fit at work, with the shifts?")),
    ("yielding", (TOLD,), (C, "Thanks, bye then.")),
    ("yielding", ((C, "My aunt died."),), (T, "I'm sorry to hear that.")),
    ("sorry", ((C, "My aunt died."),), (T, "I'm sorry to hear that.")),
    ("title", (), (C, "The doctor said it would pass.")),
    ("deference", (), (C, "The doctor said it would pass.")),
    ("position_named", (), (C, "Poor guy, he never saw it coming.")),
    ("position_named", (), (C, "My tai chi class is on Mondays.")),
    ("position_named", (), (C, "Some old mates came round.")),
    ("position_named", (), (C, "She has a two-year-old.")),
    ("position_named", (), (T, "The guidelines for women changed last year.")),
    ("confrontation", (LED,), (C, "I'm so stupid.")),
    ("confrontation", (LED,), (C, "You don't know what's in it, do you.")),
    ("confrontation", (LED,), (C, "My husband said you're not listening, and I cried.")),
    ("mending", (), (T, "Sorry, I missed that, what time?")),
    ("mending", (), (T, "I'm sorry if you felt hurried.")),
    ("mending", (), (T, "You're right.")),
]


def _name(row: tuple[str, tuple[tuple[str, str], ...], tuple[str, str]]) -> str:
    return f"{row[0]}: {row[2][1]}"


@pytest.mark.parametrize("row", IS, ids=_name)
def test_this_is_one(row: tuple[str, tuple[tuple[str, str], ...], tuple[str, str]]) -> None:
    code, before, said = row
    assert code in last_codes(*before, said)


@pytest.mark.parametrize("row", IS_NOT, ids=_name)
def test_this_is_none(row: tuple[str, tuple[tuple[str, str], ...], tuple[str, str]]) -> None:
    code, before, said = row
    assert code not in last_codes(*before, said)


def test_a_reading_of_never_smoking_also_asks() -> None:
    assert {"reflection", "question_closed"} <= last_codes((T, "So you've never smoked?"))


def test_whose_position_is_named_is_told_apart() -> None:
    said = {
        "As a woman on site I had to be twice as good.": "self",
        "It is easier for someone like you, with your education.": "other",
        "They never called him back because he's black.": "third",
        "The racism there was quiet.": "group",
    }
    for text, whose in said.items():
        hits = coded((C, text)).filter(code="position_named")
        assert set(hits["subtype"]) == {whose}, text


WITHDRAWN = (*OPENING, TOLD, (C, "I guess so."), (T, "And put a number beside it."))


def test_giving_way_twice_in_a_row_is_withdrawal() -> None:
    found = coded(*WITHDRAWN, (C, "It's fine.")).filter(code="withdrawal")
    assert set(found["turn"]) == {8, 10}


@pytest.mark.parametrize(
    "said",
    [
        "I don't know.",
        "Went to the shop or whatever.",
        "I don't mind the cold, it is the dark that I mind.",
    ],
)
def test_not_knowing_and_talking_on_are_no_withdrawal(said: str) -> None:
    assert "withdrawal" not in last_codes(*WITHDRAWN, (C, said))


def test_giving_way_once_is_no_withdrawal() -> None:
    assert "withdrawal" not in last_codes(*OPENING, TOLD, (C, "I guess so."))


def test_greetings_are_no_withdrawal() -> None:
    greeting = ((T, "How are you?"), (C, "I'm fine."), (T, "Good journey?"))
    assert "withdrawal" not in last_codes(*greeting, (C, "It's fine."))


def test_quoted_speech_is_somebody_elses() -> None:
    for quote in (
        "He was like, you're not listening.",
        'She goes "you should leave", and I left.',
        "My boss said I don't agree.",
        "Dad says, slow down a bit.",
    ):
        found = last_codes(LED, (C, quote))
        assert not {"confrontation", "directive", "disagreement", "self_advocacy"} & found, quote
