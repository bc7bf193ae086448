"""`check` looks at what people checked against the recording: quality.csv and recall.csv."""

from pathlib import Path

import polars as pl
import pytest

from evenhand.runs.check import Problem, check_study

RECALL = "session_id,role,code,acts_checked,acts_found\n"
QUALITY = "session_id,role,words_checked,word_errors\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "sessions.csv").write_text("session_id,client_id,therapist_id\ns1,c,t\ns2,c,t\n")
    (tmp_path / "people.csv").write_text("person_id,role\nc,client\nt,therapist\n")
    return tmp_path


def told(study: Path) -> list[tuple[str, str]]:
    found = check_study(study)
    assert all(p.remedy for p in found)
    return sorted((p.where, p.what) for p in found if p.fatal)


def test_right_tables_have_no_problem(study: Path) -> None:
    (study / "recall.csv").write_text(
        RECALL + "s1,Client,directive,20,18\n\ns1,therapist,cut_off,0,0\n"
    )
    (study / "quality.csv").write_text(QUALITY + "s1,client,800,21\n")
    assert check_study(study) == []


def test_everything_wrong_in_recall_is_listed_at_once(study: Path) -> None:
    rows = (
        "s9,client,directive,20,18",
        "s1,mum,directive,20,18",
        "s1,client,directive,many,3",
        "s1,client,advice,3,9",
        "s1,client,,3,2.5",
        "s2,client,directive,20,18",
        "s2,Client,directive,-2,1",
    )
    (study / "recall.csv").write_text(RECALL + "".join(f"{row}\n" for row in rows))
    assert told(study) == sorted(
        [
            ("recall.csv, line 2", "The session is not in sessions.csv."),
            ("recall.csv, line 3", "role is none of: therapist, client."),
            ("recall.csv, line 4", "acts_checked is no whole number from 0."),
            ("recall.csv, line 5", "acts_found is more than acts_checked."),
            ("recall.csv, line 6", "acts_found is no whole number from 0."),
            ("recall.csv, line 6", "code is missing."),
            ("recall.csv, line 8", "acts_checked is no whole number from 0."),
            ("recall.csv, line 8", "acts_found is more than acts_checked."),
            (
                "recall.csv, line 7; recall.csv, line 8",
                "This session_id and role and code stands in more than one row.",
            ),
        ]
    )


def test_errors_among_words_are_looked_at_too(study: Path) -> None:
    (study / "quality.csv").write_text(QUALITY + "s1,client,800,900\ns1,,100,1\n")
    assert told(study) == [
        ("quality.csv, line 2", "word_errors is more than words_checked."),
        ("quality.csv, line 3", "role is missing."),
    ]


def test_a_code_that_nothing_reads_is_worth_a_look(study: Path) -> None:
    (study / "recall.csv").write_text(RECALL + "s1,client,directiv,20,18\n")
    (problem,) = check_study(study)
    assert (problem.fatal, problem.where) == (False, "recall.csv, line 2")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("session_id,role\n", "recall.csv has no column code, acts_checked, acts_found."),
        ("", "recall.csv is empty."),
    ],
)
def test_a_recall_that_cannot_be_read_is_told_with_what_it_lacks(
    study: Path, text: str, what: str
) -> None:
    (study / "recall.csv").write_text(text)
    assert [p.what for p in check_study(study)] == [what]


def test_all_problems_are_written_where_the_terminal_counts_them(study: Path) -> None:
    (study / "quality.csv").write_text(QUALITY + "s9,client,8,1\n" * 100)
    found = check_study(study, study / "all.csv")
    assert len(found) == 42
    written = pl.read_csv(study / "all.csv")
    assert written.columns == ["what", "where", "remedy", "fatal"]
    assert written.height == sum(p.rows for p in found) == 101
    assert isinstance(found[0], Problem)


def test_many_copies_of_a_row_are_counted_and_not_listed_without_end(study: Path) -> None:
    (study / "quality.csv").write_text(QUALITY + "s1,client,8,1\n" * 100)
    (problem,) = check_study(study)
    assert problem.where.endswith("quality.csv, line 7 … and 94 more")
