"""REDCap and Qualtrics: repeated forms, missing codes, the dictionary, previews."""

from pathlib import Path

import pytest

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
    "PHQ-9 item 1,PHQ-9 item 2,Anything?\n"
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
