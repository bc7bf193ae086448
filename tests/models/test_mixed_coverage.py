"""How often intervals hold the truth, by simulation; and the core against lme4 at size."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from evenhand.models._blocks import Sums
from evenhand.models._cells import Cells, cells_of
from evenhand.models._layout import layout_of
from evenhand.models.bootstrap import simulate, simulated_null
from evenhand.models.intervals import profile_interval, restricted_ratio
from evenhand.models.mixed import fit_cells, fit_gaussian, fit_logit
from tests.models.lme4 import ask

pytestmark = pytest.mark.slow

Z = 1.959964
REPLICATES = 2_000
STRATA, ROWS = 50, 1_500


def held(share: float, low: float, high: float, replicates: int, of: int = 1) -> None:
    """A share within its bar, three simulation errors allowed."""
    error = 3 * math.sqrt(0.95 * 0.05 / (replicates * of))
    assert low - error <= share <= high + error, share


def strata_design(rng: np.random.Generator, axes: bool) -> Cells:
    """Unequal strata by three axes, with or without the axes' main effects."""
    share = rng.dirichlet(np.full(STRATA, 1.0))
    s = np.concatenate([np.arange(STRATA), rng.choice(STRATA, ROWS - STRATA, p=share)])
    columns = [np.ones(ROWS)]
    if axes:
        columns += [s % 2 == 1] + [(s // 2) % 5 == k for k in range(1, 5)]
        columns += [s // 10 == k for k in range(1, 5)]
    return cells_of(np.zeros(ROWS), np.column_stack(columns).astype(float), [s])


def shifted(cells: Cells, effect: np.ndarray) -> Cells:
    """The same outcomes with these effects of cells added."""
    w, x, sums = cells.sums.w[0], cells.sums.wx[0][:, :-1], cells.sums.wx[0].copy()
    g = cells.sums.g.copy()
    g[:-1, -1] += x.T @ effect
    g[-1, :-1] = g[:-1, -1]
    g[-1, -1] += (w * effect**2).sum() + 2 * (sums[:, -1] * effect).sum()
    sums[:, -1] += w * effect
    return replace(cells, sums=Sums(cells.sums.w, (sums,), g))


@pytest.mark.parametrize("axes", [False, True], ids=["null model", "adjusted model"])
@pytest.mark.parametrize("variance", [0.03, 0.1, 0.3])
def test_intervals_of_variances_and_strata_hold_the_truth(variance: float, axes: bool) -> None:
    rng = np.random.default_rng([41, int(variance * 100), axes])
    cells, layout = strata_design(rng, axes), layout_of({"stratum": STRATA})
    of_variance, of_strata = 0, 0.0
    for _ in range(REPLICATES):
        u = rng.normal(0, np.sqrt(variance), STRATA)
        made = simulate(cells, layout, np.zeros(cells.sums.g.shape[0] - 1), {"residual": 1.0}, rng)
        assert isinstance(made, Cells)
        fit = fit_cells(shifted(made, u[cells.codes[0]]), layout)
        low, high = profile_interval(fit, "stratum")
        of_variance += low <= variance and (high is None or variance <= high)
        near = np.abs(fit.effect("stratum") - u) <= Z * fit.se("stratum")
        of_strata += float(near.mean())
    held(of_variance / REPLICATES, 0.93, 0.97, REPLICATES)
    held(of_strata / REPLICATES, 0.93, 0.97, REPLICATES)


def test_intervals_of_crossed_effects_hold_the_truth() -> None:
    rng = np.random.default_rng(42)
    replicates, clients, therapists, strata, n = 400, 200, 30, 20, 1_600
    c = np.concatenate([np.arange(clients), rng.integers(0, clients, n - clients)])
    factors = {
        "client": c,
        "therapist": rng.integers(0, therapists, n),
        "stratum": rng.integers(0, strata, clients)[c],
    }
    truth = {"client": 0.8, "therapist": 0.3, "stratum": 0.2}
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    shares = {name: 0.0 for name in (*factors, "fixed", *(f"var {f}" for f in factors))}
    for _ in range(replicates):
        u = {name: rng.normal(0, np.sqrt(v), len(set(factors[name]))) for name, v in truth.items()}
        y = x @ [1.0, 0.3] + sum(u[name][factors[name]] for name in u) + rng.normal(size=n)
        fit = fit_gaussian(y, x, factors)
        shares["fixed"] += abs(fit.fixed[1] - 0.3) <= Z * fit.fixed_se[1]
        for name in factors:
            near = np.abs(fit.effect(name) - u[name]) <= Z * fit.se(name)
            shares[name] += float(near.mean())
            low, high = profile_interval(fit, name)
            shares[f"var {name}"] += low <= truth[name] <= (high or math.inf)
    for total in shares.values():
        held(total / replicates, 0.93, 0.97, replicates)


def test_a_variance_of_0_is_seldom_found() -> None:
    rng = np.random.default_rng(43)
    cells, layout = strata_design(rng, False), layout_of({"stratum": STRATA})
    found = 0
    for _ in range(REPLICATES):
        made = simulate(cells, layout, np.zeros(1), {"residual": 1.0}, rng)
        assert isinstance(made, Cells)
        found += restricted_ratio(fit_cells(made, layout, errors=False), "stratum")[1] < 0.05
    assert found / REPLICATES <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / REPLICATES)


def test_the_simulated_null_agrees_with_the_mixture() -> None:
    rng = np.random.default_rng(44)
    cells, layout = strata_design(rng, False), layout_of({"stratum": STRATA})
    made = simulate(cells, layout, np.zeros(1), {"residual": 1.0, "stratum": 0.02}, rng)
    assert isinstance(made, Cells)
    fit = fit_cells(made, layout)
    statistic, p = simulated_null(made, layout, "stratum", fit, 1_000, rng)
    assert statistic == pytest.approx(restricted_ratio(fit, "stratum")[0])
    assert p == pytest.approx(restricted_ratio(fit, "stratum")[1], abs=0.05)


def test_yes_or_no_strata_hold_the_truth() -> None:
    rng = np.random.default_rng(45)
    replicates, variance = 500, 0.3
    m = rng.integers(10, 80, STRATA).astype(float)
    of_variance, of_strata = 0, 0.0
    for _ in range(replicates):
        u = rng.normal(0, np.sqrt(variance), STRATA)
        k = rng.binomial(m.astype(int), expit(-0.5 + u)).astype(float)
        fit = fit_logit(k, m, np.ones((STRATA, 1)), {"stratum": np.arange(STRATA)})
        low, high = profile_interval(fit, "stratum")
        of_variance += low <= variance <= (high or math.inf)
        near = np.abs(fit.effect("stratum") - u) <= Z * fit.se("stratum")
        of_strata += float(near.mean())
    held(of_variance / replicates, 0.93, 0.97, replicates)
    held(of_strata / replicates, 0.93, 0.97, replicates)


def test_clients_of_few_sessions_vary_as_much_as_they_do() -> None:
    rng = np.random.default_rng(47)
    replicates, clients, therapists, each, variance = 40, 400, 25, 5, 0.8
    client = np.repeat(np.arange(clients), each)
    found: dict[int, list[float]] = {0: [], 9: []}
    for _ in range(replicates):
        therapist = rng.integers(0, therapists, len(client))
        eta = -0.5 + rng.normal(0, np.sqrt(variance), clients)[client]
        y = rng.binomial(1, expit(eta + rng.normal(0, 0.5, therapists)[therapist])).astype(float)
        factors = {"client": client, "therapist": therapist}
        for nodes, into in found.items():
            fit = fit_logit(y, None, np.ones((len(y), 1)), factors, quadrature=nodes)
            into.append(fit.variances["client"])
    error = float(np.std(found[9], ddof=1)) / math.sqrt(replicates)
    assert abs(np.mean(found[9]) - variance) < 3 * error
    more = np.array(found[9]) - np.array(found[0])  # on the same tables, so its error is small
    assert more.min() > 0
    assert np.mean(more) > 0.05


def sessions(n: int, clients: int, therapists: int, strata: int) -> pl.DataFrame:
    """Sessions of clients, who see therapists at random; a stratum is a client's."""
    rng = np.random.default_rng(46)
    c = np.concatenate([np.arange(clients), rng.integers(0, clients, n - clients)])
    t, s = rng.integers(0, therapists, n), rng.integers(0, strata, clients)[c]
    x = rng.normal(size=n)
    y = 2 + 0.3 * x + rng.normal(0, np.sqrt(0.8), clients)[c] + rng.normal(size=n)
    y += rng.normal(0, 0.5, therapists)[t] + rng.normal(0, np.sqrt(0.1), strata)[s]
    return pl.DataFrame({"y": y, "x": x, "client": c, "therapist": t, "stratum": s})


def test_100_000_sessions_come_out_as_lme4s(tmp_path: Path) -> None:
    table = sessions(100_000, 10_000, 400, 100)
    table.write_csv(tmp_path / "data.csv")
    began = time.process_time()
    fit = fit_gaussian(
        table["y"].to_numpy(),
        np.column_stack([np.ones(table.height), table["x"].to_numpy()]),
        {name: table[name].to_numpy() for name in ("client", "therapist", "stratum")},
    )
    ours = time.process_time() - began
    script = (
        "began <- proc.time(); m <- lmer(y ~ x + (1|client) + (1|therapist) + (1|stratum), d);"
        'used <- proc.time() - began; say(m); cat("{\\"cpu\\":", used[1] + used[2], "}\\n")'
    )
    theirs, spent = ask(script, tmp_path)
    found = dict(zip(theirs["grp"], theirs["vcov"], strict=True))
    found["residual"] = found.pop("Residual")
    assert dict(fit.variances) == pytest.approx(found, rel=5e-5)
    assert fit.fixed == pytest.approx(theirs["fixed"], rel=5e-5)
    assert fit.fixed_se == pytest.approx(theirs["se"], rel=5e-4)
    assert ours < spent["cpu"] / 2
