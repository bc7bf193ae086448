from pathlib import Path

import pytest

from evenhand.readers import find_reader
from evenhand.readers.otter import READER
from tests.readers.shared import check_example, flagged, refused, rows, said, written

REAL = """Intake, first session
Thu, Nov 5, 2020 9:02AM • 45:01

SUMMARY KEYWORDS
job, hours, sleep

SPEAKERS
Dana Lee, Sam

Dana Lee  00:05
Where shall we start?

Sam  00:09
With the job, then.

And the hours.

Sam  00:15
Mostly.

Transcribed by https://otter.ai
"""


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_title_keywords_speakers_and_footer_are_no_speech(tmp_path: Path) -> None:
    assert said(tmp_path, REAL) == [
        ("Dana Lee", "Where shall we start?"),
        ("Sam", "With the job, then. And the hours. Mostly."),
    ]


def test_starts_are_known_and_ends_are_not(tmp_path: Path) -> None:
    assert [(r["start_s"], r["end_s"], r["source_line"]) for r in rows(tmp_path, REAL)] == [
        (5.0, None, 10),
        (9.0, None, 13),
    ]


@pytest.mark.parametrize("spaces", ["  ", "   ", "\t", "\u00a0\u00a0"])
@pytest.mark.parametrize("end", ["", " ", "  "])
def test_spaces_about_the_time_may_vary(tmp_path: Path, spaces: str, end: str) -> None:
    assert said(tmp_path, f"Dana{spaces}0:05{end}\nWhere?\n") == [("Dana", "Where?")]


@pytest.mark.parametrize("header", ["Unknown Speaker  0:09", "0:09", "unknown speaker  0:09  "])
def test_an_unknown_speaker_is_nobody_and_flagged(tmp_path: Path, header: str) -> None:
    file = f"Dana  0:05\nWhere?\n\n{header}\nHere.\n\n{header}\nThere.\n\nDana  0:15\nAh.\n"
    assert said(tmp_path, file) == [
        ("Dana", "Where?"),
        (None, "Here."),
        (None, "There."),
        ("Dana", "Ah."),
    ]
    (told,) = flagged(tmp_path, file)
    assert told.startswith("session.bin, from line 4: 2 of 4 parts have no known speaker")


@pytest.mark.parametrize("line", ["at 10:30", "at  10:30", "Sam: no", "[laughs]  so"])
def test_what_is_said_is_no_header(tmp_path: Path, line: str) -> None:
    file = f"Dana  0:05\nI came\n{line}\n\nSam  0:09\nYes.\n"
    assert said(tmp_path, file)[0] == ("Dana", " ".join(f"I came {line}".split()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_line_ends_change_nothing(tmp_path: Path, encoding: str) -> None:
    data = "Zoë  0:05\r\nDéjà?\r\n\r\nSam  1:00:09\r\nOui.\r\n".encode(encoding)
    assert [(r["speaker"], r["text"], r["start_s"]) for r in rows(tmp_path, data)] == [
        ("Zoë", "Déjà?", 5.0),
        ("Sam", "Oui.", 3609.0),
    ]


def test_a_file_that_is_all_of_unknown_speakers_is_refused(tmp_path: Path) -> None:
    file = "Unknown Speaker  0:05\nYes.\n\nUnknown Speaker  0:09\nNo.\n"
    assert refused(tmp_path, file).what == "Nobody is named in it."


def test_headers_without_a_word_are_refused(tmp_path: Path) -> None:
    assert "nothing said" in refused(tmp_path, "Dana  0:05\n\nSam  0:09\n").what


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "Dana  0:09\nYes.\n\nSam  0:05\nNo.\n")
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 4")


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "Dana  0:05\nYes.\n\nSam  0:75\nNo.\n")
    assert (error.what, error.where) == ("A time cannot be read.", "session.bin, line 4")


def test_labelled_text_with_one_timed_line_is_not_otters(tmp_path: Path) -> None:
    file = "Intake  10:30\n\nT: Where?\nC: The job.\nT: Ah.\n"
    assert find_reader(written(tmp_path, file)).name == "script"
