"""Fitting the theory to its targets: damped least squares on the same draws throughout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.theory.luck import Floats
from evenhand.theory.parameters import Theory, specs
from evenhand.theory.targets import Target, fitted_targets

Measure = Callable[[Theory], dict[str, float]]

PULL = 0.02
"""Weight of staying where one began, in squared scales: it decides what targets leave open."""
MOST_STEP = 1.0
"""Longest step of a parameter, in its scale."""
FIRST_DAMPING, MOST_DAMPING = 0.1, 50.0
NEARLY = 1e-3
"""A fall of the loss by less than this part ends the fit."""


def fitted_names() -> tuple[str, ...]:
    """Parameters that a calibration may move."""
    return tuple(n for n, s in specs().items() if s.kind == "fitted")


def judged_names() -> tuple[str, ...]:
    """Parameters that an ensemble draws anew."""
    return tuple(n for n, s in specs().items() if s.kind == "judged")


class Chart:
    """Fitted parameters as a point: logarithms where a parameter cannot be below 0."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the parameters to move."""
        self.names = tuple(names)
        self.log = np.array([specs()[n].low >= 0 for n in names])
        edges = np.array([[specs()[n].low, specs()[n].high] for n in names])
        self.low = self._to(np.maximum(edges[:, 0], np.where(self.log, 0.005, -np.inf)))
        self.high = self._to(edges[:, 1])
        self.scale = np.where(self.log, 0.6, 1.0)

    def _to(self, values: Floats) -> Floats:
        """Values as coordinates."""
        return np.asarray(np.where(self.log, np.log(np.where(self.log, values, 1.0)), values))

    def point(self, theory: Theory) -> Floats:
        """Where a theory is."""
        return np.clip(self._to(np.array([theory[n] for n in self.names])), self.low, self.high)

    def theory(self, base: Theory, point: Floats) -> Theory:
        """A theory with these parameters, to six digits."""
        inside = np.clip(point, self.low, self.high)
        values = np.where(self.log, np.exp(np.where(self.log, inside, 0.0)), inside)
        return base.with_({n: float(f"{v:.6g}") for n, v in zip(self.names, values, strict=True)})


@dataclass(frozen=True)
class Fit:
    """A fitted theory with its figures; ``loss`` is the sum of squared misses.

    A miss is measured in half widths of what counts as met.
    """

    theory: Theory
    figures: dict[str, float]
    loss: float
    runs: int
    slopes: Floats

    def missed(self) -> list[str]:
        """Fitted targets that are not met."""
        return [n for n, t in fitted_targets().items() if not t.met(self.figures[n])]


def misses(figures: dict[str, float], wanted: Sequence[Target]) -> Floats:
    """How far each figure is from its target, in half widths of what counts as met."""
    return np.array([(figures[t.name] - t.value) / ((t.high - t.low) / 2.0) for t in wanted])


class Search:
    """Levenberg–Marquardt with slopes that are mended by what each step shows (Broyden)."""

    def __init__(self, measure: Measure, base: Theory, names: Sequence[str]) -> None:
        """Begin at the base theory."""
        self.measure, self.base, self.chart = measure, base, Chart(names)
        self.wanted = list(fitted_targets().values())
        self.start = self.chart.point(base)
        self.runs = 0

    def see(self, point: Floats) -> tuple[Floats, dict[str, float]]:
        """Misses at a point, and behind them the pull to where one began."""
        self.runs += 1
        figures = self.measure(self.chart.theory(self.base, point))
        pull = np.sqrt(PULL) * (point - self.start) / self.chart.scale
        return np.concatenate([misses(figures, self.wanted), pull]), figures

    def slopes(self, point: Floats, there: Floats) -> Floats:
        """Finite differences, one parameter after another."""
        columns = []
        for n in range(len(point)):
            moved = point.copy()
            step = 0.1 if moved[n] + 0.1 <= self.chart.high[n] else -0.1
            moved[n] += step
            columns.append((self.see(moved)[0] - there) / step)
        return np.stack(columns, axis=1)

    def run(self, slopes: Floats | None, most: int, until_met: bool) -> Fit:
        """Walk downhill for at most so many runs; slopes from elsewhere save the first ones."""
        at = self.start
        there, figures = self.see(at)
        jacobian = self.slopes(at, there) if slopes is None else slopes
        damping, fresh = FIRST_DAMPING, slopes is None
        while self.runs < most and not (until_met and not self._missed(figures)):
            moved = np.clip(
                at + self._step(jacobian, there, damping), self.chart.low, self.chart.high
            )
            new, new_figures = self.see(moved)
            jacobian = _mended(jacobian, moved - at, new - there)
            fall = float(there @ there - new @ new)
            if fall > 0:
                enough = fall < NEARLY * float(there @ there)
                at, there, figures = moved, new, new_figures
                damping, fresh = damping / 3.0, False
                if enough:
                    break
            elif damping < MOST_DAMPING:
                damping *= 4.0
            elif not fresh:
                jacobian, fresh, damping = self.slopes(at, there), True, FIRST_DAMPING
            else:
                break
        loss = float((there[: len(self.wanted)] ** 2).sum())
        return Fit(self.chart.theory(self.base, at), figures, loss, self.runs, jacobian)

    def _missed(self, figures: dict[str, float]) -> bool:
        return not all(t.met(figures[t.name]) for t in self.wanted)

    def _step(self, jacobian: Floats, there: Floats, damping: float) -> Floats:
        scale = np.diag(1.0 / self.chart.scale**2)
        step = np.linalg.solve(jacobian.T @ jacobian + damping * scale, -jacobian.T @ there)
        longest = np.max(np.abs(step) / self.chart.scale)
        return np.asarray(step * min(1.0, MOST_STEP / max(longest, 1e-12)))


def _mended(jacobian: Floats, step: Floats, change: Floats) -> Floats:
    """Broyden's correction: the slopes that agree with what the step showed."""
    length = float(step @ step)
    if length < 1e-12:
        return jacobian
    return np.asarray(jacobian + np.outer(change - jacobian @ step, step) / length)


def fit(
    measure: Measure,
    base: Theory,
    slopes: Floats | None = None,
    most: int = 80,
    until_met: bool = False,
) -> Fit:
    """Move the fitted parameters until the targets are met as nearly as can be.

    Args:
        measure: a theory's figures, always on the same draws (`targets.Bench.measure`).
        base: where to begin; everything but the fitted parameters stays.
        slopes: of an earlier fit near by.
        most: runs of all simulated studies at most.
        until_met: stop as soon as every target is met, as an ensemble does.
    """
    return Search(measure, base, fitted_names()).run(slopes, most, until_met)


def drawn_theory(base: Theory, rng: np.random.Generator, factor: float = 1.8) -> Theory:
    """Every judged parameter moved by up to × or ÷ the factor, inside what is let in.

    Args:
        base: the calibrated theory.
        rng: of the draw.
        factor: the widest move.
    """
    moved = {}
    for name in judged_names():
        spec = specs()[name]
        value = base[name] * float(np.exp(rng.uniform(-1.0, 1.0) * np.log(factor)))
        top = 0.95 * spec.high if spec.high == 1.0 else spec.high
        moved[name] = float(f"{min(max(value, spec.low), top):.6g}")
    return base.with_(moved)
