"""`evenhand calibrate`: fit the theory to published figures, and say what they leave open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand import __version__
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._blocks import in_order
from evenhand.study.store import key_of, write_bytes, write_json, writing
from evenhand.theory.fitting import drawn_theory, fit, fitted_names, judged_names
from evenhand.theory.parameters import Theory, shipped_theory, specs, theory_toml
from evenhand.theory.targets import Bench, fitted_targets, targets

Progress = Callable[[str, int, int], None]
MOST_RUNS = 120
"""Runs of all simulated studies that the fit may take."""
MOST_RUNS_OF_A_DRAW = 40
"""… and that a draw of the ensemble may take to be refitted."""
SIZE, SIZE_OF_A_DRAW = (8, 4), (4, 1)
"""Blocks of 8,192 dyads: of the observed study, and of each arm of the experiments."""


@dataclass(frozen=True)
class Calibration:
    """A fitted theory, its figures, and the ensemble around it."""

    out: Path
    theory: Theory
    figures: Mapping[str, float]
    loss: float
    runs: int
    draws: pl.DataFrame
    seed: int

    @property
    def accepted(self) -> pl.DataFrame:
        """Draws that meet every fitted target: the posterior."""
        return self.draws.filter("accepted")

    def missed(self) -> list[str]:
        """Fitted targets that are not met."""
        return [n for n, t in fitted_targets().items() if not t.met(self.figures[n])]

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` and calibration.json have it."""
        return {
            "evenhand": __version__,
            "seed": self.seed,
            "parameters": {n: self.theory[n] for n in fitted_names()},
            "figures": dict(self.figures),
            "loss": self.loss,
            "runs": self.runs,
            "missed": self.missed(),
            "targets_fitted": len(fitted_targets()),
            "parameters_fitted": len(fitted_names()),
            "draws": self.draws.height,
            "accepted": self.accepted.height,
        }


def _quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


def calibrate(
    *,
    out: str | Path,
    draws: int = 40,
    seed: int = 1,
    theory: Theory | None = None,
    size: tuple[int, int] = SIZE,
    size_of_a_draw: tuple[int, int] = SIZE_OF_A_DRAW,
    most: int = MOST_RUNS,
    workers: int = 1,
    progress: Progress = _quiet,
) -> Calibration:
    """Fit the fitted parameters, then refit them for judged constants that are drawn anew.

    Draws that meet every fitted target are the posterior: what the targets leave open. Held-out
    targets are never looked at on the way. What is finished is kept in ``.work`` of the folder,
    and taken up when the same command is run again.

    Args:
        out: a folder for theory.toml, posterior.csv, calibration.json and the page.
        draws: of the judged constants, each × or ÷ up to 1.8.
        seed: of all draws.
        theory: what the other parameters are; the shipped one by default.
        size: blocks of 8,192 dyads of the observed study and of each arm, in the fit.
        size_of_a_draw: the same in the ensemble.
        most: runs of all simulated studies at most, in the fit.
        workers: processes.
        progress: called as work goes on.

    Raises:
        EvenhandError: a number is out of range, or the folder cannot be written.
    """
    if draws < 0 or min(*size, *size_of_a_draw) < 1 or most < 1:
        raise EvenhandError(
            "A number is out of range.", "--draws", "Give 0 or more draws.", Exit.USAGE
        )
    given, folder = theory or shipped_theory(), Path(out)
    base = given.with_({n: specs()[n].start for n in fitted_names()})
    asked = [__version__, seed, dict(base), size, size_of_a_draw, most, _targets_asked()]
    work = folder / ".work" / key_of(*asked)
    with writing(folder):
        work.mkdir(parents=True, exist_ok=True)
    progress("Fitting", 0, 1)
    found = _fit(work, base, Bench(seed, *size), most)
    progress("Fitting", 1, 1)
    fitted = base.with_(found["parameters"])
    one = partial(_draw, work, fitted, seed, size_of_a_draw)
    rows = []
    for row in in_order(one, range(draws), workers):
        rows.append(row)
        progress("Refitting draws", len(rows), draws)
    made = Calibration(
        folder, fitted, found["figures"], found["loss"], found["runs"], _table(rows), seed
    )
    _write(made)
    return made


def _targets_asked() -> dict[str, Any]:
    return {n: [t.value, t.low, t.high] for n, t in fitted_targets().items()}


def _fit(work: Path, base: Theory, bench: Bench, most: int) -> dict[str, Any]:
    """The fit itself, or what an earlier run of the same left."""
    path = work / "fit.json"
    if path.exists():
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    found = fit(bench.measure, base, most=most)
    record = {
        "parameters": {n: found.theory[n] for n in fitted_names()},
        "figures": found.figures,
        "loss": found.loss,
        "runs": found.runs,
        "slopes": found.slopes.tolist(),
    }
    write_json(path, record)
    return record


def _draw(
    work: Path, fitted: Theory, seed: int, size: tuple[int, int], number: int
) -> dict[str, Any]:
    """One draw of the judged constants, refitted; one that is finished is kept."""
    path = work / f"draw-{number:05d}.json"
    if path.exists():
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept
    slopes = np.array(json.loads((work / "fit.json").read_text(encoding="utf-8"))["slopes"])
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, number], dtype=np.uint64)))
    base = drawn_theory(fitted, rng)
    measure = _bench(seed, size).measure
    found = fit(measure, base, slopes, MOST_RUNS_OF_A_DRAW, until_met=True)
    row = {
        "draw": number,
        "accepted": not found.missed(),
        "runs": found.runs,
        "loss": found.loss,
        **{n: found.theory[n] for n in (*fitted_names(), *judged_names())},
        **{f"figure_{n}": v for n, v in found.figures.items()},
    }
    write_json(path, row)
    return row


_BENCHES: dict[tuple[int, tuple[int, int]], Bench] = {}


def _bench(seed: int, size: tuple[int, int]) -> Bench:
    """One bench a process: its draws are made once."""
    if (seed, size) not in _BENCHES:
        _BENCHES[seed, size] = Bench(seed, *size)
    return _BENCHES[seed, size]


def _table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """All draws, the refused ones too."""
    names = [*fitted_names(), *judged_names(), *(f"figure_{n}" for n in targets())]
    schema = {"draw": pl.Int64, "accepted": pl.Boolean, "runs": pl.Int64, "loss": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {n: pl.Float64 for n in names})


def posterior_csv(made: Calibration) -> str:
    """All draws, the refused ones too, under the command that makes them anew."""
    said = f"# evenhand calibrate --draws {made.draws.height} --seed {made.seed}"
    rounded = made.draws.with_columns(pl.col(pl.Float64).round_sig_figs(6))
    return f"{said} (Evenhand {__version__})\n{rounded.write_csv()}"


def _write(made: Calibration) -> None:
    """theory.toml, posterior.csv, calibration.json, and the page that shows them."""
    from evenhand.runs._calibration_page import page

    write_bytes(made.out / "theory.toml", theory_toml(made.theory).encode())
    write_bytes(made.out / "posterior.csv", posterior_csv(made).encode())
    write_json(made.out / "calibration.json", made.as_dict())
    write_bytes(made.out / "calibration.html", page(made).encode())
