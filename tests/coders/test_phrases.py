"""Every phrase file's own examples, and what a phrase file may hold."""

from collections import Counter
from typing import Any

import pytest

from evenhand.coders._phrasebook import phrasebook
from evenhand.coders.rules import CODER
from tests.coders.turns import last_codes

BOOK = phrasebook()
EXAMPLES = [(code, example) for code, entry in BOOK.items() for example in entry.examples]
KNOWN = {"role", "prior", "text", "expect", "expect_not"}


@pytest.mark.parametrize(
    ("code", "example"), EXAMPLES, ids=[f"{c}: {e['text']}" for c, e in EXAMPLES]
)
def test_an_example_is_coded_as_its_file_says(code: str, example: dict[str, Any]) -> None:
    prior = [(role, text) for role, text in example.get("prior", [])]
    found = last_codes(*prior, (example["role"], example["text"]))
    assert set(example.get("expect", [])) <= found
    assert not set(example.get("expect_not", [])) & found


@pytest.mark.parametrize("code", sorted(BOOK))
def test_an_entry_says_what_it_means_and_shows_it(code: str) -> None:
    entry = BOOK[code]
    assert entry.meaning.endswith(".")
    assert entry.near
    assert any(code in example.get("expect", []) for example in entry.examples)
    for example in entry.examples:
        assert not set(example) - KNOWN
        named = {*example.get("expect", []), *example.get("expect_not", [])}
        assert named, "an example that expects nothing tests nothing"
        assert named <= set(CODER.codes)


@pytest.mark.parametrize("code", sorted(BOOK))
def test_a_phrase_stands_once_and_in_small_letters(code: str) -> None:
    for rule in BOOK[code].rules:
        assert all(phrase == phrase.lower().strip() for phrase in rule.phrases)
        assert not [p for p, n in Counter(rule.phrases).items() if n > 1]
        assert all("’" not in phrase for phrase in rule.phrases)
