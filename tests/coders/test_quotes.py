"""Quoted speech, however long, is somebody else's; what stands around it is the speaker's own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.coders._frame import coding_frame
from evenhand.coders._quotes import HUSHED
from evenhand.core.example import exchange, turns_of
from tests.coders.turns import coded, last_codes

T, C = "therapist", "client"
LED = (T, "It sounds as though you were angry with him.")
LONG = "the boat was late and the rain came in under the door and so we all went up to bed " * 4


def unquoted(*texts: str) -> list[str]:
    frame = coding_frame(turns_of(exchange(*((C, text) for text in texts))))
    return frame["unquoted"].str.replace_all(HUSHED, "_", literal=True).to_list()


@pytest.mark.parametrize(("first", "last"), ['""', "“”"])
def test_a_long_quote_is_quoted_to_its_end(first: str, last: str) -> None:
    said = f"He wrote {first}{LONG} you should leave{last} and I put it down."
    assert len(LONG) > 240
    assert "directive" not in last_codes((T, said))


@pytest.mark.parametrize(("first", "last"), ['""', "“”"])
def test_behind_a_long_quote_the_speaker_is_heard_again(first: str, last: str) -> None:
    said = f"He wrote {first}{LONG}{last}. You should ring him."
    assert "directive" in last_codes((T, said))


def test_an_apostrophe_is_no_quote() -> None:
    said = "The girls' room wasn't his, 'twas theirs. You should ring him."
    assert "directive" in last_codes((T, said))
    assert unquoted(said) == [said.lower()]


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ('He said "go" and left.', 'he said "__" and left.'),
        ("He said “go” and left.", 'he said "__" and left.'),
        ('He said "" and "go home" again.', 'he said "" and "_______" again.'),
        ('She goes ""go"" twice.', 'she goes ""__"" twice.'),
        ('A 6" board, he said, "cut it".', 'a 6" board, he said, "______".'),
        ('And then " go home " again.', 'and then "_________" again.'),
        ("And then “ go home ”. Yes.", 'and then "_________". yes.'),
        ('An odd " here.', 'an odd " here.'),
        ('Her last words were "I do', 'her last words were "____'),
        ('He asked "why now?" and then "why me."', 'he asked "_______?" and then "______."'),
        ('one—"yes"—two', 'one—"___"—two'),
        ('said,"stop it" then', 'said,"_______" then'),
        ('"', '"'),
        ("", ""),
    ],
)
def test_what_is_quoted_is_hushed_and_all_else_stays(said: str, own: str) -> None:
    assert unquoted(said) == [own]


def test_a_transcript_with_every_turn_in_quotes_quotes_nobody() -> None:
    wrapped = ['"You should ring him."', '"I did."', 'No marks, "here" though.']
    assert unquoted(*wrapped) == [text.lower() for text in wrapped]
    assert unquoted('"I did."', "And I left.", "So.")[0] == '"_____."'


def plain_loop(text: str) -> str:
    """Curly marks only, by hand."""
    quoting, found = False, ""
    for char in text:
        if char in "“”":
            quoting = char == "“"
            found += '"'
        else:
            found += "_" if quoting else char
    return found


@settings(deadline=None)
@given(st.lists(st.text("ab “”", max_size=12), min_size=1, max_size=4))
def test_curly_marks_are_as_by_hand(texts: list[str]) -> None:
    texts = [*texts, *["no"] * len(texts)]  # so that not most turns are wholly quoted
    assert unquoted(*texts) == [plain_loop(text) for text in texts]


ASKS = [
    ("Where did you go?", "question_open"),
    ("Did you go?", "question_closed"),
    ('What do you mean by "fine?"', "question_open"),
    ('Did he really say "what do you want?"', "question_closed"),
    ('He said "leave me be." Did you leave?', "question_closed"),
    ("How did it feel when she said, who asked you?", "question_open"),
    ("You said it was the hours?", "question_closed"),
    ("Tell me about your brother.", "question_open"),
    ("So tell me a little about the week.", "question_open"),
    ("I'd like you to tell me about the week.", "question_open"),
    ("Maybe you could tell me what happened.", "question_open"),
    ("How distressing is it, 0–10", "question_closed"),
    ("How distressing is it now, nought to ten?", "question_closed"),
    ("And what is the pain like from 1 to 10?", "question_closed"),
    ("What would you put it at on a scale from one to five?", "question_closed"),
    ("What is that out of ten?", "question_closed"),
]
ASKS_NOT = [
    'He asked me "where were you?" and I left.',
    'She goes "are you coming?"',
    '"Who do you think you are?" That was my father.',
    "She said, what are you doing?",
    "And he's like, do you want the keys?",
    "So my brother asked me, are you all right?",
    "They want to tell me about the garden.",
    "Half the street would tell me what they had for tea.",
    "My aunt used to tell me more than she ought.",
]


@pytest.mark.parametrize(("said", "kind"), ASKS)
def test_this_asks(said: str, kind: str) -> None:
    found = {code for code in last_codes((T, said)) if code.startswith("question")}
    assert found == {kind}


@pytest.mark.parametrize("said", ASKS_NOT)
def test_this_asks_nothing_of_the_other(said: str) -> None:
    assert not {"question_open", "question_closed"} & last_codes((C, said))


def test_a_question_is_its_own_sentence_behind_a_quote() -> None:
    hits = coded((T, 'He said "I am tired." What did you say?'))
    assert hits.filter(code="question_open")["words"].to_list() == ["What did you say?"]


def test_a_quoted_question_does_not_make_the_turn_one_that_asks() -> None:
    told = (T, 'You told him "are you done?" and it was over.')
    assert "disagreement" in last_codes(told, (C, "I don't think so."))
