"""MAIHDA of sessions with both people's strata, against lme4 and its own arithmetic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.models.maihda_meeting import (
    CLIENT,
    KINDS,
    MEETING,
    THERAPIST,
    MeetingStrata,
    fit_meeting,
)
from tests.models.lme4 import ask


def made_up(seed: int, clients: int = 160, therapists: int = 36, each: int = 4) -> pl.DataFrame:
    """Sessions of clients, who have a stratum of 8, with therapists, who have one of 6."""
    rng = np.random.default_rng(seed)
    client = np.repeat(np.arange(clients), each)
    therapist = rng.integers(0, therapists, clients)[client]
    c, t = rng.integers(0, 8, clients)[client], (np.arange(therapists) % 6)[therapist]
    y = rng.normal(0, 1.0, 8)[c] + rng.normal(0, 0.9, 6)[t] + rng.normal(0, 0.7, 48)[c * 6 + t]
    y += rng.normal(0, 0.8, clients)[client] + rng.normal(0, 0.6, therapists)[therapist]
    return pl.DataFrame(
        {
            "client_id": client,
            "therapist_id": therapist,
            "client_stratum": [f"c{n}" for n in c],
            "therapist_stratum": [f"t{n}" for n in t],
            "y": y + rng.normal(size=len(y)),
        }
    )


@cache
def found_once() -> MeetingStrata:
    return fit_meeting(made_up(51), "y")


@pytest.mark.slow
def test_lme4_finds_the_same_five_variances(tmp_path: Path) -> None:
    table = made_up(51)
    table.write_csv(tmp_path / "data.csv")
    script = (
        "say(lmer(y ~ 1 + (1|client_stratum) + (1|therapist_stratum) +"
        "(1|client_stratum:therapist_stratum) + (1|client_id) + (1|therapist_id), d,"
        "control = lmerControl(optCtrl = list(ftol_abs = 1e-12, xtol_abs = 1e-10))))"
    )
    (theirs,) = ask(script, tmp_path)
    found = dict(zip(theirs["grp"], theirs["vcov"], strict=True))
    names = {
        CLIENT: "client_stratum",
        THERAPIST: "therapist_stratum",
        MEETING: "client_stratum:therapist_stratum",
        "client": "client_id",
        "therapist": "therapist_id",
        "residual": "Residual",
    }
    fit = found_once().fit
    for ours, other in names.items():
        assert fit.variances[ours] == pytest.approx(found[other], rel=1e-3)
    assert fit.loglik == pytest.approx(theirs["loglik"], abs=1e-4)


def test_shares_are_of_all_and_of_what_lies_between_clients() -> None:
    found = found_once()
    variances = dict(found.fit.variances)
    whole = sum(variances.values())
    random = whole - variances["residual"]
    for name, part in found.parts.items():
        assert part.share == pytest.approx(variances[name] / whole)
        assert part.between == pytest.approx(variances[name] / random)
        for value, (low, high) in (
            (part.variance, part.variance_ends),
            (part.share, part.share_ends),
            (part.between, part.between_ends),
        ):
            assert low <= value
            assert high is None or value <= high
    assert sum(part.between for part in found.parts.values()) == pytest.approx(1.0)


def test_every_stratum_stands_with_its_sessions_and_people() -> None:
    table, found = made_up(51), found_once()
    assert found.strata["factor"].unique(maintain_order=True).to_list() == list(KINDS)
    met = found.strata.filter(pl.col("factor") == MEETING)
    assert met["n"].sum() == found.n == table.height
    one = table.filter((pl.col("client_stratum") == "c1") & (pl.col("therapist_stratum") == "t2"))
    row = met.row(by_predicate=pl.col("name") == "c1 × t2", named=True)
    assert row["n"] == one.height
    assert row["clients"] == one["client_id"].n_unique()
    assert row["low"] < row["effect"] < row["high"]
    by_client = found.strata.filter(pl.col("factor") == CLIENT)
    means = table.group_by("client_stratum").agg(pl.col("y").mean()).sort("client_stratum")["y"]
    assert np.corrcoef(by_client["effect"], means)[0, 1] > 0.9


@pytest.mark.slow
def test_yes_or_no_sessions_have_the_latent_share() -> None:
    table = made_up(54, clients=120).with_columns((pl.col("y") > 0).alias("yes"))
    found = fit_meeting(table, "yes", family="binomial", quadrature=15)
    variances = dict(found.fit.variances)
    whole = sum(variances.values()) + np.pi**2 / 3
    assert found.fit.method == "quadrature"
    assert found.parts[CLIENT].share == pytest.approx(variances[CLIENT] / whole)


def test_strata_that_do_not_differ_are_at_the_boundary_and_said() -> None:
    table = made_up(55, clients=60)
    noise = np.random.default_rng(55).normal(size=table.height)
    found = fit_meeting(table.with_columns(y=pl.Series(noise)), "y")
    zero = [name for name in KINDS if found.fit.variances[name] == 0]
    for name in zero:
        assert any(name in said and "boundary" in said for said in found.warnings)
        assert found.parts[name].variance_ends[0] == 0.0
    assert zero


def test_too_few_strata_and_missing_values_are_refused() -> None:
    table = made_up(56)
    with pytest.raises(EvenhandError, match="cannot be told"):
        fit_meeting(table.with_columns(therapist_stratum=pl.lit("one")), "y")
    with pytest.raises(EvenhandError, match="missing"):
        fit_meeting(table.drop("client_stratum"), "y")
