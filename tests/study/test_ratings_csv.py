"""Long and wide CSV: what is understood goes in, what is not is listed with its count."""

from pathlib import Path

import pytest

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.folder import load_study
from tests.study.imports import imported, new_study, outside, rows

LONG = "session_id,rater,instrument,item,value,status\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return new_study(tmp_path)


def test_a_wide_table_becomes_a_row_an_answer(study: Path) -> None:
    done = imported(
        study,
        "participant_id;session_number;date;phq9_1;PHQ-9 item 2;wai_sr_total;notes\n"
        "7;3;2025-04-01;1;2;3.5;private\n",
        rater="client",
    )
    assert done.kind == "wide CSV"
    assert rows(study) == [
        ("7-3", "client", "PHQ-9", "1", "1"),
        ("7-3", "client", "PHQ-9", "2", "2"),
        ("7-3", "client", "WAI-SR", None, "3.5"),
    ]
    assert outside(done) == {"column notes": 1}
    assert "private" not in str(done.as_dict())


def test_a_form_nobody_filled_in_is_not_there_and_a_blank_in_one_is_unknown(study: Path) -> None:
    imported(study, "session_id,phq9_1,phq9_2,gad7_1,phq9_total\ns1,1,,,\ns2,,,2,\n")
    assert rows(study, "session_id", "instrument", "item", "value", "status") == [
        ("s1", "PHQ-9", "1", "1", "answered"),
        ("s1", "PHQ-9", "2", None, "unknown"),
        ("s2", "GAD-7", "1", "2", "answered"),
    ]


def test_declined_not_asked_and_unknown_stay_apart(study: Path) -> None:
    text = "session_id,phq9_1,phq9_2,phq9_3,phq9_4,phq9_5\ns1,Prefer not to say,Not asked,-8,NA,1\n"
    imported(study, text, missing={"-8": "declined"})
    assert [status for (status,) in rows(study, "status")] == [
        "declined",
        "not asked",
        "declined",
        "unknown",
        "answered",
    ]


def test_free_text_that_sounds_like_a_reason_is_an_answer(study: Path) -> None:
    imported(study, "session_id,checkin_client_open\ns1,I would rather not say more.\n")
    assert rows(study, "value", "status") == [("I would rather not say more.", "answered")]


def test_names_of_the_file_are_mapped_by_an_option(study: Path) -> None:
    text = "visit,q_a,q_b\nv1,1,2\n"
    done = imported(study, text, columns={"session_id": "visit", "phq9_1": "q_a"})
    assert rows(study) == [("v1", "client", "PHQ-9", "1", "1")]
    assert outside(done) == {"column q_b": 1}
    with pytest.raises(EvenhandError, match="no column called q_c"):
        imported(study, text, columns={"phq9_1": "q_c"})


def test_who_filled_it_in_is_asked_where_both_may_have(study: Path) -> None:
    with pytest.raises(EvenhandError, match="by the client or by the therapist") as caught:
        imported(study, "session_id,wai_sr_1\ns1,4\n")
    assert caught.value.code == Exit.QUESTION
    text = "session_id,wai_sr_1_client,wai_sr_1_therapist\ns1,4,5\n"
    imported(study, text)
    assert rows(study, "rater", "value") == [("client", "4"), ("therapist", "5")]


def test_a_file_that_does_not_say_whose_answers_they_are_is_refused(study: Path) -> None:
    with pytest.raises(EvenhandError, match="whose answers") as caught:
        imported(study, "phq9_1\n1\n")
    assert "--columns" in caught.value.remedy


def test_a_long_table_goes_in_as_it_is_and_strange_rows_are_counted(study: Path) -> None:
    text = LONG + "s1,client,phq9,phq9_1,1,\ns1,client,phq9,2,,declined\ns1,client,XYZ,1,3,\n"
    done = imported(study, text + "s1,client,PHQ-9,77,3,\n")
    assert rows(study, "instrument", "item", "value", "status") == [
        ("PHQ-9", "1", "1", "answered"),
        ("PHQ-9", "2", None, "declined"),
    ]
    assert outside(done) == {"rows of XYZ 1": 1, "rows of PHQ-9 77": 1}


def test_a_file_of_which_nothing_is_understood_is_refused(study: Path) -> None:
    with pytest.raises(EvenhandError, match="Nothing in the file") as caught:
        imported(study, "session_id,mood,sleep\ns1,3,4\n")
    assert "column mood (1), column sleep (1)" in caught.value.remedy


def test_a_second_import_adds_nothing(study: Path) -> None:
    text = "client_id,number,phq9_total\n1,1,9\n1,2,8\n"
    assert imported(study, text).added.answers == 2
    again = imported(study, text)
    assert (again.added.answers, again.added.already) == (0, 2)
    assert (again.added.sessions, again.added.people) == (0, 0)


def test_sessions_of_the_study_are_found_by_client_and_number_or_date(study: Path) -> None:
    (study / "sessions.csv").write_text(
        "session_id,client_id,therapist_id,number,date\na,1,t,1,2025-01-01\nb,1,t,2,2025-01-08\n"
    )
    (study / "people.csv").write_text("person_id,role\n1,client\nt,therapist\n")
    imported(study, "client_id,number,phq9_total\n1,2,9\n")
    imported(study, "client_id,date,phq9_total\n1,2025-01-01,8\n", "two.csv")
    assert [row[0] for row in rows(study)] == ["b", "a"]
    sessions = load_study(study).sessions
    assert sessions is not None
    assert sessions.height == 2


def test_what_contradicts_the_study_is_listed_and_nothing_is_written(study: Path) -> None:
    imported(study, "session_id,phq9_1,phq9_2\ns1,1,2\n")
    before = (study / "ratings.csv").read_bytes()
    with pytest.raises(EvenhandError, match="contradict the study: 2") as caught:
        imported(study, "session_id,phq9_1,phq9_2,phq9_3\ns1,2,3,1\n", "late.csv")
    assert "late.csv, line 2; ratings.csv, line 2: PHQ-9 1" in caught.value.remedy
    assert "ratings.csv, line 3: PHQ-9 2" in caught.value.remedy
    assert (study / "ratings.csv").read_bytes() == before


def test_wrong_answers_are_all_listed_and_nothing_is_written(study: Path) -> None:
    text = "session_id,date,phq9_1,phq9_2\ns1,2025-01-01,7,1\ns2,1/2/25,two,1\n"
    with pytest.raises(EvenhandError, match=r"wrong: 3\. Nothing was imported") as caught:
        imported(study, text)
    for said in ("line 2: PHQ-9 1 lies outside", "line 3: PHQ-9 1 is no number", "YYYY-MM-DD"):
        assert said in caught.value.remedy
    assert load_study(study).ratings.is_empty()  # type: ignore[union-attr]


def test_a_session_of_somebody_else_is_refused(study: Path) -> None:
    imported(study, "session_id,client_id,phq9_total\ns1,1,9\n")
    with pytest.raises(EvenhandError, match="another client_id in sessions"):
        imported(study, "session_id,client_id,gad7_total\ns1,2,9\n", "b.csv")
    with pytest.raises(EvenhandError, match="more than one client_id"):
        imported(study, "session_id,client_id,gad7_total\ns3,2,9\ns3,4,9\n", "c.csv")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"\xff\x00\x12", "UTF-8"),
        (b"a,b\n1,2,3,4\n", "more cells"),
        (b"PK\x03\x04....", "spreadsheet"),
        (b"\x1f\x8bbroken", "cannot be read"),
    ],
)
def test_a_broken_file_is_one_error(study: Path, data: bytes, what: str) -> None:
    from evenhand.runs.forms import import_ratings

    path = study.parent / "broken.csv"
    path.write_bytes(data)
    with pytest.raises(EvenhandError, match=what):
        import_ratings(path, study)


def test_utf16_and_gzip_are_read_as_they_are(study: Path) -> None:
    import gzip

    from evenhand.runs.forms import import_ratings

    path = study.parent / "a.csv.gz"
    path.write_bytes(gzip.compress("session_id,phq9_total\né,9\n".encode("utf-16")))
    import_ratings(path, study)
    assert rows(study, "session_id", "value") == [("é", "9")]
