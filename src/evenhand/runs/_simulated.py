"""One block of a simulated study, from draws to files: what a worker does."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from evenhand.study.store import write_json, writing
from evenhand.theory.course import World
from evenhand.theory.forms import ratings
from evenhand.theory.papers import (
    clients_table,
    quality_table,
    sessions_table,
    therapists_table,
    truth_table,
)
from evenhand.theory.parameters import Theory
from evenhand.theory.people import Therapists, draw_therapists
from evenhand.theory.readings import readings
from evenhand.theory.record import record
from evenhand.theory.wide import wide


@dataclass(frozen=True)
class Job:
    """What to simulate and where its parts go."""

    world: World
    counts: tuple[str, ...]
    detail: str
    parts: Path

    @property
    def full(self) -> bool:
        """Whether every item and every indicator is written."""
        return self.detail == "full"


@dataclass(frozen=True)
class Written:
    """What a block left behind."""

    block: int
    sessions: int
    answers: int


def write_people(job: Job) -> None:
    """The therapists' rows of people.csv."""
    frame = therapists_table(_staff(job.world))
    with writing(job.parts):
        frame.write_csv(job.parts / "people-therapists.csv")


def write_block(job: Job, block: int) -> Written:
    """Simulate a block and write its part of each table; one that is finished is kept."""
    mark = job.parts / f"done-{block:05d}.json"
    if (kept := _kept(mark)) is not None:
        return kept
    staff = _staff(job.world)
    done = (_table if job.detail == "table" else _study)(job, block, staff)
    sizes = {part.name: part.stat().st_size for part in job.parts.glob(f"*-{block:05d}.*")}
    write_json(mark, {"written": asdict(done), "sizes": sizes}, lasting=False)
    return done


def _kept(mark: Path) -> Written | None:
    """What a finished block left, if its files are still as long as they were.

    Marks do not wait for the disk, block after block: after a power cut a mark may have outlived
    what it speaks of, which is then too short.
    """
    if not mark.exists():
        return None
    try:
        found = json.loads(mark.read_text(encoding="utf-8"))
        whole = all((mark.parent / n).stat().st_size == size for n, size in found["sizes"].items())
    except (ValueError, OSError):
        return None
    return Written(**found["written"]) if whole else None


def _staff(world: World) -> Therapists:
    """All therapists, who are the same for every block that this process works on."""
    return _drawn(tuple(world.theory.items()), world.seed, world.therapists)


@lru_cache(maxsize=1)
def _drawn(values: tuple[tuple[str, float], ...], seed: int, count: int) -> Therapists:
    return draw_therapists(Theory(dict(values)), seed, count)


def _table(job: Job, block: int, staff: Therapists) -> Written:
    """The one wide table."""
    frame = wide(job.world, block, staff, job.counts)
    with writing(job.parts):
        # noise hardly shrinks (by a third): where there are millions of rows, time counts for more
        path = job.parts / f"observed-{block:05d}.parquet"
        frame.write_parquet(path, compression="uncompressed", statistics=False)
    return Written(block, int((frame["number"] > 0).sum()), 0)


def _study(job: Job, block: int, staff: Therapists) -> Written:
    """The tables of a study folder."""
    frame = record(job.world, block, staff, job.counts)
    answers = ratings(frame, job.world.seed, block, job.full)
    tables = {
        "people": clients_table(job.world, block, staff),
        "sessions": sessions_table(frame, job.world),
        "ratings": answers,
        "quality": quality_table(frame, job.world, block),
    }
    with writing(job.parts):
        for name, table in tables.items():
            table.write_csv(job.parts / f"{name}-{block:05d}.csv")
        _parquet(truth_table(frame), job.parts / f"truth-{block:05d}.parquet")
        read = pl.concat(readings(frame, job.counts, job.full))
        _parquet(read, job.parts / f"readings-{block:05d}.parquet")
    return Written(block, frame.filter(pl.col("number") > 0).height, answers.height)


def _parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=True)
