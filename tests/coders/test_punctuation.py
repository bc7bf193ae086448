"""Transcripts without punctuation: told apart, and coded as well as can be."""

import polars as pl
import pytest

from evenhand.coders._frame import coding_frame
from evenhand.coders._punctuation import COST, punctuation_missing
from evenhand.coders._words import find_words
from evenhand.coders.rules import CODER
from evenhand.core.example import exchange, turns_of
from tests.coders.turns import coded
from tests.indicators.shared import annomi, shared

TALK = (
    ("therapist", "okay so what was it like for you when you came home to the empty house"),
    ("client", "it was very quiet and i sat down in the kitchen for an hour or so"),
    ("therapist", "and in the kitchen what did you do with that hour of quiet"),
    ("client", "i looked at the letters on the table and did not open them at all"),
    ("therapist", "there was a lot in those letters that you did not want to see"),
)
MARKED = tuple((role, f"{text.capitalize()}.") for role, text in TALK)


def is_bare(said: tuple[tuple[str, str], ...]) -> bool:
    frame = coding_frame(turns_of(exchange(*said)))
    counted = frame.with_columns(words=find_words(frame, ()).count())
    return bool(punctuation_missing(counted)["bare"].item())


def test_no_mark_in_long_turns_is_raw_speech_recognition() -> None:
    assert is_bare(TALK)


def test_marks_or_short_turns_only_are_not() -> None:
    assert not is_bare(MARKED)
    assert not is_bare(tuple((role, text[:20]) for role, text in TALK))


def test_without_marks_word_order_asks() -> None:
    asked = coded(*TALK).filter(pl.col("code").str.starts_with("question"))
    assert set(asked["turn"]) == {1, 3}
    told = coded(*MARKED).filter(pl.col("code").str.starts_with("question"))
    assert told.is_empty()


def asked_by_people() -> set[tuple[str, int]]:
    """Therapists' turns that most annotators call questions."""
    raw = pl.read_csv(shared("annomi_dev.csv.gz"), infer_schema_length=0)
    votes = raw.filter(interlocutor="therapist").group_by("transcript_id", "utterance_id")
    most = votes.agg(pl.col("question_exists").mode(maintain_order=True).first())
    yes = most.filter(question_exists="True")
    return {(session, int(turn)) for session, turn in yes.drop("question_exists").rows()}


def f1_of_questions(turns: pl.DataFrame, people: set[tuple[str, int]]) -> float:
    hits = CODER.code(turns).filter(pl.col("code").str.starts_with("question"))
    mine = hits.join(turns.filter(role="therapist"), on=["session_id", "turn"])
    found = set(mine.select("session_id", "turn").rows())
    return 2 * len(found & people) / (len(found) + len(people))


@pytest.mark.shared
def test_the_cost_is_what_is_said() -> None:
    turns, people = annomi(), asked_by_people()
    marks = r"[.?!,;:…\"“”()\[\]–—]|-+(?:\s|$)"
    bare = turns.with_columns(text=pl.col("text").str.replace_all(marks, " "))
    assert f1_of_questions(turns, people) == pytest.approx(0.90, abs=0.006)
    assert f1_of_questions(bare, people) == pytest.approx(0.77, abs=0.006)
    assert ".90 to .77" in COST
