"""Positions are what people say of themselves, in their words, with the code beside them."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.errors import EvenhandError
from evenhand.positions import POSITIONS, position_problems, read_positions

NHS = {"positions": {"ethnicity": "nhs-ethnicity"}}


def people(**columns: str) -> pl.DataFrame:
    return pl.DataFrame({"person_id": "p", "role": "client", **columns})


def answers(frame: pl.DataFrame, axis: str, *columns: str) -> list[tuple]:
    return frame.filter(pl.col("axis") == axis).select(columns).rows()


@pytest.mark.parametrize("word", ["declined", "not asked", "unknown"])
def test_declined_not_asked_and_unknown_are_three_answers(word: str) -> None:
    found = read_positions(people(gender=word))
    assert answers(found, "gender", "status", "text", "code") == [(word, None, None)]


def test_an_empty_cell_is_unknown_and_a_missing_column_is_no_question() -> None:
    found = read_positions(people(gender=""))
    assert answers(found, "gender", "status") == [("unknown",)]
    assert answers(found, "faith", "status") == []


def test_several_answers_are_several_rows() -> None:
    found = read_positions(people(language="Twi; English ;"))
    assert answers(found, "language", "text") == [("Twi",), ("English",)]


def test_words_stay_as_they_are_with_the_code_beside_them() -> None:
    frame = people(ethnicity="London Irish, third generation", ethnicity_code="B")
    found = read_positions(frame, NHS)
    assert answers(found, "ethnicity", "text", "code", "label", "system", "version") == [
        (
            "London Irish, third generation",
            "B",
            "White: Irish",
            "nhs-ethnicity",
            "2001 census categories",
        )
    ]


def test_words_are_coded_only_where_the_study_declares_a_system() -> None:
    frame = people(gender="Woman")
    assert answers(read_positions(frame), "gender", "text", "code") == [("Woman", None)]
    coded = read_positions(frame, {"positions": {"gender": "nhs-gender-identity"}})
    assert answers(coded, "gender", "text", "code") == [("Woman", "2")]


def test_a_row_may_name_its_own_system() -> None:
    frame = people(gender="F", gender_code="446141000124107", gender_system="gender-harmony")
    assert answers(read_positions(frame), "gender", "system") == [("gender-harmony",)]


def test_a_code_that_says_declined_is_declined() -> None:
    found = read_positions(people(ethnicity="Z"), NHS)
    assert answers(found, "ethnicity", "status", "code") == [("declined", "Z")]


def test_a_second_character_of_the_nhs_is_local() -> None:
    found = read_positions(people(ethnicity="CP"), NHS)
    assert answers(found, "ethnicity", "text", "code") == [("CP", "C")]


def test_several_words_and_as_many_codes_stand_in_pairs() -> None:
    config = {"positions": {"ethnicity": "us-spd15-2024"}}
    frame = people(ethnicity="Lebanese; Black", ethnicity_code="2118-8; 2054-5")
    found = read_positions(frame, config)
    assert answers(found, "ethnicity", "text", "code") == [
        ("Lebanese", "2118-8"),
        ("Black", "2054-5"),
    ]


def test_who_said_it_and_when_stay_with_it() -> None:
    frame = people(gender="man", gender_said_by="self", gender_said_on="2026-03-02")
    assert answers(read_positions(frame), "gender", "said_by", "said_on") == [
        ("self", "2026-03-02")
    ]


def test_numbers_are_numbers() -> None:
    found = read_positions(people(age="44", ladder="7", deprivation="3"))
    assert answers(found, "age", "value") == [(44.0,)]
    assert answers(found, "ladder", "value", "system") == [(7.0, "macarthur-ladder")]
    assert answers(found, "deprivation", "value", "system") == [(3.0, None)]


words = st.text(st.characters(categories=("L", "N", "Zs")), max_size=24)


@settings(max_examples=15, deadline=None)
@given(name=words, language=words, migration=words, email=words)
def test_no_name_language_or_birthplace_changes_a_position(
    name: str, language: str, migration: str, email: str
) -> None:
    said = {"gender": "", "ethnicity": "unknown", "faith": "", "orientation": "", "age": "30"}
    bare = read_positions(people(**said), NHS)
    more = read_positions(
        people(**said, name=name, language=language, migration=migration, email=email), NHS
    )
    others = more.filter(~pl.col("axis").is_in(["language", "migration"]))
    assert others.equals(bare)
    assert set(bare.filter(pl.col("axis") != "age")["status"]) == {"unknown"}


def test_an_axis_is_never_filled_from_another() -> None:
    frame = people(migration="born in Lagos", language="Yoruba", ethnicity="", faith="")
    found = read_positions(frame, NHS)
    assert answers(found, "ethnicity", "status", "text", "code") == [("unknown", None, None)]
    assert answers(found, "faith", "status", "text", "code") == [("unknown", None, None)]


def test_an_empty_table_gives_an_empty_table() -> None:
    assert read_positions(people(gender="man").clear()).schema == POSITIONS


SECRET = "sesame"


@pytest.mark.parametrize(
    ("columns", "config", "what"),
    [
        ({"gender": f"{SECRET};declined"}, {}, "a reason for none"),
        ({"gender": "declined;unknown"}, {}, "a reason for none"),
        ({"age": SECRET}, {}, "age is no number"),
        ({"age": "30;31"}, {}, "several numbers"),
        ({"age": "30.5"}, {}, "between two steps"),
        ({"ladder": "11"}, {}, "outside 1 to 10"),
        ({"ethnicity_code": SECRET}, NHS, "no code of nhs-ethnicity"),
        ({"ethnicity_code": "A"}, {}, "no system is named"),
        ({"ethnicity": "A;B"}, NHS, "takes one answer"),
        ({"gender_system": SECRET, "gender": "man"}, {}, "no code system of this name"),
        ({"gender_system": "isco-08", "gender": "man"}, {}, "does not code gender"),
        ({"gender": "man", "gender_said_by": SECRET}, {}, "gender_said_by is none of"),
        ({"gender": "man", "gender_said_by": "staff"}, {}, "said by self only"),
        ({"gender": "man", "gender_said_on": "3/2/26"}, {}, "not written YYYY-MM-DD"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_its_words(
    columns: dict[str, str], config: dict, what: str
) -> None:
    frame = pl.concat([people(), people(**columns)], how="diagonal")
    (doubt,) = position_problems(frame, config)
    assert what in doubt.what
    assert doubt.where == "people.csv, line 3"
    assert doubt.fatal
    assert SECRET not in " ".join(map(str, doubt))


def test_everything_wrong_is_told_at_once() -> None:
    frame = people(age="old", ladder="12", gender="x;declined")
    assert len(position_problems(frame)) == 3


def test_a_right_table_has_no_problems() -> None:
    frame = people(gender="woman", age="51", ladder="4", ethnicity="A", faith="declined")
    assert position_problems(frame, NHS) == []


def test_a_column_that_is_nearly_an_axis_is_pointed_out() -> None:
    (doubt,) = position_problems(people(ethnicty="A"))
    assert "Did you mean ethnicity?" in doubt.remedy
    assert not doubt.fatal


def test_deprivation_without_index_and_direction_ranks_nobody_and_says_so() -> None:
    (doubt,) = position_problems(people(deprivation="3"))
    assert "which end is which" in doubt.what
    assert not doubt.fatal


@pytest.mark.parametrize(
    ("positions", "what"),
    [
        ({"gendr": "gender-harmony"}, "gendr is no axis"),
        ({"gender": "gender-harmoni"}, "no code system of this name"),
        ({"gender": "isced-11"}, "does not code gender"),
        ({"deprivation": "imd-decile"}, "index is not said"),
        ({"deprivation": {"system": "imd-decile", "index": 2019, "lsoa": 2011}}, "Which end"),
        (
            {
                "deprivation": {
                    "system": "imd-decile",
                    "index": 2019,
                    "lsoa": 2011,
                    "direction": "up",
                }
            },
            "Which end",
        ),
        ({"gender": {"system": "gender-harmony", "sytem": "x"}}, "no key that is read"),
    ],
)
def test_a_declaration_that_cannot_be_used_is_refused(positions: dict, what: str) -> None:
    config = {"positions": positions}
    with pytest.raises(EvenhandError, match=what):
        read_positions(people(), config)
    (doubt,) = position_problems(people(), config)
    assert what in doubt.what
