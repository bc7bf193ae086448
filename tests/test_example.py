"""The example study: whole, readable in every format it comes in, and right about its traps."""

from importlib.resources import as_file, files
from pathlib import Path

import polars as pl
import pytest

from evenhand.readers import find_reader
from evenhand.runs.check import check_study
from evenhand.runs.examine import Examination, examine
from evenhand.study.folder import load_study

SIDES = ("therapist", "client")


@pytest.fixture(scope="module")
def study() -> Path:
    with as_file(files("evenhand.examples") / "study") as folder:
        assert folder.is_dir()
        return folder


@pytest.fixture(scope="module")
def seen(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Examination:
    return examine(study, out=tmp_path_factory.mktemp("example"), report=False)


def said(seen: Examination, session: str, words: str) -> dict[str, object]:
    """The one turn of a session that holds these words."""
    rows = seen.turns.filter(
        (pl.col("session_id") == session) & pl.col("text").str.contains(words, literal=True)
    )
    assert rows.height == 1, f"{words!r} is in {rows.height} turns of {session}"
    return rows.row(0, named=True)


def codes_of(seen: Examination, session: str, words: str) -> set[str]:
    """Codes of the one turn that holds these words."""
    turn = said(seen, session, words)["turn"]
    here = (pl.col("session_id") == session) & (pl.col("turn") == turn)
    return set(seen.codes.filter(here)["code"])


def count_of(seen: Examination, session: str, code: str) -> int:
    here = (pl.col("session_id") == session) & (pl.col("code") == code)
    return seen.codes.filter(here)["turn"].n_unique()


def reading(seen: Examination, session: str, indicator: str) -> dict[str, object]:
    here = (pl.col("session_id") == session) & (pl.col("indicator") == indicator)
    return seen.readings.filter(here).row(0, named=True)


def test_there_are_twelve_sessions_of_three_dyads(study: Path) -> None:
    tables = load_study(study)
    assert tables.sessions is not None
    assert tables.people is not None
    pairs = tables.sessions.group_by("client_id", "therapist_id").len()
    assert sorted(pairs["len"]) == [4, 4, 4]
    assert tables.people["person_id"].n_unique() == 6
    assert sorted(tables.people["role"]) == ["client"] * 3 + ["therapist"] * 3


def test_nothing_is_wrong_with_its_tables_or_transcripts(study: Path) -> None:
    assert [p.as_dict() for p in check_study(study) if p.fatal] == []


def test_it_comes_in_five_formats_or_more(study: Path) -> None:
    found = {find_reader(p).name for p in (study / "transcripts").iterdir()}
    assert len(found) >= 5
    assert {"csv", "script", "chat", "elan"} <= found


def test_no_transcript_lies_there_unused(study: Path) -> None:
    sessions = load_study(study).sessions
    assert sessions is not None
    there = {p.name for p in (study / "transcripts").iterdir()}
    assert there == set(sessions["transcript"])


def test_every_session_is_examined_without_an_error(seen: Examination) -> None:
    assert list(seen.errors) == []
    turns = seen.turns.group_by("session_id").len()
    assert turns.height == 12
    assert turns["len"].is_between(60, 120).all()
    held = seen.turns.filter(pl.col("role").is_in(SIDES))
    assert held.height == seen.turns.height
    words = seen.readings.filter(pl.col("indicator") == "talk_share")
    assert words.filter(pl.col("tilt").is_null()).is_empty()


def test_a_rating_says_who_released_it_and_most_do_not(study: Path) -> None:
    ratings = load_study(study).ratings
    assert ratings is not None
    checkin = ratings.filter(pl.col("instrument") == "check-in")
    assert {"words", "theme", "no"} <= set(checkin["released"])
    assert (checkin["released"] == "no").mean() > 0.5
    assert set(ratings["status"]) >= {"answered", "declined"}


def test_courtesy_is_no_yielding(seen: Examination) -> None:
    first = "anjali-gwyn-1"
    for words in ("Thank you very much for your time, doctor", "That's one weight off"):
        codes = codes_of(seen, first, words)
        assert {"thanks", "title"} <= codes
        assert "yielding" not in codes
    assert "title" in codes_of(seen, first, "Very good, doctor")
    assert "yielding" not in codes_of(seen, first, "Very good, doctor")
    assert "withdrawal" not in codes_of(seen, first, "No, it's fine, the knee.")


def test_a_plan_that_sounds_good_is_no_reflection(seen: Examination) -> None:
    assert "reflection" not in codes_of(seen, "anjali-gwyn-1", "Sounds like a plan.")


def test_what_relatives_said_is_not_said_to_the_therapist(seen: Examination) -> None:
    quarrel = codes_of(seen, "anjali-gwyn-3", "You're not listening, Gwyn")
    assert "confrontation" not in quarrel
    assert "yielding" not in codes_of(seen, "anjali-gwyn-3", "Whatever you think, you've not had")
    assert "confrontation" not in codes_of(seen, "anjali-gwyn-3", "You don't know what's in it")
    assert "title" not in codes_of(seen, "anjali-gwyn-1", "The young doctor said")


def test_an_apology_with_an_if_does_not_mend(seen: Examination) -> None:
    codes = codes_of(seen, "anjali-gwyn-3", "I'm sorry if you felt I was getting at you")
    assert "mending" not in codes
    assert count_of(seen, "anjali-gwyn-3", "mending") == 0


def test_short_replies_show_while_the_form_is_pressed(seen: Examination) -> None:
    assert count_of(seen, "anjali-gwyn-1", "withdrawal") == 0
    for session in ("anjali-gwyn-3", "anjali-gwyn-4"):
        assert count_of(seen, session, "withdrawal") >= 2


def test_yielding_words_are_found_where_they_were_planted(seen: Examination) -> None:
    for session, words in (
        ("anjali-gwyn-2", "if you think it would help"),
        ("anjali-gwyn-2", "Who am I to say"),
        ("anjali-gwyn-3", "If you think so."),
        ("anjali-gwyn-4", "You're the doctor."),
        ("anjali-gwyn-4", "Yes. If you think so."),
    ):
        assert "yielding" in codes_of(seen, session, words)


def test_a_part_that_is_owned_is_mending(seen: Examination) -> None:
    last = "anjali-gwyn-4"
    for words in ("I never asked how writing sits with you", "That was me.", "went straight past"):
        assert "mending" in codes_of(seen, last, words)
    stop = said(seen, last, "I never asked how writing sits with you")
    answer = said(seen, last, "It's not the reading.")
    assert answer["turn"] == stop["turn"] + 1
    assert 8.5 < answer["start_s"] - stop["end_s"] < 9.5


def test_what_he_would_rather_is_heard_after_it(seen: Examination) -> None:
    last = "anjali-gwyn-4"
    stop = said(seen, last, "I never asked how writing sits with you")
    wish = said(seen, last, "I'd rather not do the form.")
    assert wish["turn"] > stop["turn"]
    assert "self_advocacy" in codes_of(seen, last, "I'd rather not do the form.")
    assert "invitation" in codes_of(seen, last, "What should I ask you first?")


def test_a_language_is_named_and_the_talk_goes_to_bedtimes(seen: Examination) -> None:
    assert "position_named" in codes_of(seen, "anjali-gwyn-4", "It comes out smaller in English.")
    named = said(seen, "anjali-gwyn-4", "It comes out smaller in English.")
    after = said(seen, "anjali-gwyn-4", "what time did you actually get to bed")
    assert after["turn"] == named["turn"] + 1


def test_turns_broken_off_are_counted_in_every_format(seen: Examination) -> None:
    broken = [reading(seen, f"anjali-gwyn-{n}", "cut_off")["k_therapist"] for n in (1, 2, 3, 4)]
    assert broken == [1, 3, 3, 5]


def test_directing_leans_to_the_therapist_where_a_form_is_given_out(seen: Examination) -> None:
    for session in ("anjali-gwyn-2", "anjali-gwyn-3", "anjali-gwyn-4"):
        directives = reading(seen, session, "directives")
        assert directives["k_therapist"] > directives["k_client"]


def test_asking_to_hear_again_is_clarifying(seen: Examination) -> None:
    for session in ("ruth-marek-1", "ruth-marek-3"):
        codes = codes_of(seen, session, "Sorry, I missed that, what was it?")
        assert "clarify" in codes
        assert not codes & {"mending", "withdrawal", "yielding"}


def test_ruth_yields_more_and_nothing_is_mended(seen: Examination) -> None:
    assert {"yielding", "withdrawal"} <= codes_of(seen, "ruth-marek-3", "Whatever you need to put.")
    assert count_of(seen, "ruth-marek-1", "yielding") == 0
    assert count_of(seen, "ruth-marek-4", "yielding") == 1
    for number in (1, 2, 3, 4):
        assert count_of(seen, f"ruth-marek-{number}", "mending") == 0
    assert "self_advocacy" in codes_of(seen, "ruth-marek-1", "Who reads it?")
    goodbye = codes_of(seen, "ruth-marek-4", "And you. Thank you, now.")
    assert "thanks" in goodbye
    assert "yielding" not in goodbye


def test_nana_confronts_and_jamie_mends_in_the_session_after(seen: Examination) -> None:
    third, fourth = "nana-jamie-3", "nana-jamie-4"
    assert "confrontation" in codes_of(seen, third, "You keep asking me for a number.")
    assert "mending" not in codes_of(seen, third, "I'm sorry if you felt I was pushing.")
    assert "mending" in codes_of(seen, fourth, "I got that wrong.")
    assert "confrontation" not in codes_of(seen, third, "and I heard my own barrister breathe in")
