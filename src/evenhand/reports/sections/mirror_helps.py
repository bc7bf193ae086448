"""What helps, according to published averages from elsewhere, each on its own scale."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import REAL, answer, sized
from evenhand.reports.mirror_helps import METRICS, Help, helps
from evenhand.reports.mirror_rows import Facet, MirrorRow, Said, rows_html
from evenhand.reports.mirror_view import MirrorView

HEIGHT = 30
TITLES = {
    "d": "Those who had it, against those who had not",
    "r": "What goes together, and need not cause",
    "odds": "Fewer leave early",
}
UNITS = {"d": "standardised difference", "r": "correlation", "odds": "odds ratio of staying"}
WAYS = {"d": ("worse", "better"), "r": ("worse", "better"), "odds": ("fewer stay", "more stay")}


def _number(one: Help, value: float) -> str:
    return f"{value:.2f}" if one.metric == "odds" else f"{'−' if value < 0 else ''}{sized(value)}"


def told(one: Help) -> str:
    """The average with its interval, or that the interval was not read."""
    if one.low is None or one.high is None:
        return _number(one, one.value)
    return f"{_number(one, one.value)} [{_number(one, one.low)}, {_number(one, one.high)}]"


def _real(one: Help) -> str:
    if not one.known:
        return "interval not read"
    clear = answer(one.ends, odds=one.metric == "odds") == REAL
    return REAL if clear else "not clear"


def _row(one: Help, scale: draw.Scale) -> MirrorRow:
    mark = draw.SOLID if one.known else draw.HOLLOW
    marks = [draw.lines(scale, HEIGHT), draw.interval(one.ends, HEIGHT / 2, scale, mark)]
    studies = f"; {one.studies} studies" if one.studies else ""
    read = "" if one.checked else "; not read where it was published"
    return MirrorRow(
        one.title,
        drawing(HEIGHT, marks, f"{one.title}: {told(one)}"),
        [Said("", told(one), _real(one)), Said("", "", f"went with {one.about}")],
        f"{one.source}{studies}{read}",
    )


def _facet(metric: str, some: Sequence[Help]) -> Facet:
    odds = metric == "odds"
    scale = draw.scale_for([one.ends for one in some], odds=odds, most=1.0)
    rows = [_row(one, scale) for one in some]
    return Facet(TITLES[metric], draw.axis(scale, *WAYS[metric]), rows, UNITS[metric])


def _table(known: Sequence[Help]) -> Table:
    rows = [
        [
            one.title,
            one.about,
            UNITS[one.metric],
            told(one) if one.known else f"{told(one)}, interval not read",
            str(one.studies or "not read"),
            one.source,
        ]
        for one in known
    ]
    head = ["", "went with", "metric", "average [95 % interval]", "studies", "source"]
    caption = "Published averages, each with its source. Studies differ among themselves."
    return Table(caption, head, rows, frozenset({1, 2, 5}))


def build(view: MirrorView) -> list[Figure]:
    """One figure, a facet a metric."""
    del view
    known = helps()
    facets = [_facet(m, [one for one in known if one.metric == m]) for m in METRICS]
    say = (
        "Showing therapists how clients fare, and mending ruptures, go with better outcomes in "
        "averages whose intervals leave out no effect. For preferred kinds of help and adapted "
        "treatment averages are larger, and their intervals were not read. A therapist of the same "
        "ethnic group does little for outcome by itself. How clients see their therapist’s "
        "competence counts; how therapists see it hardly."
    )
    how = "Averages of other people’s studies, on scales of their own. None was made here."
    legend = [
        (
            draw.glyph_html(f'<line x1="-8" x2="8" class="si w15"/>{draw.SOLID}'),
            "with its interval",
        ),
        (draw.glyph_html(draw.HOLLOW), "interval not read"),
    ]
    return [Figure("helps", "What helps", say, how, rows_html(facets), _table(known), legend)]


SECTION = Section("mirror_helps", "mirror", 80, build)
