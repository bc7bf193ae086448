"""Cut the work into partitions of whole sessions, each small enough for any laptop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evenhand import __version__
from evenhand.core.discovery import discover
from evenhand.study.store import key_of, sha256_of

ROWS_A_PART = 100_000
"""Turns in a partition of a table; a longer session is a partition of its own."""

LAYOUT = 2
"""Raised when what a partition leaves behind changes its form: older ones are done again."""

FILES_A_PART = 200
BYTES_A_PART = 8 << 20


@dataclass(frozen=True)
class Source:
    """A transcript to read: its file, the session it is, and who is who in it."""

    path: Path
    session_id: str | None = None
    speakers: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""


@dataclass(frozen=True)
class Settings:
    """What holds for every partition of a run; part of each partition's key."""

    roles: Mapping[str, str] | None = None
    columns: Mapping[str, str] | None = None
    speakers: Mapping[str, str] = field(default_factory=dict)
    coders: tuple[str, ...] = ("rules",)
    coder_hashes: tuple[str, ...] = ()
    pair: tuple[str, str] | None = None

    @property
    def pair_mapped(self) -> bool:
        """True where ``--roles`` names a pair other than therapist and client."""
        return bool(self.roles)

    def roles_told(self) -> dict[str, str]:
        """What the two sides are called where another pair was mapped."""
        return dict(self.roles or {})

    def key(self) -> str:
        """Changes whenever a part, a version or an option would change the result."""
        parts = {
            kind: {name: str(part.version) for name, part in discover(kind).items()}
            for kind in ("coder", "indicator")
        }
        return key_of(__version__, LAYOUT, asdict(self), parts, sorted(discover("reader")))


@dataclass(frozen=True)
class Part:
    """One partition: files to read, or a stretch of rows of a spooled table."""

    index: int
    sources: tuple[Source, ...] = ()
    table: Path | None = None
    offset: int = 0
    length: int = 0
    key: str = ""

    @property
    def size(self) -> int:
        """Files or rows, for the progress bar."""
        return self.length or len(self.sources)


def hashed(sources: Iterable[Source]) -> list[Source]:
    """The same sources with the hash of what their files hold ("" where unreadable)."""
    done = []
    for source in sources:
        try:
            digest = sha256_of(source.path)
        except OSError:
            digest = ""
        done.append(Source(source.path, source.session_id, dict(source.speakers), digest))
    return done


def session_names(paths: Sequence[Path]) -> list[str | None]:
    """A session's name for each file: its stem, or with its folder where two stems are alike."""
    stems = [_stem(p) for p in paths]
    twice = {stem for stem, n in Counter(stems).items() if n > 1}
    return [
        f"{p.parent.name}/{s}" if s in twice else None for p, s in zip(paths, stems, strict=True)
    ]


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return Path(name).stem


def parts_of_files(sources: Sequence[Source], settings_key: str, first: int = 0) -> list[Part]:
    """Group transcripts, in order, by number and bytes."""
    groups: list[list[Source]] = [[]]
    weight = 0
    for source in sources:
        size = source.path.stat().st_size if source.path.exists() else 0
        if groups[-1] and (len(groups[-1]) >= FILES_A_PART or weight + size > BYTES_A_PART):
            groups.append([])
            weight = 0
        groups[-1].append(source)
        weight += size
    return [
        Part(first + n, tuple(group), key=key_of(settings_key, _identity(group)))
        for n, group in enumerate(g for g in groups if g)
    ]


def _identity(group: Sequence[Source]) -> list[list[Any]]:
    return [[s.path.name, s.session_id, dict(s.speakers), s.sha256] for s in group]


def parts_of_table(
    spool: Path, bounds: Sequence[tuple[int, int]], settings_key: str, digest: str, first: int = 0
) -> list[Part]:
    """Stretches of a spooled table, each of whole sessions."""
    return [
        Part(
            first + n,
            table=spool,
            offset=offset,
            length=length,
            key=key_of(settings_key, digest, offset, length),
        )
        for n, (offset, length) in enumerate(bounds)
    ]
