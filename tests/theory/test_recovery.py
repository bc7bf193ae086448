"""The harness finds what is sound and what is not; the plan's own slope is sound."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import t as student

from evenhand.core.share import share_of
from evenhand.models.course_tables import treatments_of, visits_of
from evenhand.models.hazard import fit_hazard
from evenhand.models.hazard_table import risk_table
from evenhand.models.incidence import cumulative_incidence
from evenhand.models.intervals import profile_interval
from evenhand.models.maihda import Question, fit_maihda
from evenhand.runs._plan_models import PLANNED, Told, fit_study
from evenhand.runs._plan_tables import Task
from evenhand.theory import shipped_theory
from evenhand.theory.studies import ESTIMANDS, Design, fit_slopes, planted, simulate_studies
from tests.theory.recovery import Estimate, Recovery, Share, Size, recover, truth_over

SMALL = Size(clients=60, therapists=6, sessions=4)


def alliance(study):
    """Mean of clients' mean rated alliance, on the form's scale, as if clients were alone."""
    rows = study.ratings.filter(
        (pl.col("instrument") == "wai-sr")
        & (pl.col("rater") == "client")
        & pl.col("value").is_not_null()
    ).with_columns(
        client=pl.col("session_id").str.slice(0, 8), value=pl.col("value").cast(pl.Float64)
    )
    means = rows.group_by("client").agg(pl.col("value").mean())["value"].to_numpy()
    half = 1.96 * means.std(ddof=1) / np.sqrt(len(means))
    return means.mean(), half


def honest(study):
    value, half = alliance(study)
    return {"alliance": Estimate(value, value - half, value + half)}


def too_sure(study):
    value, half = alliance(study)
    return {"alliance": Estimate(value + 0.2, value + 0.2 - half / 4, value + 0.2 + half / 4)}


TRUTH = {"alliance": 3.62}


def test_a_model_that_is_off_is_caught():
    found = recover(too_sure, TRUTH, SMALL, replicates=5)["alliance"]
    assert found.bias > 5 * found.bias_error
    with pytest.raises(AssertionError, match="bias"):
        found.assert_sound()


def test_fits_that_fail_are_counted():
    broken = recover(
        lambda study: (
            {"alliance": Estimate(*alliance(study), np.nan)}
            if study.world.seed == 2
            else honest(study)
        ),
        TRUTH,
        SMALL,
        replicates=3,
    )["alliance"]
    assert broken.failed == 1
    with pytest.raises(AssertionError, match="1 fits failed"):
        broken.assert_sound()


def test_coverage_out_of_the_bar_is_caught():
    low = Recovery("x", 0.0, 400, 0, 0.0, 0.1, Share(0.8, 0.76, 0.84), Share(0.2, 0.16, 0.24))
    with pytest.raises(AssertionError, match="coverage"):
        low.assert_sound()
    with pytest.raises(AssertionError, match="false findings"):
        low.assert_few_false_findings()


def test_the_truth_is_free_of_noise():
    def spread(s):
        return float(np.nanmean(np.abs(s.alliance - s.humility)))

    quiet = {"c_mu": 0.0, "c_M": 0.0}
    assert truth_over(spread, sessions=4, settings=quiet, dyads=8192) == pytest.approx(0, abs=1e-12)


def test_a_planted_slope_is_there_exactly():
    design = Design(100, 10, 6)
    s = simulate_studies(shipped_theory(), design, 40, 3)
    pairs = planted(ESTIMANDS["alliance"].pairs(s, s.client // 100), 0.25)
    assert np.polyfit(pairs.x, pairs.y, 1)[0] == pytest.approx(0.25, abs=1e-12)


def test_slopes_are_those_of_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    design = Design(100, 10, 6)
    s = simulate_studies(shipped_theory(), design, 3, 3)
    pairs = ESTIMANDS["outcome"].pairs(s, s.client // 100)
    fits = fit_slopes(pairs, 3)
    for study in range(3):
        here = pairs.study == study
        model = sm.OLS(pairs.y[here], sm.add_constant(pairs.x[here])).fit(
            cov_type="cluster", cov_kwds={"groups": pairs.therapist[here]}, use_t=True
        )
        assert fits.estimate[study] == pytest.approx(model.params[1], rel=1e-9)
        assert fits.error[study] == pytest.approx(model.bse[1], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ESTIMANDS))
def test_the_plans_own_slope_holds_its_level_and_its_truth(name):
    """2,000 studies of 400 clients with 40 therapists: nothing planted, then .2 SD."""
    design, studies = Design(400, 40, 8), 2000
    s = simulate_studies(shipped_theory(), design, studies, 11)
    for effect in (0.0, 0.2):
        pairs = planted(ESTIMANDS[name].pairs(s, s.client // 400), effect)
        fits = fit_slopes(pairs, studies)
        reach = student.ppf(0.975, fits.df) * fits.error
        coverage = np.mean(np.abs(fits.estimate - effect) <= reach)
        error = fits.estimate.std(ddof=1) / np.sqrt(studies)
        assert 0.93 <= coverage <= 0.97
        assert abs(fits.estimate.mean() - effect) < 3 * error + 0.005


@pytest.mark.slow
def test_a_flat_society_gives_few_false_findings():
    """A difference between clients' groups in rated alliance, errors by therapist, h = 0."""

    def gap(study):
        rows = study.ratings.filter(
            (pl.col("instrument") == "wai-sr") & (pl.col("rater") == "client")
        ).with_columns(pl.col("value").cast(pl.Float64))
        sessions = study.sessions.select("session_id", "client_id", "therapist_id")
        people = study.people.select(client_id="person_id", few=pl.col("ethnicity") != "White")
        means = (
            rows.join(sessions, on="session_id")
            .group_by("client_id", "therapist_id")
            .agg(pl.col("value").mean())
            .drop_nulls()
            .join(people, on="client_id")
            .sort("client_id")
        )
        from evenhand.theory.studies import Pairs

        _, therapist = np.unique(means["therapist_id"], return_inverse=True)
        x, y = means["few"].to_numpy().astype(float), means["value"].to_numpy()
        fits = fit_slopes(Pairs(x, y, np.zeros(len(x), dtype=int), therapist), 1)
        value = float(fits.estimate[0])
        half = float(student.ppf(0.975, fits.df[0]) * fits.error[0])
        return {"gap": Estimate(value, value - half, value + half)}

    flat = {"h": 0.0}
    found = recover(gap, {"gap": 0.0}, Size(200, 20, 6), replicates=150, settings=flat)["gap"]
    found.assert_few_false_findings()
    found.assert_sound((0.92, 0.98))


AT_RANDOM = {"c_A": 0.0, "c_N": 0.0, "c_R": 0.0}
"""Who leaves has nothing to do with how it goes: what a growth model takes for granted."""
PLANTED = {
    "mirror": 0.3,
    "mirror_difference": 0.3,
    "mirror_treatment": 0.3,
    "ladder": 0.1,
    "maihda": 0.05,
    "hazard": 0.3,
    "incidence": 0.1,
    "growth": -0.2,
    "joint": -0.2,
    "lead_lag": 0.15,
}


def studies_of(name, effect):
    """120 studies of 300 clients with 30 therapists, as `plan` makes them."""
    n = 120
    theory = shipped_theory().with_(AT_RANDOM if name in ("growth", "joint") else {})
    tasks = (Task(theory, Design(300, 30, 8), 5 + k, effect) for k in range(n))
    told = [fit_study(name, task) for task in tasks]
    return [one for one in told if isinstance(one, Told)], n


def test_every_plan_is_held_to_what_it_plants():
    assert set(PLANTED) == set(PLANNED)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_models_find_what_was_planted(name):
    effect = PLANTED[name]
    told, n = studies_of(name, effect)
    # a line over ten rungs does not always settle
    assert len(told) >= (0.95 if name == "ladder" else 1.0) * n
    values = np.array([one.value for one in told])
    error = values.std(ddof=1) / np.sqrt(len(told))
    assert abs(values.mean() - effect) < 3 * error
    _, low, high = share_of(sum(one.low <= effect <= one.high for one in told), len(told))
    assert low <= 0.97
    assert high >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PLANTED))
def test_models_find_little_where_nothing_was_planted(name):
    told, n = studies_of(name, 0.0)
    _, low, _ = share_of(sum(one.found for one in told), n)
    assert low <= 0.05


def whole_study(study):
    """A study folder as the models of treatments read it: who left, with what, and strata."""
    visits = visits_of(study.sessions).table
    treatments = treatments_of(visits, 3650).table
    left = cumulative_incidence(
        treatments["sessions_n"].to_numpy().astype(float),
        treatments["ended"].to_list(),
        ("dropped out", "completed"),
        therapist=treatments["therapist_id"].to_list(),
    ).filter(pl.col("cause") == "dropped out")
    last = left.row(-1, named=True)
    ladder = study.people.select(client_id="person_id", lower=-pl.col("ladder").cast(pl.Float64))
    dyads = treatments.join(ladder, on="client_id").select("dyad", "lower")
    risk = risk_table(visits, treatments, dyads=dyads)
    hazard = fit_hazard(risk, "dropped out", ("lower", "log_session"))
    weight, error = hazard.fixed[1], float(np.sqrt(hazard.fixed_cov[1, 1]))
    return {
        "left": Estimate(last["share"], last["low"], last["high"]),
        "lower": Estimate(weight, weight - 1.96 * error, weight + 1.96 * error),
        "strata": strata(study),
    }


def strata(study):
    """VPC of clients' mean alliance between strata, in the model's own profile interval."""
    rated = study.ratings.filter(
        (pl.col("instrument") == "wai-sr") & (pl.col("rater") == "client")
    ).with_columns(pl.col("value").cast(pl.Float64))
    means = (
        rated.join(study.sessions, on="session_id")
        .group_by("client_id", "therapist_id")
        .agg(y=pl.col("value").mean())
        .drop_nulls()
        .join(study.people.select("ethnicity", "gender", client_id="person_id"), on="client_id")
        .sort("client_id")
    )
    question = Question("y", ("ethnicity", "gender"), cluster=("therapist_id",), family="gaussian")
    null = fit_maihda([means], question, bootstrap=0).null
    low, high = profile_interval(null.fit, "stratum")
    return Estimate(null.vpc, low, 1e6 if high is None else high)


@pytest.mark.slow
def test_treatments_of_a_flat_society_come_back_from_their_study_folders():
    """Who leaves is recovered; position foretells nothing; strata do not differ."""
    flat = {"h": 0.0}
    left = truth_over(lambda s: float(s.dropped.mean()), sessions=8, settings=flat)
    truth = {"left": left, "lower": 0.0, "strata": 0.0}
    found = recover(whole_study, truth, Size(300, 30, 8), replicates=80, settings=flat)
    found["lower"].assert_sound((0.92, 0.98))
    for name in ("lower", "strata"):
        found[name].assert_few_false_findings()
    found["left"].assert_sound((0.92, 0.98))
