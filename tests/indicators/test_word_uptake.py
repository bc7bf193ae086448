"""Word uptake: the fast way agrees with plain loops; fillers and stammers are no content."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import polars as pl
import pytest

from evenhand.core.example import exchange, turns_of
from evenhand.core.features import Features, build_features
from evenhand.core.tables import CODES, TURNS, as_table
from evenhand.indicators._content import STOP, content_words, stem
from evenhand.indicators._lengths import EDGES
from evenhand.indicators.word_uptake import (
    BLOCK,
    INDICATOR,
    compute_word_uptake,
    word_uptake_evidence,
)

NOUNS = [f"{a}{b}" for a in ("bak", "gard", "kitch", "riv", "wind") for b in ("on", "ut", "al")]


def features_of(turns: pl.DataFrame) -> Features:
    return build_features(as_table(turns, TURNS), pl.DataFrame(schema=CODES), [], {})


def random_features(rng: np.random.Generator, sessions: int = 4) -> Features:
    rows = []
    for s in range(sessions):
        for turn in range(40):
            role = str(rng.choice(["therapist", "client", "observer"], p=[0.48, 0.48, 0.04]))
            n = int(rng.choice([2, 5, 10, 30]))
            words = rng.choice(["the", "and", "of", "um", "so"], n).tolist()
            for _ in range(int(rng.integers(0, 3))):
                words[int(rng.integers(0, n))] = str(rng.choice(NOUNS)) + str(turn // 15)
            text = " ".join(words)
            rows.append({"session_id": f"s{s}", "turn": turn, "role": role, "text": text})
    return features_of(pl.DataFrame(rows))


def plain_reading(rows: list[dict[str, Any]]) -> dict[str, float | None]:
    """k, e and dispersion of both roles, word by word."""
    first: dict[str, tuple[int, int]] = {}
    taken = set()
    for row in rows:
        for word in row["text"].split() if row["side"] else ():
            if word in STOP:
                continue
            if word not in first:
                first[word] = (row["row"], row["side"])
            elif first[word][1] != row["side"]:
                taken.add(word)
    turns: Any = defaultdict(lambda: [0, 0])
    for word, place in first.items():
        turns[place][0] += word in taken
        turns[place][1] += 1
    lengths = {row["row"]: sum(row["words"] >= edge for edge in EDGES) for row in rows}
    brought: Any = defaultdict(int)
    for (row, side), (_, e) in turns.items():
        brought[lengths[row], side] += e
    out: dict[str, float | None] = {}
    for role, side in (("therapist", 1), ("client", -1)):
        matched = []
        for row in sorted(r for r, s in turns if s == side):
            k, e = turns[row, side]
            like = lengths[row]
            share = min(brought[like, 1], brought[like, -1]) / brought[like, side]
            if share:
                matched.append((k * share, e * share))
        k, e = sum(a for a, _ in matched), sum(b for _, b in matched)
        out[f"k_{role}"], out[f"e_{role}"] = k, e
        left = [a - k / e * b for a, b in matched]
        blocks = [sum(left[i : i + BLOCK]) for i in range(0, len(left), BLOCK)]
        spreads = [len(x) / (len(x) - 1) * sum(v * v for v in x) / k for x in (left, blocks) if k]
        out[f"dispersion_{role}"] = max(spreads) if spreads else None
    return out


def test_the_reading_agrees_with_plain_loops() -> None:
    features = random_features(np.random.default_rng(3))
    found = compute_word_uptake(features)
    assert found.height == 4
    assert found["k_therapist"].min() > 0
    for row in found.iter_rows(named=True):
        rows = features.turns.filter(pl.col("session") == row["session"]).to_dicts()
        for column, value in plain_reading(rows).items():
            assert row[column] == pytest.approx(value), column


def test_evidence_is_the_turn_and_place_where_the_other_took_it_up() -> None:
    features = features_of(
        turns_of(
            [
                *exchange(("therapist", "What about the Kitchens?"), ("client", "Um, the river.")),
                {"session_id": "example", "turn": 3, "role": "client", "text": "My kitchen—oh."},
                {"session_id": "example", "turn": 4, "role": "therapist", "text": "Rivers? Café?"},
                {
                    "session_id": "example",
                    "turn": 5,
                    "role": "client",
                    "text": "“Kitchen”: café’s.",
                },
            ]
        )
    )
    found = word_uptake_evidence(features).join(features.turns.select("row", "text"), on="row")
    said = {
        (r["row"], r["side"], r["text"][r["start_char"] : r["end_char"]])
        for r in found.iter_rows(named=True)
    }
    assert said == {(2, 1, "kitchen"), (3, -1, "Rivers"), (4, 1, "café’s")}


def test_swapping_the_roles_swaps_the_amounts() -> None:
    features = random_features(np.random.default_rng(4))
    other = {"therapist": "client", "client": "therapist"}
    turns = features.turns.join(features.sessions, on="session").sort("row")
    swapped = features_of(turns.with_columns(pl.col("role").replace(other)))
    one, two = compute_word_uptake(features), compute_word_uptake(swapped)
    for prefix in ("k", "e", "dispersion"):
        a, b = one[f"{prefix}_therapist"], two[f"{prefix}_client"]
        assert a.to_list() == pytest.approx(b.to_list())


def test_fillers_light_words_and_stammers_are_no_content() -> None:
    said = "Um I-I yeah mm-hmm you know the the-the kind of thing 10 ok it's-it's garden-party"
    found = content_words(features_of(turns_of(exchange(("client", said)))).words)
    assert found["word"].to_list() == ["garden-party"]


@pytest.mark.parametrize(
    ("forms", "root"),
    [
        (("drink", "drinks", "drinking"), "drink"),
        (("smoke", "smokes", "smoked", "smoking"), "smok"),
        (("worry", "worries", "worried", "worrying"), "worry"),
        (("stop", "stops", "stopped", "stopping"), "stop"),
        (("wish", "wishes", "wished"), "wish"),
        (("mother", "mother's", "mothers"), "mother"),
        (("need", "needs"), "need"),
        (("bus",), "bus"),
        (("class", "classes"), "class"),
        (("thing",), "thing"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...], root: str) -> None:
    found = pl.DataFrame({"word": forms}).select(stem(pl.col("word")))["word"]
    assert set(found) == {root}


def test_what_was_said_by_others_in_the_room_is_nobodys_word() -> None:
    said = [("observer", "garden"), ("client", "garden"), ("therapist", "garden")]
    found = word_uptake_evidence(features_of(turns_of(exchange(*said))))
    assert found.rows() == [(2, -1, 0, 6)]


def test_turns_of_unlike_length_are_not_compared() -> None:
    said = [("therapist", "garden"), ("client", "and so it was that we all had the garden kitchen")]
    found = compute_word_uptake(features_of(turns_of(exchange(*said)))).row(0, named=True)
    assert found["e_therapist"] == 0
    assert found["absent"] == "no new words in turns of like length on both sides"


def test_a_session_without_content_words_leaves_no_row() -> None:
    said = exchange(("therapist", "and then"), ("client", "mm-hmm"))
    features = features_of(turns_of(said))
    assert compute_word_uptake(features).is_empty()
    assert word_uptake_evidence(features).is_empty()


def test_a_word_of_both_in_turn_belongs_to_who_said_it_first() -> None:
    features = features_of(turns_of(INDICATOR.example))
    found = word_uptake_evidence(features)
    assert found.filter(pl.col("side") == 1).height == 5
    assert found.filter(pl.col("side") == -1).height == 2
