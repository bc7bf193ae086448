"""What readers of the example study found miscoded, each in another sentence of ours."""

import pytest

from tests.coders.turns import last_codes

Said = tuple[str, str]
Row = tuple[str, tuple[Said, ...], Said]

T, C = "therapist", "client"
LED = (T, "It sounds as though you were angry with him.")
ASKED = (T, "How did you find the week?")
TOLD = (T, "You should write it down each night.")
TALE = (C, "My cousin drove us up to the lake and the car gave out.")

HEARD: list[Row] = [
    ("position_named", (), (C, "I was the only Black teacher in that school.")),
    ("position_named", (), (C, "I'm the only woman on the crew.")),
    ("position_named", (), (T, "And you were the only Black person at the table.")),
    ("position_named", (), (C, "I'm deaf on the left, so sit over there.")),
    ("position_named", (), (C, "When you are as deaf as I am you learn to nod.")),
    ("confrontation", (LED,), (C, "That is not my question.")),
    ("confrontation", (LED,), (C, "I don't think you heard me just now.")),
    ("disagreement", ((T, "It seems to be a worry."),), (C, "It's not a worry. A bore.")),
    ("disagreement", ((T, "You seem wary of her."),), (C, "I wouldn't say wary.")),
    ("disagreement", (LED,), (C, "But it's not really the shouting.")),
    ("disagreement", (LED,), (C, "But that isn't what I was on about.")),
    ("self_advocacy", (), (C, "I'd sooner not have that written anywhere.")),
    ("self_advocacy", (), (C, "I'd be glad if you would close the window while we talk.")),
    ("self_advocacy", (), (C, "I'd as soon you didn't write to my doctor.")),
    ("self_advocacy", (), (C, "I'd rather not go back over it.")),
    ("self_advocacy", (), (C, "It's nothing I want to go into.")),
    ("self_advocacy", (), (C, "Can I have one that isn't in such small print?")),
    ("permission", (), (T, "Can I stop you there?")),
    ("clarify", (TALE,), (T, "Out of the what, sorry?")),
    ("directive", (), (T, "Let's park the rent for now.")),
    ("directive", (), (T, "Don't leave while the fear is still climbing.")),
    ("directive", (), (T, "This week, try to stand in the queue for five minutes.")),
    ("directive", (), (T, "Right, let's go up a step.")),
    ("directive", (), (T, "Walk to the gate, and don't look back.")),
    ("directive", (), (T, "You just need to do the first page.")),
    ("directive", (), (T, "If you use it, make sure you do it before bed.")),
    ("directive", (), (T, "Put that down for a moment.")),
    ("directive", (), (T, "Stick it on the fridge.")),
    ("directive", (), (T, "Right, let's get you a chair.")),
    ("directive", (), (T, "You'd have to make sure it is signed.")),
    ("directive", (), (C, "Stop.")),
    ("mending", (), (T, "I should have told you that before you came.")),
    ("interpretation", (), (T, "Could it be that underneath you were afraid for him?")),
    ("interpretation", (), (T, "I was wondering whether it was almost as if you had to pay.")),
    ("interpretation", (), (T, "What you did there is an example of what we call avoidance.")),
    ("invitation", (), (T, "It's up to you.")),
    ("yielding", (TOLD,), (C, "Whatever you need to put.")),
]  # fmt: skip

NOT_HEARD: list[Row] = [
    ("title", (), (C, "The photo doesn't do you justice, people say.")),
    ("deference", (), (C, "That never did her justice.")),
    ("disagreement", (ASKED,), (C, "I hardly knew the street. Hardly knew it at all.")),
    ("disagreement", (TOLD,), (C, "We moved there in June. It was more like when we were kids.")),
    ("disagreement", (LED,), (C, "I got that wrong, I told the man Friday.")),
    ("disagreement", ((T, "It isn't a thing you chose."),), (C, "No. It's not a choice.")),
    ("disagreement", (TALE,), (T, "Is it more that the car was his?")),
    ("disagreement", (TALE,), (T, "You had hardly set off, and then that.")),
    ("confrontation", (ASKED,), (C, "I don't know how many times I've told you this one.")),
    ("confrontation", (ASKED,), (C, "Let me finish my list first.")),
    ("self_advocacy", (), (C, "I want you to understand that he was a good man.")),
    ("self_advocacy", (), (C, "When I want you to know a thing you will.")),
    ("directive", (ASKED,), (C, "Whatever you need to put.")),
    ("directive", (ASKED,), (C, "They'd all write it down and forget it.")),
    ("directive", (TOLD,), (C, "I'll write it down.")),
    ("directive", ((T, "I could ring them for you."),), (C, "You should.")),
    ("directive", (), (T, "I want you to feel it's yours.")),
    ("yielding", (), (T, "It's up to you.")),
    ("clarify", (ASKED,), (C, "I'll tell you what I've settled on.")),
    ("clarify", (ASKED,), (C, "I'll tell you what we did have, and that was a garden.")),
    ("clarify", (), (T, "I asked you what you did on Sunday.")),
    ("clarify", (), (C, "My sister shouts, I can't hear you over that drill.")),
    ("clarify", (TALE,), (T, "What was that like?")),
    ("reflection", (), (T, "So it's a form of two pages.")),
    ("reflection", (), (T, "So that's the plan for the clinic: ten weeks, then a review.")),
    ("reflection", (), (T, "So you come in at the side door and ring the bell.")),
    ("reflection", (), (T, "Out in the yard a drill starts up. It sounds like that, the fan.")),
    ("reflection", (), (T, "When people leave early you feel better for a minute, then worse.")),
    ("information", (), (T, "Most people just say the initials to the desk.")),
    ("information", (), (T, "And the dog, it's called Bramble.")),
    ("information", (), (T, "Next box. Units a week.")),
    ("advice", (), (T, "What is one thing you could do about it?")),
    ("admin", (), (C, "We had the wedding reception in the church hall.")),
]  # fmt: skip


def _name(row: Row) -> str:
    return f"{row[0]}: {row[2][1]}"


@pytest.mark.parametrize("row", HEARD, ids=_name)
def test_this_is_heard(row: Row) -> None:
    code, before, said = row
    assert code in last_codes(*before, said)


@pytest.mark.parametrize("row", NOT_HEARD, ids=_name)
def test_this_is_not_heard(row: Row) -> None:
    code, before, said = row
    assert code not in last_codes(*before, said)
