"""Who tells the other to act: in the session, and in life."""

from __future__ import annotations

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.indicators._acts import WORDS, hits

_EXAMPLE = exchange(
    ("therapist", "You need to call your manager tomorrow and tell her about the hours."),
    ("client", "I have been meaning to talk with her for a while about the hours now."),
    times=20,
)


def _directing(name: str, title: str, code: str, tilted: bool, said: str, n: int) -> Indicator:
    return Indicator(
        name=name,
        version=1,
        facet="control",
        title=title,
        kind="tilted" if tilted else "shown",
        direction=1 if tilted else 0,
        unit="per word",
        why=(
            "To tell somebody what to do is to claim the right to. Some direction is what most "
            "clients want (Cooper 2021, N = 470): more of it is not worse therapy."
        ),
        formula=f"times that a role tells the other to act{said} ÷ the role's words",
        source="Near the Advisement mode of Stiles' Verbal Response Modes. Phrases are our own.",
        amount=hits(code),
        exposure=WORDS,
        evidence=(code.partition(".")[0],),
        needs=("codes",),
        example=_EXAMPLE,
        expected={"k_therapist": n, "e_therapist": 260, "k_client": 0, "e_client": 300},
    )


INDICATORS = (
    _directing("directives", "Directives", "directive", True, "", 20),
    _directing(
        "directives_life", "Directives for life", "directive.life", False, " in their life", 20
    ),
    _directing(
        "directives_process",
        "Directives for the session",
        "directive.process",
        False,
        " in the session",
        0,
    ),
)
