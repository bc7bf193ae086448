import time
from pathlib import Path

import pytest

from evenhand.core.discovery import discover
from evenhand.readers import find_reader
from evenhand.readers.script import READER
from tests.readers.shared import check_example, refused, rows, said, written


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("T", "C"),
        ("Th", "P"),
        ("Therapist", "Client"),
        ("Dana Lee", "Sam"),
        ("DANA", "SAM"),
        ("Dr. Osei", "Pt"),
        ("Speaker 1", "Speaker 2"),
        ("THERAPIST 1", "CLIENT"),
        ("I", "R"),
        ("Q", "A"),
        ("Me", "Client"),
    ],
)
@pytest.mark.parametrize(
    "form", ["{}: {}", "[{}]: {}", "[{}] {}", "{}:\t{}", "{} : {}", "  {}: {}"]
)
def test_labels_of_many_kinds_are_read(tmp_path: Path, first: str, second: str, form: str) -> None:
    spoken = [(first, "Where?"), (second, "The job."), (first, "Ah."), (second, "Yes.")]
    assert said(tmp_path, "\n".join(form.format(*pair) for pair in spoken)) == spoken


@pytest.mark.parametrize(
    "file",
    [
        "T:\tWhere shall we start?\nC:\tWith the job.\n",
        "T:\tWhere, then?\nC:\tWell, the job.\n",
        "Dana Lee:\tYes\nSam:\tNo\nDana Lee:\tAh\n",
        "T:\tname\nC:\ttext\n",
        "T:\ttext\n",
        "T:\tWhere\n  shall we\n  start?\nC:\tThere.\n",
    ],
)
def test_labels_before_a_tab_are_a_script_and_no_table(tmp_path: Path, file: str) -> None:
    taken = {name for name, r in discover("reader").items() if r.sniff(file.encode())}
    assert taken == {"script"}
    assert find_reader(written(tmp_path, file)).name == "script"


def test_headings_with_a_colon_above_rows_without_are_a_table(tmp_path: Path) -> None:
    file = "speaker\ttext:\tname:\nT\tWhere: there?\tx\nC\tHere.\ty\n"
    assert find_reader(written(tmp_path, file)).name == "csv"
    file = "Who:\ttext\nT\tWhere: there?\nC\tHere.\n"
    assert find_reader(written(tmp_path, file)).name == "csv"


def test_numbered_letters_are_their_letter(tmp_path: Path) -> None:
    file = "T1: Where?\nP1: Here.\nTh2: Ah.\nPt 2: Yes.\n"
    assert [speaker for speaker, _ in said(tmp_path, file)] == ["T", "P", "Th", "Pt"]


def test_two_names_that_come_once_are_labels(tmp_path: Path) -> None:
    assert said(tmp_path, "Dana: Where?\nSam: The job.\n") == [
        ("Dana", "Where?"),
        ("Sam", "The job."),
    ]


def test_a_wrapped_line_is_the_turn_above(tmp_path: Path) -> None:
    file = "T: Where\n   shall we start?\n\nC: I thought: maybe\nSo he said: go\nHonestly: no\n"
    assert said(tmp_path, file) == [
        ("T", "Where shall we start?"),
        ("C", "I thought: maybe So he said: go Honestly: no"),
    ]


def test_a_note_within_a_turn_is_kept_and_one_on_a_line_of_its_own_is_not(tmp_path: Path) -> None:
    file = "T: Where?\n(pause 5s)\nC: [laughs] Here (silence).\n[long silence]\nC: There.\n"
    assert said(tmp_path, file) == [("T", "Where?"), ("C", "[laughs] Here (silence). There.")]


def test_a_title_above_the_talk_is_no_speech(tmp_path: Path) -> None:
    file = "Session 3: intake\nDate: 4 March\nParticipants: two\n\nT: Where?\nC: Here.\n"
    assert said(tmp_path, file) == [("T", "Where?"), ("C", "Here.")]
    assert rows(tmp_path, file)[0]["source_line"] == 5


def test_times_are_unknown(tmp_path: Path) -> None:
    assert {(r["start_s"], r["end_s"]) for r in rows(tmp_path, "T: Where?\nC: Here.\n")} == {
        (None, None)
    }


@pytest.mark.parametrize("form", ["[{}] ", "({}) ", "{} "])
def test_a_time_before_a_label_is_its_start(tmp_path: Path, form: str) -> None:
    file = f"{form.format('00:00:05')}T: Where?\n{form.format('01:15.5')}C: Here.\n"
    assert [(r["speaker"], r["start_s"], r["end_s"]) for r in rows(tmp_path, file)] == [
        ("T", 5.0, None),
        ("C", 75.5, None),
    ]


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "[00:09] T: Where?\n[00:05] C: Here.\n")
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 2")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_change_nothing(tmp_path: Path, encoding: str, ends: str) -> None:
    data = f"Zoë: Déjà?{ends}C: Oui.{ends}Zoë: Ah.{ends}".encode(encoding)
    assert said(tmp_path, data) == [("Zoë", "Déjà?"), ("C", "Oui."), ("Zoë", "Ah.")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n \n",
        b"Only a text.\nNobody is named: never\n",
        b"\x00\x01\x02\x03" * 100,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "T: a\nC: b\n".encode("utf-16")[2:],
        b"http://a.b\nC\n",
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path, data)


def test_labels_without_a_word_are_refused(tmp_path: Path) -> None:
    assert "nothing said" in refused(tmp_path, "T:\nC:\nT:\n").what


def test_half_a_utf16_character_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "T: a\nC: b\nT: c\n".encode("utf-16")[:-1])
    assert error.where == "session.bin, line 3"


def test_binary_below_good_lines_is_refused(tmp_path: Path) -> None:
    data = b"T: a\nC: b\n" * 7000 + b"\x00\x00"
    assert refused(tmp_path, data).where == "session.bin, line 14001"


def test_a_hundred_megabytes_of_one_line_are_refused_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "session.bin"
    with path.open("wb") as handle:
        handle.write(b"T: a\nC: b\nT: ")
        for _ in range(100):
            handle.write(b"a " * (1 << 19))
    begun = time.process_time()
    error = refused(tmp_path, path.read_bytes())
    assert "16 MB" in error.what
    assert time.process_time() - begun < 5


def test_more_lines_than_a_session_has_are_refused(tmp_path: Path) -> None:
    assert "500,000 lines" in refused(tmp_path, "T: a\nC: b\n" * 251_000).what


def test_a_turn_of_very_many_lines_is_read_in_linear_time(tmp_path: Path) -> None:
    begun = time.process_time()
    assert len(said(tmp_path, "T: a\nC: b\n" + "so it is\n" * 200_000)) == 2
    assert time.process_time() - begun < 10


def test_a_table_is_no_script_though_its_cells_have_labels(tmp_path: Path) -> None:
    file = 'speaker,text\nT,"Well: so,\nOkay: yes"\nC,"Okay: no"\n'
    assert find_reader(written(tmp_path, file)).name == "csv"


def test_no_error_holds_what_was_said(tmp_path: Path) -> None:
    assert "secret" not in str(refused(tmp_path, "a secret text\nof two lines\n"))


@pytest.mark.parametrize("number", ["{}. ", "{}) ", "{} ", "{:03d}\t"])
def test_a_lines_number_before_the_label_is_no_name(tmp_path: Path, number: str) -> None:
    lines = ["T: Where?", "C: Home.", "T: 2 homes: so."]
    data = "".join(f"{number.format(n)}{line}\n" for n, line in enumerate(lines, start=1))
    assert said(tmp_path, data) == [("T", "Where?"), ("C", "Home."), ("T", "2 homes: so.")]
