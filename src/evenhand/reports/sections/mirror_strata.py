"""Where positions meet: strata in their caterpillar, and whether they are more than a sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenhand.release.models import ReleasedModel
from evenhand.reports import caterpillar as cat
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import told
from evenhand.reports.mirror_view import MirrorView, axes_named, is_clear, none_or, outcome_title
from evenhand.reports.numbers import capital, plural
from evenhand.reports.page import part
from evenhand.reports.sections.mirror_gaps import ways_of

SMALL = (
    "Fewer than ten clients or three therapists, one therapist with more than half, needed to keep "
    "such a group from being worked out, or more than three positions at once. They are counted "
    "in, and not drawn."
)
HATCH = '<rect width="100%" y="7" height="10" class="hatch"/>'


def odds(one: ReleasedModel) -> bool:
    """Whether a model's strata are told in odds."""
    return str(one.told["family"]) == "binomial"


def unit(one: ReleasedModel) -> str:
    """What its axis is in."""
    return "odds ratio against the average" if odds(one) else "standard deviations"


def _panel(one: ReleasedModel, n: int) -> dict[str, Any]:
    rows, is_odds = cat.ordered(one.strata), odds(one)
    scale = cat.scale_of(rows, odds=is_odds)
    ways = ways_of(str(one.told["outcome"]), odds=is_odds)
    return {
        "title": capital(outcome_title(one)),
        "folded": n > 0,
        "axis": draw.axis(scale, *ways),
        "axis_beyond": draw.axis(scale, "below the sum", "above it"),
        "unit": unit(one),
        "rows": [_row(row, scale, is_odds) for row in rows],
        "small": plural(one.small, "small stratum", "small strata") if one.small else "",
        "small_why": SMALL,
        "hatch": drawing(24, [HATCH]),
    }


def _row(row: cat.Row, scale: draw.Scale, is_odds: bool) -> dict[str, Any]:
    total, beyond = cat.total_of(row), cat.beyond_of(row)
    said = f"{row['stratum']}: {told(total, odds=is_odds)}, {row['n']:,} clients"
    return {
        "name": capital(str(row["stratum"])),
        "total": drawing(cat.HEIGHT, cat.total_marks(row, scale), said),
        "beyond": drawing(cat.HEIGHT, [draw.lines(scale, cat.HEIGHT)])
        if row["beyond"] is None
        else drawing(
            cat.HEIGHT,
            cat.beyond_marks(row, scale),
            f"Beyond the sum: {told(beyond, odds=is_odds)}",
        ),
        "n": f"{row['n']:,}",
    }


def _table(models: Sequence[ReleasedModel]) -> Table:
    rows = []
    for one in models:
        is_odds, title = odds(one), capital(outcome_title(one))
        for row in cat.ordered(one.strata):
            parts = told((row["parts"],), odds=is_odds)
            ends = [told(cat.total_of(row), odds=is_odds), parts]
            ends.append(told(cat.beyond_of(row), odds=is_odds))
            rows.append([row["stratum"], title, *ends, f"{row['n']:,}"])
        if one.small:
            rows.append(
                [plural(one.small, "small stratum", "small strata"), title, *["not shown"] * 4]
            )
    head = ["", "outcome", "from the average", "sum of positions", "beyond the sum", "clients"]
    caption = (
        "Standard deviations, or odds ratios of leaving, with joint 95 % intervals that carry what "
        "is not known of the variances. Clients of the study in each stratum, rounded."
    )
    return Table(caption, head, rows, frozenset({1}))


def _say(models: Sequence[ReleasedModel]) -> str:
    """How many strata are clear of the average, and of their sum."""
    said = []
    for one in models:
        if not one.strata:
            said.append(f"{capital(outcome_title(one))}: no stratum is large enough to be shown.")
            continue
        clear = sum(is_clear(cat.total_of(row)) for row in one.strata)
        beyond = sum(is_clear(cat.beyond_of(row)) for row in one.strata)
        n = len(one.strata)
        said.append(
            f"{capital(outcome_title(one))}: {none_or(clear)} of {n} strata clear of "
            f"the average, {none_or(beyond)} of the sum of their positions."
        )
    return " ".join(said)


def build(view: MirrorView) -> list[Figure]:
    """One figure: the first outcome drawn, the others folded."""
    models = view.shown("strata")
    if not models:
        return []
    how = (
        f"Clients by {axes_named(view.strata)} together; numbers in thirds. In the order of the "
        "estimate, which is no ranking: with such intervals neighbours could change places. Is it "
        "real? Of twenty strata that do not differ, one interval misses the average by chance; "
        "small strata are drawn towards the rest, as they should be."
    )
    body = part("mirror_strata.html", panels=[_panel(one, n) for n, one in enumerate(models)])
    legend = draw.legend(cat.LEGEND[:1])
    legend += [(draw.glyph_html(cat.TICK), cat.LEGEND[1][1])]
    legend += [
        (draw.glyph_html('<rect x="-8" y="-2.5" width="16" height="5" class="f3"/>'), "beyond")
    ]
    return [
        Figure("strata", "Where positions meet", _say(models), how, body, _table(models), legend)
    ]


SECTION = Section("mirror_strata", "mirror", 50, build)
