import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.readers import read_turns
from evenhand.readers.whisperx import READER
from tests.readers.shared import check_example, refused, rows, said, written


def file(*segments: dict[str, Any]) -> str:
    return json.dumps({"segments": segments, "word_segments": [], "language": "en"})


def segment(speaker: str | None, *words: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"speaker": speaker, "words": words, **more}


def word(text: str, start: float | None = None, **more: Any) -> dict[str, Any]:
    return (
        {"word": text} | ({"start": start, "end": start + 0.5} if start is not None else {}) | more
    )


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_words_of_one_speaker_join_until_the_speaker_changes(tmp_path: Path) -> None:
    data = file(
        segment("A", word("Where", 0.0), word("to?", 0.5)),
        segment("A", word("Tell", 2.0), word("me.", 2.5)),
        segment("B", word("Home.", 4.0)),
    )
    assert said(tmp_path, data) == [("A", "Where to? Tell me."), ("B", "Home.")]


def test_a_words_own_speaker_wins_over_its_segments(tmp_path: Path) -> None:
    data = file(segment("A", word("So", 0.0), word("yes", 0.5, speaker="B"), word("then", 1.0)))
    assert said(tmp_path, data) == [("A", "So"), ("B", "yes"), ("A", "then")]


def test_the_segments_own_text_is_kept_where_its_words_agree(tmp_path: Path) -> None:
    data = file(segment("A", word("Well", 0.0), word("2266", speaker="A"), text=" Well — 2266…"))
    assert said(tmp_path, data) == [("A", "Well — 2266…")]


def test_a_numeral_without_times_follows_the_word_before_it(tmp_path: Path) -> None:
    data = file(segment("A", word("in", 1.0), word("1999", speaker="B"), word("or", 3.0)))
    found = [(r["speaker"], r["start_s"], r["end_s"]) for r in rows(tmp_path, data)]
    assert found == [("A", 1.0, 1.5), ("B", 1.5, None), ("A", 3.0, 3.5)]


def test_a_numeral_at_the_beginning_has_its_segments_start(tmp_path: Path) -> None:
    data = file(segment("A", word("1999"), word("was", 1.0), start=0.2, end=1.5))
    assert [(r["start_s"], r["end_s"]) for r in rows(tmp_path, data)] == [(0.2, 1.5)]


def test_a_segment_without_a_speaker_is_nobodys(tmp_path: Path) -> None:
    assert said(tmp_path, file(segment("A", word("So", 0.0)), {"text": "Hm", "start": 1.0})) == [
        ("A", "So"),
        (None, "Hm"),
    ]


def test_plain_whisper_that_tells_nobody_apart_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, file({"text": "Hm", "start": 1.0}, {"text": "So", "start": 2.0}))
    assert "who speaks" in error.what


def test_segments_are_sorted_by_start_where_they_overlap(tmp_path: Path) -> None:
    data = file(
        segment("A", text="I was saying", start=1.0, end=4.0),
        segment("B", text="let me", start=0.5, end=1.5),
    )
    assert said(tmp_path, data) == [("B", "let me"), ("A", "I was saying")]


def test_a_backchannel_within_the_others_turn_is_kept_and_parts_nothing(tmp_path: Path) -> None:
    data = file(
        segment("A", text="I was at", start=0.0, end=5.0),
        segment("B", text="mm-hm", start=2.0, end=2.4),
        segment("A", text="work", start=5.0, end=6.0),
    )
    assert said(tmp_path, data) == [("A", "I was at work"), ("B", "mm-hm")]


def test_half_a_character_is_seen_as_such(tmp_path: Path) -> None:
    data = '{"segments":[{"speaker":"A","text":"so \\ud83d","start":0}]}'
    assert said(tmp_path, data) == [("A", "so \ufffd")]


def test_every_turn_knows_its_line(tmp_path: Path) -> None:
    segments = (segment("A", word("So", 0.0)), segment("B", word("Yes", 1.0)))
    data = json.dumps({"segments": segments}, indent=1)
    lines = data.split("\n")
    near = ["".join(lines[r["source_line"] : r["source_line"] + 5]) for r in rows(tmp_path, data)]
    assert ["So" in near[0], "Yes" in near[1]] == [True, True]


TEXTS = (
    st.text("abc é'ß漢", min_size=1, max_size=12).map(lambda t: " ".join(t.split())).filter(bool)
)
TURNS = st.lists(st.tuples(TEXTS, st.integers(1, 5000)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(TURNS, st.sampled_from([None, 1, 4]))
def test_what_was_made_comes_back(spoken: list[tuple[str, int]], indent: int | None) -> None:
    now, made, wanted = 0, [], []
    for n, (text, length) in enumerate(spoken):
        start, end, now = now / 1000, (now + length) / 1000, now + length
        speaker = f"SPEAKER_{n % 2:02}"
        made.append({"start": start, "end": end, "text": f" {text}", "speaker": speaker})
        wanted.append((speaker, start, end, text))
    with tempfile.TemporaryDirectory() as folder:
        data = json.dumps({"segments": made}, indent=indent, ensure_ascii=bool(indent))
        turns = read_turns(written(Path(folder), data))
    assert turns.select("speaker", "start_s", "end_s", "text").rows() == wanted
