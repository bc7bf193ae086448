import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.readers import read_turns
from evenhand.readers.textgrid import READER
from tests.readers.shared import check_example, rows, said, written

Intervals = list[tuple[float, float, str]]
Form = Callable[[dict[str, Intervals]], str]


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def short(tiers: dict[str, Intervals]) -> str:
    lines = ['File type = "ooTextFile"', '"TextGrid"', "", "0", "99", "<exists>", str(len(tiers))]
    for name, intervals in tiers.items():
        lines += ['"IntervalTier"', quoted(name), "0", "99", str(len(intervals))]
        lines += [str(part) for a, b, text in intervals for part in (a, b, quoted(text))]
    return "\n".join(lines) + "\n"


def long(tiers: dict[str, Intervals]) -> str:
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", "xmax = 99 "]
    lines += ["tiers? <exists> ", f"size = {len(tiers)} ", "item []: "]
    for n, (name, intervals) in enumerate(tiers.items(), start=1):
        lines += [f"    item [{n}]:", '        class = "IntervalTier" ']
        lines += [f"        name = {quoted(name)} ", "        xmin = 0 ", "        xmax = 99 "]
        lines += [f"        intervals: size = {len(intervals)} "]
        for m, (a, b, text) in enumerate(intervals, start=1):
            lines += [f"        intervals [{m}]:", f"            xmin = {a} "]
            lines += [f"            xmax = {b} ", f"            text = {quoted(text)} "]
    return "\n".join(lines) + "\n"


FORMS = pytest.mark.parametrize("form", [short, long])
TWO: dict[str, Intervals] = {
    "Client": [(0.0, 2.6, ""), (2.6, 5.0, 'um the "job"')],
    "Dana": [(0.0, 2.5, "where shall\nwe start"), (2.5, 5.0, " ")],
}


def test_the_example_reads_as_stated(tmp_path: Path) -> None:
    check_example(tmp_path, READER)


@FORMS
def test_both_forms_are_read_and_silence_is_not_talk(tmp_path: Path, form: Form) -> None:
    found = [(r["speaker"], r["start_s"], r["end_s"], r["text"]) for r in rows(tmp_path, form(TWO))]
    assert found == [
        ("Dana", 0.0, 2.5, "where shall we start"),
        ("Client", 2.6, 5.0, 'um the "job"'),
    ]


@FORMS
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_encoding_of_praat_is_read(tmp_path: Path, form: Form, encoding: str) -> None:
    data = form({"Zoë": [(0, 1, "très bien")]}).replace("\n", "\r\n").encode(encoding)
    assert said(tmp_path, data) == [("Zoë", "très bien")]


@FORMS
def test_a_turn_knows_the_line_of_its_text(tmp_path: Path, form: Form) -> None:
    lines = form(TWO).split("\n")
    assert "where" in lines[rows(tmp_path, form(TWO))[0]["source_line"] - 1]


def test_points_are_no_speakers(tmp_path: Path) -> None:
    data = short({"A": [(0, 1, "so")]}).replace("<exists>\n1", "<exists>\n2")
    assert said(tmp_path, data + '"TextTier"\n"bell"\n0\n99\n1\n0.5\n"rings"\n') == [("A", "so")]


@pytest.mark.parametrize("name", ["phones", "A - phones", "Silences", "translation", "A - words"])
def test_tiers_about_the_words_are_no_speakers(tmp_path: Path, name: str) -> None:
    assert said(tmp_path, short({"A": [(0, 1, "so")], name: [(0, 1, "s@U")]})) == [("A", "so")]


def test_a_tier_of_words_is_its_persons_where_there_is_no_other(tmp_path: Path) -> None:
    data = short({"A - words": [(0, 1, "so"), (1, 2, "yes")], "A - phones": [(0, 1, "s")]})
    assert said(tmp_path, data) == [("A", "so yes")]


def test_a_tier_without_a_name_is_nobodys(tmp_path: Path) -> None:
    assert said(tmp_path, short({"": [(0, 1, "so")]})) == [(None, "so")]


TEXTS = st.text('ab "é漢0.5<>[]!=', min_size=1, max_size=12)
SPOKEN = st.lists(st.tuples(TEXTS, st.integers(1, 5000)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(SPOKEN, st.sampled_from([short, long]), st.sampled_from(["utf-8", "utf-16"]))
def test_what_was_made_comes_back(spoken: list[tuple[str, int]], form: Form, encoding: str) -> None:
    now = 0
    tiers: dict[str, Intervals] = {"T": [], "C": []}
    wanted = []
    for n, (text, length) in enumerate(spoken):
        start, end, now = now / 1000, (now + length) / 1000, now + length
        tiers["TC"[n % 2]].append((start, end, text))
        if text.strip():
            wanted.append(("TC"[n % 2], start, end, " ".join(text.split())))
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), form(tiers).encode(encoding))
        found = READER.read(path).select("speaker", "start_s", "end_s", "text").rows()
    assert found == joined(wanted)


def joined(pieces: list[tuple[str, float, float, str]]) -> list[tuple[str, float, float, str]]:
    """Neighbours of one speaker as one, the slow and plain way."""
    turns: list[tuple[str, float, float, str]] = []
    for speaker, start, end, text in pieces:
        if turns and turns[-1][0] == speaker:
            turns[-1] = (speaker, turns[-1][1], end, f"{turns[-1][3]} {text}")
        else:
            turns.append((speaker, start, end, text))
    return turns


def test_a_textgrid_without_tiers_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, 'File type = "ooTextFile"\n"TextGrid"\n0\n1\n<absent>\n')
    with pytest.raises(Exception, match="no tiers"):
        read_turns(path)
