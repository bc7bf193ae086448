"""Head of the study page."""

from __future__ import annotations

from evenhand.reports.blocks import Opening, Section
from evenhand.reports.numbers import capital, day, in_words, plural, small
from evenhand.reports.study_view import StudyView

FEW_CLIENTS, FEW_THERAPISTS = 10, 3


def group_sentence(view: StudyView) -> str:
    """That figures of the group were released, or why there is none here."""
    n = len(view.dyads)
    if view.data.released:
        return (
            "Figures of the group have passed disclosure control: they are rounded, and whatever "
            "could tell on somebody is withheld."
        )
    if n == 0:
        return "There is no group figure here: these sessions are not sorted into pairs of people."
    if n < FEW_CLIENTS:
        word = "is" if n == 1 else "are"
        noun = "dyad" if n == 1 else "dyads"
        return (
            f"There is no group figure: {in_words(n)} {noun} {word} too few for one. Below "
            f"{in_words(FEW_CLIENTS)} clients and {in_words(FEW_THERAPISTS)} therapists, a figure "
            "of the group would tell on a person."
        )
    if view.data.not_released:
        return f"There is no group figure: {small(view.data.not_released)}"
    return (
        "There is no group figure on this page: those leave only through “evenhand release”, which "
        "protects small groups."
    )


def _eyebrow(view: StudyView) -> str:
    """Study, how many sessions, and from when to when."""
    dates = sorted(m.date for m in view.meetings.values() if m.date)
    parts = ["Study", plural(view.total, "session")]
    if dates:
        first, last = day(dates[0]), day(dates[-1])
        parts.append(first if first == last else f"{first} to {last}")
    return " · ".join(parts)


def _what(view: StudyView, here: str) -> str:
    """What there is to look at."""
    if not view.shown:
        return (
            f"{here}, with ratings and no transcript. Each pair has a page that shows the course."
        )
    return f"{here} could be read. Each has a page that shows who held what, with the turns."


def build(view: StudyView) -> list[Opening]:
    """Three sentences: what is here, what is not, how to read it."""
    dyads = len(view.dyads)
    here = f"{in_words(view.total)} session{'' if view.total == 1 else 's'}"
    if dyads:
        here += f" of {in_words(dyads)} pair{'' if dyads == 1 else 's'} of people"
    return [
        Opening(
            eyebrow=_eyebrow(view),
            title=view.data.title,
            sentences=[
                _what(view, capital(here)),
                group_sentence(view),
            ],
            limits=(
                "who is a good therapist, what anybody meant, or how one pair would do in place of "
                "another. Pairs stand side by side in the order of the study, which is no ranking."
            ),
            facts=(),
        )
    ]


SECTION = Section("opening", "study", 10, build)
