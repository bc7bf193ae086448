"""Head of the mirror page: where the gaps are, in three sentences, and what they cannot tell."""

from __future__ import annotations

from markupsafe import Markup, escape

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.release.released import WITHHELD
from evenhand.reports.blocks import Opening, Section
from evenhand.reports.mirror_answers import told
from evenhand.reports.mirror_view import (
    MirrorView,
    axes_named,
    axis_title,
    is_clear,
    outcome_title,
    q_of,
)
from evenhand.reports.numbers import capital, in_words, small
from evenhand.reports.sections.mirror_room import follows

TITLE = "Does the room follow the ladder outside?"
LIMITS = (
    "why. One service, associations only: a position is no treatment, and nobody was given theirs "
    "by lot. It says nothing about any one therapist or client. Who declined to answer, was not "
    "asked or is not known is not guessed, and is in none of the comparisons."
)
TOO_SMALL = (
    "This clinic is too small for figures of groups: below sixty clients or five therapists a "
    "figure of a group would tell on a person.",
    "Two ways are open: look together with other clinics, or at single courses, with each client’s "
    "consent.",
)


def _first_axis(view: MirrorView, models: list[ReleasedModel]) -> list[ReleasedModel]:
    for axis in view.axes:
        here = [one for one in models if one.told["axis"] == axis]
        if here:
            return here
    return []


def _within(view: MirrorView) -> str:
    models = _first_axis(view, view.shown("treatment"))
    if not models:
        return "Nothing of alliance, outcome or leaving could be compared, or may be shown."
    axis = small(axis_title(str(models[0].told["axis"])))
    clear = [one for one in models if is_clear(one.effects["within"], q_of(one))]
    if not clear:
        return (
            f"Among the same therapist’s clients no gap by {axis} is clear in "
            f"{listed([outcome_title(one) for one in models])}."
        )
    each = [
        f"{outcome_title(one)} {_told(one)}{_better(one)}"
        for one in sorted(clear, key=lambda one: one.told["outcome"] != "alliance")
    ]
    step = "from the lowest standing to the highest" if view.ranked else "where positions differ"
    return f"With the same therapist, {step} ({axis}): {listed(each)}."


def _better(one: ReleasedModel) -> str:
    """Said of a questionnaire, on which more may mean worse."""
    if one.told["outcome"] in ("alliance", "drop-out"):
        return ""
    return " (better)" if (one.effects["within"][0] or 0.0) > 0 else " (worse)"


def _told(one: ReleasedModel) -> str:
    odds = one.told["family"] == "logit"
    text = told(one.effects["within"], odds=odds)
    return f"odds {text}" if odds else f"{text} SD"


def _between(view: MirrorView) -> str:
    models = view.shown("treatment")
    clear = [one for one in models if is_clear(one.effects["between"], q_of(one, "q_between"))]
    if not models:
        return ""
    if not clear:
        return (
            "Between caseloads, in who sees whom, no gap is clear; with this many therapists only "
            "a large one could be."
        )
    names = [f"{outcome_title(one)} by {small(axis_title(str(one.told['axis'])))}" for one in clear]
    return f"Between caseloads, in who sees whom, there is a gap in {listed(names)}."


def _room(view: MirrorView) -> str:
    models = _first_axis(view, view.shown("room"))
    if not models:
        return ""
    n = sum(map(follows, models))
    axis = small(axis_title(str(models[0].told["axis"])))
    return (
        f"In the room, {in_words(n)} of {in_words(len(models))} things that were counted follow "
        f"the gap between the two people ({axis}): who stands higher holds more."
        if n
        else f"In the room, nothing that was counted follows the gap between the two ({axis})."
    )


def _facts(view: MirrorView) -> list[tuple[str, Markup]]:
    row = view.release.clients.frame.row(0, named=True)
    clients = "withheld" if row["status"] == WITHHELD else f"{row['n']:,} clients"
    therapists = max((one.therapists for one in view.release.models), default=0)
    who = f"{clients}, about {therapists:,} therapists" if therapists else clients
    quarter = view.release.as_of
    facts = [("Who is counted", escape(f"{who}; {quarter}" if quarter else who))]
    facts.append(("Declined, not asked, unknown", Markup("kept apart, never guessed")))
    facts.append(
        (
            "Protected",
            Markup(
                "Released: counts rounded to 5, small groups not shown, checked with all that was "
                "released before. Ratings that clients keep out of group figures are in none, nor "
                "is the quarter that still runs."
            ),
        )
    )
    if view.claim:
        facts.append(("The ladder is this study’s own claim", escape(view.claim)))
    return facts


def build(view: MirrorView) -> list[Opening]:
    """Three sentences; a clinic that is too small is told what to do instead."""
    if view.release.small:
        said: list[str] = list(TOO_SMALL)
    else:
        said = [one for one in (_within(view), _between(view), _room(view)) if one]
    notes = [view.made_up] if view.made_up else []
    notes += [f"Preset: {one}" for one in view.presets]
    axes = f" · by {axes_named(view.axes)}" if view.axes else ""
    eyebrow = f"{view.title}{axes}"
    return [
        Opening(eyebrow, TITLE, [capital(one) for one in said], LIMITS, _facts(view), notes=notes)
    ]


SECTION = Section("mirror_opening", "mirror", 10, build)
