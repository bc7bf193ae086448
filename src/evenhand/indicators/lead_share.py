"""How far the therapist leads from their own view, and how far they follow."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import has

LEAD = ("advice", "information", "directive", "interpretation", "question_closed")
FOLLOW = ("reflection", "acknowledgement", "question_open")

_leads = has(*LEAD)
_follows = has(*FOLLOW) | pl.col("minimal")

INDICATOR = Indicator(
    name="lead_share",
    version=1,
    facet="frame",
    title="Led from own view",
    kind="one_sided",
    direction=0,
    side="therapist",
    unit="of the therapist's turns that lead or follow",
    why=(
        "Whose frame the talk is in. Leading is not worse: people differ in how much they want, "
        "and at different hours."
    ),
    formula=(
        "therapist's turns that advise, inform, direct, interpret or ask a closed question ÷ "
        "turns that do so, or reflect, acknowledge (bare replies count here) or ask an open one"
    ),
    source=(
        "Evenhand, after motivational interviewing's mix of reflections and questions. It shares "
        "its acts with quality codes by definition: convergent, not predictive."
    ),
    amount=_leads.cast(pl.UInt32),
    exposure=(_leads | _follows).cast(pl.UInt32),
    binary=True,
    evidence=LEAD,
    needs=("codes",),
    caution=(
        "Phrases find about a third of the reflections that people code, so this is too high "
        "wherever much is reflected in other words."
    ),
    example=exchange(
        ("therapist", "It sounds like the evenings are the hardest part of the day for you."),
        ("client", "They are. The house goes quiet and then I start to hear everything at once."),
        ("therapist", "You should try to go for a walk before it gets dark in the evenings."),
        ("client", "I could do that on most days, if the rain stays off and I am not too tired."),
        times=9,
    ),
    expected={"therapist": 0.5, "client": None, "k_therapist": 9, "e_therapist": 18},
)
