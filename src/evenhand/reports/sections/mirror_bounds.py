"""Where words may not be compared: what recall leaves possible of the mirror coefficient."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.release.models import ReleasedModel
from evenhand.reports import marks as m
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.mirror_answers import ratio
from evenhand.reports.mirror_rows import WITHHELD, Facet, MirrorRow, Said, all_counted, rows_html
from evenhand.reports.mirror_view import MirrorView, axis_title, none_or
from evenhand.reports.numbers import THIN, in_words

HEIGHT = 26
NAMES = {"mirror": "half the difference", "beta_t": "therapist’s standing", "beta_c": "client’s"}
BAND = '<rect x="-8" y="-4" width="16" height="8" class="f3"/>'
LEGEND = ((BAND, "from the recall that lowers it most to the one that raises it most"),)


def _clear(ends: Sequence[float | None]) -> bool:
    """Whether no recall within its intervals leaves room for no difference, nor chance."""
    _, _, low, high = ends
    return low is not None and high is not None and (low > 0 or high < 0)


def _told(ends: Sequence[float | None]) -> str:
    least, most, low, high = ("?" if x is None else ratio(x) for x in ends)
    return f"×{least} to ×{most} [{low},{THIN}{high}]"


def _row(one: ReleasedModel, scale: draw.Scale) -> MirrorRow:
    label, _, rest = str(one.told["title"]).partition(": ")
    blank = draw.lines(scale, HEIGHT)
    if one.withheld:
        return MirrorRow(label, m.drawing(HEIGHT, [blank]), WITHHELD, rest)
    ends = one.effects["mirror"]
    least, most, low, high = ends
    marks, y = [blank], HEIGHT / 2
    if least is not None and most is not None:
        a, b = scale.x(least), scale.x(most)
        marks += [draw.span(low, high, y, scale), m.rect(a, max(b - a, 0.4), y - 4, 8, "f3")]
    real = (
        "real, whatever recall is"
        if _clear(ends)
        else "not clear: what was missed could explain it, or chance"
    )
    drawn = m.drawing(HEIGHT, marks, f"{label}. {_told(ends)}, {real}")
    return MirrorRow(label, drawn, [Said("", _told(ends), real)], rest)


def _facet(axis: str, models: Sequence[ReleasedModel], folded: bool) -> Facet:
    shown = [one.effects["mirror"] for one in models if not one.withheld]
    reach = [(None, *ends[2:]) for ends in shown] + [(end, None, None) for e in shown for end in e]
    scale = draw.scale_for(reach, odds=True, most=0.8)
    return Facet(
        axis_title(axis),
        draw.axis(scale, "lower holds more", "higher holds more"),
        [_row(one, scale) for one in models],
        "rate ratio",
        all_counted(models),
        folded,
    )


def _table(models: Sequence[ReleasedModel]) -> Table:
    rows = []
    for one in models:
        who = [str(one.told["title"]).partition(": ")[0], axis_title(str(one.told["axis"]))]
        if one.withheld:
            rows.append([*who, *["withheld"] * 3, "", ""])
            continue
        n = [f"{one.clients:,}", f"{one.therapists:,}"]
        rows.append([*who, *(_told(one.effects[name]) for name in NAMES), *n])
    caption = (
        "Rate ratios of the therapist’s side for half of the way from the lowest standing to the "
        "highest: from the recall that lowers them most to the one that raises them most, with the "
        "95 % intervals at the outer ends. Acts counted and not done are not mended."
    )
    head = ["", "by", *NAMES.values(), "clients", "therapists"]
    return Table(caption, head, rows, frozenset({1}))


def build(view: MirrorView) -> list[Figure]:
    """One figure; axes after the first are folded."""
    models = view.models("bounds")
    if not models:
        return []
    shown = [one for one in models if not one.withheld]
    clear = sum(_clear(one.effects["mirror"]) for one in shown)
    say = (
        "Words may not be compared here. Comparisons that stand whatever recall is: "
        f"{none_or(clear)} of {in_words(len(shown))}."
        if shown
        else "Nothing of it may be shown."
    )
    how = (
        "Coders miss more in some groups’ sessions than in others’. The band is all that this "
        "leaves possible; the line adds what chance leaves. Is it real? Only where band and line "
        "lie on one side of no difference."
    )
    facets = [
        _facet(axis, here, n > 0)
        for n, axis in enumerate(dict.fromkeys(str(one.told["axis"]) for one in models))
        if (here := [one for one in models if one.told["axis"] == axis])
    ]
    title, legend = "What recall leaves possible", draw.legend(LEGEND)
    return [Figure("bounds", title, say, how, rows_html(facets), _table(models), legend)]


SECTION = Section("mirror_bounds", "mirror", 32, build)
