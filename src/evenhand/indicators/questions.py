"""Who asks, and so sets what is answered."""

from __future__ import annotations

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import TURNS, turns_with

_EXAMPLE = exchange(
    ("therapist", "What was it like to say that to him after all those years of keeping quiet?"),
    ("client", "Odd. I thought that I would feel lighter and I did not feel much of anything."),
    ("therapist", "Did you tell your sister about it when she rang you later in the week?"),
    ("client", "Not yet. I wanted to wait until I knew what it was that I thought about it."),
    times=8,
)


def _asking(name: str, title: str, codes: tuple[str, ...], formula: str, rate: float) -> Indicator:
    return Indicator(
        name=name,
        version=1,
        facet="control",
        title=title,
        kind="tilted",
        direction=1,
        unit="of own turns",
        why=(
            "A question sets what comes next. Open ones can hand over the lead, and a client's "
            "questions may be a way to take it."
        ),
        formula=formula,
        source=(
            "Conversation analysis: a question makes an answer due (Sacks, Schegloff & Jefferson "
            "1974, doi:10.1353/lan.1974.0010). Print turn length beside it."
        ),
        amount=turns_with(*codes),
        exposure=TURNS,
        binary=True,
        evidence=codes,
        needs=("codes",),
        example=_EXAMPLE,
        expected={"therapist": rate, "client": 0.0, "k_therapist": rate * 16, "e_therapist": 16},
    )


INDICATORS = (
    _asking(
        "questions",
        "Questions",
        ("question_open", "question_closed"),
        "non-minimal turns with a question ÷ non-minimal turns",
        1.0,
    ),
    _asking(
        "open_questions",
        "Open questions",
        ("question_open",),
        "non-minimal turns with an open question ÷ non-minimal turns",
        0.5,
    ),
    _asking(
        "closed_questions",
        "Closed questions",
        ("question_closed",),
        "non-minimal turns with a closed question ÷ non-minimal turns",
        0.5,
    ),
)
