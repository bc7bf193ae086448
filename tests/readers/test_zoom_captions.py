from pathlib import Path

import pytest

from evenhand.readers.zoom_captions import READER
from tests.readers.shared import check_example, refused, rows, said


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_times_of_day_count_from_the_first_caption(tmp_path: Path) -> None:
    file = "[Dana Lee] 10:02:15\nWhere?\n\n[Sam] 10:03:20\nThe job.\n"
    assert [(r["start_s"], r["end_s"]) for r in rows(tmp_path, file)] == [(0.0, None), (65.0, None)]


def test_half_days_are_read(tmp_path: Path) -> None:
    file = "[Dana] 11:59:50 AM\nWhere?\n[Sam] 12:00:10 PM\nThe job.\n[Dana] 1:00:00 PM\nAh.\n"
    assert [r["start_s"] for r in rows(tmp_path, file)] == [0.0, 20.0, 3610.0]


def test_a_session_may_run_past_midnight(tmp_path: Path) -> None:
    file = "[Dana] 23:59:50\nWhere?\n[Sam] 00:00:10\nThe job.\n[Dana] 00:00:20\nAh.\n"
    assert [r["start_s"] for r in rows(tmp_path, file)] == [0.0, 20.0, 30.0]


def test_captions_of_one_speaker_are_one_turn_with_their_notes(tmp_path: Path) -> None:
    file = "[Dana] 10:00:00\nWhere\nshall we\n\n[Dana] 10:00:02\n[laughs] start: here?\n"
    assert said(tmp_path, file) == [("Dana", "Where shall we [laughs] start: here?")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_and_line_ends_change_nothing(tmp_path: Path, encoding: str) -> None:
    data = "[Zoë] 10:00:00\r\nDéjà?\r\n\r\n[Sam] 10:00:01\r\nOui.\r\n".encode(encoding)
    assert said(tmp_path, data) == [("Zoë", "Déjà?"), ("Sam", "Oui.")]


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "[Dana] 10:00:09\nYes.\n[Sam] 10:00:05\nNo.\n")
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 3")


def test_captions_without_a_word_are_refused(tmp_path: Path) -> None:
    assert "nothing said" in refused(tmp_path, "[Dana] 10:00:09\n[Sam] 10:00:15\n").what


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "[Dana] 10:00:09\nYes.\n[Sam] 10:71:15\nNo.\n")
    assert (error.what, error.where) == ("A time cannot be read.", "session.bin, line 3")
