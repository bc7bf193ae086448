"""The lattice: which tables may be asked for, as study.toml declares them beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenhand.core.errors import EvenhandError, Exit
from evenhand.release.figures import Measure, measure_of
from evenhand.release.rules import Rules, tightened

KINDS: Mapping[str, str] = {
    "clients": "clients",
    "count": "clients",
    "dropped out": "dropped out",
    "dropout": "dropped out",
    "drop out": "dropped out",
    "completed": "completed",
    "reliably improved": "reliably improved",
    "improved": "reliably improved",
    "last": "last",
    "mean last": "last",
    "change": "change",
    "mean change": "change",
}
"""What a table may count, and other spellings of it."""

KEYS = {"rows", "positions", "measure", "instrument", "scale", "title", "file", "published"}


@dataclass(frozen=True)
class Plan:
    """One table of the lattice.

    Args:
        name: what it is called.
        positions: the positions that divide it, at most three.
        kind: what is counted: clients, dropped out, completed, reliably improved, last, change.
        instrument: the questionnaire, where it is about one.
        scale: its scale.
        title: a title of the study's own, or "".
        file: for a table that others have published: where it is.
        published: its source and licence, or "".
    """

    name: str
    positions: tuple[str, ...] = ()
    kind: str = "clients"
    instrument: str = ""
    scale: str = "total"
    title: str = ""
    file: str = ""
    published: str = ""

    @property
    def measure(self) -> Measure:
        """The sets of people that it counts."""
        about = f"{self.instrument}/{self.scale}"
        if self.kind in ("dropped out", "completed"):
            return measure_of("ended")
        if self.kind == "reliably improved":
            return measure_of(f"improved:{about}")
        if self.kind in ("last", "change"):
            return measure_of(f"mean:{about}/{self.kind}")
        return measure_of("clients")


def read_lattice(config: Mapping[str, Any]) -> tuple[Rules, dict[str, Plan]]:
    """The rules and the tables of a study, in the order of study.toml.

    Raises:
        EvenhandError: a rule that would be loosened, or a table that cannot be meant.
    """
    given = config.get("release", {})
    if not isinstance(given, dict):
        raise _bad("release", "[release] is not a table.", "Write [release.tables.NAME].")
    for key in given:
        if key not in ("rules", "tables"):
            raise _bad(f"release.{key}", f"{key} is no part of [release].", "Take it out.")
    rules = tightened(given.get("rules", {}))
    tables = given.get("tables", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise _bad("release.tables", "A table is not declared.", "Write [release.tables.NAME].")
    return rules, {name: _plan(name, table, rules) for name, table in tables.items()}


def chosen(plans: Mapping[str, Plan], names: Sequence[str]) -> list[Plan]:
    """The tables that are asked for, in the order in which they are declared.

    Raises:
        EvenhandError: none is asked for, or one that is not declared.
    """
    strange = [n for n in names if n not in plans]
    if strange or not names:
        known = ", ".join(plans) or "none is declared"
        raise EvenhandError(
            "There is no such table." if strange else "No table is asked for.",
            f"release {' '.join(strange)}".strip(),
            f"Tables are declared beforehand, under [release.tables] in study.toml: {known}.",
            Exit.USAGE,
        )
    return [plan for name, plan in plans.items() if name in names]


def _bad(place: str, what: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, f"study.toml, {place}", remedy)


def _plan(name: str, given: Mapping[str, Any], rules: Rules) -> Plan:
    place = f"release.tables.{name}"
    for key, value in given.items():
        if key not in KEYS:
            raise _bad(f"{place}.{key}", f"{key} is no key of a table.", f"Use {sorted(KEYS)}.")
        if key not in ("rows", "positions") and not isinstance(value, str):
            raise _bad(f"{place}.{key}", f"{key} must be words.", f'Write {key} = "…".')
    if "published" in given or "file" in given:
        return _foreign(name, given, place)
    positions = _positions(given, place, rules)
    kind = KINDS.get(_plain(given.get("measure", "clients")))
    if kind is None:
        known = ", ".join(dict.fromkeys(KINDS.values()))
        raise _bad(f"{place}.measure", "The measure is not known.", f"Use one of: {known}.")
    instrument = given.get("instrument", "")
    if kind in ("reliably improved", "last", "change") and not instrument:
        remedy = 'Write instrument = "PHQ-9".'
        raise _bad(f"{place}.instrument", "The questionnaire is not named.", remedy)
    title, scale = given.get("title", ""), given.get("scale", "total")
    return Plan(name, positions, kind, instrument, scale, title)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


def _positions(given: Mapping[str, Any], place: str, rules: Rules) -> tuple[str, ...]:
    """``rows`` and ``positions`` together; ``rows = "clients"`` only says whom rows stand for."""
    found: list[str] = []
    for key in ("rows", "positions"):
        value = given.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise _bad(f"{place}.{key}", f"{key} is no list of words.", f'Write {key} = ["age"].')
        found += [v for v in value if v != "clients"]
    positions = tuple(dict.fromkeys(found))
    if len(positions) > rules.positions:
        raise _bad(
            place,
            f"A table may be divided by {rules.positions} positions at once, not {len(positions)}.",
            "Declare two tables.",
        )
    return positions


def _foreign(name: str, given: Mapping[str, Any], place: str) -> Plan:
    file, published = given.get("file", ""), given.get("published", "")
    source, comma, licence = published.rpartition(",")
    if not file or not comma or not source.strip() or not licence.strip():
        raise _bad(
            f"{place}.published",
            "A table of others needs its file, its source and its licence.",
            'Write file = "nhs.csv" and published = "who published it and where, licence".',
        )
    if set(given) - {"file", "published", "title"}:
        raise _bad(
            place,
            "A table of the study's own can never be declared as published.",
            "Take out file and published, or the rest.",
        )
    return Plan(name, title=given.get("title", ""), file=file, published=published)
