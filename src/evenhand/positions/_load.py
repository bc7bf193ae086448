"""Axes, code systems and presets from their TOML files, checked key by key."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from evenhand.positions._contract import (
    SAID_BY,
    STATUSES,
    Axis,
    Code,
    CodeSystem,
    Crossing,
    Ladder,
    Preset,
    Status,
)
from evenhand.positions._toml import Keys, read_keys

KINDS = ("codes", "number")


def load_system(path: Path) -> CodeSystem:
    """Read a code system.

    Raises:
        EvenhandError: with the file, the key, and what to write.
    """
    keys = read_keys(path)
    system = CodeSystem(
        key=keys.text("key"),
        title=keys.text("title"),
        version=keys.text("version"),
        axes=keys.words("axes"),
        kind=keys.one_of("kind", KINDS),  # type: ignore[arg-type]
        multiple=keys.flag("multiple"),
        said_by=keys.words("said_by", SAID_BY),
        source=keys.text("source"),
        codes=tuple(_code(one) for one in keys.tables("codes")),
        crossings=tuple(_crossing(one) for one in keys.tables("maps")),
        low=keys.number("low"),
        high=keys.number("high"),
        step=keys.number("step"),
        bands=tuple(float(x) for x in keys.get("bands", [])),
        must_declare=keys.words("must_declare"),
        leading=keys.flag("leading"),
        loinc=keys.text("loinc", ""),
        unverified=keys.words("unverified"),
        notes=keys.text("notes", ""),
        file=path.name,
    )
    keys.done()
    _check_system(keys, system)
    return system


def _code(keys: Keys) -> Code:
    code = Code(
        code=keys.text("code"),
        label=keys.text("label"),
        status=cast("Status", keys.one_of("status", STATUSES, "answered")),
        group=keys.text("group", ""),
        aliases=keys.words("aliases"),
    )
    keys.done()
    return code


def _crossing(keys: Keys) -> Crossing:
    to, lost = keys.text("to"), keys.text("lost")
    codes: dict[str, tuple[str, ...]] = {}
    lost_of: dict[str, str] = {}
    for one in keys.tables("codes"):
        code = one.text("from")
        codes[code] = one.words("to")
        told = one.text("lost", "")
        if told:
            lost_of[code] = told
        one.done()
    keys.done()
    return Crossing(to, lost, codes, lost_of)


def _check_system(keys: Keys, system: CodeSystem) -> None:
    names = [one.code.casefold() for one in system.codes]
    if len(set(names)) < len(names):
        raise keys.bad("codes", "Two codes are the same.", "Rename one.")
    if not system.axes or not system.said_by:
        raise keys.bad("axes", "axes and said_by may not be empty.", 'Write said_by = ["self"].')
    if system.kind == "codes" and not system.codes:
        raise keys.bad("codes", "There are no codes.", "Add [[codes]], or write kind = number.")
    if system.kind == "number" and (
        system.low is None or system.high is None or not system.low < system.high
    ):
        raise keys.bad("low", "A number needs its low and its high end.", "Write low and high.")
    for crossing in system.crossings:
        strange = set(crossing.codes) ^ {one.code for one in system.codes}
        if strange:
            raise keys.bad("maps", f"maps to {crossing.to} is not whole.", "Map every code once.")


def load_axis(path: Path) -> Axis:
    """Read an axis.

    Raises:
        EvenhandError: with the file, the key, and what to write.
    """
    keys = read_keys(path)
    axis = Axis(
        key=keys.text("key"),
        title=keys.text("title"),
        holds=keys.text("holds"),
        kind=keys.one_of("kind", ("words", "number")),  # type: ignore[arg-type]
        systems=keys.words("systems"),
        said_by=keys.words("said_by", SAID_BY),
        sensitive=keys.flag("sensitive"),
        of=keys.words("of", ("client", "therapist")),
        loinc=keys.text("loinc", ""),
        file=path.name,
    )
    keys.done()
    return axis


def load_preset(path: Path) -> Preset:
    """Read a published ranking.

    Raises:
        EvenhandError: with the file, the key, and what to write.
    """
    keys = read_keys(path)
    axes = keys.table("axes")
    preset = Preset(
        key=keys.text("key"),
        title=keys.text("title"),
        source=keys.text("source"),
        limits=keys.text("limits"),
        ladders=tuple(load_ladder(axes.table(name), name) for name in axes.names()),
        unverified=keys.words("unverified"),
        file=path.name,
    )
    keys.done()
    if not preset.ladders:
        raise keys.bad("axes", "The preset ranks nothing.", "Add [axes.NAME].")
    return preset


def load_ladder(keys: Keys, axis: str) -> Ladder:
    """Read how one axis is ranked: ``order``, or ``low`` and ``high``.

    Raises:
        EvenhandError: with the file, the key, and what to write.
    """
    order = _order(keys)
    low, high = keys.number("low"), keys.number("high")
    ladder = Ladder(
        axis=axis,
        order=order,
        low=low,
        high=high,
        system=keys.text("system", ""),
        direction=keys.text("direction", ""),
    )
    keys.done()
    scaled = low is not None and high is not None and low != high
    if bool(order) == scaled or (not scaled and (low is not None or high is not None)):
        raise keys.bad(
            "order",
            f"{axis} needs an order of answers, or a number's two ends.",
            'Write order = ["lowest", "highest"], or low = 1 and high = 10.',
        )
    return ladder


def _order(keys: Keys) -> tuple[tuple[str, ...], ...]:
    """Answers from the lowest up; answers that stand alike are a list of their own."""
    given = keys.get("order", [])
    wrong = keys.bad(
        "order", "order must list answers from the lowest up.", 'Write ["a", ["b", "c"]].'
    )
    if not isinstance(given, list):
        raise wrong
    steps = [one if isinstance(one, list) else [one] for one in given]
    flat = [answer for step in steps for answer in step]
    if not all(isinstance(answer, str) and answer.strip() for answer in flat):
        raise wrong
    plain = [answer.strip().casefold() for answer in flat]
    if len(set(plain)) < len(plain) or any(not step for step in steps) or len(steps) == 1:
        raise keys.bad("order", "order needs two steps or more, each answer once.", "Mend it.")
    return tuple(tuple(answer.strip() for answer in step) for step in steps)
