"""Examples of the structured formats, spoiled in every way: turns, or one clear error."""

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import TURNS
from evenhand.readers import read_turns
from tests.readers.shared import written

NAMES = ("aws", "chat", "csv", "deepgram", "elan", "parquet", "rev", "textgrid", "whisperx")
PIECES = (
    b"null",
    b"{}",
    b"[]",
    b"-1",
    b"1e999",
    b'"',
    b'""',
    b"\\ud800",
    b"\\",
    b"\n",
    b"\x00",
    b"\x15",
    b"\xff\xfe",
    b"\xe2\x80",
    b"<a>",
    b"</TIER>",
    b"&#x0;",
    b"&lt;",
    b"ts3",
    b"99999999999999999999",
    b"0_0",
    b"\t",
    "\u2028\u202e\x85".encode(),
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """An example cut, doubled, encoded anew, or with strange pieces put in."""
    data = discover("reader")[draw(st.sampled_from(NAMES))].example
    if draw(st.integers(0, 3)) == 0:
        data = data.decode("latin-1").encode(draw(st.sampled_from(["utf-8", "utf-16"])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        upto = draw(st.integers(at, min(at + 12, len(data))))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=6) | st.just(data[at : at + 60]))
        data = data[:at] + piece + data[upto:]
    return data


def outcome(name: str | None, path: Path) -> pl.DataFrame | EvenhandError:
    """The turns, or the one kind of error; any other error is a defect."""
    try:
        return discover("reader")[name].read(path) if name else read_turns(path)
    except EvenhandError as error:
        return error


@settings(max_examples=120, deadline=None)
@given(spoiled())
def test_spoiled_files_give_turns_or_one_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), data)
        for name in (None, *NAMES):
            found = outcome(name, path)
            if isinstance(found, EvenhandError):
                assert all((found.what, found.remedy, found.where))
            else:
                assert found.schema == TURNS
                assert found.filter(pl.col("end_s") < pl.col("start_s")).is_empty()
