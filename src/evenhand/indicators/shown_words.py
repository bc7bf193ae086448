"""Shown side by side and never tilted: hedges, bare replies, asking to hear again."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator, Row
from evenhand.core.example import exchange
from evenhand.indicators._acts import TURNS, WORDS, hits, turns_with

_EXAMPLE = exchange(
    ("therapist", "Maybe we could look at the mornings first, since they come up a lot here."),
    ("client", "Mm-hmm."),
    ("therapist", "What do you notice first when you wake up on a day that goes badly for you?"),
    ("client", "Sorry, could you say that again? I did not catch the last part of it at all."),
    times=14,
)


def _shown(
    name: str,
    title: str,
    unit: str,
    amount: pl.Expr,
    exposure: pl.Expr,
    codes: tuple[str, ...],
    why: str,
    formula: str,
    expected: Row,
    binary: bool,
) -> Indicator:
    return Indicator(
        name=name,
        version=1,
        facet="shown",
        title=title,
        kind="shown",
        direction=0,
        unit=unit,
        why=why,
        formula=formula,
        source="Evenhand; phrases are our own.",
        amount=amount,
        exposure=exposure,
        binary=binary,
        evidence=codes,
        needs=("codes",),
        example=_EXAMPLE,
        expected=expected,
    )


INDICATORS = (
    _shown(
        "hedges",
        "Hedges",
        "per word",
        hits("hedge"),
        WORDS,
        ("hedge",),
        "Both sides of a court's bench hedge alike: a hedge is care with the truth as often as it "
        "is caution with a person.",
        "hedging words ÷ words",
        {"tilt": None},
        False,
    ),
    _shown(
        "minimal_reply",
        "Bare replies",
        "of all own turns",
        pl.col("minimal").cast(pl.UInt32),
        pl.lit(1, pl.UInt32),
        ("minimal",),
        "Carl Rogers' mm-hmm is not submission, and transcribers differ on whether they keep it.",
        "turns that are a bare reply ÷ all turns",
        {"therapist": 0.0, "client": 0.5, "k_client": 14, "e_client": 28},
        True,
    ),
    _shown(
        "clarify",
        "Asked to hear again",
        "of own turns",
        turns_with("clarify"),
        TURNS,
        ("clarify",),
        "Mishearing is nobody's yielding. Much of it may mean a poor line, an accent or jargon.",
        "non-minimal turns that ask to hear or understand again ÷ non-minimal turns",
        {"therapist": 0.0, "client": 1.0},
        True,
    ),
)
