import json
from pathlib import Path
from typing import Any

from evenhand.readers.deepgram import READER
from tests.readers.shared import check_example, refused, rows, said


def word(text: str, at: float, **more: Any) -> dict[str, Any]:
    plain = text.strip(".,?!").lower()
    times = {"start": at, "end": at + 0.5}
    return {"word": plain, "punctuated_word": text, **times, "confidence": 0.9, **more}


def channel(*words: dict[str, Any]) -> dict[str, Any]:
    transcript = " ".join(w["punctuated_word"] for w in words)
    return {"alternatives": [{"transcript": transcript, "confidence": 0.9, "words": words}]}


def file(*channels: dict[str, Any], **results: Any) -> str:
    return json.dumps({"metadata": {"duration": 9}, "results": {"channels": channels, **results}})


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_speakers_told_apart_in_one_channel_are_numbers(tmp_path: Path) -> None:
    words = [word("Where", 0.0, speaker=0), word("to?", 0.5, speaker=0)]
    data = file(channel(*words, word("Home.", 1.0, speaker=1)))
    assert said(tmp_path, data) == [("Speaker 0", "Where to?"), ("Speaker 1", "Home.")]


def test_channels_are_people_sorted_by_start(tmp_path: Path) -> None:
    data = file(
        channel(word("Where", 0.0), word("to?", 0.5), word("So.", 5.0)),
        channel(word("Home.", 2.0)),
    )
    assert said(tmp_path, data) == [
        ("Channel 0", "Where to?"),
        ("Channel 1", "Home."),
        ("Channel 0", "So."),
    ]


def test_one_number_in_each_channel_tells_nobody_apart(tmp_path: Path) -> None:
    data = file(channel(word("Where?", 0.0, speaker=0)), channel(word("Home.", 2.0, speaker=0)))
    assert [r["speaker"] for r in rows(tmp_path, data)] == ["Channel 0", "Channel 1"]


def test_several_speakers_in_a_channel_are_named_with_it(tmp_path: Path) -> None:
    data = file(
        channel(word("Where?", 0.0, speaker=0), word("Oh.", 1.0, speaker=1)),
        channel(word("Home.", 4.0)),
    )
    assert [r["speaker"] for r in rows(tmp_path, data)] == [
        "Channel 0, Speaker 0",
        "Channel 0, Speaker 1",
        "Channel 1",
    ]


def test_an_empty_channel_is_nobody(tmp_path: Path) -> None:
    data = file(channel(word("Where?", 0.0, speaker=1)), channel())
    assert said(tmp_path, data) == [("Speaker 1", "Where?")]


def test_utterances_do_where_channels_have_no_words(tmp_path: Path) -> None:
    utterances = [
        {"start": 0.0, "end": 1.0, "channel": 0, "transcript": "Where to?", "speaker": 0},
        {"start": 1.5, "end": 2.5, "channel": 0, "speaker": 1, "words": [word("Home.", 1.5)]},
    ]
    assert said(tmp_path, file(utterances=utterances)) == [
        ("Speaker 0", "Where to?"),
        ("Speaker 1", "Home."),
    ]


def test_words_that_nobody_was_told_apart_in_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, file(channel(word("Where?", 0.0))))
    assert "who speaks" in error.what
    assert "diarisation" in error.remedy


def test_words_without_signs_are_read_too(tmp_path: Path) -> None:
    one = {"word": "where", "start": 0.0, "end": 0.5, "speaker": 0}
    assert said(tmp_path, file({"alternatives": [{"words": [one]}]})) == [("Speaker 0", "where")]
