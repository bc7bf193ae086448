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
    IS_IT_REAL,
    WITHHELD,
    Facet,
    MirrorRow,
    Said,
    all_counted,
    rows_html,
)
from evenhand.reports.mirror_view import (
    MirrorView,
    axis_title,
    is_clear,
    outcome_title,
    q_of,
    told_q,
    where_primary,
)
from evenhand.reports.numbers import capital, small

HEIGHT = 40
Q = {"within": "q", "between": "q_between"}
"""Each coefficient's false discovery rate among its family."""
WITHIN_Y, BETWEEN_Y = 11, 29


def _odds(one: ReleasedModel) -> bool:
    return str(one.told["family"]) == "logit"


def _row(one: ReleasedModel, scale: draw.Scale, family: int) -> MirrorRow:
    label = axis_title(str(one.told["axis"]))
    if one.withheld:
        return MirrorRow(label, drawing(HEIGHT, [draw.lines(scale, HEIGHT)]), WITHHELD)
    odds, within, between = _odds(one), one.effects["within"], one.effects["between"]
    marks = [
        draw.lines(scale, HEIGHT),
        draw.interval(within, WITHIN_Y, scale, draw.SOLID),
        draw.interval(between, BETWEEN_Y, scale, draw.HOLLOW),
    ]
    said = [_said(one, where, odds, family) for where in Q]
    spoken = "; ".join(f"{one.of} {one.told}, {one.answer}" for one in said)
    primary = where_primary(one)
    under = f"{primary} caseloads declared beforehand as the one that counts" if primary else ""
    return MirrorRow(label, drawing(HEIGHT, marks, f"{label}. {spoken}"), said, under)


def _said(one: ReleasedModel, where: str, odds: bool, family: int) -> Said:
    ends = one.effects[where]
    if where == "within" and one.told.get("no_difference"):
        real = "no difference, within the margin declared"
    else:
        real = answer(ends, odds=odds, q=q_of(one, Q[where]), family=family)
    return Said(capital(where), told(ends, odds=odds), real)


def _facet(outcome: str, models: Sequence[ReleasedModel], family: int) -> Facet:
    odds = _odds(models[0])
    shown = [one.effects[n] for one in models if not one.withheld for n in ("within", "between")]
    scale = draw.scale_for(shown, odds=odds, most=0.75)
    return Facet(
        title=capital(outcome_title(models[0])),
        axis=draw.axis(scale, *ways_of(outcome, odds=odds)),
        rows=[_row(one, scale, family) for one in models],
        unit="odds ratio of leaving" if odds else "standard deviations",
        note=all_counted(models),
    )


def ways_of(outcome: str, *, odds: bool) -> tuple[str, str]:
    """What lies left and right of no difference."""
    if odds:
        return "fewer leave", "more leave"
    return ("lower", "higher") if outcome == "alliance" else ("worse", "better")


def _table(models: Sequence[ReleasedModel]) -> Table:
    head = ["", "by", "within caseloads", "between caseloads", "clients", "therapists"]
    head += ["q within", "q between", "unit"]
    rows = []
    for one in models:
        named = [capital(outcome_title(one)), axis_title(str(one.told["axis"]))]
        if one.withheld:
            rows.append([*named, *["withheld"] * 4, "", "", ""])
            continue
        odds = _odds(one)
        ends = [told(one.effects[n], odds=odds) for n in ("within", "between")]
        n = [f"{one.clients:,}", f"{one.therapists:,}"]
        q = [told_q(q_of(one, name)) for name in Q.values()]
        rows.append([*named, *ends, *n, *q, "odds ratio" if odds else "SD"])
    caption = (
        "From the lowest standing to the highest, or pairs that differ against others, with 95 % "
        "intervals. Counts are rounded. q: the share of chance findings among those named."
    )
    return Table(caption, head, rows, frozenset({1, 8}))


def clear_outcomes(models: Sequence[ReleasedModel], where: str) -> list[str]:
    """Outcomes with a clear gap, by one axis or more, within or between caseloads."""
    clear = [
        outcome_title(one) for one in models if is_clear(one.effects[where], q_of(one, Q[where]))
    ]
    return list(dict.fromkeys(clear))


def _say(models: Sequence[ReleasedModel]) -> str:
    within, between = (clear_outcomes(models, w) for w in ("within", "between"))
    if not within and not between:
        return "No gap is clear, within caseloads or between them."
    first = f"in {listed(within)}" if within else "in nothing"
    second = f"in {listed(between)}" if between else "in nothing"
    return (
        f"Within caseloads a gap is clear, by one axis or more, {first}; between caseloads "
        f"{second}."
    )


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
        [f"{outcome_title(one)} by {small(axis_title(one.told['axis']))}" for one in differ]
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
        f"Each row: the difference {step}. Within and between have different remedies: what "
        "happens in the room, and who is offered which therapist, hour and place. "
    ) + IS_IT_REAL
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
