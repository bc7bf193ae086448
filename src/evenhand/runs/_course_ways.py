"""The part of a study's course that asks whether who stays longer moves the mean change."""

from __future__ import annotations

from functools import partial

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.models.course_series import sample_of
from evenhand.models.growth import FEWEST_THERAPISTS, fit_growth
from evenhand.models.growth_ways import TOGETHER, Mean, alone_of, change_by_way, mean_of_lines
from evenhand.models.joint import fit_joint, joint_table
from evenhand.runs._course_scores import Grown, Parts

MOST_JOINT = 1_000
"""Dyads whose scores and leaving are modelled together; of more, a fixed sample."""

SAME_DYADS = "scores alone, of the dyads drawn"
"""Where not all dyads are modelled together: what the growth model says of the same ones."""


def add_ways(parts: Parts, risk: pl.DataFrame) -> None:
    """Each scale's mean change with clients weighing alike, and with leaving modelled beside it.

    Args:
        parts: with the growth models that there are.
        risk: who was there after each session, and what came next.
    """
    for one in parts.grown:
        means: list[Mean] = []
        for how, make in (
            ("the mean of dyads' lines", partial(_alike, one)),
            ("scores and leaving together", partial(_together, parts, one, risk)),
        ):
            try:
                means += make()
            except EvenhandError as error:
                parts.refused[f"{how}: {one.instrument}"] = error.what
        table = change_by_way(one.growth, means, one.horizon)
        parts.add("ways", table, instrument=one.instrument)


def _alike(one: Grown) -> list[Mean]:
    return [mean_of_lines(one.series, one.growth, one.therapist)]


def _together(parts: Parts, one: Grown, risk: pl.DataFrame) -> list[Mean]:
    """The joint model; of very many dyads also the scores alone of those that it is fitted on."""
    series, rows, drawn = sample_of(one.series, TOGETHER.capitalize(), MOST_JOINT)
    growth, therapist, beside = one.growth, one.therapist[rows], list[Mean]()
    if series.n < one.series.n:
        growth = fit_growth(series, therapist, growth.shape)
        beside = [alone_of(growth, SAME_DYADS)]
    fit = fit_joint(series, growth, risk, therapist)
    parts.add("joint", joint_table(fit), instrument=one.instrument)
    parts.note(*drawn, *fit.notes)
    size = (fit.dyads_n, fit.therapists_n, fit.scores_n)
    freedom = fit.therapists_n - 1 if fit.therapists_n >= FEWEST_THERAPISTS else None
    return [*beside, Mean(TOGETHER, fit.slope, fit.slope_se, freedom, *size)]
