"""An instrument from its TOML file, checked key by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from evenhand.core.errors import EvenhandError
from evenhand.core.toml import read_toml
from evenhand.instruments._change import follows, reliable_change
from evenhand.instruments._contract import (
    RATERS,
    STATUSES,
    Cutoff,
    Instrument,
    Item,
    ReliableChange,
    Reversal,
    Scale,
    Scoring,
    Worked,
)
from evenhand.instruments._items import direction_of, items_of
from evenhand.instruments._table import Table, is_number

ABOUT = ("outcome", "alliance", "session", "recognition", "preference", "position", "check-in")
SCORINGS = ("sum", "mean", "mean x 10", "item")
SIDES = ("at or above", "above", "at or below", "below")
STRICT = "No rule was read: none may be missing."


def load_instrument(path: Path, called: str = "") -> Instrument:
    """Read one instrument, ours or a study's own.

    Args:
        path: a TOML file.
        called: what its place is called where something is wrong; the file's name by default.

    Raises:
        EvenhandError: with the file, the key, and what to write.
    """
    name = called or path.name
    return instrument_from(read_toml(path, name), name)


def instrument_from(given: Mapping[str, Any], name: str) -> Instrument:
    """An instrument from what its file holds.

    Args:
        given: the TOML, read.
        name: what its place is called where something is wrong.

    Raises:
        EvenhandError: as `load_instrument`.
    """
    table = Table(given, name)
    items, own = items_of(table)
    scales = own + tuple(_scale(one, items) for one in table.tables("scales"))
    if not scales:
        raise table.bad("scales", "There is no score.", "Add [[scales]].")
    raters = table.words("raters") or RATERS[:1]
    if set(raters) - set(RATERS):
        raise table.bad("raters", "A rater is client or therapist.", 'Write raters = ["client"].')
    known = {scale.key for scale in scales}
    if len(known) < len(scales):
        raise table.bad("scales", "Two scales share a key.", "Rename one.")
    instrument = Instrument(
        key=table.text("key"),
        name=table.text("name"),
        title=table.text("title"),
        version=table.text("version"),
        raters=raters,
        about=table.one_of("about", ABOUT),
        items=items,
        scales=scales,
        reversal=cast("Reversal", table.one_of("reversal", ("here", "form"), "here")),
        cutoffs=tuple(_cutoff(one, known) for one in table.tables("cutoffs")),
        changes=tuple(_change(one, known) for one in table.tables("reliable_change")),
        examples=tuple(_worked(one, items, raters, known) for one in table.tables("example")),
        source=table.text("source"),
        licence=table.text("licence"),
        show=table.one_of("show", ("yes", "verbatim", "no")),  # type: ignore[arg-type]
        unverified=table.words("unverified"),
        aliases=table.words("aliases"),
        ambiguous=_ambiguous(table),
        loinc=table.text("loinc", ""),
        notes=table.text("notes", ""),
        validated=table.flag("validated", True),
        file=name,
    )
    table.done()
    return instrument


def file_problems(path: Path, called: str = "") -> list[EvenhandError]:
    """Everything wrong with an instrument's file, each part of it looked at by itself.

    Args:
        path: a TOML file.
        called: as for `load_instrument`.

    Returns:
        An error for each part that is wrong, none where the file can be loaded.
    """
    name = called or path.name
    try:
        given = read_toml(path, name)
    except EvenhandError as error:
        return [error]
    problems: list[EvenhandError] = []

    def tried(read: Callable[[Table], Any]) -> Any:
        try:
            return read(Table(given, name))
        except EvenhandError as error:
            problems.append(error)
            return None

    for key in ("key", "name", "title", "version", "source", "licence"):
        tried(partial(Table.text, key=key))
    tried(lambda table: table.one_of("about", ABOUT))
    tried(lambda table: table.one_of("show", ("yes", "verbatim", "no")))
    found = tried(items_of)
    if found is not None:
        items, own = found
        scales = _each(problems, Table(given, name), "scales", lambda one: _scale(one, items))
        known = {scale.key for scale in (*own, *scales)}
        if not problems or known:
            table = Table(given, name)
            _each(problems, table, "cutoffs", lambda one: _cutoff(one, known))
            _each(problems, table, "reliable_change", lambda one: _change(one, known))
    if not problems:
        tried(lambda _: load_instrument(path, called))
    return problems


def _each(
    problems: list[EvenhandError], table: Table, key: str, read: Callable[[Table], Any]
) -> list[Any]:
    """What can be read of an array of tables; the errors of the others are added to the list."""
    found = []
    try:
        for one in table.tables(key):
            try:
                found.append(read(one))
            except EvenhandError as error:
                problems.append(error)
    except EvenhandError as error:
        problems.append(error)
    return found


def _scale(table: Table, items: tuple[Item, ...]) -> Scale:
    every = tuple(item.key for item in items)
    keys = every if table.get("items") == "all" else table.keys_of_items("items")
    missing = table.table("missing")
    low, high = _range(table)
    scale = Scale(
        key=table.text("key"),
        title=table.text("title", ""),
        items=keys,
        scoring=cast("Scoring", table.one_of("scoring", SCORINGS)),
        low=low,
        high=high,
        direction=direction_of(table),
        missing_allowed=missing.whole("allowed") if missing else 0,
        missing_source=missing.text("source") if missing else STRICT,
        missing_verified=missing.flag("verified") if missing else False,
        loinc=table.text("loinc", ""),
        aliases=table.words("aliases"),
    )
    if missing:
        missing.done()
    table.done()
    _check_scale(table, scale, {item.key: item for item in items})
    return scale


def _range(table: Table) -> tuple[float | None, float | None]:
    given = table.get("range")
    if given is None:
        return None, None
    numbers = isinstance(given, list) and all(is_number(v) for v in given)
    if not numbers or len(given) != 2 or not given[0] < given[1]:
        raise table.bad("range", "range must be the lowest and highest score.", "Write [0, 27].")
    return float(given[0]), float(given[1])


def _check_scale(table: Table, scale: Scale, items: Mapping[str, Item]) -> None:
    """The range must be the one that the items give; an instrument without items takes none."""
    strange = [key for key in scale.items if key not in items]
    if strange or len(set(scale.items)) < len(scale.items):
        raise table.bad("items", "An item is unknown or stands there twice.", "Mend the list.")
    if not scale.items:
        return
    if scale.missing_allowed >= len(scale.items):
        raise table.bad("missing", "All items may be missing.", "Allow fewer.")
    low, high = possible_range(scale, items)
    if scale.low is None or abs(scale.low - low) + abs((scale.high or 0.0) - high) > 1e-9:
        said = f"The items give {low:g} to {high:g}, and range says otherwise."
        raise table.bad("range", said, f"Write range = [{low:g}, {high:g}], or mend the items.")


def possible_range(scale: Scale, items: Mapping[str, Item]) -> tuple[float, float]:
    """The lowest and the highest score that a scale's items allow."""
    low = sum(items[key].low for key in scale.items)
    high = sum(items[key].high for key in scale.items)
    if scale.scoring in ("sum", "item"):
        return low, high
    factor = (10.0 if scale.scoring == "mean x 10" else 1.0) / len(scale.items)
    return low * factor, high * factor


def _named_scale(table: Table, known: set[str]) -> str:
    return table.one_of("scale", sorted(known))


def _cutoff(table: Table, known: set[str]) -> Cutoff:
    cutoff = Cutoff(
        scale=_named_scale(table, known),
        at=table.number("at"),
        side=table.one_of("side", SIDES),  # type: ignore[arg-type]
        means=table.text("means"),
        source=table.text("source"),
        verified=table.flag("verified"),
    )
    table.done()
    return cutoff


def _change(table: Table, known: set[str]) -> ReliableChange:
    change = ReliableChange(
        scale=_named_scale(table, known),
        points=table.number("points"),
        source=table.text("source"),
        verified=table.flag("verified"),
        sd=table.maybe_number("sd"),
        reliability=table.maybe_number("reliability"),
        confidence=table.number("confidence", 0.95),
    )
    _check_change(table, change)
    table.done()
    return change


def _check_change(table: Table, change: ReliableChange) -> None:
    """A limit is above 0, and is what its spread and reliability give, where these are given."""
    if change.points <= 0:
        raise table.bad("points", "A reliable change is more than 0.", "Give its size.")
    if not 0 < change.confidence < 1:
        raise table.bad("confidence", "A confidence lies between 0 and 1.", "Write 0.95.")
    sd, reliability = change.sd, change.reliability
    if sd is None and reliability is None:
        return
    if sd is None or reliability is None or sd <= 0 or not 0 <= reliability < 1:
        said = "sd and reliability belong together: sd above 0, reliability from 0 to below 1."
        raise table.bad("reliability", said, "Give both, or neither.")
    if not follows(change.points, sd, reliability, change.confidence):
        exact = reliable_change(sd, reliability, change.confidence)
        said = f"This spread and this reliability give {exact:.2f}."
        raise table.bad("points", said, "Mend the limit, the spread or the reliability.")


def _worked(
    table: Table, items: tuple[Item, ...], raters: tuple[str, ...], known: set[str]
) -> Worked:
    answers, scores = table.answers("answers"), table.table("scores")
    if len(answers) != len(items):
        raise table.bad("answers", "Give one answer an item, in their order.", "answers = [0, …].")
    if scores is None or set(scores.names()) != known:
        raise table.bad("scores", "Give the score of every scale.", "scores = {total = 0}.")
    worked = Worked(
        rater=table.one_of("rater", raters, raters[0]),
        answers=answers,
        scores={key: _expected(scores, key) for key in scores.names()},
    )
    table.done()
    return worked


def _expected(scores: Table, key: str) -> float | str:
    return scores.one_of(key, STATUSES) if isinstance(scores.get(key), str) else scores.number(key)


def _ambiguous(table: Table) -> dict[str, str]:
    given = table.table("ambiguous")
    return {} if given is None else {name: given.text(name) for name in given.names()}
