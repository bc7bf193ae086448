"""`evenhand demo`: the fictional study that comes with Evenhand, examined."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from evenhand.runs.examine import Examination, Progress, _quiet, examine
from evenhand.study.store import writing


def run_demo(out: Path | None = None, progress: Progress = _quiet) -> Examination:
    """Copy the example study out of the package and examine it.

    Args:
        out: a folder for study and report; ``evenhand-demo`` here by default.
        progress: called as work goes on.
    """
    home = out if out is not None else Path("evenhand-demo")
    study = home / "study"
    with writing(home), as_file(files("evenhand.examples") / "study") as source:
        home.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, study, dirs_exist_ok=True)
    return examine(study, out=home / "results", progress=progress)
