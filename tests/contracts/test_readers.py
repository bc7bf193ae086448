"""What every reader promises, over all that are discovered."""

import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from evenhand.core.contracts import Reader
from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.tables import TURNS
from evenhand.readers import find_reader, read_turns
from evenhand.readers._bytes import HEAD

READERS: dict[str, Reader] = discover("reader")
NAMES = sorted(READERS)
CUTS = 20
NO_LINES = {"parquet": "the row stands for the line", "teams_docx": "the paragraph does"}
"""Formats without lines, and what their source_line counts."""


def written(folder: Path, data: bytes, name: str = "session.dat") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def check_turns(turns: pl.DataFrame, file: str) -> None:
    """What is true of the turns of any file."""
    assert turns.schema == TURNS
    assert turns.height > 0
    assert turns["turn"].to_list() == list(range(1, turns.height + 1))
    assert set(turns["source_file"]) == {file}
    assert turns["source_line"].null_count() == 0
    assert turns.filter(pl.col("end_s") < pl.col("start_s")).is_empty()


@pytest.mark.parametrize("name", NAMES)
def test_the_worked_example_comes_out(name: str, tmp_path: Path) -> None:
    turns = READERS[name].read(written(tmp_path, READERS[name].example))
    check_turns(turns, "session.dat")
    found = turns.to_dicts()
    for row, expected in zip(found, READERS[name].expected, strict=True):
        assert {column: row[column] for column in expected} == expected


@pytest.mark.parametrize("name", NAMES)
def test_its_sniffer_alone_takes_its_example(name: str) -> None:
    head = READERS[name].example[:HEAD]
    assert [other for other in NAMES if READERS[other].sniff(head)] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_its_sniffer_alone_takes_a_long_file_of_which_it_sees_the_beginning(name: str) -> None:
    head = READERS[name].example[: max(len(READERS[name].example) * 9 // 10, 40)]
    assert {other for other in NAMES if READERS[other].sniff(head)} <= {name}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["", ".txt", ".csv", ".json", ".xml", ".docx"])
def test_the_suffix_does_not_matter(name: str, suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path, READERS[name].example, f"session{suffix}")
    assert find_reader(path).name == name
    turns = read_turns(path)
    assert turns.height == len(READERS[name].expected)
    assert set(turns["session_id"]) == {"session"}


@pytest.mark.parametrize("name", [n for n in NAMES if n != "parquet"])
def test_gzip_is_transparent(name: str, tmp_path: Path) -> None:
    plain = read_turns(written(tmp_path, READERS[name].example))
    packed = read_turns(written(tmp_path, gzip.compress(READERS[name].example), "session.dat.gz"))
    assert packed.drop("source_file").equals(plain.drop("source_file"))


def outcome(read: Callable[[Path], pl.DataFrame], path: Path) -> pl.DataFrame | EvenhandError:
    """Turns or the one error; anything else comes through."""
    try:
        return read(path)
    except EvenhandError as error:
        return error


@pytest.mark.parametrize("name", NAMES)
def test_cut_anywhere_it_gives_turns_or_one_error(name: str, tmp_path: Path) -> None:
    data = READERS[name].example
    for n in range(CUTS):
        path = written(tmp_path, data[: len(data) * n // CUTS], f"cut{n}.dat")
        for read in (READERS[name].read, read_turns):
            found = outcome(read, path)
            if isinstance(found, EvenhandError):
                assert found.what
                assert path.name in found.where
                assert found.remedy
            else:
                assert found.schema == TURNS


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_is_one_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match="empty"):
        read_turns(written(tmp_path, b""))


@pytest.mark.parametrize("name", NAMES)
def test_a_turn_knows_the_line_that_its_words_stand_on(name: str, tmp_path: Path) -> None:
    if name in NO_LINES:
        pytest.skip(f"{name} has no lines: {NO_LINES[name]}")
    turns = READERS[name].read(written(tmp_path, READERS[name].example))
    lines = READERS[name].example.decode("utf-8", "ignore").split("\n")
    for row in turns.iter_rows(named=True):
        near = "\n".join(lines[row["source_line"] - 1 : row["source_line"] + 2]).lower()
        assert row["text"].split()[0].strip(".,?!").lower() in near


@pytest.mark.parametrize("name", NAMES)
def test_it_never_guesses_a_role(name: str, tmp_path: Path) -> None:
    turns = READERS[name].read(written(tmp_path, READERS[name].example))
    stated = turns.filter(pl.col("role").is_not_null())
    example = READERS[name].example.decode("utf-8", "ignore").lower()
    assert all(role in example for role in stated["role"])


def test_names_and_titles_are_all_different() -> None:
    assert len({reader.title for reader in READERS.values()}) == len(NAMES)
