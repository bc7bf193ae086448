"""Words that yield, and the courtesies around them."""

from __future__ import annotations

from typing import Literal

from evenhand.core.contracts import Indicator, Kind, Row
from evenhand.core.example import exchange
from evenhand.indicators._acts import WORDS, hits

_SOURCE = "Near Brown & Levinson 1987 on deference and negative politeness. Phrases are our own."


def _words(
    name: str,
    title: str,
    codes: tuple[str, ...],
    kind: Kind,
    direction: Literal[-1, 0, 1],
    why: str,
    said: str,
    expected: Row,
    needs: tuple[str, ...] = ("codes",),
) -> Indicator:
    return Indicator(
        name=name,
        version=1,
        facet="deference",
        title=title,
        kind=kind,
        direction=direction,
        unit="per word",
        why=why,
        formula=f"{said} ÷ the role's words",
        source=_SOURCE,
        amount=hits(*codes),
        exposure=WORDS,
        evidence=codes,
        needs=needs,
        example=exchange(
            ("therapist", "Thank you. Would it be okay if I asked about the weeks after that?"),
            ("client", "If you think so. You know best, doctor, so whatever you think is right."),
            times=16,
        ),
        expected=expected,
    )


INDICATORS = (
    _words(
        "yielding",
        "Used yielding words",
        ("yielding",),
        "tilted",
        -1,
        "Words that hand the say to the other. They may be agreement, politeness, tiredness or "
        "caution: the page asks which fits.",
        'yielding phrases ("if you say so", "you know best", "whatever you think")',
        {"k_therapist": 0, "tilt_high": 1.0},
    ),
    _words(
        "deference",
        "Deference terms",
        ("deference",),
        "tilted",
        -1,
        "In court it is mostly titles and tells the bench from the bar. In therapy it is mostly "
        "therapists asking permission, so there it is shown by subtype and never tilted.",
        "yielding words, titles, permission asked, apology, thanks, 'with respect'",
        {"absent": "shown by subtype: courtesy and forms of address"},
        ("codes", "court_titles"),
    ),
    _words(
        "courtesy",
        "Courtesies",
        ("permission", "thanks", "sorry", "respect"),
        "shown",
        0,
        "Permission asked, thanks, apologies, 'with respect': manners differ by class, age and "
        "language, so nothing is read into who has more of them.",
        "permission asked, thanks, apologies, 'with respect'",
        {"tilt": None},
    ),
    _words(
        "address_terms",
        "Titles used to the other",
        ("title",),
        "shown",
        0,
        "A title can mark rank or warmth ('doctor-ji', 'ma'am'): between therapist and client it "
        "never enters a tilt.",
        "titles used to the other's face",
        {"tilt": None},
    ),
)
