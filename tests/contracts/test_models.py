"""What every model promises, over all that are found."""

from __future__ import annotations

import math

import polars as pl
import pytest

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError
from evenhand.core.model import Model

MODELS: dict[str, Model] = discover("model")
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def test_maihda_is_among_them() -> None:
    assert "maihda" in MODELS


@every_model
def test_the_worked_example_comes_out(model: Model) -> None:
    fit = model.fit(pl.DataFrame(list(model.example)), model.design)
    found = {name: one.value for name, one in (fit.estimates | fit.variances).items()}
    assert {name: found[name] for name in model.expected} == pytest.approx(
        dict(model.expected), rel=1e-5
    )
    assert fit.model == model.name
    assert 0 < fit.n <= len(model.example)
    assert all(levels > 0 for levels in fit.levels.values())


@every_model
def test_no_estimate_stands_outside_its_interval(model: Model) -> None:
    fit = model.fit(pl.DataFrame(list(model.example)), model.design)
    for one in (*fit.estimates.values(), *fit.variances.values()):
        assert math.isfinite(one.value)
        assert one.low is None or one.low <= one.value
        assert one.high is None or one.value <= one.high


@every_model
def test_the_order_of_rows_does_not_matter(model: Model) -> None:
    table = pl.DataFrame(list(model.example))
    one = model.fit(table, model.design)
    two = model.fit(table.reverse(), model.design)
    for name, found in one.estimates.items():
        assert two.estimates[name].value == pytest.approx(found.value, rel=1e-5)


@every_model
def test_too_little_is_refused_with_a_reason_or_said(model: Model) -> None:
    table = pl.DataFrame(list(model.example)).head(1)
    try:
        said = list(model.fit(table, model.design).warnings)
    except EvenhandError as error:
        said = [error.what, error.remedy]
    assert said
    assert all(len(line) > 20 for line in said)


@every_model
def test_it_says_what_it_estimates_and_from_where(model: Model) -> None:
    assert model.title.endswith("?")
    assert len(model.estimand) > 40
    assert model.needs
    assert any(char.isdigit() for char in model.source)
