"""Questions for the two of them, or for supervision; never a verdict."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.dyad_view import DyadView
from evenhand.reports.page import part
from evenhand.reports.ratings import series


def _questions(view: DyadView) -> list[str]:
    found = []
    labels = view.labels
    mended = [
        n
        for n, v in zip(labels, view.sessions, strict=True)
        if v.turns_with("mending", "therapist")
    ]
    if mended:
        found.append(f"What would you both want to keep from session {mended[-1]}?")
    for (instrument, _), raters in series([v.ratings for v in view.sessions]).items():
        if set(raters) < {"client", "therapist"}:
            continue
        gaps = [
            (abs(a - b), n)
            for a, b, n in zip(raters["client"], raters["therapist"], labels, strict=True)
            if a is not None and b is not None
        ]
        if gaps and max(gaps)[0] > 0:
            found.append(
                f"In session {max(gaps)[1]} the two views on {instrument} lay furthest apart. What "
                "was each of you going by?"
            )
            break
    named = [
        n for n, v in zip(labels, view.sessions, strict=True) if v.turns_with("position_named")
    ]
    if named:
        found.append(
            f"A place in the world came up in session {named[0]}. Is there more to say of it, now "
            "or later, or was that enough?"
        )
    found.append("Which of these panels fits what you remember, and which does not?")
    return found[:3]


def build(view: DyadView) -> list[Words]:
    """Up to three questions."""
    body = part("questions.html", questions=_questions(view))
    how = "Questions for the two of you, or for supervision. No verdicts."
    return [Words("questions", "To talk over", "", how, body)]


SECTION = Section("questions", "dyad", 90, build)
