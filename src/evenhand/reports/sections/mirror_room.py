"""The room: does what two people do follow their standing?"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import REAL, answer, told
from evenhand.reports.mirror_rows import (
    WITHHELD,
    Facet,
    MirrorRow,
    Said,
    all_counted,
    counted,
    rows_html,
)
from evenhand.reports.mirror_view import DISCOVERY, MirrorView, axis_title, none_or, q_of, told_q
from evenhand.reports.numbers import in_words, plural, small

HEIGHT = 46
Y, Y_T, Y_C = 9, 24, 37
WORDS = {
    "gap": "follows the gap between the two",
    "both standings": "goes with both standings, not with the gap alone",
    "therapist's standing": "goes with the therapist’s standing; a gap is not shown",
    "client's standing": "goes with the client’s standing; a gap is not shown",
}
LEGEND = (
    (draw.SOLID, "half the difference of the two: the mirror coefficient"),
    (draw.DIAMOND, "the therapist’s standing"),
    (draw.RING, "the client’s standing, turned round"),
)


def follows(one: ReleasedModel) -> bool:
    """Whether "gap" may be said of an indicator."""
    q = q_of(one)
    return one.told.get("word") == "gap" and (q is None or q <= DISCOVERY)


def _turned(ends: draw.Ends) -> draw.Ends:
    estimate, low, high = ends
    return [None if x is None else -x for x in (estimate, high, low)]


def _said(one: ReleasedModel, family: int) -> list[Said]:
    """The coefficient and whether it is real; then what may be called a gap."""
    ends = one.effects["mirror"]
    if one.told.get("no_difference"):
        return [Said("", told(ends, odds=True), "no difference, within the margin declared")]
    q = None if one.told["primary"] else q_of(one)
    real = answer(ends, odds=True, q=q, family=family)
    said = [Said("", told(ends, odds=True), real)]
    word = WORDS.get(str(one.told["word"]), "")
    return [*said, Said("", "", word)] if word and real == REAL else said


def _label(one: ReleasedModel) -> tuple[str, str]:
    title, _, rest = str(one.told["title"]).partition(": ")
    primary = "declared beforehand as the one that counts" if one.told["primary"] else ""
    return title, primary or rest


def _row(one: ReleasedModel, scale: draw.Scale, family: int) -> MirrorRow:
    label, under = _label(one)
    if one.withheld:
        return MirrorRow(label, drawing(HEIGHT, [draw.lines(scale, HEIGHT)]), WITHHELD, under)
    found = one.effects
    marks = [
        draw.lines(scale, HEIGHT),
        draw.interval(found["mirror"], Y, scale, draw.SOLID, "w2"),
        draw.interval(found["beta_t"], Y_T, scale, draw.DIAMOND),
        draw.interval(_turned(found["beta_c"]), Y_C, scale, draw.RING),
    ]
    spoken = (
        f"{label}. Half the difference {told(found['mirror'], odds=True)}; therapist’s standing "
        f"{told(found['beta_t'], odds=True)}; client’s {told(found['beta_c'], odds=True)}"
    )
    return MirrorRow(label, drawing(HEIGHT, marks, spoken), _said(one, family), under)


def _facet(axis: str, models: Sequence[ReleasedModel], family: int, folded: bool) -> Facet:
    shown = [
        one.effects[n] for one in models if not one.withheld for n in ("mirror", "beta_t", "beta_c")
    ]
    scale = draw.scale_for(shown, odds=True, most=0.8)
    return Facet(
        title=axis_title(axis),
        axis=draw.axis(scale, "lower holds more", "higher holds more"),
        rows=[_row(one, scale, family) for one in models],
        unit="rate ratio",
        note=all_counted(models),
        folded=folded,
    )


def _table(models: Sequence[ReleasedModel]) -> Table:
    names = {"mirror": "half the difference", "beta_t": "therapist’s standing"}
    names |= {"beta_c": "client’s standing", "both": "their sum"}
    rows = []
    for one in models:
        who = [_label(one)[0], axis_title(str(one.told["axis"]))]
        if one.withheld:
            rows.append([*who, *["withheld"] * 4, "", "", ""])
            continue
        ends = [told(one.effects[n], odds=True) for n in names]
        n = [f"{one.clients:,}", f"{one.therapists:,}"]
        rows.append([*who, *ends, *n, told_q(q_of(one))])
    caption = (
        "Rate ratios of the therapist’s side (odds ratios where at most one act a turn counts) for "
        "half of the way from the lowest standing to the highest, with 95 % intervals. Counts are "
        "rounded."
    )
    head = ["", "by", *names.values(), "clients", "therapists", "q"]
    return Table(caption, head, rows, frozenset({1}))


def room_say(models: Sequence[ReleasedModel]) -> str:
    """How many indicators follow the gap, axis by axis."""
    shown = [one for one in models if not one.withheld]
    parts = []
    for axis in dict.fromkeys(str(one.told["axis"]) for one in shown):
        here = [one for one in shown if one.told["axis"] == axis]
        gap = sum(map(follows, here))
        parts.append(f"{none_or(gap)} of {in_words(len(here))} by {small(axis_title(axis))}")
    return f"What follows the gap: {listed(parts)}." if parts else "Nothing of it may be shown."


def _ranked(view: MirrorView) -> list[Figure]:
    models = view.models("room")
    facets = [
        _facet(axis, here, len(models), n > 0)
        for n, axis in enumerate(view.axes)
        if (here := [one for one in models if one.told["axis"] == axis])
    ]
    how = (
        "What both people do is counted. Right of the line: the one who stands higher holds more. "
        "Where all three marks stand above one another, the gap itself is what counts; where they "
        "part, only one person’s standing does. Yielding counts for the other side."
    )
    return [
        Figure(
            "room",
            "In the room",
            room_say(models),
            how,
            rows_html(facets),
            _table(models),
            draw.legend(LEGEND),
        )
    ]


def _pairs(view: MirrorView) -> list[Figure]:
    """Without a ranking: pairs that differ against pairs that do not."""
    models = view.models("differs")
    facets = []
    for n, axis in enumerate(view.axes):
        here = [one for one in models if one.told["axis"] == axis]
        shown = [one.effects["within"] for one in here if not one.withheld]
        scale = draw.scale_for(shown, odds=True, most=0.8)
        rows = [_pair_row(one, scale, len(models)) for one in here]
        drawn = draw.axis(scale, "therapist holds less", "therapist holds more")
        if rows:
            facets.append(Facet(axis_title(axis), drawn, rows, "rate ratio", "", n > 0))
    table = Table(
        "Rate ratios of the therapist’s side, pairs that differ against pairs that do not, within "
        "caseloads, with 95 % intervals. Counts are rounded.",
        ["", "by", "within caseloads", "clients"],
        [
            [str(one.told["title"]), axis_title(str(one.told["axis"])), *_pair_cells(one)]
            for one in models
        ],
        frozenset({1}),
    )
    say = (
        f"{plural(len(models), 'comparison')} of pairs that share an answer with pairs that do not."
    )
    how = "Nobody is ranked here: study.toml declares no hierarchy."
    return [Figure("room", "In the room", say, how, rows_html(facets), table)]


def _pair_cells(one: ReleasedModel) -> list[str]:
    if one.withheld:
        return ["withheld", ""]
    return [told(one.effects["within"], odds=True), f"{one.clients:,}"]


def _pair_row(one: ReleasedModel, scale: draw.Scale, family: int) -> MirrorRow:
    label = str(one.told["title"])
    blank = draw.lines(scale, 26)
    if one.withheld:
        return MirrorRow(label, drawing(26, [blank]), WITHHELD)
    ends = one.effects["within"]
    real = answer(ends, odds=True, q=q_of(one), family=family)
    drawn = drawing(
        26, [blank, draw.interval(ends, 13, scale, draw.SOLID)], f"{label}. {told(ends, odds=True)}"
    )
    return MirrorRow(label, drawn, [Said("", told(ends, odds=True), real)], counted(one))


def build(view: MirrorView) -> list[Figure]:
    """One figure; axes after the first are folded."""
    if view.models("room"):
        return _ranked(view)
    return _pairs(view) if view.models("differs") else []


SECTION = Section("mirror_room", "mirror", 30, build)
