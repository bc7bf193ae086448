"""From a study's tables to treatments: numbers, endings, silence, series."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import as_series
from evenhand.models.course_tables import series_of, treatments_of, visits_of

COLUMNS = ["session_id", "client_id", "therapist_id", "number", "date", "attended", "planned"]


def sessions(*rows: tuple[str | None, ...]) -> pl.DataFrame:
    names = [*COLUMNS, "ended"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


STUDY = sessions(
    ("a1", "a", "t", "1", "2026-01-05", "yes", "8", None),
    ("a2", "a", "t", "2", "2026-01-12", "no", "8", None),
    ("a3", "a", "t", "3", "2026-01-19", "yes", "8", "dropped out"),
    ("b0", "b", "t", "0", "2026-01-02", "yes", "8", None),
    ("b1", "b", "t", "1", "2026-01-09", "yes", "8", "ongoing"),
    ("c1", "c", "t", "1", "2026-03-01", "yes", None, None),
    ("d1", "d", "t", "1", "2026-02-27", "yes", "1", "completed"),
)


def test_missed_sessions_and_number_0_are_not_counted_as_attended() -> None:
    found = treatments_of(visits_of(STUDY).table).table
    assert dict(zip(found["client_id"], found["sessions_n"], strict=True)) == {
        "a": 2,
        "b": 1,
        "c": 1,
        "d": 1,
    }


def test_only_ongoing_is_open_and_expires_after_the_stated_silence() -> None:
    visits = visits_of(STUDY).table
    six_weeks, ten_weeks = treatments_of(visits, 42), treatments_of(visits, 70)
    assert six_weeks.table["ended"].to_list() == [
        "dropped out",
        "dropped out",
        "ongoing",
        "completed",
    ]
    assert ten_weeks.table["ended"].to_list()[1] == "ongoing"
    assert any("more than 42 days" in note for note in six_weeks.notes)
    assert not any("days" in note for note in ten_weeks.notes)


def test_the_day_of_looking_can_be_stated() -> None:
    found = treatments_of(visits_of(STUDY).table, 42, as_of=date(2026, 6, 1)).table
    assert found["ended"].to_list() == ["dropped out", "dropped out", "dropped out", "completed"]
    assert found["expired"].to_list() == [False, True, True, False]


def test_an_ending_that_nobody_wrote_is_noted() -> None:
    notes = treatments_of(visits_of(STUDY).table).notes
    assert any("do not say how they ended" in note for note in notes)


def test_missing_numbers_follow_the_dates() -> None:
    table = sessions(
        ("x", "a", "t", None, "2026-01-19", None, None, None),
        ("y", "a", "t", None, "2026-01-05", None, None, None),
    )
    found = visits_of(table).table
    assert found["session_id"].to_list() == ["y", "x"]
    assert found["number"].to_list() == [1, 2]
    assert found["attended"].to_list() == [True, True]


def test_cells_that_cannot_be_read_are_counted() -> None:
    table = sessions(
        ("x", "a", "t", "one", "5 Jan", None, "eight", "vanished"),
        ("y", None, "t", "1", "2026-01-05", None, None, None),
    )
    notes = visits_of(table).notes
    assert [n.split(",")[1].strip() for n in notes[:4]] == [
        "column number",
        "column date",
        "column planned",
        "column ended",
    ]
    assert "no client or no therapist" in notes[4]
    assert "numbered by date" in notes[5]


def test_a_number_that_stands_twice_gives_way_to_dates() -> None:
    table = sessions(
        ("x", "a", "t", "1", "2026-01-19", None, None, None),
        ("y", "a", "t", "1", "2026-01-05", None, None, None),
        ("y", "a", "t", "1", "2026-01-05", None, None, None),
    )
    found = visits_of(table)
    assert found.table.select("session_id", "number").rows() == [("y", 1), ("x", 2)]
    assert [n.split(" ")[1] for n in found.notes] == ["rows", "dyads"]


def test_going_on_with_another_therapist_is_no_silence() -> None:
    table = sessions(
        ("x", "a", "t", "1", "2026-01-05", None, None, None),
        ("y", "a", "u", "1", "2026-05-04", None, None, "completed"),
    )
    found = treatments_of(visits_of(table).table).table
    assert found["ended"].to_list() == ["ongoing", "completed"]


def test_nobody_named_is_refused() -> None:
    with pytest.raises(EvenhandError, match="client_id"):
        visits_of(pl.DataFrame({"session_id": ["a"]}))


def test_a_series_holds_one_raters_scores_in_order() -> None:
    ratings = pl.DataFrame(
        {
            "session_id": ["a3", "a1", "a1", "b1", "nowhere"],
            "rater": ["client", "client", "therapist", "client", "client"],
            "instrument": ["PHQ-9"] * 5,
            "scale": ["total"] * 5,
            "score": [9.0, 17.0, 3.0, None, 5.0],
        }
    )
    found = series_of(visits_of(STUDY).table, ratings, "PHQ-9", "total", "client")
    assert found.select("dyad", "number", "score").rows() == [("a|t", 1, 17.0), ("a|t", 3, 9.0)]


def test_sums_over_what_came_before() -> None:
    frame = pl.DataFrame(
        {"dyad": ["a", "a", "b", "b", "b"], "number": [1, 2, 1, 2, 4], "score": [1.0, 2, 3, 4, 5]}
    )
    one = as_series(frame)
    assert one.before(one.y).tolist() == [0, 1, 0, 3, 7]
    assert one.total(one.y).tolist() == [3, 12]
    assert one.place.tolist() == [0, 1, 0, 1, 2]
    assert np.isnan(one.previous(one.y)).tolist() == [True, False, True, False, False]
    assert one.dyads.to_list() == ["a", "b"]
