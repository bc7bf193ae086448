from __future__ import annotations

import pytest

from evenhand.reports.people import is_name, label_of, pair_of, plural_of, short_names, voices_of


@pytest.mark.parametrize("label", ["T", "client", "Speaker 1", "spk_0", "Therapist:", "P2", ""])
def test_a_role_or_a_channel_is_no_name(label: str) -> None:
    assert not is_name(label)


@pytest.mark.parametrize("label", ["Anjali", "Dana Lee", "Theo", "Claire", "Pat", "Agnes"])
def test_a_name_is_a_name(label: str) -> None:
    assert is_name(label)


def test_titles_are_left_out_for_both_alike() -> None:
    assert short_names("Dr Marek Zielinski", "Ruth Byrne") == ("Marek", "Ruth")
    assert short_names("Dr Nana Osei", "Jamie Pratt") == ("Nana", "Jamie")
    assert short_names("Sam Lee", "Jo Ray") == ("Sam Lee", "Jo Ray")


def test_two_of_one_name_are_told_apart_by_their_role() -> None:
    pair = pair_of({"therapist": "Sam", "client": "Sam"}, {}, {}, None)
    assert pair.title == "Sam (therapist) and Sam (client)"


def test_without_a_name_a_sentence_says_the_client() -> None:
    pair = pair_of({}, {}, {}, None)
    assert (pair.client.name, pair.client.called, pair.client.owns) == (
        "Client",
        "the client",
        "the client’s",
    )


def test_another_pair_of_roles_keeps_its_own_words() -> None:
    pair = pair_of({}, {}, {"therapist": "justice", "client": "advocate"}, None)
    assert pair.title == "Justice and Advocate"


def test_the_page_says_you_to_the_therapist_whose_page_it_is() -> None:
    pair = pair_of({"therapist": "Anjali", "client": "Gwyn"}, {}, {}, "therapist")
    assert (pair.therapist.called, pair.therapist.opens, pair.therapist.owns) == (
        "you",
        "You",
        "your",
    )
    assert pair.therapist.name == "Anjali"


def test_the_commonest_label_is_taken() -> None:
    assert label_of(voices_of(["Gwyn", "GWYN", "Gwyn", None], {"client"})) == "Gwyn"
    assert label_of(voices_of(["client", "client"], {"client"})) is None


def test_no_voice_stands_for_a_role_that_several_share() -> None:
    bench = voices_of(["Souter"] * 5 + ["Scalia"] * 4, {"therapist", "justice"})
    assert label_of(bench) is None
    roles = {"therapist": "justice", "client": "advocate"}
    pair = pair_of({}, {"therapist": bench}, roles, None)
    assert (pair.therapist.name, pair.therapist.called, pair.therapist.voices) == (
        "Justices",
        "the justices",
        2,
    )
    assert (pair.therapist.owns, pair.therapist.holds) == ("the justices’", "hold")
    assert pair_of({"therapist": "Ana"}, {"therapist": bench}, roles, None).therapist.voices == 1


def test_a_short_word_of_a_third_voice_does_not_hide_a_name() -> None:
    assert label_of(voices_of(["Dana"] * 9 + ["Visitor"], {"therapist"})) == "Dana"


@pytest.mark.parametrize(
    ("role", "several"),
    [("justice", "justices"), ("attorney", "attorneys"), ("deputy", "deputies"), ("boss", "boss")],
)
def test_roles_have_a_plural(role: str, several: str) -> None:
    assert plural_of(role) == several
