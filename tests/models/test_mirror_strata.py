"""Do strata differ at all, and beyond the sum of their axes?"""

import numpy as np
import polars as pl
import pytest
from scipy.special import chdtrc

from evenhand.models import mirror_strata
from evenhand.models.maihda import Maihda, fit_maihda
from evenhand.models.maihda_table import Question
from evenhand.models.mirror_strata import strata_tests
from evenhand.models.mixed import fit_gaussian


def made(spread: float, seed: int, n: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    g, w, t = rng.integers(0, 3, n), rng.integers(0, 4, n), rng.integers(0, 20, n)
    meet, therapist = spread * rng.normal(size=12)[g * 4 + w], 0.4 * rng.normal(size=20)[t]
    y = rng.normal(size=n) + meet + therapist
    return pl.DataFrame({"y": y, "g": g.astype(str), "w": w.astype(str), "therapist_id": t})


def fitted(table: pl.DataFrame, outcome: str = "y", strata: tuple[str, ...] = ("g", "w")) -> Maihda:
    return fit_maihda([table], Question(outcome, strata, cluster=("therapist_id",)))


def test_the_ratio_is_that_of_two_fits_with_and_without_strata() -> None:
    table = made(0.5, seed=2)
    found = fitted(table)
    codes = table["therapist_id"].to_numpy()
    without = fit_gaussian(table["y"].to_numpy(), np.ones((400, 1)), {"therapist_id": codes})
    better = 2 * (found.null.fit.loglik - without.loglik)
    null, beyond = strata_tests(table, found)
    assert null == pytest.approx(0.5 * float(chdtrc(1, better)), rel=1e-6)
    assert null < 0.001
    assert beyond is not None


def test_a_variance_of_nothing_adds_nothing_to_the_likelihood() -> None:
    table = made(0.0, seed=4)
    found = fitted(table)
    assert found.adjusted is not None
    assert found.adjusted.var_stratum == 0
    assert strata_tests(table, found)[1] == 1.0
    columns = found.adjusted.columns
    rows = mirror_strata.used_rows(table, found.question)
    coding = mirror_strata.code_table(mirror_strata.survey([rows], found.question), found.question)
    without = mirror_strata._without(rows, coding, found, columns)
    assert without == pytest.approx(found.adjusted.fit.loglik, abs=1e-6)


def test_yes_or_no_is_tested_too_and_one_column_has_no_sum() -> None:
    table = made(1.0, seed=3).with_columns(yes=(pl.col("y") > 0).cast(pl.Int64))
    null, beyond = strata_tests(table, fitted(table, "yes"))
    assert null < 0.01
    assert beyond is not None
    assert strata_tests(table, fitted(table, "yes", ("w",)))[1] is None
