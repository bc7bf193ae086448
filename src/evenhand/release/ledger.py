"""The ledger of releases: append-only, each line sealed with the one before, the head kept apart.

Each line is JSON: the entry, the seal of the line before, and its own seal (HMAC-SHA256). Three
things lie in three places: the ledger in the study, its key and its head outside of it. A line
that was altered, lost or moved breaks the seals; a ledger cut short, or taken away, does not
agree with the head.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError, Exit
from evenhand.study.store import write_bytes, writing

FIRST = "0" * 64
"""Stands before the first line."""


def keys_folder() -> Path:
    """Where keys and heads are kept: never in the study."""
    given = os.environ.get("EVENHAND_KEYS")
    if given:
        return Path(given)
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "evenhand" / "ledgers"


def broken(where: str) -> EvenhandError:
    """The one error of a ledger that cannot be trusted, whatever was done to it."""
    return EvenhandError(
        "The ledger of earlier releases is lost or was altered, so nothing can be released.",
        where,
        "Bring back .evenhand/ledger, its key and its head from a backup: without them nobody can "
        "tell what a new table would give away together with the old ones.",
        Exit.INPUT,
    )


@dataclass
class Ledger:
    """An open ledger: its entries were checked, and more can be appended.

    Args:
        path: the file in the study.
        head: the head of the user's own, or None.
        key: what lines are sealed with and clients' tags are made with.
        entries: what earlier releases recorded.
        last: the seal of the last line.
        name: a random name that ties ledger, key and head together.
        also: where the user has had heads kept, as hashes of the paths.
        seals: the seal of each line that was read.
    """

    path: Path
    head: Path | None
    key: bytes
    entries: list[dict[str, Any]]
    last: str
    name: str
    also: tuple[str, ...] = ()
    seals: list[str] = field(default_factory=list)

    def tag(self, person: str) -> str:
        """What stands for a person in the ledger: nobody without the key can tell whom."""
        sealed = self._tagging.copy()
        sealed.update(person.encode())
        return sealed.hexdigest()[:24]

    @cached_property
    def _tagging(self) -> hmac.HMAC:
        """What the tags of all clients begin with."""
        return hmac.new(self.key, b"person:", "sha256")

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write an entry and move the heads on, before anything that it speaks of gets out."""
        body = {"name": self.name, "before": self.last, "entry": entry}
        seal = _seal(self.key, body)
        line = json.dumps({**body, "seal": seal}, ensure_ascii=False, sort_keys=True)
        with _writing(self.path), self.path.open("r+b", buffering=0) as file:
            end = file.read().rfind(b"\n") + 1
            _write_line(file, end, line.encode() + b"\n")
        self.entries.append(dict(entry))
        self.last = seal
        self.write_heads()

    def write_heads(self) -> None:
        """Say outside of the study how long the ledger is and how it ends."""
        also = sorted({*self.also, *([_place(self.head)] if self.head else [])})
        told = {"name": self.name, "lines": len(self.entries), "seal": self.last, "also": also}
        text = json.dumps(told)
        for path in _heads(self.path, self.head):
            with _writing(path):
                write_bytes(path, text.encode() + b"\n")


def _write_line(file: FileIO, end: int, line: bytes) -> None:
    """Write the whole line behind what was finished, or leave the file as it was finished."""
    file.truncate(end)
    file.seek(end)
    try:
        left = memoryview(line)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """The disk's refusals, with a remedy that fits a ledger."""
    try:
        with writing(path):
            yield
    except EvenhandError as error:
        remedy = "Nothing was released. Make room, or let this folder be written, and run it again."
        raise EvenhandError(error.what, error.where, remedy, error.code) from None


_MARK = ', "seal": "'
"""Before a line's seal, which is its last key."""


def _seal(key: bytes, body: Mapping[str, Any]) -> str:
    return _seal_of(key, json.dumps(body, ensure_ascii=False, sort_keys=True))


def _seal_of(key: bytes, text: str) -> str:
    return hmac.digest(key, text.encode(), "sha256").hex()


def _heads(path: Path, head: Path | None) -> list[Path]:
    """Our own head, found by the study's place, and the user's."""
    return [keys_folder() / f"{_place(path)}.head", *([head] if head else [])]


def _place(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]


@contextmanager
def open_ledger(root: Path, head: Path | None = None) -> Iterator[Ledger]:
    """Open a study's ledger for one release; no other can be made meanwhile.

    Args:
        root: the study folder.
        head: a file of the user's own for the head, best on another disk.

    Raises:
        EvenhandError: the ledger, its key or its head is lost or was altered, or another release
            is being made.
    """
    path = root / ".evenhand" / "ledger"
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_name("ledger.lock")):
        yield _opened(path, head)


def _opened(path: Path, head: Path | None) -> Ledger:
    heads = [_read_head(one) for one in _heads(path, head)]
    if not path.exists() or path.stat().st_size == 0:
        # Empty without a head: the very first release was cut short before it recorded anything.
        if any(one is not None for one in heads) and not path.exists():
            raise broken(str(path))
        if not any(one is not None for one in heads):
            return _new(path, head)
    known = [one for one in heads if one is not None]
    if not known:
        raise broken(str(path))
    ledger = _read(path, head, str(known[0].get("name")))
    ledger.also = _agreed(ledger, known)
    if head is not None and heads[1] is None and _place(head) in ledger.also:
        raise broken(str(path))
    if len(known) < len(heads) or any(o["lines"] != len(ledger.entries) for o in known):
        ledger.write_heads()
    return ledger


def _agreed(ledger: Ledger, heads: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Check that every head is the end of the ledger, or was; says where heads are kept."""
    seals = [FIRST, *ledger.seals]
    also: set[str] = set()
    for one in heads:
        lines, places = one.get("lines"), one.get("also")
        if (
            one.get("name") != ledger.name
            or type(lines) is not int
            or not 0 <= lines < len(seals)
            or seals[lines] != one.get("seal")
            or not isinstance(places, list)
        ):
            raise broken(str(ledger.path))
        also |= set(map(str, places))
    return tuple(sorted(also))


def _new(path: Path, head: Path | None) -> Ledger:
    """A first ledger, with a key of its own that only this user may read."""
    name, key = secrets.token_hex(12), secrets.token_bytes(32)
    folder = keys_folder()
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.hex().encode())
            file.flush()
            os.fsync(file.fileno())
        path.touch()
    ledger = Ledger(path, head, key, [], FIRST, name)
    ledger.write_heads()
    return ledger


def _read(path: Path, head: Path | None, name: str) -> Ledger:
    if not name.isalnum():
        raise broken(str(path))
    try:
        key = bytes.fromhex((keys_folder() / f"{name}.key").read_text())
    except (OSError, ValueError):
        raise broken(str(path)) from None
    ledger = Ledger(path, head, key, [], FIRST, name)
    for text, line in _lines(path):
        seal = line["seal"]
        if line["name"] != name or line["before"] != ledger.last or not seal.isascii():
            raise broken(str(path))
        if not hmac.compare_digest(seal, _seal_of(key, text)):
            raise broken(str(path))
        ledger.entries.append(line["entry"])
        ledger.seals.append(seal)
        ledger.last = seal
    return ledger


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what was sealed, the line) for each line.

    The seal is over the very bytes, so that another spelling of the same JSON is altered. What
    stands behind the last line break was never finished and never acknowledged: it counts as not
    there, and is cut off before the next line is written.
    """
    try:
        for raw in path.read_bytes().decode().split("\n")[:-1]:
            line = json.loads(raw)
            text, _, end = raw.rpartition(_MARK)
            if set(line) != {"name", "before", "entry", "seal"} or end != f'{line["seal"]}"}}':
                raise broken(str(path))
            yield text + "}", line
    except (ValueError, TypeError):
        raise broken(str(path)) from None


def _read_head(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise broken(str(path)) from None
    if not isinstance(found, dict):
        raise broken(str(path))
    return found


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the system's own lock, which ends with the process, however that ends."""
    with _writing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle, str(path))
        yield
    finally:
        os.close(handle)


def _lock(handle: int, where: str) -> None:
    try:
        if os.name == "nt":
            from importlib import import_module

            msvcrt: Any = import_module("msvcrt")
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise EvenhandError(
            "Another release of this study is being made.",
            where,
            "Wait until it is done, then run this again.",
        ) from None
