"""Answers become scores; what was not answered keeps its reason."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.instruments import SCORES, _scoring, find_instrument, score_ratings
from tests.instruments.oracle import rows_of, table

PHQ = find_instrument("PHQ-9")
WAI = find_instrument("WAI-SR")


def only(frame: pl.DataFrame, scale: str = "total") -> dict[str, object]:
    return frame.row(by_predicate=pl.col("scale") == scale, named=True)


def given_score(scale: str, value: str | None, **more: str) -> dict[str, str | None]:
    row = {"session_id": "s", "rater": "client", "instrument": "WAI-SR", "scale": scale}
    return row | {"value": value} | more


def test_scores_are_a_table_of_scores() -> None:
    scores = score_ratings(table(rows_of(PHQ, [1] * 9)))
    assert scores.schema == SCORES
    assert score_ratings(table([])).schema == SCORES


@pytest.mark.parametrize(
    ("reasons", "status"),
    [
        (["declined"] * 3, "declined"),
        (["not asked"] * 3, "not asked"),
        (["unknown"] * 3, "unknown"),
        (["declined", "declined", "not asked"], "unknown"),
    ],
)
def test_declined_not_asked_and_unknown_stay_apart(reasons: list[str], status: str) -> None:
    row = only(score_ratings(table(rows_of(PHQ, [0, 1, 2, 3, 0, 1, *reasons]))))
    assert (row["score"], row["status"], row["items_missing"]) == (None, status, 3)
    counted = [row["declined_n"], row["not_asked_n"], row["unknown_n"]]
    assert counted == [reasons.count(r) for r in ("declined", "not asked", "unknown")]


def test_items_without_a_row_are_unknown() -> None:
    row = only(score_ratings(table(rows_of(PHQ, [1] * 9)[:5])))
    assert (row["score"], row["status"], row["unknown_n"]) == (None, "unknown", 4)


def test_a_scale_of_which_no_item_is_there_is_said_to_be_missing() -> None:
    bond_only = [r for r in rows_of(WAI, [3] * 12) if r["item"] in {"3", "5", "7", "9"}]
    scores = score_ratings(table(bond_only))
    assert only(scores, "bond")["score"] == 3
    assert only(scores, "task") == only(scores, "task") | {"score": None, "unknown_n": 4}


def test_a_blank_answer_without_status_is_unknown_and_one_with_an_answer_is_answered() -> None:
    rows = rows_of(PHQ, [2] * 9)
    for row in rows:
        row["status"] = None
    rows[0]["value"] = " "
    row = only(score_ratings(table(rows)))
    assert (row["score"], row["unknown_n"]) == (18, 1)


def test_items_are_known_by_number_with_or_without_a_name_before_it() -> None:
    labels = ["1", "item 2", "Q3", "phq9_4", "PHQ-9 5", "item06", "question 7", "phq_9_8", "9"]
    rows = [row | {"item": label} for row, label in zip(rows_of(PHQ, [1] * 9), labels, strict=True)]
    assert only(score_ratings(table(rows)))["score"] == 9


def test_a_number_may_be_written_as_a_decimal_or_be_a_number() -> None:
    frame = table(rows_of(PHQ, [1] * 9)).with_columns(pl.lit(1.0).alias("value"))
    assert only(score_ratings(frame))["score"] == 9


def test_given_scores_pass_with_their_status() -> None:
    rows = [given_score("total", "3.5", released="words"), given_score("bond", None)]
    rows[1]["status"] = "declined"
    scores = score_ratings(table(rows))
    assert only(scores) == only(scores) | {"score": 3.5, "released": "words", "items_missing": None}
    assert only(scores, "bond") == only(scores, "bond") | {"score": None, "status": "declined"}


@pytest.mark.parametrize("label", ["total", "mean", "Overall", ""])
def test_the_whole_has_several_names(label: str) -> None:
    assert only(score_ratings(table([given_score(label, "3.5")])))["score"] == 3.5


@pytest.mark.parametrize(("label", "scale"), [("SD", "symptom distress"), ("sr", "social role")])
def test_a_subscale_may_go_by_its_letters(label: str, scale: str) -> None:
    row = given_score(label, "20") | {"instrument": "OQ-45"}
    assert only(score_ratings(table([row])), scale)["score"] == 20


def test_a_given_score_that_its_items_bear_out_is_there_once() -> None:
    rows = [*rows_of(WAI, [4] * 11 + [5]), given_score("total", "4.1")]
    scores = score_ratings(table(rows))
    assert only(scores)["score"] == pytest.approx(49 / 12)
    assert scores.height == 4


def test_a_given_score_stands_where_its_items_give_none() -> None:
    scores = score_ratings(table([*rows_of(WAI, [4] * 12)[:6], given_score("total", "4.1")]))
    assert only(scores)["score"] == 4.1


def test_a_score_is_released_as_its_least_released_answer_is() -> None:
    rows = [row | {"released": "words"} for row in rows_of(PHQ, [1] * 9)]
    assert only(score_ratings(table(rows)))["released"] == "words"
    rows[3]["released"] = "count"
    assert only(score_ratings(table(rows)))["released"] == "count"
    rows[4]["released"] = None
    assert only(score_ratings(table(rows)))["released"] == "no"


def test_a_score_that_is_also_given_is_released_as_was_said_of_it() -> None:
    rows = [*rows_of(WAI, [4] * 12), given_score("total", "4", released="words")]
    scores = score_ratings(table(rows))
    assert (only(scores)["released"], only(scores, "bond")["released"]) == ("words", "no")


def test_a_table_may_hold_turned_or_unturned_answers() -> None:
    core = find_instrument("CORE-10")
    frame = table(rows_of(core, [0, 4, 4, 0, 0, 0, 0, 0, 0, 0]))
    assert only(score_ratings(frame))["score"] == 8
    assert only(score_ratings(frame, reversal={"core-10": "here"}))["score"] == 0
    oq = table(rows_of(find_instrument("OQ-45"), [0] * 45))
    assert only(score_ratings(oq))["score"] == 36
    assert only(score_ratings(oq, reversal={"oq-45": "form"}))["score"] == 0


def test_the_check_in_has_no_total_and_keeps_words_that_are_no_quantity() -> None:
    one = find_instrument("check-in", "client")
    scores = score_ratings(table(rows_of(one, list(one.examples[0].answers))))
    assert "total" not in set(scores["scale"])
    assert only(scores, "9")["answer"] == "Yes, and I wish I had said it"
    assert only(scores, "9")["score"] is None
    assert only(scores, "10")["answer"] == "Nothing felt wrong"


@pytest.mark.parametrize(
    ("item", "words", "score", "answer"),
    [
        ("1", "MOSTLY", 2, "Mostly"),
        ("1", "2", 2, "Mostly"),
        ("4", "too much.", 1, "Too much"),
        ("3", "my therapist", None, "My therapist"),
        ("9", "yes; and that was right for me", None, "Yes, and that was right for me"),
    ],
)
def test_answers_in_words_are_read_leniently(
    item: str, words: str, score: float | None, answer: str
) -> None:
    row = {"session_id": "s", "rater": "client", "instrument": "check-in", "item": item}
    found = only(score_ratings(table([row | {"value": words}])), item)
    assert (found["score"], found["answer"], found["status"]) == (score, answer, "answered")


def test_rather_not_saying_declines() -> None:
    row = {"session_id": "s", "rater": "client", "instrument": "check-in", "item": "2"}
    found = only(score_ratings(table([row | {"value": "Would rather not say"}])), "2")
    assert (found["score"], found["status"], found["declined_n"]) == (None, "declined", 1)


def test_free_text_never_comes_through() -> None:
    row = {"session_id": "s", "rater": "client", "instrument": "check-in", "item": "open"}
    scores = score_ratings(table([row | {"value": "Ask me about the flat."}]))
    assert only(scores, "open")["status"] == "answered"
    assert "flat" not in str(scores.rows())


def test_a_session_may_be_called_anything() -> None:
    rows = rows_of(PHQ, [1] * 9, session="a/b#c 😀")
    assert only(score_ratings(table(rows)))["session_id"] == "a/b#c 😀"


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(20, 130))
def test_neither_order_nor_blocks_change_a_score(rng, block: int) -> None:
    rows = []
    for n in range(6):
        rows += rows_of(PHQ, [rng.randint(0, 3) for _ in range(9)], session=f"s{n}")
        rows += rows_of(WAI, [rng.randint(1, 5) for _ in range(12)], f"s{n}", "therapist")
    whole = score_ratings(table(rows))
    rng.shuffle(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scoring, "BLOCK", block)
        assert score_ratings(table(rows)).equals(whole)


def test_the_bundled_study_can_be_scored() -> None:
    from importlib.resources import files

    path = files("evenhand.examples") / "study" / "ratings.csv"
    frame = pl.read_csv(path.read_bytes(), infer_schema_length=0)
    scores = score_ratings(frame)
    assert scores.height == frame.height
    assert set(scores["instrument"]) == {"PHQ-9", "WAI-SR", "check-in"}
