"""Whose turns are cut off, and by whom."""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.turnwise import after, other_after
from evenhand.indicators._acts import SPOKEN, TURNS

OVERLAP_S = 0.1
"""Times that touch by less than this only abut."""

_overlapped = (after("start_s") < pl.col("end_s") - OVERLAP_S) & (after("end_s") > pl.col("end_s"))
_unfinished = pl.col("ends_dash") | _overlapped.fill_null(False)
_other_speaks = other_after() & ~after("minimal").fill_null(True)
_goes_on = after(pl.col("text"), 2).str.contains(r"^\s*(?:--|[—–]|-\s|\.\.\.|…|\p{Ll})")
_resumes = ((after("side", 2) == pl.col("side")) & (after("words") <= 1) & _goes_on).fill_null(
    False
)

CUT_OFF = SPOKEN & _unfinished & _other_speaks & ~_resumes
"""True for a turn that the other person of the pair cut off."""

INDICATOR = Indicator(
    name="cut_off",
    version=1,
    facet="control",
    title="Cut the other off",
    kind="tilted",
    direction=1,
    unit="of the other's turns",
    why=(
        "Who may break into whose turn is among the clearest signs of standing. A dash can also "
        "be a lag on the line, a lost thread, or two people finishing each other's sentences."
    ),
    formula=(
        "other's unfinished turns (overlapping times, or a dash at the end) after which I speak, "
        "not minimally, and the other does not at once go on ÷ other's turns"
    ),
    source=(
        "Zimmerman & West 1975, in part: they coded interruptions by ear. Two thirds of AnnoMI's "
        "dash-endings meet an mm-hmm or are resumed, and are left out here."
    ),
    amount=CUT_OFF.cast(pl.UInt32),
    exposure=TURNS,
    credit="other",
    binary=True,
    needs=("overlap_or_dash",),
    example=exchange(
        ("client", "I did try to write it down on the Sunday only the way the boxes—"),
        ("therapist", "Even one line would be fine so put one line for each of the days"),
        ("client", "I will have another go at it then before the next time"),
        ("therapist", "Good and what else has been on your mind since we met"),
        times=10,
    ),
    expected={
        "therapist": 0.5,
        "client": 0.0,
        "k_therapist": 10,
        "e_therapist": 20,
        "tilt_high": 1.0,
    },
)
