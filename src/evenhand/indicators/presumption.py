"""Who speaks from knowledge of the other's experience."""

from __future__ import annotations

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import TURNS, turns_with

CODES = ("advice", "interpretation", "reflection")

INDICATOR = Indicator(
    name="presumption",
    version=1,
    facet="frame",
    title="Spoke of the other's experience",
    kind="shown",
    direction=0,
    unit="of own turns",
    why=(
        "To advise, interpret or reflect presumes to know the other's inside. Reflection does so "
        "in order to follow, so this is shown by type and never tilted."
    ),
    formula="non-minimal turns that advise, interpret or reflect ÷ non-minimal turns",
    source=(
        "Stiles' Verbal Response Modes, presumptuousness; confirmations, which are part of it "
        "there, are not coded here."
    ),
    amount=turns_with(*CODES),
    exposure=TURNS,
    binary=True,
    evidence=CODES,
    needs=("codes",),
    example=exchange(
        ("therapist", "It sounds like the evenings are the hardest part of the day for you."),
        ("client", "They are. The house goes quiet and then I start to hear everything at once."),
        times=18,
    ),
    expected={"therapist": 1.0, "client": 0.0},
)
