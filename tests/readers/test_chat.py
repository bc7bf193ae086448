from pathlib import Path

import pytest

from evenhand.readers._chat_marks import spoken_text
from evenhand.readers.chat import READER
from tests.readers.shared import check_example, rows, said

HEAD = "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tTHE Dana Therapist, CLI Client\n"


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


@pytest.mark.parametrize(
    ("marked", "spoken"),
    [
        ("where shall we start ?", "where shall we start?"),
        ("&-um (.) the job .", "um the job."),
        ("well (..) the (1.5) job (...) .", "well the job."),
        ("I was going to +/.", "I was going to—"),
        ("were you going to +/?", "were you going to—"),
        ("I was going to +//.", "I was going to…"),
        ("the job +...", "the job…"),
        ("is it +..?", "is it…?"),
        ("really +!?", "really?!"),
        ("+< mhm .", "mhm."),
        ("+^ and then .", "and then."),
        ("+, so it was .", "so it was."),
        ("the [/] the job .", "the the job."),
        ("<the boss> [//] the manager .", "the boss the manager."),
        ("&+w &+wh what ?", "w- wh- what?"),
        ("(be)cause it is .", "because it is."),
        ("it was &=laughs funny .", "it was funny."),
        ("no:: fi:ne .", "no fine."),
        ("xxx the job .", "[inaudible] the job."),
        ("gonna [: going to] leave [*] .", "gonna leave."),
        ("hola@s:spa Dana .", "hola Dana."),
        ("New_York ‡ yes .", "New York, yes."),
        ("yes &*CLI:mhm and so .", "yes and so."),
        ("at 10:30 I go .", "at 10:30 I go."),
        ("0 .", ""),
        ("&=laughs .", ""),
        ("0is he here ?", "he here?"),
        ("yes .", "yes."),
        ("", ""),
    ],
)
def test_what_was_said_is_kept_and_the_marks_go(marked: str, spoken: str) -> None:
    assert spoken_text(marked) == spoken


def test_a_tab_continues_a_line_and_other_tiers_are_no_speech(tmp_path: Path) -> None:
    data = HEAD + "*THE:\twhere shall\n\twe start ?\n%com:\tlooks\n\tup\n*CLI:\tthe job .\n@End\n"
    assert said(tmp_path, data) == [("THE", "where shall we start?"), ("CLI", "the job.")]
    assert [r["source_line"] for r in rows(tmp_path, data)] == [5, 9]


def test_bullets_give_times_and_a_turn_spans_them(tmp_path: Path) -> None:
    data = HEAD + "*THE:\tso . \x150_1500\x15\n*THE:\tyes . \x151600_2000\x15\n*CLI:\tno .\n"
    found = [(r["start_s"], r["end_s"], r["text"]) for r in rows(tmp_path, data)]
    assert found == [(0.0, 2.0, "so. yes."), (None, None, "no.")]


def test_a_bullet_on_its_own_line_belongs_to_the_words_above(tmp_path: Path) -> None:
    data = (
        HEAD + '*THE:\tso we\n\tbegin . \x15100_1500\x15\n*CLI:\tyes . \x15%snd:"a"_2000_2500\x15\n'
    )
    found = [(r["start_s"], r["end_s"]) for r in rows(tmp_path, data)]
    assert found == [(0.1, 1.5), (2.0, 2.5)]


def test_overlap_shows_in_the_times(tmp_path: Path) -> None:
    data = HEAD + "*THE:\tso and +/. \x150_2000\x15\n*CLI:\t+< I am not . \x151800_4000\x15\n"
    found = rows(tmp_path, data)
    assert found[0]["text"].endswith("—")
    assert found[1]["start_s"] < found[0]["end_s"]


def test_the_list_of_participants_states_roles_and_the_code_stays(tmp_path: Path) -> None:
    data = HEAD + "*THE:\tso .\n*CLI:\tyes .\n*INT:\thm .\n"
    assert [(r["speaker"], r["role"]) for r in rows(tmp_path, data)] == [
        ("THE", "therapist"),
        ("CLI", "client"),
        ("INT", None),
    ]


def test_an_id_line_states_a_role_too(tmp_path: Path) -> None:
    data = (
        "@Begin\n@Participants:\tTHE Participant, CLI Participant\n"
        "@ID:\teng|made|THE|||||Counsellor|||\n@ID:\teng|made|CLI|||||Patient|||\n"
        "*THE:\tso .\n*CLI:\tyes .\n"
    )
    assert [r["role"] for r in rows(tmp_path, data)] == ["counsellor", "patient"]


def test_a_role_that_says_nothing_is_left_open(tmp_path: Path) -> None:
    data = "@Begin\n@Participants:\tA Participant, B Unidentified\n*A:\tso .\n*B:\tyes .\n"
    assert [r["role"] for r in rows(tmp_path, data)] == [None, None]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_are_read(tmp_path: Path, end: str) -> None:
    data = (HEAD + "*THE:\tso\n\twe begin .\n*CLI:\tyes .\n").replace("\n", end)
    assert said(tmp_path, data) == [("THE", "so we begin."), ("CLI", "yes.")]


def test_a_colon_in_what_is_said_is_no_speaker(tmp_path: Path) -> None:
    data = HEAD + "*THE:\tI said: yes .\n*CLI:\tno .\n"
    assert said(tmp_path, data)[0] == ("THE", "I said: yes.")
