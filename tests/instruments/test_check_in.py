"""Our own check-ins hold the words that were agreed, item by item, and no total."""

import os
import re
from pathlib import Path

import pytest

from evenhand.instruments import Instrument, find_instrument, texts_of

CLIENT = find_instrument("check-in", "client")
THERAPIST = find_instrument("check-in", "therapist")
SCALE = ["Not at all", "A little", "Mostly", "Completely"]


def shared_page() -> str:
    root = Path(os.environ.get("EVENHAND_SHARED", Path(__file__).parents[3] / "shared" / "data"))
    found = [p for p in (root / "CHECKINS.md", root.parent / "CHECKINS.md") if p.is_file()]
    if not found:
        pytest.skip("the page that the forms were agreed on is not beside the project")
    return found[0].read_text(encoding="utf-8")


def plain(words: str) -> str:
    return re.sub(r"[“”]", '"', words).strip()


def test_the_clients_words_are_the_agreed_ones_to_the_letter() -> None:
    rows = re.findall(r"^(\d+) \| (.+?) \| (.+?); (.+)$", shared_page(), flags=re.M)
    assert len(rows) == 10
    for key, words, construct, near in rows:
        item = CLIENT.item(key)
        sentence, _, answers = words.replace("*", "").partition("? ")
        asked = f"{sentence}?" if answers else words
        if key in {"9", "10"}:
            asked, _, answers = words.partition(" *")
        assert plain(item.text) == asked
        assert item.construct == construct
        assert item.near.partition(" (")[0] == near.partition(" (")[0]
        for choice in item.choices:
            if answers:
                assert key == "10" or choice.lower() in answers.lower()


def test_the_therapists_words_are_the_agreed_ones_to_the_letter() -> None:
    line = next(one for one in shared_page().splitlines() if one.startswith("Therapist, same"))
    items = re.findall(r"\((\d)\) (.+?) \((.+?); (.+?)\)\.", line)
    assert [(k, plain(THERAPIST.item(k).text), THERAPIST.item(k).construct) for k, *_ in items] == [
        (k, f"{words}.", construct) for k, words, construct, _ in items
    ]
    assert len(items) == 6
    assert f"*{THERAPIST.item('open').text}*" in line


def test_open_questions_and_what_is_said_at_release_are_the_agreed_ones() -> None:
    page = shared_page()
    assert f"*{CLIENT.item('open').text}*" in page
    assert f'Releasing 9: "{CLIENT.item("9").on_release}"' in page
    assert f'Therapist\'s page: "{CLIENT.item("9").for_therapist}"' in page


@pytest.mark.parametrize("one", [CLIENT, THERAPIST], ids=["client", "therapist"])
def test_a_form_is_scored_item_by_item_and_says_that_it_is_not_validated(one: Instrument) -> None:
    assert {scale.scoring for scale in one.scales} == {"item"}
    assert [scale.key for scale in one.scales] == [item.key for item in one.items]
    assert not one.validated
    assert any("not validated yet" in note for note in one.unverified)
    for item in one.items:
        if item.kind == "choice":
            assert item.declining == ("Would rather not say",)
    assert [c for c in one.item("1").choices if c in SCALE] == SCALE


def test_mending_may_say_that_nothing_felt_wrong_which_is_no_quantity() -> None:
    assert CLIENT.item("10").choices["Nothing felt wrong"] is None


def test_a_page_can_show_our_own_words_without_a_study() -> None:
    assert texts_of(None, CLIENT).items["5"] == "The words my therapist used made sense to me."
