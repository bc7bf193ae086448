"""What MAIHDA costs with clients and therapists crossed, beside lme4: a part of tools/bench.py."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

MEDIUM, LARGE = (100_000, 10_000, 400, 100), (1_000_000, 100_000, 2_000, 200)
"""Sessions, clients, therapists and strata."""

Run = Callable[[Sequence[str]], Any]
"""Runs a process to its end and says what it took."""


def write_sessions(path: Path, n: int, clients: int, therapists: int, strata: int) -> None:
    """Sessions of clients, crossed with therapists; a stratum is a client's."""
    rng = np.random.default_rng(7)
    c = np.concatenate([np.arange(clients), rng.integers(0, clients, n - clients)])
    t, s = rng.integers(0, therapists, n), rng.integers(0, strata, clients)[c]
    y = rng.normal(0, 0.9, clients)[c] + rng.normal(0, 0.5, therapists)[t] + rng.normal(size=n)
    y += rng.normal(0, 0.3, strata)[s]
    table = pl.DataFrame({"y": y, "client": c, "therapist": t, "group": s})
    if path.suffix == ".parquet":
        table.write_parquet(path)
    else:
        table.write_csv(path)


def by_evenhand(run: Run, folder: Path, sizes: tuple[int, int, int, int]) -> Any:
    """`evenhand maihda`, start to end."""
    table = folder / "sessions.parquet"
    write_sessions(table, *sizes)
    words = [str(table), "--outcome", "y", "--strata", "group", "--json", "-"]
    words += ["--cluster", "client,therapist"]
    return run([sys.executable, "-m", "evenhand", "maihda", *words])


def by_lme4(run: Run, folder: Path, sizes: tuple[int, int, int, int]) -> Any:
    """The same model by lme4; None where it is not installed."""
    table = folder / "sessions.csv"
    code = (
        "if (!suppressMessages(require(lme4))) q(status = 9);"
        f'd <- read.csv("{table}"); lmer(y ~ 1 + (1|client) + (1|therapist) + (1|group), d)'
    )
    if shutil.which("Rscript") is None:
        return None
    write_sessions(table, *sizes)
    try:
        return run(["Rscript", "-e", code])
    except SystemExit:
        return None


def measure_maihda(run: Run) -> dict[str, str]:
    """CPU-seconds and memory of both, as they stand in the table."""
    with tempfile.TemporaryDirectory() as folder:
        medium = by_evenhand(run, Path(folder), MEDIUM)
        theirs = by_lme4(run, Path(folder), MEDIUM)
        large = by_evenhand(run, Path(folder), LARGE)
    return {
        "maihda": f"{medium.cpu_s:.1f}",
        "maihda_mb": f"{medium.peak_mb:.0f}",
        "lme4": f"{theirs.cpu_s:.1f}" if theirs else "not installed",
        "lme4_mb": f"{theirs.peak_mb:.0f}" if theirs else "not installed",
        "large": f"{large.cpu_s:.1f}",
        "large_mb": f"{large.peak_mb:.0f}",
    }


def maihda_rows(m: dict[str, Any]) -> str:
    """Rows of the table."""

    def of(sizes: tuple[int, int, int, int]) -> str:
        n, clients, therapists, strata = (f"{one:,}" for one in sizes)
        return f"{n} sessions × {clients} clients × {therapists} therapists × {strata} strata"

    rows = [
        (f"`evenhand maihda`, {of(MEDIUM)}: CPU-seconds", m["maihda"], "half of lme4's"),
        ("… memory at its most, MB", m["maihda_mb"], "half of lme4's"),
        ("… the same model by lme4: CPU-seconds", m["lme4"], ""),
        ("… memory at its most, MB", m["lme4_mb"], ""),
        (f"`evenhand maihda`, {of(LARGE)}: CPU-seconds", m["large"], "45"),
        ("… memory at its most, MB", m["large_mb"], "1,000"),
    ]
    return "\n".join(f"| {what} | {found} | {bar} |" for what, found, bar in rows)
