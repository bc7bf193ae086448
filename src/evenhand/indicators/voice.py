"""The client's voice, and the room that is made for it."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import TURNS, turns_with

_PUT_FORWARD = ("reflection", "interpretation", "advice", "information", "directive")

INDICATORS = (
    Indicator(
        name="disagreement",
        version=1,
        facet="voice",
        title="Disagreed aloud",
        kind="one_sided",
        direction=0,
        side="client",
        unit="for each reading, piece of advice or information of the therapist's",
        why=(
            "To differ aloud takes footing. Most disagreement comes late and softened, so that "
            "none found is not none there."
        ),
        formula=(
            "client's turns that disagree ÷ therapist's turns that read, advise, inform or direct"
        ),
        source="Pomerantz 1984: dispreferred turns are delayed and softened. Low recall.",
        amount=pl.when(pl.col("side") == -1).then(turns_with("disagreement")).otherwise(0),
        exposure=turns_with(*_PUT_FORWARD),
        exposure_credit="other",
        evidence=("disagreement",),
        needs=("codes",),
        caution="Phrases find few of the soft ones: read the list first.",
        example=exchange(
            ("therapist", "You should try to go for a walk before it gets dark in the evenings."),
            (
                "client",
                "I don't think so. Walking is when it all starts up again and there is nobody to "
                "turn to on that road by the river once the shops have shut for the night, is what "
                "I find these days.",
            ),
            times=8,
        ),
        expected={"client": 1.0, "therapist": None, "k_client": 8, "e_client": 8},
    ),
    Indicator(
        name="self_advocacy",
        version=1,
        facet="voice",
        title="Asked or preferred, about the therapy",
        kind="list",
        direction=0,
        side="client",
        unit="of own turns",
        why="A client who says what they want from the hour has a hand on it.",
        formula="client's turns that ask or prefer about the therapy ÷ client's turns",
        source="Rennie 1994, doi:10.1037/0022-0167.41.4.427, on clients' deference; his reverse.",
        amount=pl.when(pl.col("side") == -1).then(turns_with("self_advocacy")).otherwise(0),
        exposure=TURNS,
        binary=True,
        evidence=("self_advocacy",),
        needs=("codes",),
        example=exchange(
            ("therapist", "Shall we go through the diary for the week and look at the numbers?"),
            (
                "client",
                "Can we talk about my mother instead? I'd rather not go through the form today. "
                "It has been on my mind since Sunday, when we all had lunch at the house and "
                "nobody said a word about it.",
            ),
            times=8,
        ),
        expected={"client": 1.0, "therapist": None, "e_client": 8},
    ),
    Indicator(
        name="invitation",
        version=1,
        facet="voice",
        title="Invited the other's view",
        kind="one_sided",
        direction=0,
        side="therapist",
        unit="of own turns",
        why=(
            "Who holds more can make room. An invitation counts by what follows it: the page "
            "shows the answer beside it."
        ),
        formula="therapist's turns that ask for feedback, offer choice or check a reading ÷ turns",
        source="Near MITI 4's Seeking Collaboration and Emphasizing Autonomy. Phrases our own.",
        amount=pl.when(pl.col("side") == 1).then(turns_with("invitation")).otherwise(0),
        exposure=TURNS,
        binary=True,
        evidence=("invitation",),
        needs=("codes",),
        example=exchange(
            (
                "therapist",
                "Where would you like to start today, with the work or with your sister?",
            ),
            ("client", "With my sister, I think, because that is the one that keeps me awake."),
            times=18,
        ),
        expected={"therapist": 1.0, "client": None, "k_therapist": 18, "e_therapist": 18},
    ),
    Indicator(
        name="position_named",
        version=1,
        facet="recognition",
        title="Spoke of a social position",
        kind="list",
        direction=0,
        unit="of own turns",
        why=(
            "What the world makes of a person can be spoken of in the room, or not. Who opened it, "
            "and whose position it was, is shown with the words."
        ),
        formula="turns that speak of a social position as such ÷ turns, by role",
        source="Broaching: Day-Vines et al. 2007, doi:10.1002/j.1556-6678.2007.tb00608.x.",
        amount=turns_with("position_named"),
        exposure=TURNS,
        binary=True,
        evidence=("position_named",),
        needs=("codes",),
        example=exchange(
            ("client", "As a woman on that site I had to be twice as good as any of the others."),
            ("therapist", "What was it like to be the one who had to prove it, day after day?"),
            times=14,
        ),
        expected={"client": 1.0, "therapist": 0.0, "k_client": 14, "e_client": 14},
    ),
)
