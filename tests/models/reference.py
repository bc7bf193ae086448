"""R as a reference: run a few lines on a table and read the numbers back."""

import os
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest


def r_numbers(lines: str, frame: pl.DataFrame, folder: Path) -> list[float]:
    """Numbers that R code writes with ``tell(x)``; the table is ``d``.

    Skips where R is absent, unless EVENHAND_REQUIRE_R is set.
    """
    if shutil.which("Rscript") is None:
        if os.environ.get("EVENHAND_REQUIRE_R"):
            pytest.fail("EVENHAND_REQUIRE_R is set and there is no Rscript")
        pytest.skip("needs R (Rscript) as a reference")
    table = folder / "table.csv"
    frame.write_csv(table)
    code = (
        f'd <- read.csv("{table}"); '
        'tell <- function(x) cat(sprintf("%.10g\\n", as.numeric(x)), sep = "");'
        f"suppressMessages({{ {lines} }})"
    )
    done = subprocess.run(
        ["Rscript", "-e", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [float(line) for line in done.stdout.split()]
