"""REDCap and Qualtrics: repeated forms, missing codes, the dictionary, previews."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.errors import EvenhandError
from evenhand.study.folder import load_study
from tests.study.imports import imported, new_study, outside, rows

EXPORT = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,"
    "phq9_timestamp,phq9_1,phq9_2,phq9_complete,goals___1,mood,intake_complete\n"
    "7,baseline_arm_1,,,2025-03-01 10:11,1,-99,2,1,3,2\n"
    "7,therapy_arm_1,phq9,1,,NASK,3,2,,,\n"
    "7,therapy_arm_1,phq9,2,[not completed],2,UNK,2,,,\n"
)
EAV = (
    "record,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n"
    "7,baseline_arm_1,,,record_id,7\n"
    "7,baseline_arm_1,,,phq9_timestamp,2025-03-01 10:11\n"
    "7,baseline_arm_1,,,phq9_1,1\n"
    "7,baseline_arm_1,,,phq9_2,-99\n"
    "7,baseline_arm_1,,,phq9_complete,2\n"
    "7,baseline_arm_1,,,goals,1\n"
    "7,baseline_arm_1,,,goals,3\n"
    "7,baseline_arm_1,,,mood,3\n"
    "7,baseline_arm_1,,,intake_complete,2\n"
    "7,therapy_arm_1,phq9,1,phq9_1,NASK\n"
    "7,therapy_arm_1,phq9,1,phq9_2,3\n"
    "7,therapy_arm_1,phq9,1,phq9_complete,2\n"
    "7,therapy_arm_1,phq9,2,phq9_timestamp,[not completed]\n"
    "7,therapy_arm_1,phq9,2,phq9_1,2\n"
    "7,therapy_arm_1,phq9,2,phq9_2,UNK\n"
    "7,therapy_arm_1,phq9,2,phq9_complete,2\n"
)
DICTIONARY = (
    '"Variable / Field Name","Form Name","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels"\n'
    "record_id,intake,text,Id,\n"
    'phq9_1,phq9,radio,x,"0, a | 1, b | 2, c | 3, d | -99, Prefer not to answer"\n'
    'phq9_2,phq9,radio,y,"0, a | 1, b | 2, c | 3, d | -99, Prefer not to answer"\n'
    'mood,intake,radio,PHQ-9 item 3,"0, a | 3, b"\n'
)
QUALTRICS = (
    "StartDate,Status,RecordedDate,ResponseId,ExternalReference,Session,Q1_1,Q1_2,Q9\n"
    "Start Date,Response Type,Recorded Date,Response ID,Reference,Session,"
    "PHQ-9 item 1,How often - PHQ-9 item 2,Anything?\n"
    + ",".join(f'"{{""ImportId"":""{n}""}}"' for n in range(9))
    + "\n2025-04-01,0,2025-04-01 10:03:01,R_1,c9,c9-1,2,-99,long story\n"
    "2025-04-02,1,2025-04-02 10:03:01,R_2,c9,c9-2,1,1,\n"
    "2025-04-02,Survey Preview,2025-04-02 10:03:01,R_3,c9,c9-2,1,1,\n"
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return new_study(tmp_path)


def with_dictionary(study: Path, text: str = DICTIONARY) -> dict[str, object]:
    path = study.parent / "dictionary.csv"
    path.write_text(text)
    return {"dictionary": path}


def test_events_and_repeated_instruments_are_sessions(study: Path) -> None:
    done = imported(study, EXPORT, **with_dictionary(study))
    assert done.kind == "REDCap export"
    assert rows(study, "session_id", "item", "value", "date", "status") == [
        ("7-baseline_arm_1", "1", "1", "2025-03-01", "answered"),
        ("7-baseline_arm_1", "2", None, "2025-03-01", "declined"),
        ("7-therapy_arm_1-1", "1", None, None, "not asked"),
        ("7-therapy_arm_1-1", "2", "3", None, "answered"),
        ("7-therapy_arm_1-2", "1", "2", None, "answered"),
        ("7-therapy_arm_1-2", "2", None, None, "unknown"),
        ("7-baseline_arm_1", "3", "3", None, "answered"),
    ]
    sessions = load_study(study).sessions
    assert sessions is not None
    assert sessions["number"].to_list() == ["0", "1", "2"]
    assert set(sessions["client_id"]) == {"7"}
    assert outside(done)["column goals___1"] == 1


def test_a_row_a_field_says_the_same_as_a_row_a_form(study: Path) -> None:
    done = imported(study, EAV, **with_dictionary(study))
    assert done.kind == "REDCap export"
    flat = new_study(study.parent / "flat")
    imported(flat, EXPORT, **with_dictionary(flat))
    # what is empty is not in an export of EAV: a time stamp that is none, and nothing else here
    for columns in (("session_id", "item", "value", "status"), ("session_id", "rater", "date")):
        assert sorted(rows(study, *columns), key=repr) == sorted(rows(flat, *columns), key=repr)
    assert outside(done)["column goals___1"] == 1
    assert outside(done)["column goals___3"] == 1


instances = st.lists(
    st.lists(st.sampled_from(["0", "3", "NASK", "UNK", "-99", ""]), min_size=3, max_size=3),
    min_size=1,
    max_size=4,
)


@settings(max_examples=6, deadline=None)
@given(instances)
def test_flat_and_a_row_a_field_say_the_same_of_any_answers(given: list[list[str]]) -> None:
    names = ["phq9_1", "phq9_2", "phq9_3"]
    told_of = DICTIONARY.replace("mood,intake", "phq9_3,phq9")
    flat = ["record_id,redcap_repeat_instrument,redcap_repeat_instance," + ",".join(names)]
    eav = ["record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value"]
    for n, answers in enumerate(given, 1):
        flat.append(f"7,phq9,{n}," + ",".join(answers))
        said = [(k, v) for k, v in zip(names, answers, strict=True) if v]
        eav += [f"7,phq9,{n},{name},{value}" for name, value in said]
    told = []
    for text in (flat, eav):
        with TemporaryDirectory() as name:
            study = new_study(Path(name))
            if any("".join(answers) for answers in given):
                imported(study, "\n".join(text) + "\n", **with_dictionary(study, told_of))
            found = load_study(study).ratings
            told.append(None if found is None else sorted(found.rows(), key=repr))
    assert told[0] == told[1]


def test_an_answer_of_a_row_a_field_is_named_by_its_own_line(study: Path) -> None:
    wrong = EAV.replace("phq9,2,phq9_1,2", "phq9,2,phq9_1,9")
    line = next(n for n, text in enumerate(wrong.splitlines(), 1) if text.endswith("phq9_1,9"))
    with pytest.raises(EvenhandError, match=f"line {line}"):
        imported(study, wrong, **with_dictionary(study))


def test_a_field_with_two_values_in_one_form_is_refused(study: Path) -> None:
    twice = EAV + "7,therapy_arm_1,phq9,2,phq9_1,1\n"
    with pytest.raises(EvenhandError, match="two values in the same form") as caught:
        imported(study, twice, **with_dictionary(study))
    assert f"{len(twice.splitlines())}" in caught.value.where


def test_a_row_a_field_needs_neither_events_nor_a_dictionary(study: Path) -> None:
    imported(
        study,
        "record,field_name,value\n3,record_id,3\n3,visit_date,2026-02-02\n3,phq9_total,9\n"
        "3,phq9_complete,2\n4,phq9_total,7\n",
    )
    assert rows(study, "session_id", "value", "date") == [
        ("3-2026-02-02", "9", "2026-02-02"),
        ("4", "7", None),
    ]


def test_without_a_dictionary_a_code_of_the_projects_own_is_named_by_hand(study: Path) -> None:
    with pytest.raises(EvenhandError, match="are wrong: 1"):
        imported(study, EXPORT)
    done = imported(study, EXPORT, missing={"-99": "declined"})
    assert done.added.answers == 6
    assert outside(done)["column mood"] == 1


def test_numbers_that_are_not_the_instruments_are_refused(study: Path) -> None:
    shifted = DICTIONARY.replace("0, a | 1, b | 2, c | 3, d", "1, a | 2, b | 3, c | 4, d")
    with pytest.raises(EvenhandError, match="2 fields are coded with other numbers") as caught:
        imported(study, EXPORT, **with_dictionary(study, shifted))
    assert "phq9_1, phq9_2" in caught.value.where


def test_answers_in_words_are_read_by_the_dictionary(study: Path) -> None:
    text = "record_id,checkin_client_1,checkin_client_3,checkin_complete\n1,4,2,2\n"
    words = (
        "field_name,form_name,field_type,field_label,select_choices_or_calculations\n"
        "record_id,checkin,text,,\n"
        'checkin_client_1,checkin,radio,,"1, Not at all | 2, A little | 4, Completely"\n'
        'checkin_client_3,checkin,radio,,"1, Me | 2, My therapist"\n'
    )
    imported(study, text, **with_dictionary(study, words))
    assert rows(study, "item", "value") == [("1", "Completely"), ("3", "My therapist")]


def test_what_is_no_dictionary_is_refused(study: Path) -> None:
    with pytest.raises(EvenhandError, match="no data dictionary"):
        imported(study, EXPORT, **with_dictionary(study, "a,b\n1,2\n"))


def test_a_session_number_in_the_event_finds_the_studys_session(study: Path) -> None:
    (study / "sessions.csv").write_text("session_id,client_id,number\nx3,7,3\n")
    (study / "people.csv").write_text("person_id,role\n7,client\n")
    imported(study, "record_id,redcap_event_name,phq9_total,phq9_complete\n7,session_3_arm_1,9,2\n")
    assert rows(study, "session_id", "value") == [("x3", "9")]


def test_three_header_rows_are_read_and_previews_stay_outside(study: Path) -> None:
    done = imported(study, QUALTRICS)
    assert done.kind == "Qualtrics export"
    assert rows(study, "session_id", "item", "value", "date", "status") == [
        ("c9-1", "1", "2", "2025-04-01", "answered"),
        ("c9-1", "2", None, "2025-04-01", "unknown"),
    ]
    assert outside(done)["rows: previews"] == 2
    assert outside(done)["column Q9"] == 1
    assert "story" not in str(done.as_dict())
