"""'No' to what is put in the negative agrees with it. Sentences are ours."""

import polars as pl
import pytest

from evenhand.coders._polarity import denies
from tests.coders.turns import last_codes

T, C = "therapist", "client"
NEGATIVE = [
    "It's not the money.",
    "So it isn't the money that keeps you up?",
    "You never liked the house.",
    "You didn't choose it, is it that?",
    "It wasn't yours to mend, was it?",
    "You're tired, but not angry.",
    "There was nobody at the door.",
    "It cannot have been easy.",
    "You don't feel at home there… yet.",
]
POSITIVE = [
    "It's the money.",
    "It's the money, isn't it?",
    "You don't mind the work. It's the money.",
    "It's not the work, it's the money.",
    "You don't mind the work but you need the money.",
    "Isn't it the money?",
    "I can't help thinking it's the money.",
    "No doubt it's the money.",
    "Is it the money or not?",
    "You would sleep better if you didn't owe it.",
    "You minded it because he wasn't there.",
    "A notable knot of it.",
    "You fear that they see the debt, and not the man.",
    "They pay for the hours, not for you.",
]


def said_in_the_negative(text: str) -> bool:
    found = pl.DataFrame({"plain": [text.lower()]}).select(denies()).item()
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize("text", NEGATIVE)
def test_this_is_put_in_the_negative(text: str) -> None:
    assert said_in_the_negative(text)


@pytest.mark.parametrize("text", POSITIVE)
def test_this_is_not(text: str) -> None:
    assert not said_in_the_negative(text)


ANSWERS = [
    "No, it's not the money.",
    "No, it isn't the money at all.",
    "No it's not.",
    "Nah. It's something else.",
    "Well, no. It's the noise.",
    "Actually, no.",
    "No, I don't think so.",
    "No, it's more the noise.",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_to_a_negative_agrees(answer: str) -> None:
    assert "disagreement" in last_codes((T, "So it's the money."), (C, answer))
    assert "disagreement" not in last_codes((T, "So it's not the money."), (C, answer))


@pytest.mark.parametrize(
    "answer",
    [
        "That's not true.",
        "No, that's not true.",
        "No, that's not the case.",
        "I don't agree.",
        "That's not what I meant.",
        "You've got that wrong.",
    ],
)
def test_a_rejection_is_one_whatever_was_put(answer: str) -> None:
    assert "disagreement" in last_codes((T, "So it's not the money."), (C, answer))


@pytest.mark.parametrize(
    "answer",
    [
        "No, that's right.",
        "No, no, that's right.",
        "No, it's not. You're right.",
        "No, it's not, that's true.",
        "Well, no, you're right about that.",
        "Nah, exactly.",
        "Actually, no, I agree.",
        "Yeah, but that's right.",
        "No, but you're right.",
        "Yeah, but I think you're right about him.",
        "Well, no harm in a walk.",
        "I'm not doing that great this week.",
    ],
)
@pytest.mark.parametrize("told", ["So it's not the money.", "So it's the money."])
def test_no_that_is_right_agrees(told: str, answer: str) -> None:
    assert "disagreement" not in last_codes((T, told), (C, answer))


def test_a_bare_reply_between_changes_nothing() -> None:
    told = ((T, "So it's not the money."), (C, "Mm."), (T, "Right."))
    assert "disagreement" not in last_codes(*told, (C, "No, it's not the money."))
