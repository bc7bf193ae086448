"""`evenhand examine` is killed without warning, again and again, and loses nothing."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.runs.test_examine import fingerprint, write_table


def start(table: Path, out: Path) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from evenhand.study import spool; spool.ROWS_A_PART = 400; "
        "import evenhand; evenhand.examine(sys.argv[1], out=sys.argv[2])"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(table), str(out)])


def finished_parts(out: Path) -> dict[str, str]:
    return {
        path.parent.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.glob(".work/part-*/done.json")
    }


@pytest.mark.slow
def test_killed_at_fifty_points_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    table = write_table(tmp_path / "turns.csv", 240)
    began = time.monotonic()
    assert start(table, tmp_path / "whole").wait(300) == 0
    took = time.monotonic() - began
    whole = fingerprint(tmp_path / "whole")
    killed = 0
    for attempt in range(50):
        out = tmp_path / f"out{attempt}"
        process = start(table, out)
        time.sleep(float(rng.uniform(0.1, took)))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait(60)
        before = finished_parts(out)
        stamps = {n: (out / ".work" / n / "turns.parquet").stat().st_mtime_ns for n in before}
        assert start(table, out).wait(300) == 0
        for name, stamp in stamps.items():
            assert (out / ".work" / name / "turns.parquet").stat().st_mtime_ns == stamp, name
        assert fingerprint(out) == whole
    assert killed >= 25
