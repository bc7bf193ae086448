"""Who held the floor, in seconds or, where there are no times, in words."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import WORDS

_HELD = pl.when(pl.col("timed")).then(pl.col("seconds").fill_null(0.0)).otherwise(WORDS)

INDICATOR = Indicator(
    name="talk_share",
    version=1,
    facet="floor",
    title="Talking time",
    kind="tilted",
    direction=1,
    unit="of both people's talking",
    why=(
        "Who has the floor can be heard. It bears on power when one cannot get it; a listener who "
        "says little, and a client who tells a long story, may both hold a great deal."
    ),
    formula="seconds of the role (words where there are no times) ÷ those of both roles",
    source=(
        "Seen: therapist's share of words .55 (SD .14) in 133 AnnoMI demonstrations, .16 to .36 "
        "in six sessions of Carl Rogers."
    ),
    amount=_HELD,
    exposure=_HELD,
    exposure_credit="both",
    evidence=(),
    example=exchange(
        ("therapist", "How has the week been since we last met here"),
        (
            "client",
            "Long to be honest with you and I kept going over what my brother had said to me on "
            "the phone that night without ever getting to the end of it",
        ),
        times=25,
    ),
    expected={"therapist": 10 / 41, "client": 31 / 41, "k_therapist": 250, "e_therapist": 1025},
)
