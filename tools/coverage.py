"""Write docs/coverage.md: how often our 95 % intervals hold what they should.

Run: python tools/coverage.py
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np

from coverage_grid import REPLICATES, Found, grid, run_cell, serial_grid
from coverage_pooled import MEAN_CELLS, STUDIES, run_mean, run_study, studies_needed

SEED = 20240229
PAGE = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"

HEAD = f"""# Coverage of the intervals, by simulation

Made by `python tools/coverage.py` (seed {SEED}, {REPLICATES:,} replicates a cell). An interval of
95 % should hold the true value 95 times in 100. Bar for the tilt, over the declared grid with at
least 3 expected events in each role: mean 93–98 %, no cell under 90 %.

The grid: 20–400 turns a side, equal and unequal; acts at most one a turn (binary, .03–.6 a turn),
counts (.05–1 a turn, Poisson and negative-binomial of size .5), and words a turn (mean 12–30,
log-normal with log standard deviation .8 and 1.2: heavy tails). Dispersion as the engine takes
it: variance over mean a turn (1 − p for 0/1), or over blocks of five turns where that is larger;
a role without any act takes the other's.
"""

SERIAL = """
## Acts that come in runs

Here neighbouring turns are alike (lag-one autocorrelation of the normal series behind the amounts).
Blocks of five turns see part of it. With strong dependence the intervals are too narrow, and of a
single role's rate still more so: this is a limit of the closed form, not a property of the grid
above.
"""

POOLED = """
## Pooled tilts

Simulated studies: rates Gamma between dyads and between a dyad's sessions (squared coefficients of
variation in the table), Poisson acts at .03 and .015 a unit of exposure, 60–199 units a session.
Coverage is averaged over dyads. Under 50 sessions the hyper-parameters' uncertainty comes from
200 bootstrap draws; under ten dyads a dyad is not shrunken to the others.
"""

MEAN = """
## Mean of several tilts (room tilt)

By MOVER from the components' own intervals.
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n" + "\n".join("| " + " | ".join(row) + " |" for row in lines) + "\n"


def summary(found: list[Found]) -> str:
    """A row a kind of amount: how many cells, mean and least coverage."""
    by_kind: dict[tuple[bool, str], list[Found]] = defaultdict(list)
    for f in found:
        by_kind[f.cell.rare, f.cell.kind].append(f)
        by_kind[f.cell.rare, "all"].append(f)
    rows = [
        [
            kind,
            "under 3" if rare else "3 or more",
            str(len(group)),
            *(f"{x:.3f}" for x in _mean_and_least(group)),
        ]
        for (rare, kind), group in sorted(by_kind.items())
    ]
    names = ["amount", "expected events", "cells", "tilt, mean", "tilt, least"]
    return table([*names, "rates, mean", "rates, least"], rows)


def _mean_and_least(group: list[Found]) -> list[float]:
    tilt, rate = [f.tilt for f in group], [f.rate for f in group]
    return [float(np.mean(tilt)), min(tilt), float(np.mean(rate)), min(rate)]


def cells(found: list[Found]) -> str:
    """Every cell."""
    rows = [
        [
            f.cell.kind,
            f"{f.cell.turns_t} / {f.cell.turns_c}",
            f"{f.cell.mean_t:g} / {f.cell.mean_c:g}",
            f"{f.cell.shape:g}" if f.cell.shape else "",
            f"{f.cell.serial:g}" if f.cell.serial else "",
            f"{f.tilt:.3f}",
            f"{f.width:.2f}",
            f"{f.rate:.3f}",
        ]
        for f in found
    ]
    head = ["amount", "turns T / C", "mean a turn T / C", "shape", "autocorrelation"]
    return table([*head, "tilt covered", "mean width", "rates covered"], rows)


def pooled(rng: np.random.Generator) -> str:
    rows = []
    for study in STUDIES:
        covered, width, n = run_study(study, rng, studies_needed(study))
        about = [study.level, str(study.dyads), str(study.sessions)]
        spread = [f"{x:g}" for x in (study.between, study.within, study.together)]
        rows.append([*about, *spread, f"{covered:.3f}", f"{width:.2f}", f"{n:,}"])
    head = ["level", "dyads", "sessions each", "spread between", "within", "roles' correlation"]
    return table([*head, "covered", "mean width", "intervals"], rows)


def means(rng: np.random.Generator) -> str:
    rows = [
        [
            ", ".join(c.kind for c in group),
            f"{group[0].turns_t} / {group[0].turns_c}",
            f"{run_mean(group, rng):.3f}",
        ]
        for group in MEAN_CELLS
    ]
    return table(["components", "turns T / C", "covered"], rows)


def page(rng: np.random.Generator) -> str:
    """The whole page."""
    plain = [run_cell(cell, rng) for cell in grid()]
    serial = [run_cell(cell, rng) for cell in serial_grid()]
    parts = [HEAD, "\n## Tilts and rates of a session\n", summary(plain), SERIAL, cells(serial)]
    parts += [POOLED, pooled(rng), MEAN, means(rng), "\n## Every cell of the grid\n", cells(plain)]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(np.random.default_rng(SEED)), encoding="utf-8")
    print(f"wrote {PAGE.name}")
