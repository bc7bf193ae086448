"""Laughter, where the transcriber noted it."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange

_AROUND = r"[^\[\]()<>]{0,24}"
NOTED = rf"(?i)[\[(<]{_AROUND}\b(?:laugh|chuckl|giggl)\w*{_AROUND}[\])>]|&=laugh\w*"
"""``[laughs]``, ``(laughter)``, ``<both laugh>``, CHAT's ``&=laughs``."""

INDICATOR = Indicator(
    name="laughter",
    version=1,
    facet="shown",
    title="Laughter noted",
    kind="shown",
    direction=0,
    unit="of all own turns",
    why=(
        "Laughing can be ease, shame, courtesy or a way out, and which it is cannot be read. It "
        "is shown because troubles told laughing are often met without it."
    ),
    formula="turns with a transcriber's note of laughter ÷ all turns",
    source="Jefferson 1984 on laughter in troubles talk. Transcribers differ on noting it at all.",
    amount=pl.col("text").str.contains(NOTED).cast(pl.UInt32),
    exposure=pl.lit(1, pl.UInt32),
    binary=True,
    example=exchange(
        ("therapist", "And your manager read it out in front of the whole of the office, did she?"),
        ("client", "She did, every word of it, with the voices as well (laughs) God forgive her."),
        times=16,
    ),
    expected={"therapist": 0.0, "client": 1.0, "k_client": 16, "e_client": 16, "tilt": None},
)
