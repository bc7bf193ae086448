"""The logit core against whole matrices, quadrature and lme4."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Pattern
from evenhand.models._counts import add_counts, counts_of
from evenhand.models._layout import lay_out
from evenhand.models._mode import Mode
from evenhand.models._nested import NestedSystem
from evenhand.models._quadrature import QuadratureProblem
from evenhand.models._scales import Scales
from evenhand.models.mixed import fit_counts, fit_logit
from tests.models import dense
from tests.models.crossed import Crossed, crossed
from tests.models.lme4 import ask


def counts(d: Crossed, seed: int, most: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Binomial counts whose log odds are the made-up outcome, without its noise's scale."""
    rng = np.random.default_rng(seed)
    m = rng.integers(1, most + 1, len(d.y)).astype(float)
    return rng.binomial(m.astype(int), expit(d.y - d.y.mean())).astype(float), m


@pytest.mark.parametrize("names", [("client",), ("client", "therapist", "stratum")])
def test_the_likelihood_is_that_of_whole_matrices(names: tuple[str, ...]) -> None:
    d = crossed(21)
    k, m = counts(d, 21)
    offset = np.random.default_rng(21).normal(0, 0.3, len(k))
    factors = {name: d.factors[name] for name in names}
    fit = fit_logit(k, m, d.x, factors, offset=offset)
    z = list(dense.design(factors).values())
    theta = [fit.variances[name] for name in names]
    whole = dense.laplace(k, m, d.x, z, theta, fit.fixed, offset)
    assert -2 * fit.loglik == pytest.approx(whole, rel=1e-9)
    for by in (0.9, 1.1):
        assert dense.laplace(k, m, d.x, z, [v * by for v in theta], fit.fixed, offset) > whole
        assert dense.laplace(k, m, d.x, z, theta, fit.fixed * by, offset) > whole


@pytest.mark.parametrize("slope_of", ["", "client", "therapist"])
def test_the_gradient_is_the_deviances_own(slope_of: str) -> None:
    from evenhand.models._laplace import LogitProblem

    d = crossed(22, n=150)
    k, m = counts(d, 22)
    t = d.t if slope_of else None
    layout, codes = lay_out(d.factors, len(k), slope_of or None, t)
    c = counts_of(k, m, d.x, codes, None, t)
    start = Mode(np.zeros((layout.sizes[0], layout.dims[0])), np.zeros(layout.rest))
    pattern = Pattern(layout, c.codes)
    problem = LogitProblem(pattern, c.k, c.trials, c.fixed, c.offset, c.slope, c.constant, start)
    scales = Scales(layout.dims, unit=layout.unit)
    at = np.append(scales.start([0.4, 0.3, 0.2]), [0.2, 0.3, -0.1])
    deviance = problem.deviance(scales)
    small = 1e-5 * np.eye(len(at))
    rise = [(deviance(at + h)[0] - deviance(at - h)[0]) / 2e-5 for h in small]
    assert deviance(at)[1] == pytest.approx(rise, rel=1e-5, abs=1e-4)


def test_quadrature_is_the_integral_itself() -> None:
    rng = np.random.default_rng(26)
    codes = np.repeat(np.arange(60), 5)
    x = np.column_stack([np.ones(300), rng.normal(size=300)])
    y = rng.binomial(1, expit(0.5 * x[:, 1] + rng.normal(0, 1.5, 60)[codes])).astype(float)
    fit = fit_logit(y, None, x, {"client": codes}, quadrature=15)
    grid = np.linspace(-12, 12, 4001)

    def exact(variance: float, beta: np.ndarray) -> float:
        total = 0.0
        for level in range(60):
            mine = codes == level
            eta = (x[mine] @ beta)[:, None] + grid
            log = (y[mine, None] * eta - np.logaddexp(0, eta)).sum(axis=0) - grid**2 / 2 / variance
            whole = np.exp(log).sum() * (grid[1] - grid[0])
            total += np.log(whole / np.sqrt(2 * np.pi * variance))
        return float(total)

    v = fit.variances["client"]
    assert fit.loglik == pytest.approx(exact(v, fit.fixed), abs=1e-5)
    assert exact(v * 1.05, fit.fixed) < fit.loglik > exact(v / 1.05, fit.fixed)
    by_laplace = fit_logit(y, None, x, {"client": codes})
    assert by_laplace.variances["client"] < v


def test_quadrature_is_for_intercepts() -> None:
    d = crossed(27)
    k, m = counts(d, 27)
    with pytest.raises(EvenhandError, match="intercepts"):
        fit_logit(k, m, d.x, d.factors, quadrature=9, slopes={"client": d.t})


def crossed_quadrature(seed: int, n: int = 150) -> tuple[QuadratureProblem, Scales]:
    d = crossed(seed, n=n)
    k, m = counts(d, seed, most=3)
    layout, codes = lay_out(d.factors, len(k))
    c = counts_of(k, m, d.x, codes, None, None)
    start = Mode(np.zeros((layout.sizes[0], 1)), np.zeros(layout.rest))
    problem = QuadratureProblem(
        Pattern(layout, c.codes),
        c.k,
        c.trials,
        c.fixed,
        c.offset,
        None,
        c.constant,
        start,
        count=25,
    )
    return problem, Scales(layout.dims)


@pytest.mark.parametrize("zero", [(), (0,), (1,)])
def test_the_gradient_of_crossed_quadrature_is_the_deviances_own(zero: tuple[int, ...]) -> None:
    problem, scales = crossed_quadrature(28)
    scales = replace(scales, zero=frozenset(zero))
    at = np.append(scales.start([0.9, 0.3, 0.2]), [0.2, 0.3, -0.1])
    deviance = problem.deviance(scales)
    small = 1e-4 * np.eye(len(at))
    rise = [(deviance(at + h)[0] - deviance(at - h)[0]) / 2e-4 for h in small]
    assert deviance(at)[1] == pytest.approx(rise, rel=1e-5, abs=1e-4)


def test_crossed_quadrature_is_laplace_over_integrated_clients() -> None:
    problem, scales = crossed_quadrature(29, n=70)
    at = np.append(scales.start([0.9, 0.3, 0.2]), [0.2, 0.3, -0.1])
    codes = problem.pattern.codes
    whole = dense.over_integrated(
        problem.k,
        problem.trials,
        problem.fixed @ at[3:],
        codes[0],
        [(one[:, None] == np.arange(q)) * 1.0 for one, q in zip(codes[1:], (8, 8), strict=True)],
        (0.9, 0.3, 0.2),
    )
    found = problem.deviance(scales)(at)[0]
    assert found == pytest.approx(whole - 2 * problem.constant, abs=1e-4)


def test_with_one_level_crossed_quadrature_stays_near_laplace_and_above_in_clients() -> None:
    d = crossed(30, n=600, clients=120, spread=(1.4, 0.5, 0.3))
    y = np.random.default_rng(30).binomial(1, expit(d.y - d.y.mean())).astype(float)
    names = ("client", "therapist")
    factors = {name: d.factors[name] for name in names}
    laplace, integrated = (fit_logit(y, None, d.x, factors, quadrature=q) for q in (0, 9))
    more = fit_logit(y, None, d.x, factors, quadrature=15)
    assert integrated.converged
    assert integrated.method == "quadrature"
    assert integrated.variances["client"] > 1.02 * laplace.variances["client"]
    assert dict(integrated.variances) == pytest.approx(dict(more.variances), rel=2e-3)
    assert integrated.loglik == pytest.approx(more.loglik, abs=1e-2)


def test_like_rows_may_be_added_up_beforehand() -> None:
    rng = np.random.default_rng(23)
    codes = np.repeat(np.arange(15), 40)
    y = rng.binomial(1, expit(rng.normal(0, 1, 15)[codes])).astype(float)
    rows = fit_logit(y, None, np.ones((len(y), 1)), {"stratum": codes})
    k, m = np.bincount(codes, y), np.bincount(codes).astype(float)
    added = fit_logit(k, m, np.ones((15, 1)), {"stratum": np.arange(15)})
    assert added.variances["stratum"] == pytest.approx(rows.variances["stratum"], rel=1e-6)
    assert added.fixed == pytest.approx(rows.fixed, rel=1e-6)
    assert added.fixed_se == pytest.approx(rows.fixed_se, rel=1e-4)


def test_parts_of_a_table_add_up_to_the_table() -> None:
    d = crossed(24)
    k, m = counts(d, 24)
    layout, codes = lay_out(d.factors, len(k))
    parts = [
        counts_of(k[at], m[at], d.x[at], [c[at] for c in codes], None, None)
        for at in np.array_split(np.arange(len(k)), 3)
    ]
    fit = fit_counts(add_counts(parts), layout)
    whole = fit_logit(k, m, d.x, d.factors)
    assert fit.loglik == pytest.approx(whole.loglik)
    assert dict(fit.variances) == pytest.approx(dict(whole.variances), rel=1e-5)


def test_a_variance_at_the_boundary_is_said_and_is_0() -> None:
    y = np.tile([0.0, 1.0], 50)
    fit = fit_logit(y, None, np.ones((100, 1)), {"group": np.repeat(np.arange(10), 10)})
    assert fit.variances["group"] == 0.0
    assert fit.singular
    assert fit.fixed[0] == pytest.approx(0.0, abs=1e-6)
    assert fit.fixed_se[0] == pytest.approx(np.sqrt(1 / 25), rel=1e-3)


def test_a_column_that_foretells_the_outcome_is_refused() -> None:
    y = np.tile([0.0, 1.0], 50)
    with pytest.raises(EvenhandError, match="foretell"):
        fit_logit(y, None, np.column_stack([np.ones(100), y]), {"g": np.arange(100) // 10})


def test_counts_above_their_trials_are_refused() -> None:
    with pytest.raises(EvenhandError, match="trials"):
        fit_logit(np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.ones((2, 1)), {"g": np.arange(2)})


def test_lme4_finds_the_same(tmp_path: Path) -> None:
    d = crossed(25, n=400, clients=40)
    k, m = counts(d, 25)
    table = {"k": k, "m": m, "x1": d.x[:, 1], "x2": d.x[:, 2], **d.factors}
    pl.DataFrame(table).write_csv(tmp_path / "data.csv")
    script = (
        "say(glmer(cbind(k, m - k) ~ x1 + x2 + (1|client) + (1|therapist), d,"
        "family = binomial, control = glmerControl(tolPwrss = 1e-10)))"
    )
    (theirs,) = ask(script, tmp_path)
    fit = fit_logit(k, m, d.x, {name: d.factors[name] for name in ("client", "therapist")})
    found = dict(zip(theirs["grp"], theirs["vcov"], strict=True))
    assert dict(fit.variances) == pytest.approx(found, rel=2e-3)
    assert fit.fixed == pytest.approx(theirs["fixed"], rel=2e-3, abs=1e-3)
    assert fit.fixed_se == pytest.approx(theirs["se"], rel=5e-3)
    assert fit.loglik == pytest.approx(theirs["loglik"], abs=0.01)


def nested(seed: int, clients: int = 15, each: int = 4) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Sessions of clients of therapists, some of them with two rows; and a column."""
    rng = np.random.default_rng(seed)
    session = np.concatenate([np.arange(clients * each), rng.integers(0, clients * each, 20)])
    client = session // each
    therapist = rng.integers(0, 6, clients)[client]
    group = rng.integers(0, 5, clients)[client]
    factors = {"therapist": therapist, "session": session, "group": group, "client": client}
    return factors, rng.normal(size=len(session))


def test_nested_factors_are_eliminated_both_and_say_the_same() -> None:
    factors, x = nested(31)
    rng = np.random.default_rng(31)
    m = rng.integers(2, 30, len(x)).astype(float)
    eta = (
        0.3 * x
        + rng.normal(0, 0.6, 60)[factors["session"]]
        + rng.normal(0, 0.7, 15)[factors["client"]]
    )
    k = rng.binomial(m.astype(int), expit(eta + rng.normal(0, 0.5, 6)[factors["therapist"]]))
    design = np.column_stack([np.ones(len(x)), x])
    fit = fit_logit(k.astype(float), m, design, factors)
    assert isinstance(fit.state.system, NestedSystem)
    z = list(dense.design(factors).values())
    theta = [fit.variances[name] for name in factors]
    offset = np.zeros(len(x))
    if min(theta) > 0:
        whole = dense.laplace(k, m, design, z, theta, fit.fixed, offset)
        assert -2 * fit.loglik == pytest.approx(whole, rel=1e-9)
    plain = replace(fit.state.problem, outer=None)
    at = plain.at(fit.state.scales, fit.state.optimum)
    again = fit.state.problem.at(fit.state.scales, fit.state.optimum)
    assert again.deviance == pytest.approx(at.deviance, rel=1e-11)
    assert again.gradient == pytest.approx(at.gradient, abs=1e-6)
    assert not isinstance(at.system, NestedSystem)
    whole_fit = replace(fit, state=replace(fit.state, system=at.system, problem=plain))
    for name, known in (
        ("session", True),
        ("client", True),
        ("therapist", True),
        ("client", False),
    ):
        mine, theirs = (one.se(name, variance_known=known) for one in (fit, whole_fit))
        assert mine == pytest.approx(theirs, rel=1e-6)
    for codes in (factors, {"session": factors["session"]}, {"client": factors["client"]}, {}):
        mine, theirs = (one.predict(design, codes) for one in (fit, whole_fit))
        assert mine[0] == pytest.approx(theirs[0])
        assert mine[1] == pytest.approx(theirs[1])


def test_only_what_is_crossed_with_nested_factors_is_dense(monkeypatch) -> None:
    monkeypatch.setattr("evenhand.models._layout.MOST_REST", 40)
    rng = np.random.default_rng(32)
    session = np.arange(800)
    client = session // 4
    m = rng.integers(5, 60, 800).astype(float)
    eta = rng.normal(0, 0.5, 800) + rng.normal(0, 0.6, 200)[client]
    k = rng.binomial(m.astype(int), expit(eta + rng.normal(0, 0.4, 20)[client % 20])).astype(float)
    factors = {"session": session, "client": client, "therapist": client % 20}
    fit = fit_logit(k, m, np.ones((800, 1)), factors)
    assert isinstance(fit.state.system, NestedSystem)
    assert fit.state.system.outer.upper.shape == (20, 20)
    assert fit.converged
    with pytest.raises(EvenhandError, match="levels together"):
        fit_logit(k, m, np.ones((800, 1)), {**factors, "other": rng.integers(0, 30, 800)})


def test_lme4_finds_the_same_by_quadrature(tmp_path: Path) -> None:
    rng = np.random.default_rng(33)
    codes = np.repeat(np.arange(80), 5)
    x = rng.normal(size=400)
    y = rng.binomial(1, expit(0.5 * x + rng.normal(0, 1.3, 80)[codes])).astype(float)
    pl.DataFrame({"y": y, "x": x, "client": codes}).write_csv(tmp_path / "data.csv")
    script = (
        "say(glmer(y ~ x + (1|client), d, family = binomial, nAGQ = 15,"
        "control = glmerControl(tolPwrss = 1e-10)))"
    )
    (theirs,) = ask(script, tmp_path)
    fit = fit_logit(y, None, np.column_stack([np.ones(400), x]), {"client": codes}, quadrature=15)
    assert fit.variances["client"] == pytest.approx(theirs["vcov"][0], rel=2e-3)
    assert fit.fixed == pytest.approx(theirs["fixed"], rel=2e-3, abs=1e-3)
    assert fit.fixed_se == pytest.approx(theirs["se"], rel=1e-2)
