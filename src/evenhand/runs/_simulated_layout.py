"""From the parts of a simulated study to its folder: tables, settings, and what made them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from evenhand import __version__
from evenhand.runs._simulated import Job, Written
from evenhand.study.store import replace_with_links, write_bytes, write_json, writing
from evenhand.theory import Theory, shipped_theory
from evenhand.theory.papers import LABELS
from evenhand.theory.people import ETHNICITY, GENDER, ORIENTATION

ROW_GROUP = 500_000
"""Rows of the readings that stand together in their file."""
CSVS = ("people", "sessions", "ratings", "quality")


def lay_out(job: Job, folder: Path, done: list[Written]) -> None:
    """Pieces of CSV one after another; Parquet as a file, or a folder of parts."""
    with writing(folder):
        for name in CSVS:
            pieces = [job.parts / f"{name}-{w.block:05d}.csv" for w in done]
            if name == "people":
                pieces = [job.parts / "people-therapists.csv", *pieces]
            _join(pieces, folder / f"{name}.csv")
    lay_parquet(job, folder, done, ("truth",))
    _one_file(job, folder / "readings.parquet", done)


def _one_file(job: Job, target: Path, done: list[Written]) -> None:
    """The readings as one file, as a study folder has them; memory is that of a few row groups."""
    part = target.with_name(f".{target.name}.part")
    with writing(target):
        pl.scan_parquet([job.parts / f"readings-{w.block:05d}.parquet" for w in done]).sink_parquet(
            part,
            compression="zstd",
            compression_level=1,
            row_group_size=ROW_GROUP,
            maintain_order=True,
        )
        part.replace(target)


def lay_parquet(job: Job, folder: Path, done: list[Written], names: Sequence[str]) -> None:
    """Parquet as a file, or as a folder of parts."""
    for name in names:
        parts = [job.parts / f"{name}-{w.block:05d}.parquet" for w in done]
        replace_with_links(folder / f"{name}.parquet", parts)


def _join(pieces: list[Path], target: Path) -> None:
    """Write the pieces one after another, the first one's heading once."""
    part = target.with_name(f".{target.name}.part")
    with part.open("wb") as out:
        for n, piece in enumerate(pieces):
            with piece.open("rb") as held:
                heading = held.readline()
                if n == 0:
                    out.write(heading)
                shutil.copyfileobj(held, out, 1 << 20)
    part.replace(target)


def write_settings(job: Job, folder: Path, counts: Mapping[str, int]) -> None:
    """study.toml, and what the study was made with."""
    world, usual = job.world, shipped_theory()
    if job.detail != "table":
        write_bytes(folder / "study.toml", study_toml(world.theory).encode())
    write_json(
        folder / "simulation.json",
        {
            "evenhand": __version__,
            "seed": world.seed,
            "clients": world.clients,
            "therapists": world.therapists,
            "sessions": world.sessions,
            "allocation": world.conditions.allocation,
            "detail": job.detail,
            "changed": {n: v for n, v in world.theory.items() if v != usual[n]},
            "counts": dict(counts),
        },
    )


STUDY_TOML = """\
# Simulated by Evenhand's theory: nobody in it is real. The truth is in truth.parquet.
title = "A simulated study"
language = "en"
coders = []

[course]
silence_days = 3650  # what goes on at the last session goes on: the theory says how it ends

[positions]
ladder = "macarthur-ladder"

[positions.deprivation]
system = "imd-decile"
direction = "1-most"
index = "simulated"
lsoa = "simulated"

"""
HIERARCHY = """\

[hierarchy]
reason = "The simulated society ranks these, and nothing else is known of it."
"""

RANKED = {  # lowest first
    "ethnicity": [[LABELS[name] for name in ETHNICITY[1:]], [LABELS[ETHNICITY[0]]]],
    "gender": [[GENDER[1]], [GENDER[0]]],
    "orientation": [[ORIENTATION[1]], [ORIENTATION[0]]],
}


def study_toml(theory: Theory) -> str:
    """Settings of the study, with the society's own hierarchy: the axes that it weighs."""
    lines = [
        f"{axis} = {{ order = {json.dumps(order)} }}\n"
        for axis, order in RANKED.items()
        if theory[f"weight_{axis}"] > 0
    ]
    if theory.weight_class > 0:
        lines.append("ladder = { low = 1, high = 10 }\n")
    return STUDY_TOML + (HIERARCHY + "".join(lines) if lines else "")
