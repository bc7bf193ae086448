"""What a reader had to take as given, told beside the turns and not in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_LISTENING: ContextVar[list[str] | None] = ContextVar("evenhand_reader_flags", default=None)


@contextmanager
def flags() -> Iterator[list[str]]:
    """Collect what readers flag within the block: sentences with file, count and first line."""
    found: list[str] = []
    token = _LISTENING.set(found)
    try:
        yield found
    finally:
        _LISTENING.reset(token)


def flag(path: Path, what: str, line: int | None = None) -> None:
    """Say what was taken as given; never a word of the transcript."""
    listening = _LISTENING.get()
    if listening is not None:
        place = f"{path.name}, from line {line}" if line else path.name
        listening.append(f"{place}: {what}")
