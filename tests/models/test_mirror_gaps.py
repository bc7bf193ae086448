"""How much therapists' gaps differ, without a table of therapists."""

from dataclasses import fields

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.mirror_gaps import Gaps, fit_gaps
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
    kinds = {field.type for field in fields(Gaps)}
    assert kinds <= {"float", "float | None", "int", "bool"}  # single numbers, nothing a therapist
