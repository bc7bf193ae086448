"""The same slip in very many rows: the first of them, and how many more there are."""

import polars as pl

from evenhand.core.problems import errors_of, problems_at, problems_of, shortened


def slips(n: int, file: str = "a.csv", what: str = "No number.") -> pl.DataFrame:
    return problems_at([f"{file}, line {line}" for line in range(2, n + 2)], what, "Mend it.")


def test_as_many_as_are_shown_one_by_one_are_all_there() -> None:
    assert shortened(slips(3), 3)["where"].to_list() == [f"a.csv, line {n}" for n in (2, 3, 4)]


def test_of_more_the_first_are_shown_and_the_others_counted() -> None:
    told = shortened(slips(1_239_999), 2)
    assert told["where"].to_list() == [
        "a.csv, line 2",
        "a.csv, line 3",
        "a.csv, line 4 to line 1240000",
    ]
    assert told["what"][2] == "1,239,997 more of the same: No number."
    assert told["rows"].to_list() == [1, 1, 1_239_997]


def test_one_more_has_one_place() -> None:
    assert shortened(slips(3), 2)["where"][2] == "a.csv, line 4"


def test_another_file_and_another_slip_are_told_by_themselves() -> None:
    rows = pl.concat([slips(2), slips(2, "b.csv"), slips(2, what="No date.")])
    told = shortened(rows, 1).filter(pl.col("what").str.contains("more"))
    assert told.height == 3


def test_a_thousand_names_of_one_kind_are_counted_too() -> None:
    rows = [slips(2, what=f"There is no X{n}.").with_columns(kind=pl.lit("x")) for n in range(1000)]
    told = shortened(pl.concat(rows), 5)
    assert told.height == 5 * 2 + 1
    assert told["what"][10] == (
        "1,990 more of this sort, of 995 other names or places. The first: There is no X5."
    )
    assert told["rows"].sum() == 2000


def test_errors_come_back_as_they_were() -> None:
    (error,) = errors_of(slips(1))
    assert problems_of([error]).equals(slips(1))
