"""Where the gaps are: alliance, outcome and leaving, within caseloads and between them."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import answer, told
from evenhand.reports.mirror_rows import (
    WITHHELD,
    WITHHELD_WHY,
    Facet,
    MirrorRow,
    counted,
    rows_html,
)
from evenhand.reports.mirror_view import (
    MirrorView,
    axis_title,
    is_clear,
    plain_title,
    q_of,
)
from evenhand.reports.numbers import capital, small

HEIGHT = 44
WITHIN_Y, BETWEEN_Y = 13, 31


def _odds(one: ReleasedModel) -> bool:
    return str(one.told["family"]) == "logit"


def _row(one: ReleasedModel, scale: draw.Scale, family: int) -> MirrorRow:
    label = axis_title(str(one.told["axis"]))
    if one.withheld:
        blank = drawing(HEIGHT, [draw.lines(scale, HEIGHT)])
        return MirrorRow(label, blank, WITHHELD, WITHHELD_WHY)
    odds, within, between = _odds(one), one.effects["within"], one.effects["between"]
    marks = [
        draw.lines(scale, HEIGHT),
        draw.interval(within, WITHIN_Y, scale, draw.SOLID),
        draw.interval(between, BETWEEN_Y, scale, draw.HOLLOW),
    ]
    said = f"Within {told(within, odds=odds)}; between {told(between, odds=odds)}"
    real = f"Within: {small(answer(within, odds=odds, q=q_of(one), family=family))}"
    other = f"Between: {small(answer(between, odds=odds))}"
    return MirrorRow(
        label,
        drawing(HEIGHT, marks, f"{label}. {said}"),
        told(within, odds=odds),
        f"{real} {other}",
        n=counted(one),
    )


def _facet(outcome: str, models: Sequence[ReleasedModel], family: int) -> Facet:
    odds = _odds(models[0])
    shown = [one.effects[n] for one in models if not one.withheld for n in ("within", "between")]
    scale = draw.scale_for(shown, odds=odds, most=0.75)
    ways = ("fewer leave", "more leave") if odds else ("lower", "higher")
    return Facet(
        title=capital(plain_title(models[0].told)),
        axis=draw.axis(scale, *ways),
        rows=[_row(one, scale, family) for one in models],
        unit="odds ratio of leaving" if odds else "standard deviations",
    )


def _table(models: Sequence[ReleasedModel]) -> Table:
    head = ["", "by", "within caseloads", "between caseloads", "clients", "therapists", "q", "unit"]
    rows = []
    for one in models:
        named = [plain_title(one.told), axis_title(str(one.told["axis"]))]
        if one.withheld:
            rows.append([*named, *["withheld"] * 4, "", ""])
            continue
        odds, q = _odds(one), q_of(one)
        ends = [told(one.effects[n], odds=odds) for n in ("within", "between")]
        n = [f"{one.clients:,}", f"{one.therapists:,}"]
        told_q = "" if q is None else f"{q:.3f}"
        rows.append([*named, *ends, *n, told_q, "odds ratio" if odds else "SD"])
    caption = (
        "From the lowest standing to the highest, or pairs that differ against others, with 95 % "
        "intervals. Counts are rounded. q: the share of chance findings among those named."
    )
    return Table(caption, head, rows, frozenset({1, 7}))


def clear_outcomes(models: Sequence[ReleasedModel], where: str) -> list[str]:
    """Outcomes with a clear gap within or between caseloads, each with its axes."""
    found: dict[str, list[str]] = {}
    for one in models:
        q = q_of(one) if where == "within" else None
        if is_clear(one.effects[where], q):
            axis = small(axis_title(str(one.told["axis"])))
            found.setdefault(small_title(one), []).append(axis)
    return [f"{title} (by {listed(axes)})" for title, axes in found.items()]


def small_title(one: ReleasedModel) -> str:
    """An outcome in the middle of a sentence; names of questionnaires keep their capitals."""
    title = plain_title(one.told)
    return title if title[:2].isupper() else small(title)


def _say(models: Sequence[ReleasedModel]) -> str:
    within, between = (clear_outcomes(models, w) for w in ("within", "between"))
    first = f"Clear within caseloads: {listed(within)}." if within else ""
    second = f"Clear between caseloads: {listed(between)}." if between else ""
    nowhere = "" if within and between else "Nowhere else is a gap clear."
    if not within and not between:
        return "No gap is clear, within caseloads or between them."
    return " ".join(one for one in (first, second, nowhere) if one)


def _spreads(view: MirrorView) -> list[str]:
    """Whether therapists' gaps differ by more than chance; never whose gap it is."""
    models = view.shown("therapists")
    if not models:
        return []
    limit = 0.05 / len(models)
    differ = [one for one in models if (one.shares["p"][0] or 0.0) < limit]
    if not differ:
        return [
            f"Do therapists differ in their gaps? In {len(models)} comparisons by no more than "
            "chance. So look at hours, rooms and who is offered what before looking at people."
        ]
    names = listed(
        [f"{small_title(one)} by {small(axis_title(one.told['axis']))}" for one in differ]
    )
    return [
        f"Do therapists differ in their gaps? In {names} by more than chance. Nobody is named: a "
        "single therapist's gap rests on too few clients to be told."
    ]


LEGEND = (
    (draw.SOLID, "within caseloads: the same therapist’s clients"),
    (draw.HOLLOW, "between caseloads: who sees whom"),
)


def build(view: MirrorView) -> list[Figure]:
    """One figure: a facet an outcome, a row an axis."""
    models = view.models("treatment")
    if not models:
        return []
    by: dict[str, list[ReleasedModel]] = {}
    for one in models:
        by.setdefault(str(one.told["outcome"]), []).append(one)
    facets = [_facet(outcome, some, len(models)) for outcome, some in by.items()]
    step = "from the lowest standing to the highest" if view.ranked else "pairs that differ"
    how = (
        f"Each row: the difference {step}. Right of the line: those who stand higher have more. "
        "Within and between have different remedies: what happens in the room, and who is offered "
        "which therapist, hour and place."
    )
    shown = [one for one in models if not one.withheld]
    return [
        Figure(
            "gaps",
            "Where the gaps are",
            _say(shown),
            how,
            rows_html(facets),
            _table(models),
            draw.legend(LEGEND),
            _spreads(view),
        )
    ]


SECTION = Section("mirror_gaps", "mirror", 20, build)
