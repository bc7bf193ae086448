"""MAIHDA by its rules, on made-up tables and on the health survey beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from evenhand.core.errors import EvenhandError
from evenhand.models.maihda import fit_maihda
from evenhand.models.maihda_table import Question, independent, survey

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared" / "data"))
HEALTH = SHARED / "maihda_health.csv"
AXES = ("Gender", "Race", "Education")
health = pytest.mark.skipif(not HEALTH.exists(), reason=f"needs {HEALTH.name} in shared data")


def table(seed: int, n: int = 600, interaction: float = 1.0) -> pl.DataFrame:
    """An outcome by gender, work and origin, with a covariate and therapists."""
    rng = np.random.default_rng(seed)
    g, w, o = rng.integers(0, 2, n), rng.integers(0, 4, n), rng.integers(0, 3, n)
    effect = rng.normal(0, interaction, 24)[g * 12 + w * 3 + o]
    therapist = rng.integers(0, 15, n)
    age = rng.uniform(20, 60, n)
    y = 10 + 0.5 * g + 0.8 * w - 0.4 * o + effect + 0.02 * age
    y = y + rng.normal(0, 0.7, 15)[therapist] + rng.normal(0, 2, n)
    return pl.DataFrame(
        {
            "score": y,
            "gender": np.array(["man", "woman"])[g],
            "work": np.array(["a", "b", "c", "d"])[w],
            "origin": np.array(["x", "y", "z"])[o],
            "age": age,
            "therapist": therapist,
            "better": np.where(rng.uniform(size=n) < expit(y - 12), "yes", "no"),
        }
    )


def asked(**changes) -> Question:
    return Question(**({"outcome": "score", "strata": ("gender", "work", "origin")} | changes))


@health
@pytest.mark.parametrize(
    ("method", "null", "adjusted", "residual", "pcv"),
    [
        ("reml", 2.96198, 1.18378, (43.40578, 43.42312), 0.60034),
        ("ml", 2.86413, 0.66284, None, 0.76857),
    ],
)
def test_the_health_surveys_published_figures(method, null, adjusted, residual, pcv) -> None:
    question = Question("BMI", AXES)
    found = fit_maihda([pl.read_csv(HEALTH)], question, method)
    assert (found.n, found.n_strata) == (3000, 50)
    assert found.null.var_stratum == pytest.approx(null, rel=1e-4)
    assert found.adjusted is not None
    assert found.adjusted.var_stratum == pytest.approx(adjusted, rel=1e-4)
    assert found.pcv == pytest.approx(pcv, rel=1e-4)
    if residual:
        assert found.null.var_residual == pytest.approx(residual[0], rel=1e-6)
        assert found.adjusted.var_residual == pytest.approx(residual[1], rel=1e-6)


@health
def test_the_health_surveys_yes_or_no() -> None:
    found = fit_maihda([pl.read_csv(HEALTH)], Question("Obese", AXES))
    assert (found.family, found.method) == ("binomial", "laplace")
    assert found.null.var_stratum == pytest.approx(0.22267, rel=1e-4)
    assert found.null.vpc == pytest.approx(0.063392, rel=1e-4)  # lme4: .0633922


@health
def test_rows_with_a_missing_value_are_left_out_and_counted() -> None:
    question = Question("BMI", AXES, covariates=("Poverty",))
    found = fit_maihda([pl.read_csv(HEALTH, null_values="NA")], question)
    assert found.n == 2792
    assert any("208 of 3,000 rows" in line and "Poverty" in line for line in found.warnings)


def test_one_file_and_a_thousand_say_the_same() -> None:
    whole = table(1)
    question = asked(covariates=("age",), cluster=("therapist",))
    one = fit_maihda([whole], question)
    many = fit_maihda([whole[at : at + 7] for at in range(0, whole.height, 7)], question)
    assert many.pcv == pytest.approx(one.pcv, rel=1e-5)
    assert many.null.fit.fixed == pytest.approx(one.null.fit.fixed)
    assert many.strata["name"].to_list() == one.strata["name"].to_list()
    assert many.strata["effect"].to_numpy() == pytest.approx(one.strata["effect"].to_numpy())
    yes = asked(outcome="better")
    many = fit_maihda([whole[at : at + 7] for at in range(0, whole.height, 7)], yes)
    assert many.null.vpc == pytest.approx(fit_maihda([whole], yes).null.vpc, rel=1e-5)


def test_covariates_enter_both_models_and_axes_the_adjusted_one_only() -> None:
    found = fit_maihda([table(2)], asked(covariates=("age", "origin")))
    assert list(found.null.fixed) == ["(Intercept)", "age", "origin: y", "origin: z"]
    assert found.adjusted is not None
    assert list(found.adjusted.fixed)[4:] == ["gender: woman", "work: b", "work: c", "work: d"]


def test_with_one_strata_column_there_is_nothing_to_add() -> None:
    found = fit_maihda([table(3)], asked(strata=("work",)))
    assert found.adjusted is None
    assert found.pcv is None
    assert found.n_strata == 4
    assert found.strata["effect"].to_list() == found.strata["total"].to_list()


def test_two_words_are_read_as_0_and_1_in_sorted_order() -> None:
    found = fit_maihda([table(4)], asked(outcome="better"))
    flipped = table(4).with_columns(better=pl.when(pl.col("better") == "yes").then(1).otherwise(0))
    same = fit_maihda([flipped], asked(outcome="better"))
    assert found.family == same.family == "binomial"
    assert found.null.fit.fixed == pytest.approx(same.null.fit.fixed)
    assert any("better: yes is read as 1" in line for line in found.warnings)
    linear = fit_maihda([table(4)], asked(outcome="better", family="gaussian"))
    share = (table(4)["better"] == "yes").mean()
    assert linear.null.fixed["(Intercept)"][0] == pytest.approx(share, abs=0.1)


def test_strata_without_any_difference_are_said_to_have_none() -> None:
    rows = [
        {"score": value, "gender": g, "work": w}
        for g in "mw"
        for w in "abc"
        for value in (1.0, 2.0, 3.0)
    ]
    found = fit_maihda([pl.DataFrame(rows)], asked(strata=("gender", "work")))
    assert found.null.var_stratum == 0.0
    assert found.null.fit.singular
    assert found.null.vpc == 0.0
    assert found.pcv is None
    assert any("boundary" in line for line in found.warnings)


def test_where_only_the_axes_count_pcv_is_1() -> None:
    rows = [
        {"score": 3.0 * (g == "m") + ord(w) + value, "gender": g, "work": w}
        for g in "mw"
        for w in "abc"
        for value in (-1.0, 0.0, 1.0)
    ]
    found = fit_maihda([pl.DataFrame(rows)], asked(strata=("gender", "work")))
    assert found.pcv == 1.0
    assert found.adjusted is not None
    assert found.adjusted.fit.singular


def test_clusters_are_crossed_and_share_the_variance() -> None:
    found = fit_maihda([table(5, n=1500)], asked(cluster=("therapist",)))
    v = found.null.fit.variances
    assert set(v) == {"stratum", "therapist", "residual"}
    assert found.null.vpc == pytest.approx(v["stratum"] / sum(v.values()))


def test_a_predicted_mean_lies_between_the_stratums_own_and_what_its_axes_say() -> None:
    data = table(6)
    found = fit_maihda([data], asked())
    own = data.group_by(["gender", "work", "origin"]).agg(pl.col("score").mean())
    names = pl.concat_str(["gender", "work", "origin"], separator=" × ")
    both = found.strata.join(own.with_columns(name=names), on="name")
    additive = both["predicted"] - both["effect"]
    ends = pl.DataFrame({"a": both["score"], "b": additive, "p": both["predicted"]})
    inside = ends.select(
        pl.col("p").is_between(
            pl.min_horizontal("a", "b") - 1e-9, pl.max_horizontal("a", "b") + 1e-9
        )
    )
    assert inside["p"].all()


def test_numbers_of_a_yes_or_no_outcome() -> None:
    found = fit_maihda([table(7, n=1500)], asked(outcome="better"))
    assert found.mor == pytest.approx(np.exp(0.6744898 * np.sqrt(2 * found.null.var_stratum)))
    data = table(7, n=1500)
    names = pl.concat_str(["gender", "work", "origin"], separator=" × ")
    rows = data.with_columns(name=names).join(found.strata, on="name")
    yes = rows.filter(pl.col("better") == "yes")["predicted"].to_numpy()
    no = rows.filter(pl.col("better") == "no")["predicted"].to_numpy()
    pairs = (yes[:, None] > no).mean() + (yes[:, None] == no).mean() / 2
    null = fit_maihda([data], asked(outcome="better"))
    assert null.auc == pytest.approx(pairs, abs=0.02)
    rng = np.random.default_rng(7)
    sd = np.sqrt(found.null.var_stratum)
    p = expit(found.null.fixed["(Intercept)"][0] + rng.normal(0, sd, 400_000))
    drawn = p.var() / (p.var() + (p * (1 - p)).mean())
    assert found.vpc_response == pytest.approx(drawn, rel=0.01)


def test_a_column_that_others_add_up_to_is_left_out_and_said() -> None:
    data = table(8).with_columns(twice=pl.col("age") * 2)
    found = fit_maihda([data], asked(covariates=("age", "twice")))
    assert "twice" not in found.null.fixed
    assert any("twice" in line for line in found.warnings)


def test_dependent_columns_are_found_in_their_order() -> None:
    x = np.random.default_rng(9).normal(size=(50, 4))
    x[:, 2] = x[:, 0] - x[:, 1]
    assert independent(x.T @ x) == [0, 1, 3]


def test_levels_that_are_numbers_stand_by_size() -> None:
    data = table(10).with_columns(work=pl.Series(np.tile([2, 10, 1, 3], 150)))
    assert survey([data], asked()).levels["work"] == ["1", "2", "3", "10"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"outcome": "nobody"}, "nobody"),
        ({"outcome": "work"}, "work"),
        ({"strata": ("age", "gender")}, "age"),
        ({"strata": ("gender",)}, "stratum"),
        ({"strata": ()}, "strata"),
        ({"family": "binomial"}, "score"),
        ({"cluster": ("gender",)}, "gender"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(changes, where: str) -> None:
    with pytest.raises(EvenhandError) as caught:
        fit_maihda([table(11)], asked(**changes))
    assert where in caught.value.where


def test_an_id_for_every_row_is_no_cluster() -> None:
    data = table(12).with_row_index("row")
    with pytest.raises(EvenhandError, match="cannot be told from the rest"):
        fit_maihda([data], asked(cluster=("row",)))


def test_no_complete_row_is_refused() -> None:
    data = table(13).with_columns(age=pl.lit(None, pl.Float64))
    with pytest.raises(EvenhandError, match="No row"):
        fit_maihda([data], asked(covariates=("age",)))
