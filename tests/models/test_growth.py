"""Growth: lme4's figures, bands that hold, flags with their errors, leavers shifted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import as_series
from evenhand.models.growth import Shape, fit_growth, growth_table
from evenhand.models.growth_band import band_ahead, course_before, expected_band, own_course
from evenhand.models.growth_flag import flag_courses, flag_table
from evenhand.models.growth_shift import shifted_change
from tests.models.made_up_course import OUTCOME, frame_of, layout, outcome_study
from tests.models.reference import r_numbers

LME4 = """library(lme4)
for (x in list(d$number, log1p(d$number))) {
  d$x <- x
  m <- lmer(score ~ x + (1 + x | dyad), data = d, REML = TRUE,
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
  v <- as.data.frame(VarCorr(m))$vcov
  tell(fixef(m)); tell(v); tell(sqrt(diag(vcov(m)))); tell(logLik(m)); tell(coef(m)$dyad[1:5, 2])
}"""


def test_the_fit_is_lme4s(tmp_path: Path) -> None:
    series, _ = outcome_study(np.random.default_rng(3), 100)
    theirs = r_numbers(LME4, frame_of(series), tmp_path)
    parts: tuple[tuple[Shape, list[float]], ...] = (("linear", theirs[:14]), ("log", theirs[14:]))
    for shape, numbers in parts:
        fit = fit_growth(series, shape=shape)
        cov = fit.dyad_cov
        ours = [fit.level, fit.slope, cov[0, 0], cov[1, 1], cov[0, 1], fit.noise_sd**2]
        ours += [*np.sqrt(np.diagonal(fit.fixed_cov)), fit.loglik]
        assert ours == pytest.approx(numbers[:9], rel=1e-4)
        # Without the mean course's uncertainty a dyad's course is lme4's.
        bare = replace(fit, fixed_cov=np.zeros((2, 2)))
        assert own_course(series, bare).slope[:5] == pytest.approx(numbers[9:], rel=1e-4)


def test_the_shape_is_the_likelier_one() -> None:
    series, _ = outcome_study(np.random.default_rng(4), 80)
    assert fit_growth(series).shape == "linear"
    bent = as_series(layout(np.random.default_rng(5), 80, 14))
    rng = np.random.default_rng(6)
    y = 20 - 4 * np.log1p(bent.t) + 3 * rng.standard_normal(bent.n)[bent.code]
    assert fit_growth(bent.with_y(y + rng.standard_normal(y.size))).shape == "log"


def test_a_course_is_the_conditional_normal_of_earlier_scores() -> None:
    series, _ = outcome_study(np.random.default_rng(5), 12)
    before = course_before(series, OUTCOME)
    for row in np.flatnonzero(series.place >= 3)[:10]:
        rows = np.flatnonzero((series.code == series.code[row]) & (np.arange(series.y.size) < row))
        z = np.column_stack([np.ones(rows.size), series.t[rows]])
        whole = z @ OUTCOME.dyad_cov @ z.T + OUTCOME.noise_sd**2 * np.eye(rows.size)
        gain = OUTCOME.dyad_cov @ z.T @ np.linalg.inv(whole)
        expected = gain @ (series.y[rows] - OUTCOME.mean(series.t[rows]))
        cov = OUTCOME.dyad_cov - gain @ z @ OUTCOME.dyad_cov
        assert before.level[row] == pytest.approx(OUTCOME.level + expected[0])
        assert before.slope[row] == pytest.approx(OUTCOME.slope + expected[1])
        assert before.v_cross[row] == pytest.approx(cov[0, 1])
        assert before.v_slope[row] == pytest.approx(cov[1, 1])


def test_three_sessions_suffice_for_a_wide_band() -> None:
    series, _ = outcome_study(np.random.default_rng(6), 60)
    band = expected_band(series, fit_growth(series))
    assert band["expected"].is_null().to_list() == (series.place < 2).tolist()
    width = (band["band_high"] - band["band_low"]).to_numpy()
    third = width[series.place == 2].mean()
    assert third > width[series.place == 8].mean() > 2 * 1.96 * OUTCOME.noise_sd * 0.9


def test_the_band_ahead_widens_and_ends_where_asked() -> None:
    series, _ = outcome_study(np.random.default_rng(7), 60)
    growth = fit_growth(series)
    last = series.t[series.starts + series.counts - 1]
    ahead = band_ahead(series, growth, last + 3)
    one = ahead.filter(ahead["dyad"] == ahead["dyad"][0])
    assert one["number"].to_list() == [
        int(last[series.dyads == one["dyad"][0]][0]) + k for k in (1, 2, 3)
    ]
    assert (one["band_high"] - one["band_low"]).is_sorted()
    assert band_ahead(series, growth, np.full(series.n, np.nan)).height == 0


def test_a_dyad_that_gets_worse_is_flagged() -> None:
    series, _ = outcome_study(np.random.default_rng(8), 120)
    growth = fit_growth(series)
    y = series.y.copy()
    worst = int(np.flatnonzero(series.counts >= 10)[0])
    rows = series.code == worst
    y[rows] = 12 + 1.5 * series.t[rows]
    flags = flag_courses(series.with_y(y), growth, -1, np.random.default_rng(9))
    assert flags.flag[rows].any()
    assert not flags.flag[series.place < 2].any()


def test_the_flag_says_how_often_it_errs() -> None:
    series, _ = outcome_study(np.random.default_rng(10), 120)
    flags = flag_courses(series, fit_growth(series), -1, np.random.default_rng(11))
    assert flags.false_alarms == pytest.approx(0.10, abs=0.01)
    assert flags.misses is not None
    assert 0 < flags.misses_low < flags.misses < flags.misses_high < 1  # type: ignore[operator]
    assert flag_table(flags)["not_better_n"][0] > 100


def test_turning_the_scale_turns_nothing_else() -> None:
    series, _ = outcome_study(np.random.default_rng(12), 60)
    growth = fit_growth(series, shape="linear")
    turned = series.with_y(30 - series.y)
    mirror = fit_growth(turned, shape="linear")
    first = flag_courses(series, growth, -1, np.random.default_rng(1))
    second = flag_courses(turned, mirror, 1, np.random.default_rng(1))
    assert second.chance == pytest.approx(first.chance, abs=1e-4)


def test_without_differing_slopes_nothing_is_flagged() -> None:
    series, _ = outcome_study(np.random.default_rng(13), 20)
    level = replace(OUTCOME, dyad_cov=np.diag([20.0, 0.0]))
    with pytest.raises(EvenhandError, match="none can stand out"):
        flag_courses(series, level, -1, np.random.default_rng(1))


def test_caseloads_that_differ_widen_the_mean_courses_errors() -> None:
    rng = np.random.default_rng(14)
    series, _ = outcome_study(rng, 240, 8)
    therapist = np.arange(series.n) % 12
    y = series.y + 0.6 * rng.standard_normal(12)[therapist][series.code] * series.t
    plain, robust = fit_growth(series.with_y(y)), fit_growth(series.with_y(y), therapist)
    assert robust.fixed_cov[1, 1] > 2 * plain.fixed_cov[1, 1]
    assert robust.therapists_n == 12
    few = fit_growth(series, np.arange(series.n) % 3)
    assert any("3 therapists" in note for note in few.notes)


def test_the_table_of_parameters_has_intervals() -> None:
    series, _ = outcome_study(np.random.default_rng(17))
    table = growth_table(fit_growth(series, shape="linear"))
    middle = series.t.mean()
    level = 20 - 2 * 0.5 * middle + 0.35 * middle**2
    truth = [16.0, -0.7, np.sqrt(level), np.sqrt(0.35), 2.5]
    for row, true in zip(table.rows(), truth, strict=True):
        assert row[2] < true < row[3]


def test_leavers_who_do_worse_take_from_the_mean() -> None:
    table = shifted_change(OUTCOME, 11, 30, 100, -1, 6.0)
    # −.7 over ten sessions is −7; 30 of 100 left, and a full shift is 6 points of each
    assert table["change"].to_list() == pytest.approx([-7, -6.1, -5.2])
    assert table["tipping_points"][0] == pytest.approx(7 / 0.3)
    assert shifted_change(OUTCOME, 11, 0, 100, -1, 6.0)["tipping_points"][0] is None


def test_few_dyads_are_refused() -> None:
    series, _ = outcome_study(np.random.default_rng(16), 6)
    with pytest.raises(EvenhandError, match="too few for a course"):
        fit_growth(series)


@pytest.mark.slow
@pytest.mark.parametrize("dyads", [25, 150])
def test_the_band_covers(dyads: int) -> None:
    rng = np.random.default_rng(30 + dyads)
    inside = []
    for _ in range(200):
        series, _ = outcome_study(rng, dyads)
        inside.append(expected_band(series, fit_growth(series))["inside"].drop_nulls().to_numpy())
    assert 0.93 <= np.concatenate(inside).mean() <= 0.97


@pytest.mark.slow
def test_the_flags_errors_are_those_of_new_courses() -> None:
    rng = np.random.default_rng(31)
    alarms, missed, stated = [], [], []
    for _ in range(40):
        series, slopes = outcome_study(rng, 300)
        flags = flag_courses(series, fit_growth(series), -1, rng)
        long, ever = series.counts >= 3, np.maximum.reduceat(flags.flag, series.starts)
        alarms += ever[long & (slopes < 0)].tolist()
        missed += (~ever[long & (slopes >= 0)]).tolist()
        stated.append((flags.false_alarms, flags.misses))
    assert np.mean(alarms) == pytest.approx(np.mean([s[0] for s in stated]), abs=0.02)
    assert np.mean(missed) == pytest.approx(np.mean([s[1] for s in stated]), abs=0.05)
