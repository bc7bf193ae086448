"""Speed and memory, written to docs/bench.md: `make bench`.

Seconds differ from machine to machine, so each figure of `evenhand examine` stands beside that of
a plain-Python ruler (`tools/bench_reference.py`) which ran just before on the same one.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_maihda import maihda_rows, measure_maihda
from bench_release import measure_release, release_rows

ROOT = Path(__file__).resolve().parents[1]
TURNS = 194_000
SLICE = 20_000
REPEATS = 5
COLUMNS = ("session_id", "role", "text")

ASKED = (
    "What was the week like, once you were back at work?",
    "Did you tell your sister about it?",
    "It sounds like the evenings are the hardest part of the day.",
    "You should try to write it down before you go to bed.",
    "Mm-hmm.",
    "I wonder if the two of them are linked in some way, your work and how you slept.",
    "Most people find that the first nights are the worst, and that it gets easier after that.",
    "How do you know when you have had enough of it?",
    "So you're saying that nobody asked you what you wanted.",
    "Is it okay if we go back to what you said about your father?",
)
TOLD = (
    "Long. I kept going over what my brother had said to me on the phone that night.",
    "I don't think so. Writing is when it all starts up again, and nobody is there.",
    "Yeah.",
    "I sat in the car for a while and then I went in and made the tea for all of them, and we ate.",
    "If you think so. You know best, I suppose, and I said that I would try it, so I will.",
    "No, not yet. I wanted to know first what I make of it myself, before they all have a view.",
    "I guess so.",
    "It was quiet at home, and the phone rang, and I let it ring until it stopped.",
    "Can we talk about something else today? I don't want to talk about the job again.",
    "Thank you. That helps, to hear it said like that and not to be told what it means.",
)


@dataclass(frozen=True)
class Spent:
    """What a process took: CPU-seconds, seconds by the clock, memory at its most."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    out: str


def run(words: Sequence[str]) -> Spent:
    """Run a process to its end and ask the system what that one process took."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        out.seek(0)
        text = out.read().decode()
    if process.returncode != 0:
        raise SystemExit(f"ended with {process.returncode}: {' '.join(words)}")
    kilobytes = used.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Spent(used.ru_utime + used.ru_stime, wall, kilobytes / 1000, text)


def made_up_rows() -> list[tuple[str, str, str]]:
    """Sessions of our own sentences, in an order that a fixed seed draws."""
    rng = random.Random(7)
    rows = []
    for session in range(100):
        for _ in range(60):
            rows.append((str(session), "therapist", rng.choice(ASKED)))
            rows.append((str(session), "client", rng.choice(TOLD)))
    return rows


def annomi_rows(path: Path) -> list[tuple[str, str, str]]:
    """AnnoMI's development sessions, each turn once."""
    import polars as pl

    raw = pl.read_csv(path, infer_schema_length=0)
    once = raw.unique(["transcript_id", "utterance_id"], maintain_order=True)
    return list(once.select("transcript_id", "interlocutor", "utterance_text").iter_rows())


def write_turns(path: Path) -> str:
    """Repeat the sessions to `TURNS` rows, each time under new names; say what they are."""
    shared = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared" / "data"))
    real = shared / "annomi_dev.csv.gz"
    rows = annomi_rows(real) if real.exists() else made_up_rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        again = 0
        for n, (session, role, text) in zip(range(TURNS), cycle(rows), strict=False):
            again += n > 0 and n % len(rows) == 0
            out.writerow((f"{session}-{again}", role, text))
    kind = "AnnoMI's development sessions" if real.exists() else "sessions of our own sentences"
    return f"{kind}, repeated to {TURNS:,} turns, as one CSV"


def install_mb() -> tuple[float, int]:
    """Size and number of the packages that the core needs, itself included."""
    waiting, seen, size = ["evenhand"], set(), 0
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        seen.add(name)
        files = [Path(str(found.locate_file(f))) for f in found.files or ()]
        size += sum(f.stat().st_size for f in files if f.is_file())
        needed = [r for r in found.requires or () if "extra ==" not in r]
        waiting += [re.split(r"[ ;<>=!~\[(]", r)[0].lower() for r in needed]
    own = (ROOT / "src" / "evenhand").rglob("*")
    size += sum(f.stat().st_size for f in own if f.is_file())
    return size / 1e6, len(seen)


def fastest(words: Sequence[str]) -> float:
    """The least of a few runs, by the clock."""
    return min(run(words).wall_s for _ in range(REPEATS))


def machine() -> str:
    """What kind of machine this is, and nothing that tells which."""
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def measure() -> dict[str, float | str | int]:
    """Everything that the page says."""
    evenhand = [sys.executable, "-m", "evenhand"]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "turns.csv"
        what = write_turns(table)
        ruler = run(
            [sys.executable, str(ROOT / "tools/bench_reference.py"), str(table), str(SLICE)]
        )
        plain = json.loads(ruler.out)
        ours = run([*evenhand, "examine", str(table), "--no-report", "--quiet"])
        again = run([*evenhand, "examine", str(table), "--no-report", "--quiet"])
    theory = measure_theory(evenhand)
    mixed = measure_maihda(run)
    released = measure_release(run)
    size, packages = install_mb()
    empty = fastest([sys.executable, "-c", "pass"])
    return {
        "what": what,
        "cpu": ours.cpu_s,
        "wall": ours.wall_s,
        "peak": ours.peak_mb,
        "again": again.cpu_s,
        "plain": plain["cpu_s"] * TURNS / plain["rows"],
        "imported": fastest([sys.executable, "-c", "import evenhand"]) - empty,
        "help": fastest([*evenhand, "--help"]),
        "size": size,
        "packages": packages,
        **theory,
        **mixed,
        **released,
    }


def measure_theory(evenhand: Sequence[str]) -> dict[str, float | str | int]:
    """A million dyads and twenty sessions on all cores: the state, and observables in Parquet."""
    state = run([sys.executable, str(ROOT / "tools/bench_theory.py")])
    with tempfile.TemporaryDirectory() as folder:
        words = "simulate --clients 1000000 --sessions 20 --detail table --quiet --out".split()
        table = run([*evenhand, *words, str(Path(folder) / "made")])
    found = json.loads(state.out)
    return {
        "cores": found["cores"],
        "state": found["wall"],
        "state_cpu": state.cpu_s,
        "table": table.wall_s,
        "table_cpu": table.cpu_s,
        "table_peak": table.peak_mb,
    }


def page(m: dict[str, float | str | int]) -> str:
    """docs/bench.md."""
    return f"""# Speed and memory

Written by `make bench`. Seconds belong to the machine that they were measured on; the ratio to the
plain-Python ruler travels better. Other work on the machine makes all of them larger.

**Machine.** {machine()}.

**Input.** {m["what"]}.

| what | measured | bar |
| --- | --- | --- |
| `evenhand examine`, all codes and indicators, no report: CPU-seconds | {m["cpu"]:.1f} | 12 |
| … seconds by the clock | {m["wall"]:.1f} | |
| … memory at its most, MB | {m["peak"]:.0f} | 700 |
| … the same command again, nothing changed: CPU-seconds | {m["again"]:.1f} | |
| plain-Python ruler, CPU-seconds ({SLICE:,} turns, scaled to {TURNS:,}) | {m["plain"]:.1f} | |
| `examine` ÷ ruler | {float(m["cpu"]) / float(m["plain"]):.2f} | |
| theory, 1,000,000 dyads × 20 sessions, {m["cores"]} cores: seconds | {m["state"]:.1f} | 3 |
| … all processes, CPU-seconds | {m["state_cpu"]:.1f} | |
| … with observables in Parquet (`simulate --detail table`), seconds | {m["table"]:.1f} | 10 |
| … all processes, CPU-seconds | {m["table_cpu"]:.1f} | |
| … memory of a process at its most, MB | {m["table_peak"]:.0f} | |
{maihda_rows(m)}
{release_rows(m)}
| `import evenhand`, seconds | {m["imported"]:.3f} | 0.5 |
| `evenhand --help`, seconds | {m["help"]:.2f} | 1 |
| installed size of the core ({m["packages"]} packages), MB | {m["size"]:.0f} | 600 |

**What the ruler does.** It looks for the same phrases with a token trie, counts turns, words and
question marks, and works out classical coordination, in plain loops. It leaves out nearly all of
the rest: the conditions on hits, open and closed questions, all other indicators, intervals,
pooled readings, evidence, and writing six tables. It is a floor for what loops would cost, and no
rival. The whole of `examine` is counted, start to end, all its threads and processes together;
of the ruler, reading the table and the loops.
"""


def main() -> None:
    """Measure, and write the page."""
    found = measure()
    path = ROOT / "docs" / "bench.md"
    path.write_text(page(found), encoding="utf-8")
    print("\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if "|" in line))


if __name__ == "__main__":
    main()
