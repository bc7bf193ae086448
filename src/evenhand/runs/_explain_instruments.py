"""The page of an instrument: how a questionnaire is scored, and how far that is known."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.instruments import Instrument, Item, Scale, all_instruments
from evenhand.runs._explain_layout import md_table, number, paragraphs, sentence

_BETTER = {1: "more is better", -1: "more is worse", 0: "more is neither better nor worse"}


def known_instruments() -> dict[str, str]:
    """Names that are understood here (``phq_9``), to keys."""
    return {key.replace("-", "_"): key for key in all_instruments()}


def instrument_page(name: str) -> str:
    """An instrument in Markdown: scales, missing rule, cut-offs, change, sources, example."""
    one = all_instruments()[known_instruments()[name]]
    return paragraphs(
        f"## {one.name}",
        f"`{name}`, instrument, version {one.version}, filled in by the "
        f"{' or '.join(one.raters)}. {sentence(one.title)}",
        f"**Take care.** {one.notes}" if one.notes else "",
        "" if one.validated else "**Not validated.** This is our own.",
        _items(one),
        paragraphs("**Scores.**", md_table(_SCALE_COLUMNS, [_scale(s) for s in one.scales])),
        _limits(one),
        f"**Source.** {sentence(one.source)}",
        f"**Licence.** {sentence(one.licence)} No wording of others is in Evenhand.",
        _remembered(one),
        _examples(one),
    )


def _remembered(one: Instrument) -> str:
    found = sentence("; ".join(one.unverified))
    return f"**Remembered, and not read.** {found}" if found else ""


def _items(one: Instrument) -> str:
    if not one.items:
        return "**Items.** Not known to us: scores are taken as they are given."
    turned = [item.key for item in one.items if item.reversed]
    where = "here" if one.reversal == "here" else "by the form's own numbers"
    said = f" Turned round, {where}: {', '.join(turned)}." if turned else ""
    return f"**Items.** {len(one.items)}, {_answers(one.items)}.{said}"


def _answers(items: tuple[Item, ...]) -> str:
    """What may be answered, in a few words."""
    found = {_answer(item): None for item in items}
    return "; ".join(found)


def _answer(item: Item) -> str:
    if item.kind == "open":
        return "free text"
    if item.kind == "choice":
        return " / ".join(item.choices)
    return f"{number(item.low)} to {number(item.high)}"


_SCALE_COLUMNS = ("score", "is the", "of items", "from", "to", "direction", "missing allowed")


def _scale(s: Scale) -> list[str | float | None]:
    kind = "item itself" if s.scoring == "item" else s.scoring
    of = ", ".join(s.items) if s.items else "not known to us"
    return [s.key, kind, of, s.low, s.high, _BETTER[s.direction], float(s.missing_allowed)]


def _limits(one: Instrument) -> str:
    rows = list(_limit_rows(one))
    if not rows:
        return ""
    return paragraphs("**Limits.**", md_table(["score", "limit", "says", "source", "read"], rows))


def _limit_rows(one: Instrument) -> Iterator[list[str]]:
    for c in one.cutoffs:
        yield [c.scale, f"{c.side} {number(c.at)}", c.means, c.source, _read(c.verified)]
    for r in one.changes:
        limit = f"change of {number(r.points)}"
        yield [r.scale, limit, "reliable change", r.source, _read(r.verified)]


def _read(verified: bool) -> str:
    return "yes" if verified else "no, remembered"


def _examples(one: Instrument) -> str:
    rows = [
        [
            " · ".join(number(a) if isinstance(a, int | float) else str(a) for a in e.answers),
            "; ".join(
                f"{k} {number(v) if isinstance(v, int | float) else v}" for k, v in e.scores.items()
            ),
        ]
        for e in one.examples
    ]
    if not rows:
        return ""
    return paragraphs("### Example", md_table(["answers, in the items' order", "scores"], rows))
