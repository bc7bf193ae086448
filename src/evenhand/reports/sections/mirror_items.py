"""The alliance's questions: do groups answer them alike where the alliance is alike?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.reports import mirror_chart as draw
from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.marks import drawing
from evenhand.reports.mirror_answers import answer, told
from evenhand.reports.mirror_rows import WITHHELD, Facet, MirrorRow, Said, counted, rows_html
from evenhand.reports.mirror_view import DISCOVERY, MirrorView, axis_title, is_clear, told_q
from evenhand.reports.numbers import in_words, small

HEIGHT = 26
LEGEND = ((draw.SOLID, "odds of a higher answer at the same alliance"),)


def _items(one: ReleasedModel) -> list[str]:
    return [name.removeprefix("item ") for name in one.shares if name.startswith("item ")]


def _differing(one: ReleasedModel) -> list[str]:
    return [item for item in _items(one) if one.shares[f"item {item}"][2]]


def _compared(one: ReleasedModel, item: str) -> Iterator[tuple[str, draw.Ends]]:
    """Each other group's words and its odds against the first."""
    for group, words in list(one.told["groups"].items())[1:]:
        yield str(words), one.effects[f"{item}/{group}"]


def _answer(one: ReleasedModel, item: str, ends: draw.Ends) -> str:
    rise, q, differs = one.shares[f"item {item}"]
    if differs:
        return f"real, and large enough to count: the rise of R² is {_three(rise)}"
    if is_clear(ends, q):
        return f"real, but small: the rise of R² is {_three(rise)}"
    return answer(ends, odds=True, q=q, family=len(_items(one)))


def _three(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".removeprefix("0")


def _rows(one: ReleasedModel, scale: draw.Scale) -> Iterator[MirrorRow]:
    several = len(one.told["groups"]) > 2
    for item in _items(one):
        for words, ends in _compared(one, item):
            label, said = f"Question {item}", told(ends, odds=True)
            real = _answer(one, item, ends)
            marks = [draw.lines(scale, HEIGHT), draw.interval(ends, HEIGHT / 2, scale, draw.SOLID)]
            drawn = drawing(HEIGHT, marks, f"{label}, {words}. {said}, {real}")
            yield MirrorRow(label, drawn, [Said("", said, real)], words if several else "")


def _facet(one: ReleasedModel, folded: bool) -> Facet:
    title = axis_title(str(one.told["axis"]))
    if one.withheld:
        blank = drawing(HEIGHT, [draw.lines(draw.Scale(1.0, True), HEIGHT)])
        return Facet(title, blank, [MirrorRow("All questions", blank, WITHHELD)], folded=folded)
    scale = draw.scale_for(one.effects.values(), odds=True, most=1.5)
    first, *others = one.told["groups"].values()
    note = f"{listed(others)} against {first}; {counted(one)}"
    drawn = draw.axis(scale, "lower answers", "higher answers")
    return Facet(title, drawn, list(_rows(one, scale)), "odds ratio", note, folded)


def _table(models: Sequence[ReleasedModel]) -> Table:
    rows = []
    for one in models:
        axis = axis_title(str(one.told["axis"]))
        if one.withheld:
            rows.append(["All questions", axis, "", *["withheld"] * 2, "", ""])
            continue
        for item in _items(one):
            rise, q, _ = one.shares[f"item {item}"]
            tested = [_three(rise), told_q(q), f"{one.clients:,}"]
            for words, ends in _compared(one, item):
                rows.append([f"Question {item}", axis, words, told(ends, odds=True), *tested])
    caption = (
        "Odds of a higher answer than the first group's at the same score of the anchors, with "
        "95 % intervals; the rise of Nagelkerke's R² with group, and its q among the questions. "
        "From .035 on a question counts as answered otherwise."
    )
    head = ["", "by", "group", "odds ratio", "rise of R²", "q", "clients"]
    return Table(caption, head, rows, frozenset({1, 2}))


def _said(one: ReleasedModel) -> str:
    by, n = small(axis_title(str(one.told["axis"]))), len(_items(one))
    differ = _differing(one)
    if not differ:
        return f"By {by} none of {in_words(n)} questions is answered otherwise."
    if 2 * len(differ) > n:
        return (
            f"By {by} more than half of the questions seem to be answered otherwise: the score is "
            "not comparable between these groups."
        )
    return (
        f"By {by} {in_words(len(differ))} of {in_words(n)} questions answered otherwise "
        f"({listed(differ)}): there, a gap in the score is partly a gap in the question."
    )


def build(view: MirrorView) -> list[Figure]:
    """One figure; axes after the first are folded."""
    models = view.models("items")
    if not models:
        return []
    how = (
        "Two groups at the same alliance should answer a question alike. Is it real? “Real, and "
        f"large enough to count”: R² rises by .035 or more; “real, but small”: q is at most "
        f"{DISCOVERY:g}, below that; else it could be chance."
    )
    said = " ".join(_said(one) for one in models if not one.withheld)
    body = rows_html([_facet(one, n > 0) for n, one in enumerate(models)])
    title = "The alliance’s questions"
    return [
        Figure(
            "items",
            title,
            said or "Nothing of it may be shown.",
            how,
            body,
            _table(models),
            draw.legend(LEGEND),
        )
    ]


SECTION = Section("mirror_items", "mirror", 25, build)
