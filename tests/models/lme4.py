"""lme4 as a reference, by Rscript; skipped with a reason where it is absent."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

PRINT = """
suppressMessages(library(lme4))
say <- function(m) {
  v <- as.data.frame(VarCorr(m))
  cat("{\\"fixed\\":[", paste(sprintf("%.12g", fixef(m)), collapse=","), "],\\"se\\":[",
      paste(sprintf("%.12g", sqrt(diag(as.matrix(vcov(m))))), collapse=","), "],\\"vcov\\":[",
      paste(sprintf("%.12g", v$vcov), collapse=","), "],\\"grp\\":[",
      paste(sprintf("\\"%s\\"", v$grp), collapse=","), "],\\"loglik\\":",
      sprintf("%.12g", as.numeric(logLik(m))), "}\\n", sep="")
}
"""


@cache
def missing() -> str:
    """Why lme4 cannot be asked; "" where it can."""
    try:
        asked = subprocess.run(
            ["Rscript", "-e", "library(lme4)"], capture_output=True, check=False, timeout=120
        )
    except OSError:
        return "Rscript is not installed"
    return "" if asked.returncode == 0 else "R has no lme4"


def ask(script: str, folder: Path) -> list[dict]:
    """Run a script that calls ``say(model)``; one dict a model.

    ``data`` in the script is the path of ``folder/data.csv``.
    """
    why = missing()
    if why:
        if os.environ.get("EVENHAND_REQUIRE_R") == "1":
            pytest.fail(why)
        pytest.skip(why)
    path = folder / "model.R"
    path.write_text(f'{PRINT}\nd <- read.csv("{folder}/data.csv")\n{script}\n', encoding="utf-8")
    done = subprocess.run(
        ["Rscript", str(path)], capture_output=True, text=True, check=False, timeout=1800
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
