"""Within the pair: when one of the two held more than is usual between them, what then?"""

from __future__ import annotations

from evenhand.release.models import ReleasedModel
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import answer, told
from evenhand.reports.mirror_rows import WITHHELD, Facet, MirrorRow, Said, counted, rows_html
from evenhand.reports.mirror_view import MirrorView, is_clear

HEIGHT = 26
LABEL = "Alliance of the same session"
LEGEND = ((draw.SOLID, "a step of 1 in a session’s log rate ratio, within pairs"),)


def _facet(one: ReleasedModel) -> Facet:
    shown = [] if one.withheld else [one.effects["b"]]
    scale = draw.scale_for(shown)
    marks, said, note = [draw.lines(scale, HEIGHT)], WITHHELD, ""
    if not one.withheld:
        ends = one.effects["b"]
        marks.append(draw.interval(ends, HEIGHT / 2, scale, draw.SOLID))
        said = (Said("", told(ends, odds=False), answer(ends, odds=False)),)
        note = counted(one)
    spoken = "; ".join(f"{s.told}, {s.answer}" for s in said)
    row = MirrorRow(LABEL, drawing(HEIGHT, marks, f"{LABEL}. {spoken}"), said)
    return Facet(
        "All pairs together",
        draw.axis(scale, "lower", "higher"),
        [row],
        "standard deviations",
        note,
    )


def _table(one: ReleasedModel) -> Table:
    caption = (
        "Standard deviations of alliance for a step of 1 in a session’s log rate ratio, session "
        "number taken out, with the 95 % interval over therapists with their clients. Reliability: "
        "the share of how sessions differ that the counts show. Counts are rounded."
    )
    head = ["", "within pairs", "reliability", "clients", "therapists"]
    if one.withheld:
        return Table(caption, head, [[LABEL, "withheld", "", "", ""]])
    reliability = one.shares["reliability"][0]
    shown = "" if reliability is None else f"{reliability:.2f}".removeprefix("0")
    n = [f"{one.clients:,}", f"{one.therapists:,}"]
    return Table(caption, head, [[LABEL, told(one.effects["b"], odds=False), shown, *n]])


def _say(one: ReleasedModel) -> str:
    if one.withheld:
        return "Nothing of it may be shown."
    ends = one.effects["b"]
    if not is_clear(ends):
        return "Whether a session in which the therapist held more goes with its alliance is open."
    which = "higher" if (ends[0] or 0.0) > 0 else "lower"
    return (
        "In sessions in which the therapist’s side held more than is usual between the two, the "
        f"alliance was {which}."
    )


def build(view: MirrorView) -> list[Figure]:
    """One row, on no axis: it compares each pair with itself."""
    models = view.models("within")
    if not models:
        return []
    (one,) = models
    how = (
        "Apart from what stands above, and no part of it: each pair is compared with itself, so "
        "nobody’s position can make it. It may run either way: a low alliance may make a therapist "
        "hold more. Usual is not the same as fair."
    )
    title, body = "Within the pair", rows_html([_facet(one)])
    return [Figure("within", title, _say(one), how, body, _table(one), draw.legend(LEGEND))]


SECTION = Section("mirror_within", "mirror", 36, build)
