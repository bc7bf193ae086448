"""How long a turn each takes."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import SPOKEN, TURNS, WORDS

INDICATOR = Indicator(
    name="turn_length",
    version=1,
    facet="floor",
    title="Length of a turn",
    kind="tilted",
    direction=1,
    unit="words a turn",
    why=(
        "Long turns hold the floor against the other. They are also what telling a story needs: a "
        "client's long turns may be trust."
    ),
    formula="words in non-minimal turns ÷ non-minimal turns",
    source="Evenhand. Bare replies are left out, since transcribers differ on keeping them.",
    amount=pl.when(SPOKEN).then(WORDS).otherwise(0),
    exposure=TURNS,
    evidence=(),
    example=exchange(
        ("therapist", "And what did you do then when he had put the phone down"),
        ("client", "I sat on the stairs in the dark until my tea was cold"),
        times=20,
    ),
    expected={"therapist": 13.0, "client": 13.0, "tilt": 0.0},
)
