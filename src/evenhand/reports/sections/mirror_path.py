"""By way of the room: from the gap through who holds what to alliance and outcome."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import answer, told
from evenhand.reports.mirror_rows import WITHHELD, Facet, MirrorRow, Said, all_counted, rows_html
from evenhand.reports.mirror_view import (
    MirrorView,
    axis_title,
    is_clear,
    outcome_title,
    q_of,
    told_q,
)
from evenhand.reports.numbers import capital

HEIGHT = 40
PARTS = {"indirect": "Through it", "direct": "Beside it"}
LEGEND = (
    (draw.SOLID, "through the room: gap, then who holds more, then this"),
    (draw.HOLLOW, "beside it: the rest of what goes with the gap"),
)


def _row(one: ReleasedModel, scale: draw.Scale, family: int) -> MirrorRow:
    label = capital(outcome_title(one))
    if one.withheld:
        return MirrorRow(label, drawing(HEIGHT, [draw.lines(scale, HEIGHT)]), WITHHELD)
    marks = [
        draw.lines(scale, HEIGHT),
        draw.interval(one.effects["indirect"], 11, scale, draw.SOLID),
        draw.interval(one.effects["direct"], 29, scale, draw.HOLLOW),
    ]
    said = []
    for name, of in PARTS.items():
        q = q_of(one) if name == "indirect" else None
        ends = one.effects[name]
        said.append(Said(of, told(ends, odds=False), answer(ends, odds=False, q=q, family=family)))
    spoken = "; ".join(f"{s.of} {s.told}, {s.answer}" for s in said)
    return MirrorRow(label, drawing(HEIGHT, marks, f"{label}. {spoken}"), said)


def _facet(axis: str, models: Sequence[ReleasedModel], family: int, folded: bool) -> Facet:
    shown = [one.effects[n] for one in models if not one.withheld for n in PARTS]
    scale = draw.scale_for(shown)
    return Facet(
        axis_title(axis),
        draw.axis(scale, "lower or worse", "higher or better"),
        [_row(one, scale, family) for one in models],
        "standard deviations",
        all_counted(models),
        folded,
    )


def _table(models: Sequence[ReleasedModel]) -> Table:
    names = {"a": "gap to tilt", "b": "tilt to outcome", "indirect": "through", "direct": "beside"}
    rows = []
    for one in models:
        who = [capital(outcome_title(one)), axis_title(str(one.told["axis"]))]
        if one.withheld:
            rows.append([*who, *["withheld"] * 4, "", ""])
            continue
        rho = one.shares["rho"][0]
        ends = [told(one.effects[n], odds=False) for n in names]
        rows.append([*who, *ends, _two(rho), told_q(q_of(one))])
    caption = (
        "Between dyads of one caseload, for a step of 1 in the gap, with 95 % intervals. ρ: how "
        "closely an unmeasured reason would have to tie tilt and outcome to explain it away."
    )
    return Table(caption, ["", "by", *names.values(), "ρ", "q"], rows, frozenset({1}))


def _two(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "−")


def _say(models: Sequence[ReleasedModel]) -> str:
    clear = [one for one in models if is_clear(one.effects["indirect"], q_of(one))]
    if not clear:
        return "Nowhere is it clear that what goes with the gap runs through the room."
    names = list(dict.fromkeys(outcome_title(one) for one in clear))
    rho = min(abs(one.shares["rho"][0] or 0.0) for one in clear)
    return (
        f"Part of what goes with the gap runs through who holds more in the room: {listed(names)}. "
        f"A reason that nobody measured would explain the weakest away from ρ {rho:.2f} on."
    )


def build(view: MirrorView) -> list[Figure]:
    """One figure; axes after the first are folded."""
    models = view.models("path")
    if not models:
        return []
    facets = [
        _facet(axis, here, len(models), n > 0)
        for n, axis in enumerate(view.axes)
        if (here := [one for one in models if one.told["axis"] == axis])
    ]
    how = (
        "When the therapist stands higher than the client: what goes with that, through the room "
        "and beside it, between the clients of one therapist. An association, never a cause."
    )
    shown = [one for one in models if not one.withheld]
    body, legend = rows_html(facets), draw.legend(LEGEND)
    return [Figure("path", "By way of the room", _say(shown), how, body, _table(models), legend)]


SECTION = Section("mirror_path", "mirror", 35, build)
