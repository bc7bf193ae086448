"""A hierarchy is a study's own claim: with a reason, never silent, and nobody ranked by guess."""

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.positions import (
    hierarchy_problem,
    read_hierarchy,
    read_positions,
    standings,
    unranked,
)

WHY = "the society of this made-up study"
IMD = {"system": "imd-decile", "index": "2019", "lsoa": "2011", "direction": "1-most"}


def claim(positions: dict | None = None, **axes: object) -> dict:
    return {"positions": positions or {}, "hierarchy": {"reason": WHY, **axes}}


def ranked(config: dict, **columns: list[str]) -> list[tuple]:
    n = len(next(iter(columns.values())))
    people = pl.DataFrame(
        {"person_id": [f"p{i}" for i in range(n)], "role": ["client"] * n} | columns
    )
    hierarchy = read_hierarchy(config)
    assert hierarchy is not None
    found = standings(read_positions(people, config), hierarchy)
    return found.select("standing", "absent").rows()


def test_without_a_hierarchy_nobody_is_ranked() -> None:
    assert read_hierarchy({}) is None


def test_a_hierarchy_without_its_reason_is_refused() -> None:
    config = {"hierarchy": {"gender": ["woman", "man"]}}
    error = hierarchy_problem(config)
    assert error is not None
    assert "no reason" in error.what


def test_an_order_runs_from_the_lowest_up() -> None:
    config = claim(education=["0", "4", "8"])
    assert ranked(config, education=["0", "4", "8"]) == [(-1.0, None), (0.0, None), (1.0, None)]


def test_answers_that_stand_alike_share_a_step() -> None:
    config = claim(gender={"order": [["woman", "non-binary"], "man"]})
    assert ranked(config, gender=["Woman", "non-binary", "man"]) == [
        (-1.0, None),
        (-1.0, None),
        (1.0, None),
    ]


def test_a_number_runs_between_its_two_ends() -> None:
    config = claim(ladder={"low": 1, "high": 10})
    found = ranked(config, ladder=["1", "10", "5.5"])
    assert found[:2] == [(-1.0, None), (1.0, None)]
    assert found[2] == (None, "not ranked")  # the ladder has whole rungs


def test_words_may_hold_figures() -> None:
    config = claim(income={"low": 0, "high": 100_000})
    assert ranked(config, income=["25000", "enough"]) == [(-0.5, None), (None, "not ranked")]


def test_what_was_not_answered_is_no_standing_and_says_why() -> None:
    config = claim(gender=["woman", "man"])
    assert ranked(config, gender=["declined", "not asked", ""]) == [
        (None, "declined"),
        (None, "not asked"),
        (None, "unknown"),
    ]


def test_an_answer_that_the_hierarchy_leaves_out_ranks_nobody() -> None:
    config = claim(gender=["woman", "man"])
    assert ranked(config, gender=["agender", "woman; agender"]) == [
        (None, "not ranked"),
        (None, "not ranked"),
    ]


def test_those_left_out_are_counted() -> None:
    config = claim(gender=["woman", "man"])
    people = pl.DataFrame({"person_id": ["a", "b"], "gender": ["agender", "man"]})
    hierarchy = read_hierarchy(config)
    assert hierarchy is not None
    assert unranked(read_positions(people, config), hierarchy) == {"gender": 1}


def test_several_ranked_answers_stand_at_their_mean() -> None:
    config = claim(occupation=["9", "3", "2"], positions={"occupation": "isco-08"})
    assert ranked(config, occupation=["9; 2", "2"]) == [(0.0, None), (1.0, None)]


def test_a_label_and_a_code_name_the_same_step() -> None:
    config = claim(positions={"gender": "nhs-gender-identity"}, gender=["2", "1"])
    assert ranked(config, gender=["woman", "1"]) == [(-1.0, None), (1.0, None)]


def test_a_preset_turns_with_the_direction_that_the_study_declares() -> None:
    for direction, best in (("1-most", "10"), ("1-least", "1")):
        config = claim({"deprivation": IMD | {"direction": direction}})
        config["hierarchy"]["presets"] = ["england-area-deprivation"]
        assert ranked(config, deprivation=[best]) == [(1.0, None)]


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (claim(), "ranks nothing"),
        (claim(gendr=["a", "b"]), "gendr is no axis"),
        (claim(gender=["woman"]), "two steps or more"),
        (claim(gender=["woman", "Woman"]), "each answer once"),
        (claim(gender={"order": ["a", "b"], "low": 1, "high": 2}), "an order of answers, or"),
        (claim(ladder={"low": 1}), "an order of answers, or"),
        (claim(ladder={"low": 1, "high": 1}), "an order of answers, or"),
        (claim(gender=[1, 2]), "must list answers"),
        (claim(gender={"ordr": ["a", "b"]}), "no key that is read"),
        (claim(presets=["england"]), "no preset of this name"),
        (claim(presets=["macarthur-ladder"], ladder={"low": 1, "high": 10}), "ranked twice"),
        (claim(presets=["england-area-deprivation"]), "does not say"),
        (
            claim(
                {"ethnicity": "nhs-ethnicity", "gender": "gender-harmony"},
                presets=["us-status-beliefs"],
            ),
            "is coded by",
        ),
    ],
)
def test_a_claim_that_cannot_be_used_is_refused(config: dict, what: str) -> None:
    with pytest.raises(EvenhandError, match=what):
        read_hierarchy(config)
