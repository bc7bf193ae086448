"""One rule of consent, for words, readings and ratings alike."""

import polars as pl

from evenhand.study.consent import consented, of_consenting_pairs


def sessions(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    names = ("session_id", "client_id", "consent")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(therapist_id=pl.lit("t"))


def test_only_yes_is_consent() -> None:
    said = ["yes", " Yes ", "no", "", None, "y", "unknown"]
    frame = sessions(*((f"s{n}", "c", word) for n, word in enumerate(said)))
    assert consented(frame).to_list() == [True, True, False, False, False, False, False]


def test_without_the_column_nothing_is_left_out() -> None:
    frame = sessions(("a", "c", None), ("b", "d", "no")).drop("consent")
    assert consented(frame).to_list() == [True, True]
    assert of_consenting_pairs(frame).equals(frame)


def test_a_pair_that_consented_once_keeps_its_rows_and_others_are_not_there() -> None:
    frame = sessions(("a", "c", "yes"), ("b", "c", None), ("d", "d", "no"), ("e", "d", None))
    assert of_consenting_pairs(frame)["session_id"].to_list() == ["a", "b"]


def test_a_table_without_pairs_stays_as_it_is() -> None:
    frame = sessions(("a", "c", "no")).drop("client_id")
    assert of_consenting_pairs(frame).equals(frame)
