"""The models over time as parts: examples come out as declared; expected values by other ways."""

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from evenhand.core.discovery import discover
from evenhand.core.model import Model
from evenhand.models.course_examples import leaving, ratings, scores
from evenhand.models.course_models import MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_the_example_comes_out_as_declared(model: Model) -> None:
    fit = model.fit(pl.DataFrame(model.example), model.design)
    both = {**fit.estimates, **fit.variances}
    found = {name: both[name].value for name in model.expected}
    assert found == pytest.approx(dict(model.expected), rel=1e-4)
    assert fit.n > 0


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_every_model_is_found_and_says_what_it_needs(model: Model) -> None:
    assert discover("model")[model.name] is model
    assert model.needs
    assert model.source


def test_growth_of_a_full_table_is_what_an_analysis_of_variance_gives() -> None:
    """With all five scores of all dyads: mean of the dyads' own lines, and what they leave."""
    table = pl.DataFrame(scores())
    y = table["score"].to_numpy().reshape(10, 5)
    x = np.column_stack([np.ones(5), np.arange(1, 6)])
    lines, left, *_ = np.linalg.lstsq(x, y.T, rcond=None)
    expected = next(m for m in MODELS if m.name == "growth").expected
    assert lines.mean(axis=1) == pytest.approx([expected["level"], expected["change"]])
    assert left.sum() / 30 == pytest.approx(expected["noise"])


def test_the_hazards_example_is_statsmodels() -> None:
    table = pl.DataFrame(leaving())
    z = (table["alliance"] - table["alliance"].mean()) / table["alliance"].std()
    k = (table["next"] == "dropped out").to_numpy().astype(float)
    theirs = sm.Logit(k, np.column_stack([np.ones(z.len()), z])).fit(disp=0).params[1]
    expected = next(m for m in MODELS if m.name == "hazard").expected
    assert theirs == pytest.approx(expected["alliance"], rel=1e-4)


def test_the_rupture_of_the_example_is_the_one_that_was_put_in() -> None:
    from evenhand.models.course_series import as_series
    from evenhand.models.rupture import find_ruptures
    from evenhand.models.rupture_model import fit_usual

    table = pl.DataFrame(ratings())
    series = as_series(table)
    row = find_ruptures(series, fit_usual(series))["row"].to_list()
    assert table[row].select("dyad", "number").rows() == [("d3", 5)]


def many(name: str) -> pl.DataFrame:
    """A model's example twelve times over, each copy with a therapist of its own."""
    model = next(m for m in MODELS if m.name == name)
    table = pl.DataFrame(model.example).with_row_index("row")
    if "dyad" not in table.columns:
        table = table.with_columns(dyad=pl.col("row").cast(pl.String))
    copies = [
        table.with_columns(
            dyad=pl.format("{}/{}", pl.col("dyad"), pl.lit(j)), therapist_id=pl.lit(f"t{j:02}")
        )
        for j in range(12)
    ]
    return pl.concat(copies)


@pytest.mark.parametrize("name", ["growth", "incidence"])
def test_errors_allow_for_therapists_whose_clients_are_alike(name: str) -> None:
    """Caseloads that are the same do not differ at all: what is left of an error is next to 0."""
    model = next(m for m in MODELS if m.name == name)
    table = many(name)
    known, unknown = (model.fit(t, model.design) for t in (table, table.drop("therapist_id")))
    assert known.levels["therapist_id"] == 12
    assert not any("independent" in w for w in known.warnings)
    assert any("No therapist is told" in w for w in unknown.warnings)
    main = {"growth": "change", "incidence": "dropped out"}[name]
    mine, other = (fit.estimates[main] for fit in (known, unknown))
    assert mine.value == pytest.approx(other.value)
    widths = [e.high - e.low for e in (mine, other) if e.high is not None and e.low is not None]
    assert widths[0] < 0.01 * widths[1]


def test_the_joint_model_allows_for_therapists_and_takes_t_with_one_fewer() -> None:
    model = next(m for m in MODELS if m.name == "joint")
    table = pl.DataFrame(model.example)
    code = table["dyad"].rank("dense").cast(pl.Int64) % 12
    fit = model.fit(table.with_columns(therapist_id=code.cast(pl.String)), model.design)
    change = fit.estimates["change"]
    assert fit.levels["therapist_id"] == 12
    assert fit.details.therapists_n == 12
    assert change.se is not None
    assert change.high == pytest.approx(change.value + 2.200985 * change.se)  # t, 11 df, .975


def test_few_therapists_are_said_and_not_leant_on() -> None:
    model = next(m for m in MODELS if m.name == "incidence")
    table = pl.DataFrame(model.example).with_columns(therapist_id=pl.lit("t1"))
    fit = model.fit(table, model.design)
    assert any("1 therapists are few" in w for w in fit.warnings)
