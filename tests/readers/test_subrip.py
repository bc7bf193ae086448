import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.readers import find_reader
from evenhand.readers.subrip import READER
from tests.readers.shared import check_example, flagged, refused, rows, said, written


def cues(*payloads: str) -> str:
    """A numbered cue of a second for each payload, one each minute."""
    times = (f"{n + 1}\n00:{n:02}:00,000 --> 00:{n:02}:01,000" for n in range(len(payloads)))
    return "\n\n".join(f"{t}\n{p}" for t, p in zip(times, payloads, strict=True)) + "\n"


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


@pytest.mark.parametrize(
    "label",
    ["{}: {}", "[{}] {}", "[{}]: {}", "- {}: {}", "-{}: {}", "- [{}] {}", ">> {}: {}", "{}:\n{}"],
)
def test_every_custom_of_naming_is_read(tmp_path: Path, label: str) -> None:
    spoken = [("Dana Lee", "Where?"), ("Sam", "The job."), ("Dana Lee", "Yes.")]
    assert said(tmp_path, cues(*(label.format(*pair) for pair in spoken))) == spoken


def test_a_name_holds_until_the_next(tmp_path: Path) -> None:
    file = cues("DANA: Where", "shall we start?", "SAM: The", "job. I thought: maybe")
    assert said(tmp_path, file) == [
        ("DANA", "Where shall we start?"),
        ("SAM", "The job. I thought: maybe"),
    ]


def test_two_speakers_in_a_cue_are_two_turns(tmp_path: Path) -> None:
    file = cues("- Dana: Where?\n- Sam: The job,\nas ever.")
    assert said(tmp_path, file) == [("Dana", "Where?"), ("Sam", "The job, as ever.")]
    assert [(r["start_s"], r["end_s"]) for r in rows(tmp_path, file)] == [(0.0, None), (None, 1.0)]


def test_a_name_without_words_leaves_the_times_to_who_speaks(tmp_path: Path) -> None:
    found = rows(tmp_path, cues("Dana:\nSam: The job.", "Dana:", "Where?"))
    assert [(r["speaker"], r["text"], r["start_s"], r["end_s"]) for r in found] == [
        ("Sam", "The job.", 0.0, 1.0),
        ("Dana", "Where?", 120.0, 121.0),
    ]


@pytest.mark.parametrize("mark", [">>", "- ", "–"])
def test_a_sign_of_change_without_a_name_names_nobody(tmp_path: Path, mark: str) -> None:
    file = cues("Dana: Where?", f"{mark}The job.", "As ever.", f"{mark}Ah.", "Dana: So.")
    assert said(tmp_path, file) == [
        ("Dana", "Where?"),
        (None, "The job. As ever."),
        (None, "Ah."),
        ("Dana", "So."),
    ]
    assert "2 of 5 pieces begin another speaker" in flagged(tmp_path, file)[0]


@pytest.mark.parametrize("note", ["[laughs]", "[Long pause]", "[SILENCE]", "[door slams]"])
def test_a_note_in_brackets_is_no_speaker_and_is_kept(tmp_path: Path, note: str) -> None:
    file = cues("[Dana] Where?", f"{note} I mean", f"{note} it.", "[Sam] Yes.")
    assert said(tmp_path, file) == [("Dana", f"Where? {note} I mean {note} it."), ("Sam", "Yes.")]


def test_a_double_dash_carries_on(tmp_path: Path) -> None:
    assert said(tmp_path, cues("Sam: I was", "-- no, I am")) == [("Sam", "I was -- no, I am")]


def test_players_markup_is_taken_out_and_entities_stay(tmp_path: Path) -> None:
    file = cues('{\\an8}<i>Sam: Yes</i> <font color="red">and</font> &amp; no')
    assert said(tmp_path, file) == [("Sam", "Yes and &amp; no")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_change_nothing(tmp_path: Path, encoding: str) -> None:
    file = cues("Zoë: Très bien.", "Sam: Déjà.").replace("\n", "\r\n")
    assert said(tmp_path, file.encode(encoding)) == [("Zoë", "Très bien."), ("Sam", "Déjà.")]


@pytest.mark.parametrize(
    "head",
    [
        "1\n00:00:01,000 --> 00:00:02,000\nT: a",
        "\n\n 12 \n0:0:1.5 --> 0:0:2\nT: a",
        "00:00:01,000 --> 00:00:02,000\nT: a",
    ],
)
def test_it_is_known_by_its_first_times(tmp_path: Path, head: str) -> None:
    assert find_reader(written(tmp_path, head)).name == "subrip"


def test_times_without_thousandths_are_times(tmp_path: Path) -> None:
    (turn,) = rows(tmp_path, "1\n00:00:01 --> 01:00:02\nT: a\n")
    assert (turn["start_s"], turn["end_s"]) == (1.0, 3602.0)


def test_a_cue_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "1\n00:00:05,000 --> 00:00:04,000\nSam: Yes\n")
    assert (error.what, error.where) == ("A cue ends before it starts.", "session.bin, line 2")


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    file = (
        "1\n00:00:09,000 --> 00:00:10,000\nSam: Yes\n\n2\n00:00:05,000 --> 00:00:06,000\nDana: No\n"
    )
    error = refused(tmp_path, file)
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 6")


@pytest.mark.parametrize("end", ["3", "3\n00:02", "3\n00:02:00,000 --"])
def test_a_file_that_breaks_off_before_a_cues_times_is_refused(tmp_path: Path, end: str) -> None:
    file = cues("Dana: One.", "Sam: Two.") + "\n" + end
    assert refused(tmp_path, file).what == "The file breaks off within a cue."


def test_times_that_are_none_are_refused(tmp_path: Path) -> None:
    file = cues("Dana: One.") + "\n2\n00:99:00,000 --> 00:99:01,000\nSam: Two.\n"
    assert refused(tmp_path, file).where == "session.bin, line 6"


def test_a_file_in_which_nobody_is_named_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, cues("- One.", "- Two.")).what == "No cue says who speaks."


def test_cues_without_text_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, cues("", ""))


def test_half_a_utf16_character_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, cues("Dana: One.").encode("utf-16")[:-1])
    assert error.where == "session.bin, line 3"


words = st.text(string.ascii_letters + string.digits + " .,!?'é&;()", min_size=1, max_size=30)
texts = words.map(lambda t: " ".join(t.split())).filter(bool)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(texts, min_size=1, max_size=12),
    st.sampled_from(["{}: {}", "[{}] {}", "- {}: {}"]),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_what_is_written_as_cues_reads_as_the_same_turns(
    spoken: list[str], label: str, encoding: str
) -> None:
    turns = [(("Dana Lee", "Sam Roe")[n % 2], t) for n, t in enumerate(spoken)]
    file = cues(*(label.format(*turn) for turn in turns))
    with tempfile.TemporaryDirectory() as folder:
        assert said(Path(folder), file.encode(encoding)) == turns
