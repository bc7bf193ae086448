"""Runs made-up clinics through release and attackers, and tables what was kept.

``python -m tests.release.thousand FOLDER FIRST LAST`` works through these seeds and goes on where
it was broken off; ``python -m tests.release.thousand FOLDER`` prints the tables of docs/release.md.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.release.campaign import read, run

SIZES = (30, 60, 100, 200, 500, 1000, 10_000)


def outcomes(folder: Path) -> list[dict[str, Any]]:
    """Every clinic of a folder's files, each once."""
    found = {one["seed"]: one for file in sorted(folder.glob("*.jsonl")) for one in read(file)}
    return [found[seed] for seed in sorted(found)]


def by_size(found: Sequence[dict[str, Any]]) -> str:
    """What was kept, by clinic size, as a table of Markdown."""
    rows = ["| clients | clinics | tables refused | cells shown | people in shown cells |"]
    rows.append("|---|---|---|---|---|")
    for low, high in pairwise(SIZES):
        some = [one for one in found if low <= one["clients"] < high]
        if some:
            name = f"{low}–{high - 1}" if high < SIZES[-1] else f"{low} and more"
            shares = (("refused", "tables"), ("shown", "cells"), ("published", "people"))
            cells = [_share(some, part, whole) for part, whole in shares]
            rows.append(f"| {name} | {len(some)} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _share(some: Sequence[dict[str, Any]], part: str, whole: str) -> str:
    n, all_of = (sum(one[key] for one in some) for key in (part, whole))
    return f"{n / all_of:.0%} ({n:,} of {all_of:,})" if all_of else "none"


def told(found: Sequence[dict[str, Any]]) -> str:
    """How many clinics there were, and in which of them an attacker opened something."""
    over_time = sum(one["quarters"] > 1 for one in found)
    opened = {one["seed"]: one["found"] for one in found if one["found"]}
    hidden = sum(one["hidden"] for one in found)
    seconds = [sum(one[key] for one in found) for key in ("engine_s", "attack_s")]
    return (
        f"{len(found)} clinics, {over_time} of them over two to four quarters; {hidden:,} hidden "
        f"counts in the last quarters; opened: {opened or 'none'}; CPU seconds of the engine and "
        f"the attackers: {seconds[0]:,.0f}, {seconds[1]:,.0f}"
    )


def main(folder: Path, seeds: Sequence[str]) -> None:
    """Work through seeds, or print the tables."""
    if seeds:
        first, last = map(int, seeds)
        for one in run(range(first, last), folder / f"clinics-{first:04}.jsonl"):
            print(one["seed"], one["clients"], one["found"] or "", flush=True)
    else:
        found = outcomes(folder)
        print(told(found), by_size(found), sep="\n\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
