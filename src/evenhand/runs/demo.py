"""`evenhand demo`: the fictional study that comes with Evenhand, and a simulated caseload."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from evenhand.runs._mirror_page import mirror_with_page
from evenhand.runs.examine import Examination, Progress, _quiet, examine
from evenhand.runs.simulate import simulate
from evenhand.study.store import write_bytes, writing

HOME = "evenhand-demo"
CLIENTS, THERAPISTS, SESSIONS, SEED = 2_000, 60, 8, 7
AHEAD = (
    f"Next, a simulated caseload: {THERAPISTS} therapists, {CLIENTS:,} clients, nobody real. Its "
    "mirror is fitted and checked for what may be shown: about a minute and a half on one core."
)
MADE_UP = (
    "Everybody here is made up: a caseload simulated from Evenhand’s theory, in which the room was "
    "made to follow the ladder. It shows what the page looks like, and is evidence of nothing."
)
PLAN = """
[mirror]  # declared before looking
primary = {indicator = "room_tilt", axis = "all axes"}
margin = 0.1
strata = ["ethnicity", "gender", "ladder"]
"""


def run_demo(out: Path | None = None, progress: Progress = _quiet) -> Examination:
    """Copy the example study out of the package and examine it.

    Args:
        out: a folder for study and report; ``evenhand-demo`` here by default.
        progress: called as work goes on.
    """
    home = out if out is not None else Path(HOME)
    study = home / "study"
    with writing(home), as_file(files("evenhand.examples") / "study") as source:
        home.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, study, dirs_exist_ok=True)
    return examine(study, out=home / "results", progress=progress)


def run_caseload(
    out: Path | None = None, progress: Progress = _quiet, clients: int = CLIENTS
) -> Path:
    """Simulate a caseload and write the page of its mirror.

    Args:
        out: a folder for it; ``evenhand-demo`` here by default.
        progress: called as work goes on.
        clients: how many.

    Returns:
        The page.
    """
    home = out if out is not None else Path(HOME)
    study = home / "caseload"
    simulate(
        clients=clients,
        therapists=THERAPISTS,
        sessions=SESSIONS,
        seed=SEED,
        out=study,
        progress=progress,
    )
    config = (study / "study.toml").read_text(encoding="utf-8")
    write_bytes(study / "study.toml", (config + PLAN).encode())
    with _keys_in(home / "keys"):
        results = home / "caseload-results"
        return mirror_with_page(study, results, progress, MADE_UP, page_only=True)[1]


@contextmanager
def _keys_in(folder: Path) -> Iterator[None]:
    """Keep the ledger's key beside the made-up study, so that whoever deletes one deletes both."""
    before = os.environ.get("EVENHAND_KEYS")
    os.environ["EVENHAND_KEYS"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["EVENHAND_KEYS"]
        else:
            os.environ["EVENHAND_KEYS"] = before
