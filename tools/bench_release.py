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


def timed(folder: Path) -> tuple[float, float, Any]:
    """CPU-seconds and seconds of one release, start to end, files too; and its table."""
    import evenhand

    cpu, began = time.process_time(), time.perf_counter()
    made = evenhand.release(folder, "strata", out=folder.parent / "out")
    table = made.as_dict()["tables"][0]
    return time.process_time() - cpu, time.perf_counter() - began, table


def measure_release(run: Run) -> dict[str, str]:
    """What the rows say, from a process of its own."""
    told = json.loads(run([sys.executable, str(Path(__file__).resolve())]).out)
    return {f"release_{key}": str(value) for key, value in told.items()}


def release_rows(m: dict[str, Any]) -> str:
    """Rows of the table."""
    what = (
        f"`evenhand.release`, {int(np.prod(LEVELS)):,} strata, {int(m['release_clients']):,} "
        f"clients, {m['release_earlier']} releases before"
    )
    rows = [
        (f"{what}: seconds, 95th percentile of {REPEATS}", m["release_p95"], "2"),
        ("… CPU-seconds, 95th percentile", m["release_cpu_p95"], ""),
        ("… figures shown, and withheld", f"{m['release_shown']}, {m['release_withheld']}", ""),
    ]
    return "\n".join(f"| {one} | {found} | {bar} |" for one, found, bar in rows)


def main() -> None:
    """Release quarter after quarter, then the next one many times over from the same ledger."""
    clients = made_clients(EARLIER + 1)
    with tempfile.TemporaryDirectory() as given:
        root = Path(given)
        os.environ["EVENHAND_KEYS"] = str(root / "keys")
        folder = root / "study"
        for quarter in range(EARLIER):
            write_study(folder, clients, quarter)
            timed(folder)
        write_study(folder, clients, EARLIER)
        before = (folder / ".evenhand" / "ledger").read_bytes()
        shutil.copytree(root / "keys", root / "kept")
        last = []
        for _ in range(REPEATS):
            (folder / ".evenhand" / "ledger").write_bytes(before)
            shutil.copytree(root / "kept", root / "keys", dirs_exist_ok=True)
            last.append(timed(folder))
    cpu, wall = (round(float(np.quantile([one[n] for one in last], 0.95)), 2) for n in (0, 1))
    table = {key: last[0][2][key] for key in ("shown", "withheld")}
    told = {"p95": wall, "cpu_p95": cpu, "clients": clients.height, "earlier": EARLIER}
    print(json.dumps({**told, **table}))


if __name__ == "__main__":
    main()
