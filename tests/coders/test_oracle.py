"""A slow oracle: phrases found word by word in plain Python, against the one pass over all."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.coders._frame import coding_frame
from evenhand.coders._search import patterns, raw_hits, vocabulary
from evenhand.coders._words import find_words
from evenhand.coders.rules import all_rules
from evenhand.core.example import turns_of
from tests.indicators.shared import annomi

RULES = all_rules()
Hit = tuple[int, int, int, int]

STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "＇": "'", "İ": "i", "ẞ": "ß"})


def is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char)[0] in "LMN"


def words_of(text: str) -> list[tuple[str, int, int]]:
    """Words, and marks as '|' or ',', each with its characters."""
    found: list[tuple[str, int, int]] = []
    at = 0
    while at < len(text):
        inner = text[at] == "'" and found and found[-1][2] == at and found[-1][0] not in "|,"
        inner = inner and at + 1 < len(text) and is_letter(text[at + 1])
        if is_letter(text[at]) or inner:
            if found and found[-1][2] == at and found[-1][0] not in "|,":
                word, first, _ = found[-1]
                found[-1] = (word + text[at], first, at + 1)
            else:
                found.append((text[at], at, at + 1))
        elif text[at] == "-" and text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum():
            pass  # within a word
        elif text[at] == "." and found and found[-1][2] == at and found[-1][0] in SHORT:
            pass
        elif not text[at].isspace() and text[at] != "'":
            found.append((text[at] if text[at] == "," else "|", at, at + 1))
        at += 1
    return found


SHORT = ("mr", "mrs", "ms", "dr")


def trie_of(phrases: list[tuple[str, ...]]) -> dict[str, Any]:
    trie: dict[str, Any] = {}
    for n, words in enumerate(phrases):
        node = trie
        for word in words:
            node = node.setdefault(word, {})
        node.setdefault("", []).append(n)
    return trie


TABLE = patterns(RULES).to_dicts()
TRIE = trie_of([tuple(row["phrase"].split()) for row in TABLE])


def slow_hits(texts: list[str], roles: list[str]) -> set[Hit]:
    found = set()
    for row, (text, role) in enumerate(zip(texts, roles, strict=True)):
        words = words_of(text.translate(STRAIGHT).lower())
        for start in range(len(words)):
            node: dict[str, Any] = TRIE
            for word, _, end in words[start:]:
                if word not in node:
                    break
                node = node[word]
                for n in node.get("", []):
                    if TABLE[n][role]:
                        found.add((row, TABLE[n]["rule"], words[start][1], end))
    return found


def fast_hits(texts: list[str], roles: list[str]) -> set[Hit]:
    rows = [
        {"session_id": "s", "turn": n, "role": role, "text": text}
        for n, (role, text) in enumerate(zip(roles, texts, strict=True))
    ]
    frame = coding_frame(turns_of(rows))
    return set(raw_hits(frame, find_words(frame, vocabulary(RULES)), RULES).rows())


def fluent(texts: list[str], roles: list[str]) -> tuple[list[str], list[str]]:
    """Turns from which no word is left out, and without dashes at words' ends."""
    rows = [
        {"session_id": "s", "turn": n, "role": "client", "text": t} for n, t in enumerate(texts)
    ]
    frame = coding_frame(turns_of(rows))
    rough = find_words(frame, vocabulary(RULES)).frame["slipped"].to_list()
    kept = [n for n, is_rough in enumerate(rough) if not is_rough]
    return [texts[n] for n in kept], [roles[n] for n in kept]


PIECES = [
    *(row["phrase"].strip().replace(" ,", ",") for row in TABLE[:: max(1, len(TABLE) // 60)]),
    *"caf\u00e9 cafe\u0301 İ ß 😀 ’ ' \" , . ? ! mr. 3.5 you’re don't' 'so \u00a0".split(" "),
    "two-year-old",
    "you should",
    "thank you",
    "thank you\u0301",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join) | st.text(max_size=30),
        min_size=1,
        max_size=5,
    )
)
def test_made_up_text_has_the_same_hits_as_by_hand(texts: list[str]) -> None:
    texts, roles = fluent(texts, ["therapist", "client"] * len(texts))
    if texts:
        assert fast_hits(texts, roles) == slow_hits(texts, roles)


@pytest.mark.shared
def test_interviews_have_the_same_hits_as_by_hand() -> None:
    turns = annomi().head(1200)
    texts, roles = fluent(turns["text"].to_list(), turns["role"].to_list())
    assert len(texts) > 500
    found = fast_hits(texts, roles)
    assert found == slow_hits(texts, roles)
    assert len(found) > 200


@pytest.mark.shared
def test_leaving_hesitations_out_is_as_if_they_had_not_been_said() -> None:
    turns = annomi().head(1200)
    texts, roles = fluent(turns["text"].to_list(), turns["role"].to_list())
    with_uh = [re.sub(r"(?<=[a-z]) (?=[a-z])", ", uh, ", text, count=1) for text in texts]

    def found_in(said: list[str]) -> list[tuple[int, int, str]]:
        hits = fast_hits(said, roles)
        return sorted((n, rule, said[n][a:z].replace(", uh,", "")) for n, rule, a, z in hits)

    assert found_in(with_uh) == found_in(texts)
    assert sum(one != two for one, two in zip(with_uh, texts, strict=True)) > 300


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("caf\u00e9 thanks", 1),
        ("thanks\u0301", 0),
        ("\u00e9thanks", 0),
        ("thanks😀", 1),
        ("😀thanks", 1),
        ("thanks9", 0),
        ("thanks_", 1),
        ("THANKS", 1),
        ("'thanks'", 1),
        ("thanks'll", 0),
        ("\u5730thanks", 0),
        ("thank\nyou", 1),
        ("thank\r\nyou", 1),
        ("thank. You", 0),
        ("thank\u00a0you", 1),
    ],
)
def test_a_phrase_is_whole_words_in_any_script(text: str, n: int) -> None:
    thanking = [i for i, rule in enumerate(RULES) if rule.code == "thanks"]
    assert len([hit for hit in fast_hits([text], ["client"]) if hit[1] in thanking]) == n
