"""Whose account stands: readings that the client changes or turns down."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.turnwise import before, other_before
from evenhand.indicators._acts import has, hits

_answers = other_before() & (before(hits("reflection", "interpretation")) > 0).fill_null(False)

INDICATOR = Indicator(
    name="reading_corrected",
    version=1,
    facet="frame",
    title="Corrected a reading",
    kind="one_sided",
    direction=0,
    side="client",
    unit="of the readings answered",
    why=(
        "The client knows their own life. To correct a reading takes footing; never to do so can "
        "also mean that the readings were right."
    ),
    formula="client's replies that change or reject a reading ÷ readings that the client answered",
    source=(
        "Epistemic authority: Heritage & Raymond 2005, doi:10.1177/019027250506800103; phrases "
        "are our own and find few of the soft corrections."
    ),
    amount=(_answers & has("disagreement")).cast(pl.UInt32),
    exposure=_answers.cast(pl.UInt32),
    binary=True,
    evidence=("disagreement",),
    needs=("codes",),
    example=exchange(
        ("therapist", "It sounds like you were angry with him for leaving when he did that year."),
        (
            "client",
            "That's not it. It was more of a kind of tiredness that I could not get out from under "
            "whatever I did about it at home or at work, and it went on for the whole of the year.",
        ),
        times=10,
    ),
    expected={"client": 1.0, "therapist": None, "k_client": 10, "e_client": 10},
)
