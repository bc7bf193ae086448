"""Coordination: the fast way agrees with plain loops, and length alone makes none."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean, median
from typing import Any

import numpy as np
import polars as pl
import pytest

from evenhand.core.example import exchange, turns_of
from evenhand.core.features import Features, build_features
from evenhand.core.tables import CODES, TURNS, as_table
from evenhand.indicators import coordination
from evenhand.indicators._coordination_counts import BLOCKS, reply_pairs, turn_masks
from evenhand.indicators._lengths import EDGES
from evenhand.indicators._markers import CLASSES, FUNCTION_WORDS, MARKERS
from evenhand.indicators.coordination import (
    FEWEST_CLASSES,
    FEWEST_PAIRS,
    FEWEST_WEIGHT,
    INDICATOR,
    compute_coordination,
    coordination_classical,
    coordination_like_weighted,
    coordination_mantel_haenszel,
)
from tests.indicators.shared import annomi, court

VOCABULARY = ["the", "is", "and", "very", "you", "it", "of", "all", *["tea", "bus", "bed"] * 3]
T_QUANTILE = 2.2621571628  # of t with nine degrees of freedom at .975


def features_of(turns: pl.DataFrame, bare: list[dict[str, Any]] | None = None) -> Features:
    codes = as_table(pl.DataFrame(bare), CODES) if bare else pl.DataFrame(schema=CODES)
    return build_features(as_table(turns, TURNS), codes, [], {})


def random_features(rng: np.random.Generator, sessions: int = 3) -> Features:
    """Sessions with one client and, in the last, two therapists; some bare replies, some others."""
    rows, bare = [], []
    for s in range(sessions):
        crowd = ["A", "B"] if s == sessions - 1 else ["A"]
        for turn in range(int(rng.integers(260, 300))):
            role = str(rng.choice(["therapist", "client", "observer"], p=[0.49, 0.49, 0.02]))
            n = int(rng.choice([1, 3, 4, 7, 8, 12, 20, 30]))
            who = str(rng.choice(crowd)) if role == "therapist" else role
            text = " ".join(rng.choice(VOCABULARY, n))
            key = {"session_id": f"s{s}", "turn": turn}
            rows.append({**key, "role": role, "speaker": who, "text": text})
            if n == 1 and rng.random() < 0.5:
                bare.append({**key, "code": "minimal"})
    return features_of(pl.DataFrame(rows), bare)


def plain_pairs(features: Features) -> list[dict[str, Any]]:
    """Every reply, turn by turn."""
    found, last = [], None
    for row in features.turns.iter_rows(named=True):
        here = last is not None and last["session"] == row["session"]
        if here and row["side"] != 0 and last["side"] == -row["side"]:
            therapist, client = (last, row) if last["side"] == 1 else (row, last)
            found.append(
                {
                    "session": row["session"],
                    "pair": (row["session"], therapist["speaker"], client["speaker"]),
                    "side": row["side"],
                    "bare": row["minimal"] or last["minimal"],
                    "prompt": last["text"].split(),
                    "reply": row["text"].split(),
                }
            )
        last = row
    lengths = defaultdict(list)
    for one in found:
        if not one["bare"]:
            lengths[one["pair"]].append(len(one["prompt"]))
    for one in found:
        middle = median(lengths[one["pair"]]) if lengths[one["pair"]] else 0
        bin_ = sum(len(one["reply"]) >= edge for edge in EDGES)
        one["like"] = (bin_, len(one["prompt"]) > middle)
    return found


def plain_classes(pairs: list[dict[str, Any]], alike: bool) -> list[tuple[Any, ...]]:
    """For each class: C of the client, C of the therapist, the smaller weight."""
    out = []
    for words in MARKERS.values():
        tables: Any = defaultdict(lambda: [0, 0, 0, 0])
        for one in pairs:
            had, has = bool(words & set(one["prompt"])), bool(words & set(one["reply"]))
            tables[one["pair"], one["like"], one["side"]][2 * had + has] += 1
        top: Any = defaultdict(float)
        weight: Any = defaultdict(float)
        for (_, like, side), (a, b, c, d) in tables.items():
            if a + b and c + d:
                w = (a + b) * (c + d) / (a + b + c + d)
                top[like, side] += w * (d / (c + d) - b / (a + b))
                weight[like, side] += w
        likes = {like for like, _ in weight}
        values = []
        for side in (-1, 1):
            own = {x: weight[x, side] for x in likes}
            if alike:
                own = {x: min(weight[x, 1], weight[x, -1]) for x in likes}
            total = sum(own.values())
            inside = [w * top[x, side] / weight[x, side] for x, w in own.items() if w > 0]
            values.append((sum(inside) / total if total else None, total))
        out.append((values[0][0], values[1][0], min(values[0][1], values[1][1])))
    return out


def plain_reading(pairs: list[dict[str, Any]], alike: bool) -> tuple[Any, ...]:
    """C of the client and of the therapist, the difference's interval, by leaving blocks out."""
    whole = plain_classes(pairs, alike)
    left = [
        plain_classes([p for i, p in enumerate(pairs) if i * BLOCKS // len(pairs) != b], alike)
        for b in range(BLOCKS)
    ]
    steady = [
        i
        for i in range(len(CLASSES))
        if whole[i][2] >= FEWEST_WEIGHT and all(x[i][2] > 0 for x in left)
    ]
    enough = len(steady) >= FEWEST_CLASSES
    used = steady if enough else [i for i in range(len(CLASSES)) if whole[i][2] > 0]
    client, therapist = (fmean(whole[i][j] for i in used) for j in (0, 1))
    if not enough:
        return client, therapist, None, None
    apart = [fmean(x[i][0] for i in used) - fmean(x[i][1] for i in used) for x in left]
    squares = sum((a - fmean(apart)) ** 2 for a in apart)
    reach = T_QUANTILE * ((BLOCKS - 1) / BLOCKS * squares) ** 0.5
    return client, therapist, client - therapist - reach, client - therapist + reach


@pytest.mark.parametrize("alike", [True, False])
def test_the_reading_agrees_with_plain_loops(alike: bool) -> None:
    features = random_features(np.random.default_rng(5))
    form = coordination_like_weighted if alike else coordination_mantel_haenszel
    found = form(reply_pairs(features))
    assert found.height == 3
    pairs = [p for p in plain_pairs(features) if not p["bare"]]
    for row in found.iter_rows(named=True):
        mine = [p for p in pairs if p["session"] == row["session"]]
        client, therapist, low, high = plain_reading(mine, alike)
        assert low is not None
        assert row["replies_client"] == sum(p["side"] == -1 for p in mine)
        assert row["client"] == pytest.approx(client, abs=1e-12)
        assert row["therapist"] == pytest.approx(therapist, abs=1e-12)
        assert row["difference"] == pytest.approx(client - therapist, abs=1e-12)
        assert row["low"] == pytest.approx(low, abs=1e-9)
        assert row["high"] == pytest.approx(high, abs=1e-9)


def test_the_classical_value_agrees_with_plain_loops() -> None:
    features = random_features(np.random.default_rng(6))
    pairs = plain_pairs(features)
    for side, role in ((-1, "client"), (1, "therapist")):
        means = []
        for session in {p["session"] for p in pairs}:
            mine = [p for p in pairs if p["session"] == session and p["side"] == side]
            values = []
            for words in MARKERS.values():
                has = [bool(words & set(p["reply"])) for p in mine]
                after = [h for h, p in zip(has, mine, strict=True) if words & set(p["prompt"])]
                if len(after) >= 3:
                    values.append(fmean(after) - fmean(has))
            means.append(fmean(values))
        found = coordination_classical(reply_pairs(features))
        assert found[role][0] == pytest.approx(fmean(means))
        assert found[f"speakers_{role}"][0] == 3


def test_the_three_aggregates_differ_only_where_a_class_is_missing() -> None:
    full = [("therapist", "the bed is all very well and you think of it")] * 4
    part = [
        ("therapist", "the bed is"),
        ("client", "the bed"),
        ("therapist", "tea"),
        ("client", ""),
    ]
    said = [x for one in full for x in (one, ("client", one[1]), ("therapist", "tea"))]
    one = exchange(*said, *[("client", "bus"), ("therapist", "bus")] * 4)
    two = [{**row, "session_id": "two"} for row in exchange(*part, times=4)]
    pairs = reply_pairs(features_of(turns_of([*one, *two])))
    speakers = [coordination_classical(pairs, aggregate=a)["speakers_client"][0] for a in (1, 2, 3)]
    assert speakers == [1, 2, 2]
    first, third = (coordination_classical(pairs, aggregate=a)["client"][0] for a in (1, 3))
    assert first != third


def test_swapping_the_roles_mirrors_the_reading() -> None:
    features = random_features(np.random.default_rng(7), sessions=2)
    other = {"therapist": "client", "client": "therapist"}
    turns = features.turns.join(features.sessions, on="session").sort("row")
    bare = turns.filter("minimal").select("session_id", "turn", code=pl.lit("minimal"))
    swapped = turns.with_columns(pl.col("role").replace(other))
    one = compute_coordination(features)
    two = compute_coordination(features_of(swapped, bare.to_dicts()))
    assert one["absent"].null_count() == 2
    for mine, theirs in (("client", "therapist"), ("tilt_low", "tilt_high")):
        sign = -1 if mine.startswith("tilt") else 1
        for column in ((mine, theirs), (theirs, mine)):
            for a, b in zip(one[column[0]], two[column[1]], strict=True):
                assert b == pytest.approx(sign * a, abs=1e-12)


def test_renaming_the_speakers_changes_nothing() -> None:
    turns = random_features(np.random.default_rng(8)).turns.with_columns(
        session_id=pl.format("s{}", "session")
    )
    renamed = turns.with_columns(
        pl.col("speaker").replace({"A": "Zoe", "B": "Abe", "client": "Kim"})
    )
    found = [compute_coordination(features_of(t)) for t in (turns, renamed)]
    assert found[0].equals(found[1])


def test_a_short_session_has_values_and_a_reason_but_no_tilt_to_show() -> None:
    few = exchange(*coordination._CYCLE * 2)
    found = compute_coordination(features_of(turns_of(few))).row(0, named=True)
    assert "16 replies by the client" in found["absent"]
    assert found["tilt_low"] is None
    assert found["client"] is not None


def test_a_session_with_nobody_of_the_pair_has_a_reason() -> None:
    found = compute_coordination(features_of(turns_of(exchange(("observer", "tea and bed")))))
    assert found["absent"][0].startswith("too few pairs")


def test_words_of_another_language_give_a_reason() -> None:
    said = exchange(("therapist", "wie geht es dir heute"), ("client", "ganz gut danke"), times=60)
    found = compute_coordination(features_of(turns_of(said))).row(0, named=True)
    assert found["absent"].startswith("too few replies of like length")
    assert found["tilt"] is None


def test_bare_replies_are_no_pairs() -> None:
    rows = exchange(*coordination._CYCLE * 10)
    extra = [{**row, "turn": 2 * row["turn"]} for row in rows]
    ends = {"session_id": "example", "turn": 10**6, "role": "client", "speaker": "client"}
    bare = [{"session_id": "example", "turn": 10**6, "code": "minimal"}]
    with_bare = features_of(turns_of([*extra, {**ends, "text": "Mm-hmm."}]), bare)
    one, two = compute_coordination(features_of(turns_of(extra))), compute_coordination(with_bare)
    assert one.equals(two)


def test_sessions_of_a_dyad_are_read_as_one() -> None:
    features = random_features(np.random.default_rng(9), sessions=3)
    pairs = reply_pairs(features).filter(pl.col("session") < 2).with_columns(dyad=pl.lit("a"))
    found = coordination_like_weighted(pairs, "dyad").row(0, named=True)
    plain = [p for p in plain_pairs(features) if not p["bare"] and p["session"] < 2]
    for one in plain:
        one["pair"] = "the same two"
    client, therapist, low, high = plain_reading(plain, alike=True)
    assert found["client"] == pytest.approx(client)
    assert found["therapist"] == pytest.approx(therapist)
    assert found["low"] == pytest.approx(low)
    assert found["high"] == pytest.approx(high)


def test_many_dyads_are_jackknifed_by_whole_dyads() -> None:
    features = random_features(np.random.default_rng(10), sessions=12)
    pairs = reply_pairs(features)
    found = coordination_mantel_haenszel(pairs, together=True).row(0, named=True)
    plain = [p for p in plain_pairs(features) if not p["bare"]]

    def apart(some: list[dict[str, Any]]) -> float:
        classes = plain_classes(some, alike=False)
        return fmean(c for c, _, _ in classes) - fmean(t for _, t, _ in classes)

    left = [apart([p for p in plain if p["session"] != s]) for s in range(12)]
    spread = (11 / 12 * sum((x - fmean(left)) ** 2 for x in left)) ** 0.5
    assert found["difference"] == pytest.approx(apart(plain))
    assert found["high"] - found["difference"] == pytest.approx(2.2009851601 * spread)


def test_fewer_than_ten_dyads_have_no_interval() -> None:
    pairs = reply_pairs(random_features(np.random.default_rng(10), sessions=4))
    found = coordination_like_weighted(pairs, together=True)
    assert found["difference"][0] is not None
    assert found["low"][0] is None


def test_no_pairs_at_all_give_an_empty_answer() -> None:
    pairs = reply_pairs(random_features(np.random.default_rng(1))).head(0)
    assert coordination_like_weighted(pairs).is_empty()
    assert coordination_mantel_haenszel(pairs, together=True)["difference"][0] is None


def test_masks_hold_the_classes_of_a_turns_words() -> None:
    said = "Don't you think it's all over the house? [laughs very much]"
    masks = turn_masks(features_of(turns_of(exchange(("therapist", said), ("other", "the")))))
    held = {name for i, name in enumerate(CLASSES) if masks[0] >> i & 1}
    assert held == {
        *("articles", "auxiliary_verbs", "impersonal_pronouns", "personal_pronouns"),
        *("prepositions", "quantifiers"),
    }
    assert masks[1] == 0


def test_marker_words_are_words_as_features_see_them() -> None:
    text = " ".join(sorted(FUNCTION_WORDS - {"'cause", "'cos", "'em"}))
    features = features_of(turns_of(exchange(("client", text))))
    assert set(features.words["word"]) == FUNCTION_WORDS - {"'cause", "'cos", "'em"}


def test_length_alone_makes_no_difference() -> None:
    """Two roles who never follow each other, one terse, one not: about 0 in either direction."""
    rng = np.random.default_rng(11)
    rows = []
    for session in range(40):
        for turn in range(200):
            role = ("therapist", "client")[turn % 2]
            n = int(rng.geometric(1 / 9 if turn % 2 == 0 else 1 / 25))
            text = " ".join(rng.choice(VOCABULARY, n))
            rows.append({"session_id": str(session), "turn": turn, "role": role, "text": text})
    pairs = reply_pairs(features_of(pl.DataFrame(rows)))
    found = coordination_like_weighted(pairs, together=True).row(0, named=True)
    assert found["low"] < 0 < found["high"]
    assert abs(found["client"]) < 0.015
    assert abs(found["therapist"]) < 0.015


@pytest.mark.shared
def test_advocates_follow_the_bench_more_than_it_follows_them() -> None:
    """INDICATORS.md: +.016 [.012, .020] found before; above 0 and within .005–.04."""
    pairs = reply_pairs(features_of(court()))
    found = coordination_mantel_haenszel(pairs, together=True).row(0, named=True)
    assert 0.005 <= found["difference"] <= 0.04
    assert found["low"] > 0
    like = coordination_like_weighted(pairs, together=True).row(0, named=True)
    assert like["difference"] > 0


@pytest.mark.shared
def test_the_classical_value_on_annomi_has_the_published_signs() -> None:
    """All 133 sessions: client −.01688, therapist −.00621; here the 80 of the dev set."""
    found = coordination_classical(reply_pairs(features_of(annomi()))).row(0, named=True)
    assert found["speakers_client"] == 80
    assert found["client"] < found["therapist"] < 0


def test_the_example_needs_no_more_than_it_has() -> None:
    sides = [row["role"] for row in INDICATOR.example]
    assert sides.count("client") >= FEWEST_PAIRS
