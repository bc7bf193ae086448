"""`check` lists everything wrong with ratings, sessions and instruments at once, with its place."""

from pathlib import Path

import pytest

from evenhand.runs.check import Problem, check_study

HEAD = "session_id,rater,instrument,item,scale,value,date,status,released\n"
SESSIONS = (
    "session_id,client_id,therapist_id,number,date\ns1,c,t,1,2025-04-01\ns2,c,t,2,2025-04-08\n"
)
OWN = """
key = "{key}"
name = "{name}"
title = "How much hope there is"
version = "1"
about = "outcome"
source = "The study's own"
licence = "The study's own"
show = "yes"
[items]
count = 2
low = 1
high = 5
[[scales]]
key = "total"
items = "all"
scoring = "sum"
range = [2, 10]
direction = "higher is better"
[[example]]
answers = [4, 2]
scores = {{ total = {total} }}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "sessions.csv").write_text(SESSIONS)
    (tmp_path / "people.csv").write_text("person_id,role\nc,client\nt,therapist\n")
    (tmp_path / "ratings.csv").write_text(HEAD + "s1,client,PHQ-9,,total,12,2025-04-01,,\n")
    return tmp_path


def own(study: Path, file: str, key: str = "hope", name: str = "Hope", total: int = 6) -> None:
    (study / "instruments").mkdir(exist_ok=True)
    text = OWN.format(key=key, name=name, total=total)
    (study / "instruments" / file).write_text(text)


def rated(study: Path, *rows: str) -> list[Problem]:
    (study / "ratings.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return check_study(study)


def test_a_right_study_has_no_problem(study: Path) -> None:
    own(study, "hope.toml")
    assert check_study(study) == []


def test_everything_wrong_is_listed_at_once_with_file_row_and_remedy(study: Path) -> None:
    own(study, "a.toml", name="PHQ-9 own", key="phq-own", total=7)
    own(study, "b.toml", name="Hope", key="other")
    own(study, "c.toml", name="Hope", key="third")
    (study / "instruments" / "d.toml").write_text("key = \n")
    found = rated(
        study,
        "s1,client,PHQ-9,1,,4,2025-04-01,,",
        "s1,mum,PHQ-9,2,,1,2025-04-01,,",
        "s1,client,Nonesuch,2,,1,2025-04-01,,",
        "s9,client,PHQ-9,3,,1,2025-04-01,,",
        "s1,client,PHQ-9,4,,1,1 April,,",
        "s1,client,PHQ-9,5,,1,2025-04-01,done,",
        "s1,client,PHQ-9,6,,1,2025-04-01,,all",
        "s1,client,PHQ-9,7,,1,2025-04-01,,",
        "s1,client,PHQ-9,7,,2,2025-04-01,,",
    )
    told = {(p.where, p.what) for p in found}
    for place, what in (
        ("instruments/a.toml, example 1.scores.total", "does not come out"),
        ("instruments/b.toml and instruments/c.toml", "Two instruments share the name"),
        ("instruments/d.toml, line 1, column 7", "cannot be read as TOML"),
        ("ratings.csv, line 2", "lies outside 0 to 3"),
        ("ratings.csv, line 3", "The rater is nobody that we know"),
        ("ratings.csv, line 4", "no instrument called Nonesuch"),
        ("ratings.csv, line 5", "not in sessions.csv"),
        ("ratings.csv, line 6", "not written YYYY-MM-DD"),
        ("ratings.csv, line 7", "status is none of"),
        ("ratings.csv, line 8", "released is none of"),
        ("ratings.csv, line 9; ratings.csv, line 10", "more than once"),
    ):
        assert [w for at, w in told if at == place and what in w], (place, told)
    assert len(found) == 11
    assert all(p.fatal and p.remedy for p in found)


def test_a_name_that_ours_has_already_is_named_with_the_file(study: Path) -> None:
    own(study, "mine.toml", key="mine", name="PHQ9")
    (problem,) = check_study(study)
    assert "Two instruments share the name" in problem.what
    assert "mine.toml" in problem.where


def test_all_that_is_wrong_in_one_instruments_file_is_listed(study: Path) -> None:
    (study / "instruments").mkdir()
    text = OWN.format(key="hope", name="Hope", total=6)
    text = text.replace('version = "1"', "").replace('about = "outcome"', 'about = "weather"')
    text = text.replace("range = [2, 10]", "range = [0, 10]")
    text += '[[cutoffs]]\nscale = "none"\n'
    (study / "instruments" / "a.toml").write_text(text)
    assert [p.where for p in check_study(study)] == [
        "instruments/a.toml, version",
        "instruments/a.toml, about",
        "instruments/a.toml, scales 1.range",
    ]
    (study / "instruments" / "a.toml").write_text(OWN.format(key="h", name="H", total=6) + "x = 1")
    assert [p.where for p in check_study(study)] == ["instruments/a.toml, example 1.x"]


def test_a_row_that_does_not_say_what_it_is_of_is_named(study: Path) -> None:
    (study / "sessions.csv").write_text(SESSIONS + ",c,t,3,2025-04-15\n\n")
    assert [(p.where, p.what) for p in check_study(study)] == [
        ("sessions.csv, line 4", "session_id is missing.")
    ]


def test_broken_tables_do_not_hide_broken_instruments(study: Path) -> None:
    (study / "sessions.csv").write_text("a\n1\n")
    own(study, "a.toml", total=7)
    assert {p.where.split(",")[0] for p in check_study(study)} == {
        "sessions.csv",
        "instruments/a.toml",
    }


def test_dates_out_of_order_and_sessions_twice_are_named(study: Path) -> None:
    (study / "sessions.csv").write_text(
        SESSIONS + "s3,c,t,3,2025-04-02\ns4,c,t,2,2025-04-08\ns4,c,t,x,2025-04-30\n"
    )
    told = {p.where: p.what for p in check_study(study)}
    assert (
        "dated before an earlier one"
        in told["sessions.csv, line 4 (the session before it: line 5)"]
    )
    assert (
        "client_id and therapist_id and number"
        in told["sessions.csv, line 3; sessions.csv, line 5"]
    )
    assert "This session_id" in told["sessions.csv, line 5; sessions.csv, line 6"]
    assert "no whole number" in told["sessions.csv, line 6"]


def test_a_rating_before_its_session_is_worth_a_look_and_no_more(study: Path) -> None:
    (problem,) = rated(study, "s2,client,PHQ-9,,total,9,2025-04-07,,")
    assert not problem.fatal
    assert problem.where == "ratings.csv, line 2"


def test_a_rater_whom_the_session_does_not_have_is_nobody(study: Path) -> None:
    (study / "sessions.csv").write_text(SESSIONS + "s3,c,,3,2025-04-15\n")
    wrong, _ = rated(study, "s3,therapist,WAI-SR,,total,4,2025-04-15,,")
    assert wrong.fatal
    assert "names no therapist" in wrong.what


def test_a_line_is_the_files_own_where_an_answer_has_several(study: Path) -> None:
    row = 's1,client,check-in,open,,"one\ntwo\nthree",2025-04-01,,'
    (problem,) = rated(study, row, "s1,client,PHQ-9,1,,7,2025-04-01,,")
    assert problem.where == "ratings.csv, line 5"


def test_nobodys_words_are_told(study: Path) -> None:
    words = "zanzibarquartz and much more that was said"
    problems = rated(study, f"s1,client,PHQ-9,{words},,4,,,", f"s1,client,{words},1,,4,,,")
    assert len(problems) == 2
    assert not any("zanzibar" in p.what + p.remedy + p.where for p in problems)


def test_cells_that_keep_sessions_out_are_a_doubt_and_no_error(study: Path) -> None:
    text = "session_id,client_id,therapist_id,number,consent\ns1,c,t,1,yes\ns2,c,,2,\ns3,c,,3,no\n"
    (study / "sessions.csv").write_text(text)
    found = check_study(study)
    assert [p.fatal for p in found] == [False, False]
    assert "No consent is on record" in found[0].what
    assert found[0].where == "sessions.csv, column consent, lines 3"
    assert found[1].where == "sessions.csv, column therapist_id, lines 3, 4"


def test_a_row_with_two_faults_is_told_of_both_at_once(study: Path) -> None:
    found = rated(
        study,
        "s1,client,PHQ-9,1,,two,,answered,everything",
        "s1,client,PHQ-9,1,,1,,answered,no",
    )
    told = [(p.where, p.what) for p in found]
    assert len(told) == 3
    assert "released is none of" in told[0][1]
    assert "is no number" in told[1][1]
    assert told[2][0] == "ratings.csv, line 2; ratings.csv, line 3"


def test_numbers_and_attendance_of_sessions_are_looked_at(study: Path) -> None:
    text = "session_id,client_id,therapist_id,number,planned,attended\ns1,c,t,1,ten,maybe\n"
    (study / "sessions.csv").write_text(text)
    assert [(p.what, p.where) for p in check_study(study)] == [
        ("attended is none of: yes, no, true, false, 1, 0.", "sessions.csv, line 2"),
        ("The number of planned sessions is no whole number from 0.", "sessions.csv, line 2"),
    ]


def test_the_same_slip_in_very_many_rows_is_told_once_more_and_no_oftener(study: Path) -> None:
    found = rated(study, *(f"s1,client,Nonesuch,{n},,1,,," for n in range(100)), "s9,client,,,,,,,")
    same = [p for p in found if "Nonesuch" in p.what]
    assert len(same) == 41
    assert same[-1].what.startswith("60 more of the same: There is no instrument")
    assert same[-1].where == "ratings.csv, line 42 to line 101"
    assert any("not in sessions.csv" in p.what for p in found)


def test_a_new_folders_own_readme_is_no_transcript(study: Path) -> None:
    (study / "transcripts").mkdir()
    (study / "transcripts" / "README.txt").write_text("Put them here.\n")
    assert check_study(study) == []


@pytest.mark.parametrize(("mark", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_mark_between_columns_is_named(study: Path, mark: str, called: str) -> None:
    (study / "sessions.csv").write_text(SESSIONS.replace(",", mark))
    (problem,) = check_study(study)
    assert problem.where == "sessions.csv, line 1"
    assert problem.remedy == f"Its columns stand apart by {called}: save it again with commas."
