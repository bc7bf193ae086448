import json
from pathlib import Path
from typing import Any

from evenhand.readers.aws import READER
from tests.readers.shared import check_example, rows, said


def word(content: str, at: float, **more: Any) -> dict[str, Any]:
    """An item; AWS writes its numbers as texts."""
    return {
        "start_time": f"{at}",
        "end_time": f"{at + 0.5}",
        "type": "pronunciation",
        "alternatives": [{"confidence": "0.98", "content": content}],
        **more,
    }


def sign(content: str, **more: Any) -> dict[str, Any]:
    return {"type": "punctuation", "alternatives": [{"content": content}], **more}


def file(**results: Any) -> str:
    return json.dumps({"jobName": "j", "results": {"transcripts": [], **results}, "status": "OK"})


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


def test_numbers_are_texts_and_signs_attach(tmp_path: Path) -> None:
    who = {"speaker_label": "spk_0"}
    data = file(items=[word("I've", 4.5, **who), word("moved", 5.0, **who), sign("."), sign("”")])
    found = rows(tmp_path, data)[0]
    assert (found["speaker"], found["text"]) == ("spk_0", "I've moved.”")
    assert (found["start_s"], found["end_s"]) == (4.5, 5.5)


def test_older_files_say_beside_the_items_who_speaks(tmp_path: Path) -> None:
    def segment(label: str, *starts: float) -> dict[str, Any]:
        items = [{"start_time": str(s), "end_time": str(s + 0.5)} for s in starts]
        return {"speaker_label": label, "items": items}

    data = file(
        speaker_labels={
            "speakers": 2,
            "segments": [segment("spk_0", 0.0, 0.5), segment("spk_1", 1.0)],
        },
        items=[word("Where", 0.0), word("to", 0.5), sign("?"), word("Home", 1.0), sign(".")],
    )
    assert said(tmp_path, data) == [("spk_0", "Where to?"), ("spk_1", "Home.")]


def test_a_channel_an_item_is_a_person(tmp_path: Path) -> None:
    one, two = {"channel_label": "ch_0"}, {"channel_label": "ch_1"}
    data = file(
        items=[
            word("I", 0.0, **one),
            word("Mhm", 0.4, **two),
            word("was", 0.5, **one),
            word("there", 1.0, **one),
            sign(".", **one),
            word("When", 3.0, **two),
            sign("?", **two),
        ]
    )
    assert said(tmp_path, data) == [("ch_0", "I was there."), ("ch_1", "Mhm"), ("ch_1", "When?")]


def test_channels_listed_apart_are_sorted_by_start(tmp_path: Path) -> None:
    channels = [
        {"channel_label": "ch_0", "items": [word("Where", 0.0), sign("?"), word("So", 5.0)]},
        {"channel_label": "ch_1", "items": [word("Home", 2.0), sign(".")]},
    ]
    data = file(channel_labels={"channels": channels, "number_of_channels": 2}, items=[])
    assert said(tmp_path, data) == [("ch_0", "Where?"), ("ch_1", "Home."), ("ch_0", "So")]


def test_the_likeliest_wording_is_taken(tmp_path: Path) -> None:
    item = word("home", 0.0, speaker_label="spk_0")
    item["alternatives"].append({"confidence": "0.1", "content": "foam"})
    assert said(tmp_path, file(items=[item, {"type": "punctuation", "alternatives": []}])) == [
        ("spk_0", "home")
    ]


def test_a_long_transcript_at_the_head_does_not_hide_the_format(tmp_path: Path) -> None:
    data = file(items=[word("So", 0.0, speaker_label="spk_0")])
    long = data.replace(
        '"transcripts": []', '"transcripts":[{"transcript":"' + "so " * 90_000 + '"}]'
    )
    assert said(tmp_path, long) == [("spk_0", "So")]
