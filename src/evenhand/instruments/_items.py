"""The items of an instrument's file: numbers of one range, or answers in words."""

from __future__ import annotations

from collections.abc import Mapping

from evenhand.instruments._contract import Direction, Item, Scale
from evenhand.instruments._table import Table

DIRECTIONS: Mapping[str, Direction] = {"higher is better": 1, "higher is worse": -1, "neither": 0}


def direction_of(table: Table, default: str | None = None) -> Direction:
    """1, -1 or 0 from the key ``direction`` in words."""
    return DIRECTIONS[table.one_of("direction", tuple(DIRECTIONS), default)]


def items_of(table: Table) -> tuple[tuple[Item, ...], tuple[Scale, ...]]:
    """All items, and a scale for each item that is scored by itself."""
    numbers, worded = table.table("items"), list(table.tables("item"))
    answers = _answer_sets(table)
    if numbers is not None and worded:
        raise table.bad("items", "Both [items] and [[item]] are given.", "Keep one of them.")
    if numbers is not None:
        return _numbers(numbers), ()
    items = tuple(_worded(one, answers) for one in worded)
    _unique(table, [item.key for item in items])
    pairs = zip(items, worded, strict=True)
    scales = tuple(_own_scale(item, direction_of(one, "neither")) for item, one in pairs)
    for one in worded:
        one.done()
    return items, scales


def _numbers(table: Table) -> tuple[Item, ...]:
    """Items that share one range: ``count`` or ``keys``, ``low``, ``high``, ``step``."""
    keys = table.keys_of_items("keys") or _counted(table)
    low, high, step = table.number("low"), table.number("high"), table.number("step", 1.0)
    if step <= 0 or high <= low or abs((high - low) / step - round((high - low) / step)) > 1e-9:
        raise table.bad("high", "The range is not a number of steps.", "Mend low, high or step.")
    turned = table.keys_of_items("reversed")
    codes, texts = _parallel(table, "loinc", keys), _parallel(table, "texts", keys)
    answers = _answer_codes(table, low, high, step)
    _known(table, "reversed", turned, keys)
    _unique(table, keys)
    table.done()
    return tuple(
        Item(
            key,
            low=low,
            high=high,
            step=step,
            reversed=key in turned,
            loinc=codes.get(key, ""),
            codes=answers,
            text=texts.get(key, ""),
        )
        for key in keys
    )


def _counted(table: Table) -> tuple[str, ...]:
    count = table.whole("count")
    if not 1 <= count <= 1000:
        raise table.bad("count", "count must be 1 to 1000.", "Write how many items there are.")
    return tuple(str(n) for n in range(1, count + 1))


def _parallel(table: Table, key: str, keys: tuple[str, ...]) -> dict[str, str]:
    """A list in the items' order, which may be shorter where the rest is not known."""
    given = table.words(key)
    if len(given) > len(keys):
        raise table.bad(key, f"{key} has more entries than there are items.", "Take some out.")
    return dict(zip(keys, given, strict=False))


def _answer_codes(table: Table, low: float, high: float, step: float) -> dict[str, float]:
    """LOINC codes of the answers, from the lowest to the highest."""
    given = table.words("answers_loinc")
    if given and len(given) != round((high - low) / step) + 1:
        raise table.bad("answers_loinc", "Give a code for every answer.", "Or leave them out.")
    return {code: low + n * step for n, code in enumerate(given)}


def _answer_sets(table: Table) -> dict[str, Table]:
    """``[answers.NAME]``: sets of answers in words that items share."""
    holder = table.table("answers")
    if holder is None:
        return {}
    names = list(holder.names())
    found = {name: holder.table(name) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _worded(table: Table, answers: Mapping[str, Table]) -> Item:
    """An item with answers in words, or open."""
    key, text = table.text("key"), table.text("text", "")
    construct, near = table.text("construct", ""), table.text("near", "")
    released, beside = table.text("on_release", ""), table.text("for_therapist", "")
    if table.flag("open", False):
        return Item(key, kind="open", text=text, construct=construct, near=near)
    name = table.one_of("answers", tuple(answers))
    choices, declining = _choices(answers[name])
    choices |= dict.fromkeys(table.words("also"))
    scores = [score for score in choices.values() if score is not None]
    low, high = (min(scores), max(scores)) if scores else (0.0, 0.0)
    return Item(
        key,
        kind="choice",
        low=low,
        high=high,
        choices=choices,
        declining=declining,
        text=text,
        construct=construct,
        near=near,
        on_release=released,
        for_therapist=beside,
    )


def _choices(table: Table) -> tuple[dict[str, float | None], tuple[str, ...]]:
    scored = table.table("scored")
    found: dict[str, float | None] = {}
    if scored is not None:
        found |= {word: scored.number(word) for word in scored.names()}
    found |= dict.fromkeys(table.words("unscored"))
    declining = table.words("declined")
    if not found:
        raise table.bad("", "There are no answers here.", "Give scored or unscored answers.")
    table.done()
    return found, declining


def _own_scale(item: Item, direction: Direction) -> Scale:
    """The scale of one item by itself; without a range where its answers are no quantity."""
    ranged = item.high > item.low
    return Scale(
        key=item.key,
        items=(item.key,),
        scoring="item",
        low=item.low if ranged else None,
        high=item.high if ranged else None,
        direction=direction,
        missing_source="one item",
        missing_verified=True,
        title=item.construct,
    )


def _known(table: Table, name: str, given: tuple[str, ...], keys: tuple[str, ...]) -> None:
    strange = [key for key in given if key not in keys]
    if strange:
        raise table.bad(name, f"There is no item {', '.join(strange)}.", "Mend the list.")
    if len(set(given)) < len(given):
        raise table.bad(name, "An item stands there twice.", "Take one of them out.")


def _unique(table: Table, keys: tuple[str, ...] | list[str]) -> None:
    twice = sorted({key for key in keys if list(keys).count(key) > 1})
    if twice:
        raise table.bad("key", f"Two items are called {', '.join(twice)}.", "Rename one.")
