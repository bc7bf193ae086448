"""How much therapists' gaps differ, without a table of therapists."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_gaps import Gaps, fit_gaps
from evenhand.models.mirror_spread import grouped
from tests.models.reference import r_numbers


def clinic(rng: np.random.Generator, spread: float, therapists: int = 40, each: int = 15):
    who = np.repeat(np.arange(therapists), each)
    s_c = rng.uniform(-1, 1, len(who))
    slope = 0.3 + spread * rng.normal(0, 1, therapists)
    y = slope[who] * s_c + rng.normal(0, 0.3, therapists)[who] + rng.normal(0, 1, len(who))
    return pl.DataFrame(
        {
            "client_id": [f"c{n}" for n in range(len(who))],
            "therapist_id": [f"t{n}" for n in who],
            "s_c": s_c,
            "y": y,
        }
    )


def test_gaps_that_differ_are_seen() -> None:
    found = fit_gaps(clinic(np.random.default_rng(1), 0.6))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.spread < found.high
    assert found.p < 0.01
    assert found.reliability is not None
    assert 0.3 < found.reliability < 0.9


def test_gaps_that_are_alike_are_chance() -> None:
    found = fit_gaps(clinic(np.random.default_rng(2), 0.0))
    assert found.p > 0.05
    assert (found.reliability is None) == found.singular


@pytest.mark.slow
def test_the_spread_is_that_of_lme4(tmp_path) -> None:
    frame = clinic(np.random.default_rng(3), 0.5)
    rows = frame.with_columns(caseload=pl.col("s_c").mean().over("therapist_id"))
    lines = (
        "library(lme4); d$y <- d$y / sd(d$y); d$w <- d$s_c - d$caseload; "
        "m <- lmer(y ~ w + caseload + (1 + w | therapist_id), d); "
        "tell(VarCorr(m)$therapist_id[2, 2])"
    )
    (variance,) = r_numbers(lines, rows, tmp_path)
    assert (fit_gaps(frame).spread / 2) ** 2 == pytest.approx(variance, rel=2e-3)


def test_few_therapists_or_few_clients_are_refused() -> None:
    with pytest.raises(EvenhandError, match="15 therapists"):
        fit_gaps(clinic(np.random.default_rng(4), 0.5, therapists=15))
    with pytest.raises(EvenhandError, match="3 clients each"):
        fit_gaps(clinic(np.random.default_rng(4), 0.5, each=3))


def test_no_therapist_can_be_found_in_it() -> None:
    kinds = {field.type for field in fields(Gaps) if field.name != "groups"}
    assert kinds <= {"float", "float | None", "int", "bool"}  # single numbers, nothing a therapist


def by_half(frame: pl.DataFrame, wider: float = 1.0) -> pl.DataFrame:
    """With a column of groups; what is left of the upper half's clients is wider."""
    upper = pl.col("s_c") > 0
    mean = 0.3 * pl.col("s_c")
    return frame.with_columns(
        group=pl.when(upper).then(pl.lit("upper half")).otherwise(pl.lit("lower half")),
        y=pl.when(upper).then(mean + wider * (pl.col("y") - mean)).otherwise("y"),
    )


def test_what_is_left_of_each_groups_clients_is_told_with_its_n() -> None:
    found = fit_gaps(by_half(clinic(np.random.default_rng(5), 0.3), wider=2.0))
    lower, upper = found.groups
    assert (lower.group, upper.group) == ("lower half", "upper half")
    assert lower.clients + upper.clients == found.clients
    assert lower.high < upper.low
    assert found.groups_p is not None
    assert found.groups_p < 1e-6


def test_groups_that_are_left_alike_are_said_to_be() -> None:
    found = fit_gaps(by_half(clinic(np.random.default_rng(6), 0.3)))
    assert found.groups_p is not None
    assert found.groups_p > 0.05


def test_without_groups_there_is_one_residual() -> None:
    found = fit_gaps(clinic(np.random.default_rng(1), 0.6))
    assert [one.group for one in found.groups] == ["all"]
    assert found.groups_p is None


def test_shrunken_gaps_lie_nearer_together_than_the_spread_and_their_margin_is_told() -> None:
    found = fit_gaps(clinic(np.random.default_rng(1), 0.6))
    assert found.inner_low < found.inner_high
    assert found.inner_high - found.inner_low < 2 * 1.28 * found.spread
    assert found.margin > 0


def test_small_groups_share_a_residual() -> None:
    codes, labels = grouped(["a"] * 12 + ["b"] * 3 + [None] * 4 + ["c"] * 10)
    assert labels == ("a", "c", "smaller groups")
    assert np.bincount(codes).tolist() == [12, 10, 7]


@pytest.mark.slow
def test_residuals_by_group_are_those_of_nlme(tmp_path: Path) -> None:
    frame = by_half(clinic(np.random.default_rng(7), 0.5), wider=1.6)
    rows = frame.with_columns(caseload=pl.col("s_c").mean().over("therapist_id"))
    lines = (
        "library(nlme); d$y <- d$y / sd(d$y); d$w <- d$s_c - d$caseload; "
        "m <- lme(y ~ w + caseload, random = ~ 1 + w | therapist_id, "
        "weights = varIdent(form = ~ 1 | group), data = d); "
        "k <- coef(m$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE); "
        "tell(m$sigma * k[c('lower half', 'upper half')]); tell(sqrt(getVarCov(m)[2, 2]))"
    )
    lower, upper, slope = r_numbers(lines, rows, tmp_path)
    found = fit_gaps(frame)
    assert [one.sd for one in found.groups] == pytest.approx([lower, upper], rel=1e-3)
    assert found.spread / 2 == pytest.approx(slope, rel=5e-3)
