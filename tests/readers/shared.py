"""What the readers' tests share: a file of given bytes, turns as short rows, the error told."""

from pathlib import Path
from typing import Any

import pytest

from evenhand.core.contracts import Reader
from evenhand.core.errors import EvenhandError
from evenhand.readers import find_reader, read_turns
from evenhand.readers._flags import flags


def written(folder: Path, data: bytes | str, name: str = "session.bin") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def said(folder: Path, data: bytes | str) -> list[tuple[str | None, str]]:
    """(speaker, text) of each turn; the file's name tells nothing."""
    turns = read_turns(written(folder, data))
    return list(turns.select("speaker", "text").iter_rows())


def rows(folder: Path, data: bytes | str) -> list[dict[str, Any]]:
    return read_turns(written(folder, data)).to_dicts()


def flagged(folder: Path, data: bytes | str) -> list[str]:
    with flags() as found:
        read_turns(written(folder, data))
    return found


def refused(folder: Path, data: bytes | str, reader: Reader | None = None) -> EvenhandError:
    """The one error that reading these bytes ends with."""
    path = written(folder, data)
    with pytest.raises(EvenhandError) as caught:
        reader.read(path) if reader else read_turns(path)
    assert caught.value.what
    assert caught.value.remedy
    assert "session.bin" in caught.value.where
    return caught.value


def check_example(folder: Path, reader: Reader) -> None:
    """The reader is found by its example's bytes and reads what it says."""
    path = written(folder, reader.example)
    assert find_reader(path).name == reader.name
    found = reader.read(path).to_dicts()
    expected = [dict(row) for row in reader.expected]
    kept = [{key: row[key] for key in e} for row, e in zip(found, expected, strict=True)]
    assert kept == expected
