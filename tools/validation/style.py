"""Coordination of function words: who follows whose style."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from evenhand.core.features import Features, build_features
from evenhand.indicators._coordination_counts import reply_pairs
from evenhand.indicators.coordination import (
    coordination_classical,
    coordination_like_weighted,
    coordination_mantel_haenszel,
)
from validation.product import Seen
from validation.rows import Row


def features_of(seen: Seen) -> Features:
    """What indicators see, from what `examine` wrote."""
    return build_features(seen.turns, seen.codes, (), {})


def mapped(turns: pl.DataFrame, roles: Mapping[str, str]) -> pl.DataFrame:
    """Turns whose roles are ours, whichever they were written with."""
    ours = {theirs: side for side, theirs in roles.items()}
    return turns.with_columns(pl.col("role").replace(ours))


def _text(row: dict[str, float]) -> str:
    return f"{row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}] (95 %)"


def court_style(seen: Seen, roles: Mapping[str, str]) -> list[Row]:
    """Do advocates follow justices more than justices follow advocates?"""
    ours = Seen(mapped(seen.turns, roles), seen.codes, seen.readings)
    pairs = reply_pairs(features_of(ours))
    forms = [
        form(pairs, "session", together=True).row(0, named=True)
        for form in (coordination_mantel_haenszel, coordination_like_weighted)
    ]
    held, alike = forms
    n = held["replies_client"] + held["replies_therapist"]
    inside = 0.005 <= held["difference"] <= 0.04 and held["low"] > 0
    how = (
        f"Advocates' C minus justices' C over {n:,} replies, within ordered pair of speakers, "
        "reply-length bin and prompt-length half; jackknife over sets of whole sections."
    )
    return [
        Row(
            "scotus_dev",
            "Mantel–Haenszel coordination, advocates − justices",
            "above 0 and .005–.04 (+.016 [.012, .020] was found)",
            _text(held),
            bool(inside),
            how,
        ),
        Row(
            "scotus_dev",
            "like-weighted coordination, advocates − justices",
            "the same sign",
            _text(alike),
            bool(alike["difference"] * held["difference"] > 0),
            how + " Bins weigh alike in both directions.",
        ),
    ]


def interview_style(seen: Seen) -> Row:
    """The classical value, so that others find their figure."""
    found = coordination_classical(reply_pairs(features_of(seen))).row(0, named=True)
    return Row(
        "annomi_dev",
        "classical coordination (aggregate 3), client→therapist and therapist→client",
        "-.01688 and -.00621 are known for all 133 sessions; 80 of them are here",
        f"{found['client']:+.5f} and {found['therapist']:+.5f}",
        False,
        "P(m | prompt has m) − P(m) with at least three prompts, marker lists our own; mean over "
        f"{found['speakers_client']} clients and {found['speakers_therapist']} therapists.",
        reported=True,
    )
