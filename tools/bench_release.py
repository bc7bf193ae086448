"""What a release costs at 2,000 strata and 40 earlier releases: a part of tools/bench.py."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

LEVELS = (10, 10, 20)
"""Values of the three positions: 2,000 strata."""
FIRST, JOINING, EARLIER, REPEATS = 10_000, 250, 40, 20
"""Clients of the first quarter, clients who join in each later one, releases before, and after."""
TOML = """\
title = "Many strata"

[release.tables.strata]
rows = ["a", "b", "c"]
measure = "clients"
"""

Run = Callable[[Sequence[str]], Any]
"""Runs a process to its end and says what it took."""


def made_clients(quarters: int) -> pl.DataFrame:
    """Clients with a quarter to begin in, a therapist and three skewed positions."""
    rng = np.random.default_rng(7)
    begun = np.concatenate([np.zeros(FIRST, int), np.repeat(np.arange(1, quarters), JOINING)])
    parts = [np.arange(1, n + 1, dtype=float) ** -0.5 for n in LEVELS]
    places = [rng.choice(n, begun.size, p=p / p.sum()) for n, p in zip(LEVELS, parts, strict=True)]
    therapist = rng.integers(0, begun.size // 25, begun.size)
    return pl.DataFrame(
        {"begun": begun, "therapist": therapist, **dict(zip("abc", places, strict=True))}
    ).with_row_index("client")


def write_study(folder: Path, clients: pl.DataFrame, quarter: int) -> None:
    """The study as it stands after a quarter; one day of the next tells that it is over."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(TOML, encoding="utf-8")
    here = clients.filter(pl.col("begun") <= quarter)
    name = pl.format("p{}", "client").alias("person_id")
    therapists = pl.DataFrame({"n": range(clients.height // 25)})
    pl.concat(
        [
            here.select(
                name,
                pl.lit("client").alias("role"),
                *(pl.format(d + "{}", d).alias(d) for d in "abc"),
            ),
            therapists.select(
                pl.format("t{}", "n").alias("person_id"), pl.lit("therapist").alias("role")
            ),
        ],
        how="diagonal",
    ).write_csv(folder / "people.csv")
    q = pl.col("begun")
    day = pl.date(2010 + q // 4, 3 * (q % 4) + 2, 3)
    sessions = here.select(
        pl.format("s{}", "client").alias("session_id"),
        pl.format("p{}", "client").alias("client_id"),
        pl.format("t{}", "therapist").alias("therapist_id"),
        pl.lit(1).alias("number"),
        day.alias("date"),
    )
    late = sessions.head(1).with_columns(
        pl.lit("late").alias("session_id"),
        pl.lit(2).alias("number"),
        pl.date(2010 + (quarter + 1) // 4, 3 * ((quarter + 1) % 4) + 1, 1).alias("date"),
    )
    pl.concat([sessions, late]).write_csv(folder / "sessions.csv")


def timed(folder: Path) -> tuple[float, Any]:
    """Seconds of one release, start to end, files too."""
    import evenhand

    began = time.perf_counter()
    made = evenhand.release(folder, "strata", out=folder.parent / "out")
    return time.perf_counter() - began, made.as_dict()["tables"][0]


def main() -> None:
    """Release quarter after quarter, then the next one many times over from the same ledger."""
    earlier = int(sys.argv[1]) if len(sys.argv) > 1 else EARLIER
    clients = made_clients(earlier + 1)
    with tempfile.TemporaryDirectory() as given:
        root = Path(given)
        os.environ["EVENHAND_KEYS"] = str(root / "keys")
        folder = root / "study"
        spent = []
        for quarter in range(earlier):
            write_study(folder, clients, quarter)
            spent.append(timed(folder)[0])
            print(quarter, round(spent[-1], 2), file=sys.stderr)
        write_study(folder, clients, earlier)
        before = (folder / ".evenhand" / "ledger").read_bytes()
        shutil.copytree(root / "keys", root / "kept")
        last = []
        for _ in range(REPEATS):
            (folder / ".evenhand" / "ledger").write_bytes(before)
            shutil.copytree(root / "kept", root / "keys", dirs_exist_ok=True)
            seconds, table = timed(folder)
            last.append(seconds)
    told = {"p50": float(np.median(last)), "p95": float(np.quantile(last, 0.95))}
    print(json.dumps({**told, "clients": clients.height, "earlier": earlier, **table}))


if __name__ == "__main__":
    main()
