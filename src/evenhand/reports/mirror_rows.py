"""Rows of a mirror figure: what is compared, the interval, the number, and whether it is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from evenhand.release.models import ReleasedModel
from evenhand.reports.page import part


@dataclass(frozen=True)
class MirrorRow:
    """One row: label, drawing, the number with its interval, who was counted, the answer."""

    label: str
    drawn: Markup
    told: str
    answer: str
    under: str = ""
    n: str = ""


@dataclass(frozen=True)
class Facet:
    """Rows on one axis; a folded facet opens on a click."""

    title: str
    axis: Markup
    rows: Sequence[MirrorRow]
    unit: str = ""
    folded: bool = False
    below: Sequence[str] = field(default_factory=tuple)


def rows_html(facets: Sequence[Facet]) -> Markup:
    """All facets, one below the other."""
    return part("mirror_rows.html", facets=facets)


def counted(one: ReleasedModel) -> str:
    """Who stands behind a figure, as released."""
    return f"{one.clients:,} clients, {one.therapists:,} therapists"


WITHHELD = "Withheld"
WITHHELD_WHY = (
    "To protect people: not enough of them, or of therapists, on one side. It does not mean that "
    "there is no gap."
)
