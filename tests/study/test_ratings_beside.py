"""A ratings.csv that is itself a REDCap export, or wide, is read where it stands."""

from pathlib import Path

import pytest

import evenhand
from evenhand.core.errors import EvenhandError
from evenhand.runs.check import check_study
from evenhand.runs.forms import import_ratings
from evenhand.study.folder import load_study

EXPORT = (
    "record_id,redcap_event_name,phq9_1,phq9_2,phq9_3,phq9_4,phq9_5,phq9_6,phq9_7,phq9_8,phq9_9,"
    "mood,phq9_complete\n"
    "7,session_1_arm_1,1,1,1,1,1,1,1,1,-9,fine,2\n"
    "7,session_2_arm_1,2,1,1,1,1,1,1,1,1,,2\n"
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text('[ratings.missing]\n"-9" = "declined"\n')
    (tmp_path / "sessions.csv").write_text(
        "session_id,client_id,therapist_id,number\ns1,7,t,1\ns2,7,t,2\n"
    )
    (tmp_path / "ratings.csv").write_text(EXPORT)
    return tmp_path


def test_a_wide_export_as_ratings_csv_is_checked_and_scored(study: Path) -> None:
    problems = check_study(study)
    assert not [p for p in problems if p.fatal]
    assert [p.what for p in problems if "mood" in p.what] == ["column mood: 1 values stay unread."]
    scores = evenhand.examine(study, report=False).ratings
    assert scores.select("session_id", "score", "items_missing").rows() == [
        ("s1", 9.0, 1),
        ("s2", 10.0, 0),
    ]


def test_a_wrong_answer_is_named_by_its_own_line(study: Path) -> None:
    (study / "ratings.csv").write_text(EXPORT.replace("7,session_2_arm_1,2", "7,session_2_arm_1,9"))
    wrong = [p for p in check_study(study) if p.fatal]
    assert [(p.where, p.what) for p in wrong] == [
        ("ratings.csv, line 3", "PHQ-9 1 lies outside 0 to 3.")
    ]


def test_what_only_the_settings_can_say_is_asked_for_there(study: Path) -> None:
    (study / "ratings.csv").write_text("session_id,wai_sr_total\ns1,4\n")
    (problem,) = check_study(study)
    assert "by the client or by the therapist" in problem.what
    (study / "study.toml").write_text('[ratings]\nrater = "client"\n')
    assert check_study(study) == []
    (study / "study.toml").write_text("[ratings]\ncolumns = 3\n")
    with pytest.raises(EvenhandError, match="columns of"):
        load_study(study)


def test_columns_that_are_no_ratings_are_refused_as_before(study: Path) -> None:
    (study / "ratings.csv").write_text("session_id,a\ns1,4\n")
    with pytest.raises(EvenhandError, match=r"ratings\.csv has no column rater"):
        load_study(study)


def test_an_import_never_writes_over_a_wide_export_that_stands_there(study: Path) -> None:
    path = study.parent / "more.csv"
    path.write_text("session_id,gad7_total\ns1,4\n")
    with pytest.raises(EvenhandError, match="itself a wide export"):
        import_ratings(path, study)
    assert (study / "ratings.csv").read_text() == EXPORT
