"""Everything that is wrong with a ratings table is listed at once, with its line and a remedy."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.errors import EvenhandError
from evenhand.instruments import find_instrument, rating_problems, score_ratings
from tests.instruments.oracle import rows_of, table

PHQ = find_instrument("PHQ-9")
GOOD = {"session_id": "s", "rater": "client", "instrument": "PHQ-9", "item": "1", "value": "2"}
CHECK = GOOD | {"instrument": "check-in"}

WRONG = {
    "no session": (GOOD | {"session_id": None}, "session is missing"),
    "an unknown instrument": (GOOD | {"instrument": "ABC"}, "no instrument called ABC"),
    "no instrument": (GOOD | {"instrument": None}, "no instrument"),
    "an ambiguous name": (GOOD | {"instrument": "HAQ-II"}, "rheumatology"),
    "a rater who is nobody": (GOOD | {"rater": "mum"}, "nobody"),
    "a rater of another form": (GOOD | {"rater": "therapist"}, "not filled in by the therapist"),
    "an unknown item": (GOOD | {"item": "10"}, "no item or scale called 10"),
    "an unknown scale": (GOOD | {"item": None, "scale": "bond"}, "called bond"),
    "an unknown status": (GOOD | {"status": "done"}, "status is none of"),
    "an unknown release": (GOOD | {"released": "all"}, "released is none of"),
    "no answer": (GOOD | {"value": None, "status": "answered"}, "there is no answer"),
    "an answer that was declined": (GOOD | {"status": "declined"}, "its status says declined"),
    "words for a number": (GOOD | {"value": "two"}, "no number"),
    "no finite number": (GOOD | {"value": "nan"}, "no number"),
    "too high": (GOOD | {"value": "4"}, "outside 0 to 3"),
    "too low": (GOOD | {"value": "-1"}, "outside 0 to 3"),
    "between steps": (GOOD | {"value": "1.5"}, "between two steps of 0 to 3"),
    "a score too high": (GOOD | {"item": "total", "value": "28"}, "outside 0 to 27"),
    "a sum for a mean": (
        GOOD | {"instrument": "WAI-SR", "item": "total", "value": "48"},
        "outside 1 to 5",
    ),
    "no such answer": (CHECK | {"value": "Sometimes"}, "none of its answers"),
    "items of an unread key": (GOOD | {"instrument": "MCO"}, "no item or scale called 1"),
}


@pytest.mark.parametrize(("row", "what"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_named_with_its_line_and_a_remedy(row: dict, what: str) -> None:
    (problem,) = rating_problems(table([GOOD | {"item": "9"}, row]))
    assert what in problem.what
    assert problem.where == "ratings.csv, line 3"
    assert problem.remedy


def test_all_that_is_wrong_is_listed_at_once_in_the_tables_order() -> None:
    rows = [
        row | {"session_id": row["session_id"] and f"s{n}"}
        for n, (row, _) in enumerate(WRONG.values())
    ]
    problems = rating_problems(table(rows), file="a.csv")
    assert [p.where for p in problems] == [f"a.csv, line {n + 2}" for n in range(len(WRONG))]
    with pytest.raises(EvenhandError) as caught:
        score_ratings(table(rows), file="a.csv")
    assert caught.value.what == f"{len(WRONG)} problems with the ratings; nothing was scored."
    assert "line 2" in caught.value.remedy
    assert caught.value.remedy.endswith("… and 1 more.")


def test_file_and_line_are_those_of_the_source_where_they_are_given() -> None:
    frame = table([GOOD | {"value": "9"}]).with_columns(
        source_file=pl.lit("export.csv"), source_line=pl.lit(17)
    )
    assert rating_problems(frame)[0].where == "export.csv, line 17"


def test_an_item_twice_in_a_session_is_named_with_both_lines() -> None:
    (problem,) = rating_problems(table([GOOD, GOOD | {"item": "2"}, GOOD | {"item": "item 1"}]))
    assert problem.what == "PHQ-9 1 stands more than once in one session."
    assert problem.where == "ratings.csv, line 2; ratings.csv, line 4"


def test_a_score_twice_in_a_session_is_named() -> None:
    total = GOOD | {"item": "total"}
    (problem,) = rating_problems(table([total, total | {"item": "sum"}]))
    assert "PHQ-9 total stands more than once" in problem.what


def test_a_score_that_its_items_contradict_is_named() -> None:
    rows = [*rows_of(PHQ, [1] * 9), GOOD | {"item": "total", "value": "10"}]
    (problem,) = rating_problems(table(rows))
    assert problem.what == "total of PHQ-9 is not what its items give."
    assert problem.where == "ratings.csv, line 11"


def test_a_good_table_has_no_problems() -> None:
    assert rating_problems(table(rows_of(PHQ, [1] * 9))) == []


@pytest.mark.parametrize("column", ["session_id", "rater", "instrument", "value", "item"])
def test_a_missing_column_is_named(column: str) -> None:
    frame = table([GOOD]).drop("scale").drop(column)
    with pytest.raises(EvenhandError, match=column):
        score_ratings(frame)


def test_a_strange_key_for_reversal_is_refused() -> None:
    with pytest.raises(EvenhandError, match="no instrument with the key abc"):
        score_ratings(table([GOOD]), reversal={"abc": "form"})


def test_in_a_column_that_has_shifted_every_strange_name_is_told_and_known_ones_are_found() -> None:
    strange = [GOOD | {"instrument": f"X{n}", "session_id": f"s{n}"} for n in range(300)]
    known = [GOOD | {"instrument": name, "session_id": name} for name in ("phq 9", "GAD7")]
    problems = rating_problems(table([*strange, *known, GOOD | {"instrument": "HAQ-II"}]))
    assert len(problems) == 301
    assert problems[299].what == "There is no instrument called X299."
    assert "rheumatology" in problems[300].what


SECRET = "sheneverwanted"


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(["PHQ-9", "check-in", "MCO"]), st.sampled_from(["1", "open", "total"]))
def test_no_problem_ever_says_what_was_answered(instrument: str, item: str) -> None:
    rows = [
        GOOD | {"instrument": instrument, "item": item, "value": SECRET, "status": s}
        for s in ("answered", "declined", None)
    ]
    rows = [row | {"session_id": str(n)} for n, row in enumerate(rows)]
    problems = rating_problems(table(rows))
    assert all(SECRET not in str(problem) for problem in problems)
    right = [row for row in rows if item == "open" and row["status"] != "declined"]
    if instrument == "check-in" and right:
        assert SECRET not in str(score_ratings(table(right)).rows())
