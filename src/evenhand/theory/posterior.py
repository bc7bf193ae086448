"""What the targets leave open: the accepted draws of a calibration, each a theory of its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.theory.parameters import Theory, shipped_theory, specs

SHIPPED = "posterior.csv"


def posterior(path: Path | None = None) -> list[Theory]:
    """Accepted draws: the shipped ones, or those of a posterior.csv that `calibrate` wrote.

    Raises:
        EvenhandError: the file is not there, or holds no accepted draw.
    """
    if path is None:
        text = (files("evenhand.theory") / SHIPPED).read_text(encoding="utf-8")
        return _theories(text.splitlines())
    try:
        found = _theories(path.read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        raise EvenhandError("There is no such file.", str(path), "Look at its spelling.") from None
    if not found:
        raise EvenhandError(
            "No draw of this posterior was accepted.", str(path), "Calibrate with more draws."
        )
    return found


def _theories(lines: Iterable[str]) -> list[Theory]:
    base, known = shipped_theory(), set(specs())
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [
        base.with_({n: float(v) for n, v in row.items() if n in known}, SHIPPED)
        for row in rows
        if row["accepted"] == "true"
    ]
