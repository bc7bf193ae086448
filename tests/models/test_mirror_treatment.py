"""Alliance, outcome and leaving by standing, within caseloads and between them."""

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_treatment import fit_treatment
from tests.models.reference import r_numbers


def clinic(rng: np.random.Generator, within: float, between: float) -> pl.DataFrame:
    """A row a client; caseloads differ in their mean standing."""
    mean = rng.uniform(-0.5, 0.5, 40)
    therapist = np.repeat(np.arange(40), 15)
    s_c = np.clip(mean[therapist] + rng.uniform(-0.5, 0.5, 600), -1, 1)
    own = pl.DataFrame({"t": therapist, "s": s_c}).select(pl.col("s").mean().over("t"))["s"]
    caseload = own.to_numpy()
    first = rng.normal(15, 4, 600)
    y = within * (s_c - caseload) + between * caseload + rng.normal(0, 0.3, 40)[therapist]
    return pl.DataFrame(
        {
            "client_id": [f"c{n}" for n in range(600)],
            "therapist_id": [f"t{n}" for n in therapist],
            "s_t": rng.uniform(-1, 1, 40)[therapist],
            "s_c": s_c,
            "first": first,
            "signal": y,
            "y": y + 0.5 * (first - 15) + rng.normal(0, 1, 600),
        }
    )


def test_within_and_between_caseloads_are_told_apart() -> None:
    frame = clinic(np.random.default_rng(2), within=0.0, between=-1.5)
    found = fit_treatment(frame, "gaussian", ["first"])
    assert not found.within.clear
    assert found.between.clear
    assert found.between.low < 2 * -1.5 / found.spread < found.between.high


def test_a_gap_within_caseloads_is_no_gap_between_them() -> None:
    frame = clinic(np.random.default_rng(3), within=1.0, between=0.0)
    found = fit_treatment(frame, "gaussian", ["first"])
    assert found.within.low < 2 * 1.0 / found.spread < found.within.high
    assert found.within.clear
    assert not found.between.clear
    assert found.e_value.estimate > found.e_value.limit > 1


@pytest.mark.slow
def test_the_figures_are_those_of_lme4(tmp_path) -> None:
    frame = clinic(np.random.default_rng(5), within=0.6, between=-0.5)
    caseload = frame.with_columns(caseload=pl.col("s_c").mean().over("therapist_id"))
    lines = (
        "library(lme4); d$y <- d$y / sd(d$y); "
        "m <- lmer(y ~ s_c + caseload + s_t + first + (1 | therapist_id), d); "
        "tell(fixef(m)[2:4]); tell(sqrt(diag(vcov(m)))[2:4])"
    )
    reference = r_numbers(lines, caseload, tmp_path)
    found = fit_treatment(frame, "gaussian", ["first"])
    assert found.within.estimate == pytest.approx(2 * reference[0], rel=1e-4)
    assert found.between.estimate == pytest.approx(2 * (reference[0] + reference[1]), rel=1e-4)
    assert found.within.se == pytest.approx(2 * reference[3], rel=1e-4)
    assert found.therapist is not None
    assert found.therapist.estimate == pytest.approx(2 * reference[2], rel=1e-4)


def test_leaving_is_a_log_odds_ratio_over_the_whole_ladder() -> None:
    rng = np.random.default_rng(9)
    frame = clinic(rng, within=-1.0, between=-1.0)
    risk = 1 / (1 + np.exp(-(frame["signal"].to_numpy() - 1)))
    left = frame.with_columns(y=pl.Series((rng.uniform(size=600) < risk).astype(float)))
    found = fit_treatment(left, "logit")
    assert found.within.low < -2.0 < found.within.high
    assert 0 < found.spread < 1


def test_where_therapists_said_nothing_of_themselves_clients_are_compared_all_the_same() -> None:
    frame = clinic(np.random.default_rng(2), within=1.0, between=0.0)
    found = fit_treatment(frame.with_columns(s_t=pl.lit(None, pl.Float64)), "gaussian", ["first"])
    assert found.therapist is None
    assert found.within.clear
    assert any("not known" in warning for warning in found.warnings)


def test_too_few_people_are_refused() -> None:
    frame = clinic(np.random.default_rng(2), within=1.0, between=0.0)
    with pytest.raises(EvenhandError, match="What is compared"):
        fit_treatment(frame.head(60), "gaussian")


def test_a_row_a_session_gives_clients_an_effect_of_their_own() -> None:
    rng = np.random.default_rng(6)
    frame = clinic(rng, within=0.8, between=0.0).select(pl.exclude("first"))
    many = pl.concat([frame.with_columns(number=pl.lit(float(n))) for n in range(3)])
    noisy = many.with_columns(y=pl.col("y") + pl.Series(rng.normal(0, 0.5, many.height)))
    found = fit_treatment(noisy, "gaussian", ["number"])
    assert set(found.variances) == {"therapist", "client", "residual"}
    assert found.rows == 3 * 600
    assert found.clients == 600
