"""Run everything in the last table of the specification of indicators on real data.

Run: python tools/validate.py      (writes docs/validation.md)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from validation.chats import chat_rows
from validation.court import court_rows
from validation.interviews import interview_rows
from validation.labels import label_rows
from validation.product import (
    ROOT,
    plain_turns,
    read_annomi,
    read_chats,
    read_court,
    read_rogers,
    run_product,
    shared_data,
)
from validation.rows import DRAWS, SEED, Row
from validation.style import court_style, interview_style

HEAD = f"""# Validation on real data

Made by `make validate`. The data lie beside the project and are not part of it. Everything is
worked out by the product: `evenhand examine` on each table of turns, with the coder `rules`; the
learned coder by its own training. Intervals are percentile bootstraps ({DRAWS:,} draws, seed
{SEED})
over the units that each note names. Failures are shown.
"""


def court(data: Path, folder: Path) -> list[Row]:
    raw = read_court(data)
    roles = {"therapist": "justice", "client": "advocate"}
    seen = run_product(raw, folder, "court", roles)
    return [*court_rows(seen, raw), *court_style(seen, roles)]


def interviews(data: Path, folder: Path) -> list[Row]:
    rows = read_annomi(data)
    annomi = run_product(plain_turns(rows), folder, "annomi")
    rogers = run_product(read_rogers(data), folder, "rogers")
    return [*interview_rows(annomi, rogers, rows), *label_rows(rows), interview_style(annomi)]


def chats(data: Path, folder: Path) -> list[Row]:
    turns, about = read_chats(data)
    roles = {"therapist": "supporter", "client": "seeker"}
    return chat_rows(run_product(turns, folder, "chats", roles), about)


PARTS = {"court": court, "interviews": interviews, "chats": chats}


def page(rows: list[Row]) -> str:
    """The page: a table, and how each was worked out."""
    failed = [r for r in rows if not (r.holds or r.reported)]
    said = f"{len(rows) - len(failed)} of {len(rows)} rows hold or are reported."
    lines = [
        "| | data | what | expected | found | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for i, r in enumerate(rows, 1):
        lines.append(f"| {i} | {r.data} | {r.what} | {r.bar} | {r.found} | {r.verdict} |")
    notes = [f"{i}. {r.how}" for i, r in enumerate(rows, 1)]
    return "\n".join([HEAD, said, "", *lines, "", "## How each was worked out", "", *notes, ""])


def main(names: list[str]) -> int:
    data = shared_data()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names or PARTS:
            for row in PARTS[name](data, Path(folder)):
                print(f"{row.verdict:18} {row.data:11} {row.what}: {row.found}  ({row.bar})")
                rows.append(row)
    if not names:
        target = ROOT / "docs" / "validation.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(page(rows), encoding="utf-8")
    return 0 if all(r.holds or r.reported for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
