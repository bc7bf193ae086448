"""`evenhand simulate`: a made-up study from the theory, with its truth beside it."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal, cast

import polars as pl

from evenhand import __version__
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._blocks import in_order
from evenhand.runs._simulated import Job, write_block, write_people
from evenhand.runs._simulated_layout import lay_out, lay_parquet, write_settings
from evenhand.study.store import key_of, writing
from evenhand.theory import AS_IS, Conditions, Theory, World, load_theory, shipped_theory
from evenhand.theory.counts import counted
from evenhand.theory.people import ALLOCATIONS

Progress = Callable[[str, int, int], None]
MOST_IN_FULL = 200_000
"""Planned sessions up to which every item, every indicator and every tilt is written."""
FEW_COUNTS = ("talk_share", "cut_off", "closed_questions", "directives", "yielding")
"""What is counted in larger studies: the floor, and the room tilt's own."""
TABLE_COUNTS = ("talk_share", "cut_off", "yielding")
"""What is counted in the one wide table."""
PER_THERAPIST = 20
"""Clients of a therapist where nothing else is said."""


@dataclass(frozen=True)
class Simulation:
    """A simulated study: its folder, and its tables when they are asked for."""

    out: Path
    world: World
    detail: str
    counts: Mapping[str, int] = field(default_factory=dict)

    def _csv(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.out / f"{name}.csv", infer_schema_length=0)

    @cached_property
    def people(self) -> pl.DataFrame:
        """A row a person."""
        return self._csv("people")

    @cached_property
    def sessions(self) -> pl.DataFrame:
        """A row a session."""
        return self._csv("sessions")

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """A row an answer, or a row a form in large studies."""
        return self._csv("ratings")

    @cached_property
    def readings(self) -> pl.DataFrame:
        """A row a session and indicator (`tables.READINGS`)."""
        return pl.read_parquet(self.out / "readings.parquet")

    @cached_property
    def truth(self) -> pl.DataFrame:
        """What nobody in the study sees, a row a session."""
        return pl.read_parquet(self.out / "truth.parquet")

    @cached_property
    def observed(self) -> pl.DataFrame:
        """The one wide table of ``detail="table"`` (`theory.wide.wide`)."""
        return pl.read_parquet(self.out / "observed.parquet")

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` has it."""
        return {"out": str(self.out), "detail": self.detail, "counts": dict(self.counts)}

    def _repr_html_(self) -> str:
        from evenhand.runs._simulated_page import notebook_html

        return notebook_html(self)


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def simulate(
    *,
    clients: int,
    sessions: int = 20,
    therapists: int | None = None,
    seed: int = 1,
    theory: str | Path | Theory | None = None,
    settings: Mapping[str, float] | None = None,
    allocation: str = "random",
    out: str | Path | None = None,
    detail: str | None = None,
    workers: int = 1,
    progress: Progress = _quiet,
) -> Simulation:
    """Make up a study from the theory: the same tables as a real one, and the truth beside them.

    Args:
        clients: how many.
        sessions: how many are watched; who planned more is still in treatment at the end.
        therapists: how many; by default one for twenty clients.
        seed: of all draws: the same seed gives the same bytes, whatever the number of processes.
        theory: a TOML that changes parameters, or a `Theory`.
        settings: parameters to change, by name, after that.
        allocation: who sees whom: random, clinic, matched or preference.
        out: a folder for the study; without one it lives as long as what is returned.
        detail: ``full`` has every item, indicator and tilt; ``counts`` has totals of forms and
            a few counts; ``table`` is no study but one wide table, for millions of dyads. By
            default full up to 200,000 planned sessions.
        workers: processes.
        progress: called as work goes on.

    Returns:
        `Simulation`, whose tables are read from disk when asked for.

    Raises:
        EvenhandError: a number, a parameter or the folder cannot be used.
    """
    world = _world(clients, sessions, therapists, seed, theory, settings, allocation)
    how = read_detail(detail) or ("full" if clients * sessions <= MOST_IN_FULL else "counts")
    folder = Path(mkdtemp(prefix="evenhand-") if out is None else out)
    _check_folder(folder)
    counts = {"full": counted(), "counts": FEW_COUNTS, "table": TABLE_COUNTS}[how]
    job = Job(world, tuple(counts), how, folder / ".parts" / _key(world, how))
    written = _write(job, folder, workers, progress)
    made = Simulation(folder, world, how, written)
    if out is None:
        weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    return made


def _world(
    clients: int,
    sessions: int,
    therapists: int | None,
    seed: int,
    theory: str | Path | Theory | None,
    settings: Mapping[str, float] | None,
    allocation: str,
) -> World:
    """Everything that was asked for, checked."""
    count = therapists if therapists is not None else max(1, clients // PER_THERAPIST)
    limits = {
        "--clients": (clients, 1, 100_000_000),
        "--sessions": (sessions, 1, 500),
        "--therapists": (count, 1, 10_000_000),
        "--seed": (seed, 0, 2**63 - 1),
    }
    wrong = {
        option: f"{option} {value:,} is out of range: {low:,} to {high:,}."
        for option, (value, low, high) in limits.items()
        if not low <= value <= high
    }
    if allocation not in ALLOCATIONS:
        wrong["--allocation"] = f"There is no allocation {allocation!r}."
    if wrong:
        raise EvenhandError(
            " ".join(wrong.values()),
            ", ".join(wrong),
            f"Give numbers in those ranges; allocations are {', '.join(ALLOCATIONS)}.",
            Exit.USAGE,
        )
    base = theory if isinstance(theory, Theory) else _read(theory)
    changed = base.with_(dict(settings)) if settings else base
    conditions = AS_IS if allocation == "random" else Conditions(allocation=allocation)
    return World(changed, clients, count, sessions, seed, conditions)


Detail = Literal["full", "counts", "table"]


def read_detail(word: str | None) -> Detail | None:
    """``full``, ``counts``, ``table`` or nothing.

    Raises:
        EvenhandError: another word.
    """
    if word not in (None, "full", "counts", "table"):
        raise EvenhandError(
            f"There is no detail {word!r}.", "--detail", "Write full, counts or table.", Exit.USAGE
        )
    return cast("Detail | None", word)


def _read(theory: str | Path | None) -> Theory:
    return shipped_theory() if theory is None else load_theory(Path(theory))


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds something else: nobody's study is written over."""
    ours = (folder / "simulation.json").exists() or (folder / ".parts").exists()
    if folder.exists() and any(folder.iterdir()) and not ours:
        raise EvenhandError(
            "The folder holds something that was not simulated.",
            str(folder),
            "Choose another with --out.",
            Exit.USAGE,
        )


def _key(world: World, detail: str) -> str:
    return key_of(__version__, *_asked(world), detail)


def _asked(world: World) -> tuple[Any, ...]:
    """What the bytes depend on."""
    size = (world.clients, world.sessions, world.therapists, world.seed)
    return (*size, dict(world.theory), str(world.conditions))


def _write(job: Job, folder: Path, workers: int, progress: Progress) -> dict[str, int]:
    """All parts, then the study's tables from them."""
    with writing(folder):
        job.parts.mkdir(parents=True, exist_ok=True)
    world, blocks, done = job.world, range(job.world.blocks), []
    progress("Simulating", 0, world.blocks)
    if job.detail != "table":
        write_people(job)
    for written in in_order(partial(write_block, job), blocks, workers):
        done.append(written)
        progress("Simulating", len(done), world.blocks)
    if job.detail == "table":
        lay_parquet(job, folder, done, ("observed",))
    else:
        lay_out(job, folder, done)
    counts = {
        "clients": world.clients,
        "therapists": world.therapists,
        "sessions": sum(w.sessions for w in done),
        "answers": sum(w.answers for w in done),
    }
    write_settings(job, folder, counts)
    shutil.rmtree(folder / ".parts")
    return counts
