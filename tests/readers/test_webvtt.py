import html
import string
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.readers.webvtt import READER
from tests.readers.shared import check_example, flagged, refused, rows, said

ZOOM = """WEBVTT

1
00:00:05.790 --> 00:00:13.514
Dana Lee: Where shall we start?

2
00:00:13.600 --> 00:00:15.000
Sam: With the job.

3
00:00:15.600 --> 00:00:16.000
I thought: maybe not.
"""


def cues(*payloads: str, step: int = 10) -> str:
    """A file with a cue of a second for each payload."""
    times = (f"00:{n:02}:00.000 --> 00:{n:02}:01.000" for n in range(len(payloads)))
    return "WEBVTT\n\n" + "\n\n".join(f"{t}\n{p}" for t, p in zip(times, payloads, strict=True))


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_a_zoom_name_stands_before_a_colon_and_an_ordinary_colon_names_nobody(
    tmp_path: Path,
) -> None:
    assert said(tmp_path, ZOOM) == [
        ("Dana Lee", "Where shall we start?"),
        ("Sam", "With the job. I thought: maybe not."),
    ]


def test_a_turn_knows_its_times_and_the_line_of_its_first_cue(tmp_path: Path) -> None:
    second = rows(tmp_path, ZOOM)[1]
    assert (second["start_s"], second["end_s"], second["source_line"]) == (13.6, 16.0, 8)
    assert second["source_file"] == "session.bin"
    assert second["role"] is None


def test_a_cue_without_a_name_is_flagged(tmp_path: Path) -> None:
    (told,) = flagged(tmp_path, ZOOM)
    assert told.startswith("session.bin, from line 12: 1 of 3 pieces name nobody")


def test_nothing_is_flagged_where_every_cue_has_a_name(tmp_path: Path) -> None:
    assert flagged(tmp_path, cues("Dana: Yes.", "Sam: No.")) == []


def test_a_cue_before_any_name_has_no_speaker(tmp_path: Path) -> None:
    assert said(tmp_path, cues("Welcome back.", "Dana Lee: Hello.", "Dana Lee: So."))[0] == (
        None,
        "Welcome back.",
    )


@pytest.mark.parametrize(
    "name",
    [
        "Dr Marek Zielinski",
        "Dr. Osei",
        "Dana Lee (she/her)",
        "Anjali Rao, MSc",
        "Łukasz",
        "T",
        "沈",
    ],
)
def test_names_of_many_kinds_are_names(tmp_path: Path, name: str) -> None:
    read = said(tmp_path, cues(f"{name}: I see.", "Sam: Do you?", f"{name}: I do."))
    assert [speaker for speaker, _ in read] == [name, "Sam", name]


@pytest.mark.parametrize(
    "words",
    ["I thought: maybe", "So he said: go", "Honestly: no", "The thing is: I left", "At 9:30"],
)
def test_what_is_said_before_a_colon_names_nobody(tmp_path: Path, words: str) -> None:
    file = cues("Dana: Go on.", "Sam: Well.", words, "Dana: Yes.")
    assert said(tmp_path, file)[1] == ("Sam", f"Well. {words}")


def test_a_name_too_seldom_to_be_sure_of_is_flagged(tmp_path: Path) -> None:
    file = cues("Dana: Go on.", "so", "Dana: Yes.", "and", "Sam: Well.", "then", "ah")
    assert said(tmp_path, file) == [("Dana", "Go on. so Yes. and Sam: Well. then ah")]
    assert "from line 15: 1 pieces begin with a word and a colon" in flagged(tmp_path, file)[0]


def test_numbered_letters_are_their_letter(tmp_path: Path) -> None:
    read = said(tmp_path, cues("T1: Hello.", "C1: Hello.", "T2: So."))
    assert [speaker for speaker, _ in read] == ["T", "C", "T"]


@pytest.mark.parametrize("cue", ["<v Unknown Speaker>Mine.", "<v Unknown>Mine.</v>"])
def test_an_unknown_voice_is_nobody_and_flagged(tmp_path: Path, cue: str) -> None:
    file = cues("<v Dana>Whose?", cue, "<v Dana>Ah.")
    assert said(tmp_path, file) == [("Dana", "Whose?"), (None, "Mine."), ("Dana", "Ah.")]
    assert "name nobody" in flagged(tmp_path, file)[0]


def test_a_number_below_a_blank_line_in_a_cue_is_said(tmp_path: Path) -> None:
    file = cues("Dana: How many?\n\n42\n\nin all.", "Sam: Ah.")
    assert said(tmp_path, file) == [("Dana", "How many? 42 in all."), ("Sam", "Ah.")]


def test_several_voices_in_a_cue_are_several_turns_with_unknown_times_between(
    tmp_path: Path,
) -> None:
    file = cues("<v Dana Lee>Where</v> <v Sam>The job</v>\n<v Dana Lee>Ah", "<v Sam>Yes</v>")
    found = rows(tmp_path, file)
    assert [(r["speaker"], r["text"], r["start_s"], r["end_s"]) for r in found] == [
        ("Dana Lee", "Where", 0.0, None),
        ("Sam", "The job", None, None),
        ("Dana Lee", "Ah", None, 1.0),
        ("Sam", "Yes", 60.0, 61.0),
    ]


def test_text_after_a_closed_voice_inherits_and_is_flagged(tmp_path: Path) -> None:
    file = cues("<v Dana>One.</v> Two.", "Three.", "<v Sam>Four.")
    assert said(tmp_path, file) == [("Dana", "One. Two. Three."), ("Sam", "Four.")]
    assert "2 of 4 pieces name nobody" in flagged(tmp_path, file)[0]


def test_entities_are_decoded_after_markup_is_taken_out(tmp_path: Path) -> None:
    file = cues("<v O&apos;Neil &amp; Co>a &lt;b&gt; <i>c</i> <c.loud>d</c> &amp;amp; e&nbsp;f</v>")
    assert said(tmp_path, file) == [("O'Neil & Co", "a <b> c d &amp; e f")]


def test_notes_in_brackets_and_unknown_tags_are_kept(tmp_path: Path) -> None:
    assert said(tmp_path, cues("<v Sam>[laughs] (silence) <sighs> so</v>")) == [
        ("Sam", "[laughs] (silence) <sighs> so")
    ]


def test_blocks_of_notes_style_and_region_are_no_speech(tmp_path: Path) -> None:
    file = (
        "WEBVTT - a session\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:one\n\nNOTE Dana: made by hand\nand more\n\n"
        "05.000 --> 06.000 align:start position:10%\n".replace("05.000", "00:05.000").replace(
            "06.000", "01:06.000"
        )
        + "<v.first.loud Dana>NOTE that</v>\n"
    )
    (turn,) = rows(tmp_path, file)
    assert (turn["text"], turn["start_s"], turn["end_s"]) == ("NOTE that", 5.0, 66.0)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_change_nothing(tmp_path: Path, ends: str, encoding: str) -> None:
    data = ZOOM.replace("\n", ends).replace("job", "café").encode(encoding)
    assert rows(tmp_path, data)[1]["text"] == "With the café. I thought: maybe not."
    assert rows(tmp_path, data)[1]["source_line"] == 8


def test_hours_may_have_many_digits(tmp_path: Path) -> None:
    file = "WEBVTT\n\n100:00:00.000 --> 100:00:01.500\n<v Sam>Yes\n"
    assert rows(tmp_path, file)[0]["end_s"] == 360001.5


def test_cues_without_a_blank_line_between_are_apart(tmp_path: Path) -> None:
    file = "WEBVTT\n1\n00:01.000 --> 00:02.000\n<v A>a\n2\n00:02.000 --> 00:03.000\n<v B>b\n"
    assert said(tmp_path, file) == [("A", "a"), ("B", "b")]


def test_words_below_a_blank_line_in_a_cue_are_kept_and_flagged(tmp_path: Path) -> None:
    file = cues("Dana: One.\n\nTwo.", "Sam: Three.")
    assert said(tmp_path, file) == [("Dana", "One. Two."), ("Sam", "Three.")]
    assert "from line 6: 1 pieces of text" in flagged(tmp_path, file)[0]


def test_a_cue_without_text_is_passed_over(tmp_path: Path) -> None:
    assert said(tmp_path, cues("Dana: One.", "", "Sam: Two.")) == [
        ("Dana", "One."),
        ("Sam", "Two."),
    ]


def test_a_backchannel_inside_the_others_turn_is_a_turn_of_its_own(tmp_path: Path) -> None:
    file = (
        "WEBVTT\n\n00:01.000 --> 00:05.000\n<v Sam>I went\n\n00:02.000 --> 00:02.500\n"
        "<v Dana>Mm-hm.\n\n00:05.000 --> 00:06.000\n<v Sam>home.\n"
    )
    assert said(tmp_path, file) == [("Sam", "I went home."), ("Dana", "Mm-hm.")]


def test_two_at_once_written_in_the_order_of_their_ends_are_put_in_order(tmp_path: Path) -> None:
    file = (
        "WEBVTT\n\n00:02.000 --> 00:03.000\n<v Sam>But I\n\n00:01.000 --> 00:04.000\n<v Dana>Now\n"
    )
    assert said(tmp_path, file) == [("Dana", "Now"), ("Sam", "But I")]


def test_a_cue_that_ends_before_it_starts_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "WEBVTT\n\n00:05.000 --> 00:04.000\n<v Sam>Yes\n")
    assert error.what == "A cue ends before it starts."
    assert error.where == "session.bin, line 3"


def test_times_that_run_backwards_are_refused(tmp_path: Path) -> None:
    file = "WEBVTT\n\n00:09.000 --> 00:10.000\n<v A>a\n\n00:05.000 --> 00:06.000\n<v B>b\n"
    error = refused(tmp_path, file)
    assert (error.what, error.where) == ("The times run backwards.", "session.bin, line 6")


@pytest.mark.parametrize("times", ["00:61.000 --> 00:62.000", "a --> b", "00:01.000 --> 00:"])
def test_times_that_are_none_are_refused(tmp_path: Path, times: str) -> None:
    error = refused(tmp_path, f"WEBVTT\n\n{times}\n<v Sam>Yes\n")
    assert (error.what, error.where) == ("A cue's times cannot be read.", "session.bin, line 3")


@pytest.mark.parametrize(
    "end", ["\n\n12", "\n\n00:01:0", "\n\n5f2c1a34-9d10-4a7e-8f35-0c1b2d3e4f50/1"]
)
def test_a_file_that_breaks_off_before_a_cues_times_is_refused(tmp_path: Path, end: str) -> None:
    assert refused(tmp_path, cues("Dana: One.") + end).what == "The file breaks off within a cue."


def test_a_heading_alone_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "WEBVTT\n\n").what == "There is no cue in it."


def test_a_file_in_which_nobody_is_named_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, cues("One.", "Two.")).what == "No cue says who speaks."


def test_cues_that_are_all_empty_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, cues("<v Dana></v>", "<v Sam></v>"))


def test_binary_after_the_heading_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"WEBVTT\n\n\x00\x01\x02").what == "The file is binary, not text."


def test_half_a_utf16_character_is_refused(tmp_path: Path) -> None:
    assert "UTF-16" in refused(tmp_path, ZOOM.encode("utf-16")[:-1]).what


def test_a_line_of_many_megabytes_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"a" * (3 << 20))
    assert error.where == "session.bin, line 4"


def test_no_error_holds_what_was_said(tmp_path: Path) -> None:
    assert "secret" not in str(refused(tmp_path, cues("secret one.", "secret two.")))


words = st.text(string.ascii_letters + string.digits + " .,!?'é&<>;[]()", min_size=1, max_size=30)
text = words.map(lambda t: " ".join(t.split())).filter(bool)


@settings(max_examples=60, deadline=None)
@given(st.lists(text, min_size=1, max_size=12))
def test_what_is_written_as_cues_reads_as_the_same_turns(texts: list[str]) -> None:
    names = ["Dana Lee", "Sam"]
    spoken = [(names[n % 2], t) for n, t in enumerate(texts)]
    file = cues(*(f"<v {name}>{html.escape(t)}</v>" for name, t in spoken))
    with tempfile.TemporaryDirectory() as folder:
        found = rows(Path(folder), file)
    assert [(r["speaker"], r["text"]) for r in found] == spoken
    assert [(r["start_s"], r["end_s"]) for r in found] == [
        (60.0 * n, 60.0 * n + 1) for n in range(len(texts))
    ]
