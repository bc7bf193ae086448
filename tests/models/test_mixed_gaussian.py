"""The Gaussian core against whole matrices, closed forms and lme4."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models._blocks import Pattern
from evenhand.models._cells import add_cells, cells_of
from evenhand.models._curvature import gaussian_hessian
from evenhand.models._gaussian import GaussianProblem
from evenhand.models._layout import lay_out
from evenhand.models._scales import Scales
from evenhand.models.mixed import fit_cells, fit_gaussian
from tests.models import dense
from tests.models.crossed import Crossed, crossed
from tests.models.lme4 import ask

SHAPES = {
    "one factor": ("client",),
    "two factors": ("client", "therapist"),
    "three factors": ("client", "therapist", "stratum"),
}
METHODS = pytest.mark.parametrize("method", ["reml", "ml"])


def some(d: Crossed, shape: str) -> dict[str, np.ndarray]:
    return {name: d.factors[name] for name in SHAPES[shape]}


@METHODS
@pytest.mark.parametrize("shape", SHAPES)
def test_the_likelihood_is_that_of_whole_matrices(shape: str, method: str) -> None:
    d = crossed(1)
    factors = some(d, shape)
    fit = fit_gaussian(d.y, d.x, factors, method=method)
    theta = {name: fit.variances[name] for name in factors}
    z = dense.design(factors)
    whole = dense.deviance(d.y, d.x, z, theta, fit.residual, reml=method == "reml")
    assert -2 * fit.loglik == pytest.approx(whole, rel=1e-10)


@METHODS
def test_no_variance_near_by_is_likelier(method: str) -> None:
    d = crossed(2)
    fit = fit_gaussian(d.y, d.x, d.factors, method=method)
    z, reml = dense.design(d.factors), method == "reml"
    best = -2 * fit.loglik
    for name in (*d.factors, "residual"):
        for by in (0.9, 1.1):
            theta = {f: fit.variances[f] * (by if f == name else 1.0) for f in d.factors}
            residual = fit.residual * (by if name == "residual" else 1.0)
            assert dense.deviance(d.y, d.x, z, theta, residual, reml=reml) > best


@METHODS
@pytest.mark.parametrize("slope_of", ["client", "therapist"])
def test_a_random_slope_has_the_likelihood_of_whole_matrices(slope_of: str, method: str) -> None:
    d = crossed(3, n=300, slope=0.4)
    fit = fit_gaussian(d.y, d.x, d.factors, slopes={slope_of: d.t}, method=method)
    v = fit.variances
    between = v[f"{slope_of}.covariance"]
    theta = {name: v[name] for name in d.factors}
    theta[slope_of] = np.array([[v[slope_of], between], [between, v[f"{slope_of}.slope"]]])
    z = dense.design(d.factors, slope_of, d.t)
    whole = dense.deviance(d.y, d.x, z, theta, fit.residual, reml=method == "reml")
    assert -2 * fit.loglik == pytest.approx(whole, rel=1e-9)
    assert fit.converged


def test_weights_divide_the_residual_variance() -> None:
    d = crossed(4)
    w = np.random.default_rng(4).uniform(0.5, 3.0, len(d.y))
    fit = fit_gaussian(d.y, d.x, d.factors, weights=w)
    theta = {name: fit.variances[name] for name in d.factors}
    z = dense.design(d.factors)
    whole = dense.deviance(d.y, d.x, z, theta, fit.residual, weights=w)
    assert -2 * fit.loglik == pytest.approx(whole, rel=1e-10)


@METHODS
def test_known_error_variances_add_to_the_residual(method: str) -> None:
    d = crossed(15)
    v = np.random.default_rng(15).choice([0.0, 0.2, 1.0, 4.0], len(d.y))
    y = d.y + np.random.default_rng(16).normal(0, np.sqrt(v))
    fit = fit_gaussian(y, d.x, d.factors, known=v, method=method)
    z, reml = dense.design(d.factors), method == "reml"

    def whole(by: float = 1.0, residual: float = fit.residual) -> float:
        theta = {name: fit.variances[name] * by for name in d.factors}
        return dense.deviance(y, d.x, z, theta, 1.0, weights=1 / (residual + v), reml=reml)

    assert -2 * fit.loglik == pytest.approx(whole(), rel=1e-9)
    assert fit.converged
    for by in (0.9, 1.1):
        assert whole(by) > whole() < whole(residual=fit.residual * by)
    h = 0.02 * fit.residual
    bend = (
        whole(residual=fit.residual + h) + whole(residual=fit.residual - h) - 2 * whole()
    ) / h**2
    assert fit.variance_se["residual"] == pytest.approx(np.sqrt(2 / bend), rel=0.05)


def test_where_the_known_errors_are_all_there_is_the_residual_is_0() -> None:
    d = crossed(17)
    rng = np.random.default_rng(17)
    v = rng.choice([0.5, 1.0, 4.0], len(d.y))
    effect = rng.normal(0, 1, 30)[d.factors["client"]]
    y = effect + 0.8 * rng.normal(0, np.sqrt(v))
    fit = fit_gaussian(y, d.x, {"client": d.factors["client"]}, known=v)
    assert fit.residual == 0.0
    assert np.isnan(fit.variance_se["residual"])
    assert fit.singular


def test_a_balanced_table_has_its_closed_form() -> None:
    rng = np.random.default_rng(5)
    groups, each = 12, 9
    y = np.repeat(rng.normal(0, 2.0, groups), each) + rng.normal(size=groups * each)
    means = y.reshape(groups, each).mean(axis=1)
    within = ((y.reshape(groups, each) - means[:, None]) ** 2).sum() / (groups * (each - 1))
    between = each * means.var(ddof=1)
    codes = np.repeat(np.arange(groups), each)
    fit = fit_gaussian(y, np.ones((len(y), 1)), {"group": codes})
    assert fit.residual == pytest.approx(within, rel=1e-7)
    assert fit.variances["group"] == pytest.approx((between - within) / each, rel=1e-7)
    assert fit.fixed[0] == pytest.approx(means.mean())
    shrunk = 1 - within / between
    assert fit.effect("group") == pytest.approx(shrunk * (means - means.mean()))


@pytest.mark.parametrize("slope_of", ["", "client", "therapist"])
def test_effects_and_their_joint_errors_are_hendersons(slope_of: str) -> None:
    d = crossed(6, n=300, slope=0.4)
    fit = fit_gaussian(d.y, d.x, d.factors, slopes={slope_of: d.t} if slope_of else None)
    theta: dict = {name: fit.variances[name] for name in d.factors}
    if slope_of:
        v, c = fit.variances, fit.variances[f"{slope_of}.covariance"]
        theta[slope_of] = np.array([[v[slope_of], c], [c, v[f"{slope_of}.slope"]]])
    z = dense.design(d.factors, slope_of, d.t)
    solved, cov = dense.henderson(d.y, d.x, z, theta, fit.residual)
    assert fit.fixed == pytest.approx(solved[:3])
    assert fit.fixed_cov == pytest.approx(cov[:3, :3])
    at = 3
    for name, one in z.items():
        mine = slice(at, at + one.shape[1])
        assert fit.effect(name).ravel() == pytest.approx(solved[mine])
        errors = np.sqrt(np.diagonal(cov)[mine])
        assert fit.se(name, variance_known=True).ravel() == pytest.approx(errors)
        at += one.shape[1]
    rows = np.array([0, 5, 17])
    codes = {name: one[rows] for name, one in d.factors.items()}
    estimate, se = fit.predict(d.x[rows], codes, d.t[rows])
    left = np.hstack([d.x, *z.values()])[rows]
    assert estimate == pytest.approx(left @ solved)
    assert se == pytest.approx(np.sqrt(np.diagonal(left @ cov @ left.T)))


def test_errors_with_unknown_variances_are_larger() -> None:
    d = crossed(7)
    fit = fit_gaussian(d.y, d.x, d.factors)
    for name in d.factors:
        assert (fit.se(name) > fit.se(name, variance_known=True)).all()


@METHODS
@pytest.mark.parametrize("shape", SHAPES)
def test_gradient_and_curvature_are_the_deviances_own(shape: str, method: str) -> None:
    d = crossed(8)
    factors = some(d, shape)
    layout, codes = lay_out(factors, len(d.y))
    cells = cells_of(d.y, d.x, codes)
    pattern = Pattern(layout, cells.codes)
    problem = GaussianProblem(pattern, pattern.fill(cells.sums), cells.n, 0.0, method == "reml")
    scales = Scales(layout.dims)
    at = np.array([0.3, -1.0, -0.4])[: len(factors)]
    deviance = problem.deviance(scales)
    small = 1e-5 * np.eye(len(at))
    rise = [(deviance(at + h)[0] - deviance(at - h)[0]) / 2e-5 for h in small]
    assert deviance(at)[1] == pytest.approx(rise, rel=1e-5, abs=1e-5)
    bend = [(deviance(at + h)[1] - deviance(at - h)[1]) / 2e-5 for h in small]
    curve = gaussian_hessian(problem, scales, problem.at(scales, at))
    assert curve == pytest.approx(np.array(bend), rel=1e-5, abs=1e-5)


def test_parts_of_a_table_add_up_to_the_table() -> None:
    d = crossed(9)
    layout, codes = lay_out(d.factors, len(d.y))
    whole = fit_gaussian(d.y, d.x, d.factors)
    cuts = np.array_split(np.arange(len(d.y)), 4)
    parts = [cells_of(d.y[at], d.x[at], [one[at] for one in codes]) for at in cuts]
    fit = fit_cells(add_cells(parts), layout)
    assert fit.variances == pytest.approx(dict(whole.variances))
    assert fit.loglik == pytest.approx(whole.loglik)


def test_the_order_of_rows_and_of_factors_does_not_matter() -> None:
    d = crossed(10)
    turned = np.random.default_rng(10).permutation(len(d.y))
    other = {name: d.factors[name][turned] for name in reversed(d.factors)}
    one = fit_gaussian(d.y, d.x, d.factors)
    two = fit_gaussian(d.y[turned], d.x[turned], other)
    assert one.variances == pytest.approx(dict(two.variances), rel=1e-6)
    assert one.effect("client") == pytest.approx(two.effect("client"), rel=1e-5)


def test_a_slopes_unit_does_not_matter() -> None:
    d = crossed(11, n=300, slope=0.4)
    one = fit_gaussian(d.y, d.x, d.factors, slopes={"client": d.t})
    two = fit_gaussian(d.y, d.x, d.factors, slopes={"client": d.t * 1000})
    assert two.loglik == pytest.approx(one.loglik)
    assert two.variances["client.slope"] == pytest.approx(one.variances["client.slope"] * 1e-6)


def test_a_variance_at_the_boundary_is_said_and_is_0() -> None:
    d = crossed(12, spread=(1.0, 0.6, 0.0))
    shifted = d.y.copy()
    for level in range(8):  # strata with the same mean residual differ less than chance
        mine = d.factors["stratum"] == level
        shifted[mine] -= shifted[mine].mean()
    fit = fit_gaussian(shifted, d.x, d.factors)
    assert fit.variances["stratum"] == 0.0
    assert np.isnan(fit.variance_se["stratum"])
    assert fit.singular
    assert fit.converged
    assert (fit.effect("stratum") == 0).all()


def test_one_effect_without_any_variance_leaves_least_squares() -> None:
    y = np.tile([0.0, 2.0], 20)
    fit = fit_gaussian(y, np.ones((40, 1)), {"group": np.repeat(np.arange(20), 2)})
    assert fit.singular
    assert fit.residual == pytest.approx(y.var(ddof=1))
    assert fit.fixed_se[0] == pytest.approx(np.sqrt(y.var(ddof=1) / 40))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.x.__setitem__((slice(None), 2), d.x[:, 1] * 2), "fixed"),
        (lambda d: d.y.__setitem__(0, np.nan), "y or fixed"),
        (lambda d: d.factors.update(client=d.factors["client"] - 1), "client"),
        (lambda d: d.factors.clear(), "factors"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_place(change, where: str) -> None:
    d = crossed(13)
    change(d)
    with pytest.raises(EvenhandError) as caught:
        fit_gaussian(d.y, d.x, d.factors)
    assert caught.value.where == where


LMER = {
    "crossed": "y ~ x1 + x2 + (1|client) + (1|therapist) + (1|stratum)",
    "slope": "y ~ x1 + x2 + (x2|client) + (1|therapist) + (1|stratum)",
}


@METHODS
def test_lme4_finds_the_same(method: str, tmp_path: Path) -> None:
    d = crossed(14, n=900, clients=80, therapists=15, strata=10, slope=0.3)
    table = {"y": d.y, "x1": d.x[:, 1], "x2": d.x[:, 2], **d.factors}
    pl.DataFrame(table).write_csv(tmp_path / "data.csv")
    reml = "TRUE" if method == "reml" else "FALSE"
    close = "lmerControl(optimizer='bobyqa', optCtrl=list(rhoend=1e-10, maxfun=1e5))"
    fits = "\n".join(f"say(lmer({one}, d, REML={reml}, control={close}))" for one in LMER.values())
    plain, slope = ask(fits, tmp_path)
    fit = fit_gaussian(d.y, d.x, d.factors, method=method)
    theirs = dict(zip(plain["grp"], plain["vcov"], strict=True))
    theirs["residual"] = theirs.pop("Residual")
    assert dict(fit.variances) == pytest.approx(theirs, rel=2e-4)
    assert fit.fixed == pytest.approx(plain["fixed"], rel=1e-4)
    assert fit.fixed_se == pytest.approx(plain["se"], rel=1e-4)
    assert fit.loglik == pytest.approx(plain["loglik"], rel=1e-8)
    with_slope = fit_gaussian(d.y, d.x, d.factors, slopes={"client": d.t}, method=method)
    names = ["client", "client.slope", "client.covariance"]
    ours = [with_slope.variances[name] for name in names]
    assert ours == pytest.approx(
        [v for g, v in zip(slope["grp"], slope["vcov"], strict=True) if g == "client"], rel=1e-3
    )
    assert with_slope.loglik >= slope["loglik"] - 1e-6
    assert with_slope.fixed == pytest.approx(slope["fixed"], rel=1e-3)
