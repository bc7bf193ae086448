"""Amounts: the fast way agrees with plain loops over turns."""

from collections import defaultdict
from statistics import variance

import numpy as np
import polars as pl
import pytest

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange, turns_of
from evenhand.core.features import Features, build_features
from evenhand.core.tables import CODES, TURNS, as_table
from evenhand.study.amounts import BLOCK, amounts_by_turn, amounts_of, session_facts


def counted(credit: str, exposure_credit: str | None, binary: bool) -> Indicator:
    return Indicator(
        name="counted",
        version=1,
        facet="shown",
        title="",
        kind="tilted",
        direction=1,
        unit="",
        why="",
        formula="",
        source="",
        example=(),
        expected={},
        amount=(pl.col("n_hedge") > 0) if binary else pl.col("n_hedge"),
        exposure=pl.col("words"),
        credit=credit,  # type: ignore[arg-type]
        exposure_credit=exposure_credit,  # type: ignore[arg-type]
        binary=binary,
    )


def random_features(rng: np.random.Generator, sessions: int = 7, turns: int = 61) -> Features:
    rows, codes = [], []
    for s in range(sessions):
        for t in range(int(rng.integers(3, turns))):
            role = rng.choice(["therapist", "client", "partner"], p=[0.48, 0.48, 0.04])
            text = " ".join(["word"] * int(rng.integers(1, 30)))
            rows.append({"session_id": f"s{s}", "turn": t, "role": str(role), "text": text})
            for code, often in (("hedge", 1.2), ("minimal", 0.2)):
                for _ in range(rng.poisson(often) if code == "hedge" else rng.random() < often):
                    codes.append({"session_id": f"s{s}", "turn": t, "code": code})
    frame = as_table(pl.DataFrame(rows), TURNS)
    return build_features(frame, as_table(pl.DataFrame(codes), CODES), ["n_hedge"], {})


def dispersion_by_hand(amounts: list[float], binary: bool) -> float | None:
    if not amounts or sum(amounts) == 0:
        return None
    found = []
    mean = sum(amounts) / len(amounts)
    if binary:
        found.append(1 - mean)
    elif len(amounts) > 1:
        found.append(variance(amounts) / mean)
    blocks = [sum(amounts[i : i + BLOCK]) for i in range(0, len(amounts) - BLOCK + 1, BLOCK)]
    if len(blocks) > 1 and sum(blocks) > 0:
        found.append(variance(blocks) / (sum(blocks) / len(blocks)))
    return max(found) if found else None


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize(
    ("credit", "exposure_credit"),
    [("own", None), ("other", None), ("own", "both"), ("own", "other")],
)
def test_sums_and_dispersion_agree_with_plain_loops(
    credit: str, exposure_credit: str | None, binary: bool
) -> None:
    rng = np.random.default_rng(7)
    features = random_features(rng)
    indicator = counted(credit, exposure_credit, binary)
    by_turn = amounts_by_turn(features, [indicator])
    found = amounts_of(features, {"counted": indicator}, by_turn)
    amount, spoken, words = defaultdict(float), defaultdict(list), defaultdict(float)
    for row in features.turns.iter_rows(named=True):
        if row["side"] == 0:
            continue
        a = float(row["n_hedge"] > 0) if binary else float(row["n_hedge"])
        key = (row["session"], row["side"])
        amount[key] += a
        words[key] += row["words"]
        if not row["minimal"]:
            spoken[key].append(a)
    turned = -1 if credit == "other" else 1
    e_turned = {"own": 1, "other": -1, None: turned}.get(exposure_credit)
    for row in found.iter_rows(named=True):
        for role, side in (("therapist", 1), ("client", -1)):
            key = (row["session"], side * turned)
            if row[f"k_{role}"] is None:
                continue
            assert row[f"k_{role}"] == pytest.approx(amount[key])
            hand = dispersion_by_hand(spoken[key], binary)
            got = row[f"dispersion_{role}"]
            assert got is None if hand is None else got == pytest.approx(hand)
            if exposure_credit == "both":
                expected = words[row["session"], 1] + words[row["session"], -1]
            else:
                expected = words[row["session"], side * e_turned]
            assert row[f"e_{role}"] == pytest.approx(expected)


def facts_of(*said: tuple[str, str], **columns: list[float]) -> dict[str, object]:
    turns = turns_of(exchange(*said))
    turns = turns.with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()
    )
    no_codes = pl.DataFrame(schema=CODES)
    wanted = ["n_title"]
    return session_facts(build_features(turns, no_codes, wanted, {})).row(0, named=True)


def test_times_that_only_abut_show_no_overlap_and_no_gap() -> None:
    said = [("therapist", "one two"), ("client", "three four"), ("therapist", "five")]
    facts = facts_of(*said, start_s=[0, 2, 4], end_s=[2, 4, 6])
    assert facts["timed"]
    assert not facts["any_overlap"]
    assert not facts["any_gap"]


def test_a_dash_is_seen_and_a_hyphen_within_a_word_is_not() -> None:
    assert facts_of(("therapist", "I only wanted to—"), ("client", "No."))["any_dash"]
    assert facts_of(("therapist", "I only wanted to --"), ("client", "No."))["any_dash"]
    assert not facts_of(("therapist", "a well-kept thing"), ("client", "No."))["any_dash"]


def test_a_transcribers_note_is_no_word() -> None:
    facts = facts_of(("therapist", "[laughs] Well (pause 5s) yes."), ("client", "Mm."))
    assert facts["words_therapist"] == 2
