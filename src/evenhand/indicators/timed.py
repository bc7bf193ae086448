"""What only real times can show: whose silence, how long until an answer, who spoke over whom."""

from __future__ import annotations

from typing import Any

import polars as pl

from evenhand.core.contracts import Indicator, Row
from evenhand.core.turnwise import after, before, other_after, other_before
from evenhand.indicators._acts import TURNS
from evenhand.indicators.cut_off import CUT_OFF, OVERLAP_S

_ASKED = (before("n_question_open") + before("n_question_closed")) > 0
_GAP = pl.col("start_s") - before("end_s")
_SAME = (before("speaker") == pl.col("speaker")) & (before("side") == pl.col("side"))

ANSWERS = (other_before() & _ASKED & _GAP.is_not_null()).fill_null(False)
"""True for the turn right after the other person's question, where both times are known."""

SILENCE_S = pl.when(_GAP > OVERLAP_S).then(_GAP).otherwise(0.0)
"""Seconds of silence before a turn; times that touch by less than a tenth only abut."""

OWNED = ANSWERS | _SAME.fill_null(False)
"""True where the silence before a turn is its speaker's: they were asked, or had the floor."""


def _end_so_far(side: int) -> pl.Expr:
    """The latest end of this side's turns up to a row."""
    ends = pl.when(pl.col("side") == side).then("end_s")
    return ends.cum_max().forward_fill().over("session")


_OTHERS_END = pl.when(pl.col("side") == 1).then(_end_so_far(-1)).otherwise(_end_so_far(1))
_OVER = pl.min_horizontal(_OTHERS_END, "end_s") - pl.col("start_s")

SPOKEN_OVER_S = pl.when(_OTHERS_END.is_not_null() & (_OVER > OVERLAP_S)).then(_OVER).otherwise(0.0)
"""Seconds of a turn that began while the other was speaking, until one of the two stopped."""

_CAME_IN = (after("start_s") < pl.col("end_s") - OVERLAP_S).fill_null(False) | pl.col("ends_dash")
SUPPORTED = _CAME_IN & other_after() & ~CUT_OFF & ~pl.col("minimal")
"""True for a turn that the other came in on without taking it over."""


def _timed_rows(*said: tuple[str, str, float, float], times: int) -> list[dict[str, Any]]:
    """Turn rows: role, text, start and end in seconds; each round begins where the last ended."""
    length = max(end for *_, end in said)
    rows = [(*one, length * i) for i in range(times) for one in said]
    return [
        {
            **{"session_id": "example", "turn": n, "role": role, "speaker": role, "text": text},
            **{"start_s": start + at, "end_s": end + at},
        }
        for n, (role, text, start, end, at) in enumerate(rows, start=1)
    ]


_EXAMPLE = _timed_rows(
    ("therapist", "And what did you do then, when he had put the phone down on you?", 0, 4),
    ("client", "I sat on the stairs in the dark until my tea was quite cold.", 7, 12),
    ("client", "And then I rang my sister, and she came over with the car.", 13, 16),
    ("therapist", "She came over with the car, in the middle of the night, on a Sunday.", 15, 19),
    ("client", "At two in the morning, and she never asked me a thing about it.", 20, 24),
    times=8,
)


def _shown(
    name: str,
    title: str,
    unit: str,
    amount: pl.Expr,
    exposure: pl.Expr,
    why: str,
    formula: str,
    expected: Row,
    **more: Any,
) -> Indicator:
    given: dict[str, Any] = {"facet": "timed", "needs": ("times", "gaps"), **more}
    return Indicator(
        name=name,
        version=1,
        title=title,
        kind="shown",
        direction=0,
        unit=unit,
        why=why,
        formula=formula,
        source="Evenhand. What a silence means cannot be heard in times, and is not claimed.",
        amount=amount,
        exposure=exposure,
        example=_EXAMPLE,
        expected=expected,
        **given,
    )


INDICATORS = (
    _shown(
        "response_latency",
        "Seconds until an answer",
        "seconds for each question answered",
        pl.when(ANSWERS).then(_GAP.clip(lower_bound=0.0)).otherwise(0.0),
        ANSWERS.cast(pl.UInt32),
        "Whoever asks may also wait. A late answer can be thought, doubt, a second language or a "
        "poor line.",
        "seconds from the end of the other's question to the start of the answer (0 where they "
        "overlap) ÷ questions that the other's next turn follows",
        {"client": 3.0, "therapist": None, "k_client": 24.0, "e_client": 8.0, "tilt": None},
    ),
    _shown(
        "gap_owner",
        "Whose silence",
        "of all seconds of silence between turns",
        pl.when(OWNED).then(SILENCE_S).otherwise(0.0),
        SILENCE_S,
        "After a question the silence is the answerer's, within a turn the speaker's, and else "
        "nobody's. To be left in peace with one's silence is a way of being given the floor.",
        "seconds of silence after the other's question or between pieces of one's own turn ÷ all "
        "seconds of silence before turns of the pair",
        {"client": 0.8, "therapist": 0.0, "k_client": 32.0, "e_client": 40.0, "tilt": None},
        exposure_credit="both",
    ),
    _shown(
        "overlap",
        "Spoke while the other was speaking",
        "of own seconds of talk",
        SPOKEN_OVER_S,
        pl.col("seconds").fill_null(0.0),
        "Coming in while the other speaks takes the floor or cheers them on: overlap is not yet "
        "an interruption, and in some varieties of talk it is plain warmth.",
        "seconds of turns begun while the other was speaking, until one of the two stopped ÷ own "
        "seconds of talk",
        {"client": 0.0, "k_therapist": 8.0, "e_therapist": 64.0, "tilt": None},
    ),
    _shown(
        "overlap_support",
        "Came in without taking over",
        "of the other's turns",
        SUPPORTED.cast(pl.UInt32),
        TURNS,
        "The rest of what overlaps or breaks off: met by a bare mm-hmm, or taken up again at once "
        "by the one who was speaking. Two thirds of AnnoMI's dash-endings are of this kind.",
        "other's turns that I came in on (overlapping times, or a dash at the end) and that were "
        "no cut-off ÷ other's turns",
        {"client": 0.0, "k_therapist": 0.0, "e_therapist": 24.0, "tilt": None},
        facet="control",
        needs=("overlap_or_dash",),
        credit="other",
        binary=True,
    ),
)
