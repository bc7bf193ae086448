"""Files that are either whole or not there: atomic writes, hashes, links."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError, Exit

_DISK = {
    errno.ENOSPC: ("The disk is full.", "Make room and run the same command again."),
    errno.EDQUOT: ("The disk quota is used up.", "Make room and run the same command again."),
    errno.EACCES: ("The folder cannot be written.", "Make it writable, or choose another folder."),
    errno.EPERM: ("The folder cannot be written.", "Make it writable, or choose another folder."),
    errno.EROFS: ("The folder is read-only.", "Make it writable, or choose another folder."),
}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the disk's refusals into one clear error; what was finished stays.

    Raises:
        EvenhandError: full disk, no permission, read-only folder, or another failure to write.
    """
    try:
        yield
    except pl.exceptions.PolarsError as error:
        if "No space left" not in str(error):
            raise
        what, remedy = _DISK[errno.ENOSPC]
        raise EvenhandError(what, str(path), remedy, Exit.DISK) from None
    except OSError as error:
        number = error.errno if error.errno is not None else -1
        if number == -1 and "No space left" in str(error):
            number = errno.ENOSPC
        what, remedy = _DISK.get(
            number, ("The file cannot be written.", "Choose another folder with --out.")
        )
        raise EvenhandError(what, str(path), remedy, Exit.DISK) from None


def write_bytes(path: Path, data: bytes, *, lasting: bool = True) -> None:
    """Write a file so that it is seen whole or not at all.

    Args:
        path: where it goes.
        data: what it holds.
        lasting: wait until the disk has it, so that it outlives a power cut.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        with part.open("wb") as handle:
            handle.write(data)
            if lasting:
                handle.flush()
                os.fsync(handle.fileno())
        os.replace(part, path)


def write_json(path: Path, data: Any, *, lasting: bool = True) -> None:
    """Write JSON as `write_bytes` does, keys in order, so that equal content is equal bytes."""
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
    write_bytes(path, (text + "\n").encode(), lasting=lasting)


def write_table(path: Path, frame: pl.DataFrame) -> None:
    """Write Parquet so that it is seen whole or not at all."""
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        frame.write_parquet(part, compression="zstd", compression_level=3, statistics=True)
        os.replace(part, path)


def parquet_source(path: Path) -> str:
    """What Polars scans of a table that is one file, or a folder of parts."""
    return str(path / "*.parquet") if path.is_dir() else str(path)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def key_of(*parts: Any) -> str:
    """A short key of anything that JSON can hold: equal content, equal key."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def replace_with_links(target: Path, sources: list[Path]) -> None:
    """Make `target` the one source, or a folder of them, by links where the disk has them.

    Args:
        target: a path such as ``turns.parquet``; what stood there is replaced.
        sources: finished Parquet files, in order.
    """
    with writing(target):
        fresh = target.with_name(f".{target.name}.part")
        _remove(fresh)
        if len(sources) == 1:
            _link(sources[0], fresh)
        else:
            fresh.mkdir(parents=True)
            for number, source in enumerate(sources):
                _link(source, fresh / f"part-{number:05d}.parquet")
        if target.is_dir() or (target.exists() and fresh.is_dir()):
            _remove(target)
        os.replace(fresh, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
