"""Rows of a mirror figure: what is compared, the interval, the number, and whether it is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evenhand.release.models import ReleasedModel
from evenhand.reports.page import part


@dataclass(frozen=True)
class Said:
    """A number of a row: of what, with its interval, and the answer to "is it real?"."""

    of: str
    told: str
    answer: str


@dataclass(frozen=True)
class MirrorRow:
    """One row: label, drawing, and what is said beside it."""

    label: str
    drawn: Markup
    said: Sequence[Said]
    under: str = ""


@dataclass(frozen=True)
class Facet:
    """Rows on one axis; a folded facet opens on a click."""

    title: str
    axis: Markup
    rows: Sequence[MirrorRow]
    unit: str = ""
    note: str = ""
    folded: bool = False


def rows_html(facets: Sequence[Facet]) -> Markup:
    """All facets, one below the other."""
    return part("mirror_rows.html", facets=facets)


def counted(one: ReleasedModel) -> str:
    """Who stands behind a figure, as released."""
    return f"{one.clients:,} clients, about {one.therapists:,} therapists"


def all_counted(models: Sequence[ReleasedModel]) -> str:
    """Who stands behind several figures: how many at least and at most, where they differ."""
    shown = sorted((one for one in models if not one.withheld), key=lambda one: one.clients)
    if not shown:
        return ""
    if shown[0].clients == shown[-1].clients:
        return counted(shown[0])
    return f"{shown[0].clients:,} to {counted(shown[-1])}"


WITHHELD = (
    Said(
        "",
        "Withheld",
        "to protect people: too few of them, or of therapists, on one side. It does not mean that "
        "there is no gap.",
    ),
)
IS_IT_REAL = (
    "Is it real, or are our numbers small? “Real”: the whole interval lies on one side, among so "
    "many comparisons too. “Not clear”: it could be chance, and numbers like ours are large "
    "enough only for a gap of the size named there, or more."
)
