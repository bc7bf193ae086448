"""Markers of strain and of mending, as lists with their turns."""

from __future__ import annotations

from typing import Literal

import polars as pl

from evenhand.core.contracts import Indicator, Row
from evenhand.core.example import exchange
from evenhand.indicators._acts import TURNS, hits

CAUTION = "Unvalidated on text: words can hint at this, and only the two people know."


def _marker(
    name: str,
    title: str,
    side: Literal["therapist", "client"],
    why: str,
    formula: str,
    example: list[dict[str, object]],
    expected: Row,
) -> Indicator:
    acting = pl.col("side") == (1 if side == "therapist" else -1)
    return Indicator(
        name=name,
        version=1,
        facet="rupture",
        title=title,
        kind="list",
        direction=0,
        side=side,
        unit="of own turns",
        why=why,
        formula=formula,
        source=(
            "Named after the 3RS: Eubanks, Muran & Safran 2015. Its figures are for trained "
            "coders and do not carry over to phrases."
        ),
        amount=pl.when(acting).then((hits(name) > 0).cast(pl.UInt32)).otherwise(0),
        exposure=TURNS,
        binary=True,
        evidence=(name,),
        needs=("codes",),
        caution=CAUTION,
        example=example,
        expected=expected,
    )


INDICATORS = (
    _marker(
        "withdrawal",
        "Withdrawal markers",
        "client",
        "Short compliant turns after the therapist has led can mean that somebody has left the "
        "conversation without leaving the room. They can also mean agreement.",
        "client's whole turns such as 'I guess so', two or more among six ÷ client's turns",
        exchange(
            ("therapist", "What would you like to have happen with him in the end, do you think?"),
            (
                "client",
                "I would like it to be as it was before they moved, with the children in and out "
                "of the kitchen and nobody counting the hours or the money or who rang whom.",
            ),
            ("therapist", "You should write him a letter this week and bring it here on Monday."),
            ("client", "I guess so."),
            times=9,
        ),
        {"k_therapist": None, "therapist": None},
    ),
    _marker(
        "confrontation",
        "Confrontation markers",
        "client",
        "A complaint said to the therapist's face is strain, and often trust as well.",
        "client's turns that complain of the therapist or the therapy ÷ client's turns",
        exchange(
            ("therapist", "And how many hours did you sleep on the night after the inquiry met?"),
            (
                "client",
                "You're not listening. I have told you about the inquiry twice now, and each time "
                "you write down a number and we are back at how long I slept.",
            ),
            times=10,
        ),
        {"client": 1.0, "therapist": None, "k_client": 10, "e_client": 10},
    ),
    _marker(
        "mending",
        "Mending markers",
        "therapist",
        "To own a specific act, without an 'if', gives some of the hour back.",
        "therapist's turns that own a specific act or reopen what was passed over ÷ own turns",
        exchange(
            (
                "therapist",
                "Can I stop us a second? I got that wrong. I went straight past what you said "
                "about your mother, and I should have asked you what she used to say.",
            ),
            (
                "client",
                "Well. She had a word for it, for the sort of tired that sleep is no use to.",
            ),
            times=8,
        ),
        {"client": None, "k_therapist": 8, "e_therapist": 8},
    ),
)
