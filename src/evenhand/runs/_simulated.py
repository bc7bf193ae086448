"""One block of a simulated study, from draws to files: what a worker does."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
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
from evenhand.theory.people import Therapists
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
    frame = therapists_table(job.world.staff())
    with writing(job.parts):
        frame.write_csv(job.parts / "people-therapists.csv")


def write_block(job: Job, block: int) -> Written:
    """Simulate a block and write its part of each table; one that is finished is kept."""
    mark = job.parts / f"done-{block:05d}.json"
    if mark.exists():
        return Written(**json.loads(mark.read_text(encoding="utf-8")))
    staff = job.world.staff()
    done = (_table if job.detail == "table" else _study)(job, block, staff)
    write_json(mark, asdict(done))
    return done


def _table(job: Job, block: int, staff: Therapists) -> Written:
    """The one wide table."""
    frame = wide(job.world, block, staff, job.counts)
    with writing(job.parts):
        # noise hardly shrinks: where there are millions of rows, time counts for more
        frame.write_parquet(job.parts / f"observed-{block:05d}.parquet", compression="lz4")
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
