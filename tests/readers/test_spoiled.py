"""Whatever the bytes: turns, or one clear error."""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import TURNS
from evenhand.readers import find_reader, read_turns
from tests.readers.shared import refused, written

NAMES = ("otter", "script", "subrip", "teams_docx", "webvtt", "zoom_captions")
PIECES = (
    b"-->",
    b"\n\n",
    b"<v ",
    b"&#x110000;",
    b"\x00",
    b"\xff\xfe",
    b"T: ",
    b"[",
    b"99:99",
    b"\r",
    b"\n\nA  0:01\n",
    b"\xe2\x80",
    b"\x85\x0b\x0c\x1c",
    "\u2028٣:٣\u202e".encode(),
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """An example cut, doubled, encoded anew, or with strange pieces put in."""
    data = discover("reader")[draw(st.sampled_from(NAMES))].example
    if draw(st.booleans()):
        data = data.decode("latin-1").encode(draw(st.sampled_from(["utf-8", "utf-16"])))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        upto = draw(st.integers(at, min(at + 30, len(data))))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=8) | st.just(data[at : at + 60]))
        data = data[:at] + piece + data[upto:]
    return data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data


def outcome(read: Callable[[Path], pl.DataFrame], path: Path) -> pl.DataFrame | EvenhandError:
    """The turns, or the one kind of error; any other error is a defect."""
    try:
        return read(path)
    except EvenhandError as error:
        return error


@settings(max_examples=150, deadline=None)
@given(spoiled())
def test_spoiled_files_give_turns_or_one_error(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), data)
        readers = [discover("reader")[name].read for name in NAMES]
        for read in (read_turns, *readers):
            found = outcome(read, path)
            if isinstance(found, EvenhandError):
                assert all((found.what, found.remedy, found.where))
            else:
                assert found.schema == TURNS
                assert found["turn"].to_list() == list(range(1, found.height + 1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00\x01\x02"])
def test_empty_and_binary_files_are_refused_by_each_reader(
    tmp_path: Path, name: str, data: bytes
) -> None:
    refused(tmp_path, data, discover("reader")[name])
    refused(tmp_path, data)


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_megabytes_are_refused_by_each_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / "session.bin"
    with path.open("wb") as handle:
        handle.write(discover("reader")[name].example)
        handle.truncate(100 << 20)
    with pytest.raises(EvenhandError, match="is larger than 16 MB"):
        discover("reader")[name].read(path)


@pytest.mark.parametrize("name", NAMES)
def test_the_suffix_decides_nothing(tmp_path: Path, name: str) -> None:
    example = discover("reader")[name].example
    for suffix in ("vtt", "srt", "txt", "docx", "csv", "json"):
        assert find_reader(written(tmp_path, example, f"a.{suffix}")).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_gzip_reads_as_what_it_holds(tmp_path: Path, name: str) -> None:
    example = discover("reader")[name].example
    plain = read_turns(written(tmp_path, example, "a.bin")).drop("source_file")
    packed = read_turns(written(tmp_path, gzip.compress(example), "a.bin.gz")).drop("source_file")
    assert plain.equals(packed)


@pytest.mark.parametrize("name", NAMES)
def test_no_two_readers_claim_an_example(name: str) -> None:
    readers = discover("reader")
    assert [n for n, r in readers.items() if r.sniff(readers[name].example)] == [name]
