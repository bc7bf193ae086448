"""Wording that a study brings to an instrument: never ours to ship, the study's own to show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.core.toml import read_toml
from evenhand.instruments._contract import Instrument
from evenhand.instruments._questionnaire import instrument_of, texts_in
from evenhand.instruments._table import Table

MARK = "wording_of"
"""The key that makes a TOML one of wording: it names the instrument."""

FOLDER = "instruments"
"""Where a study keeps its own instruments and wording, beside its tables."""


@dataclass(frozen=True)
class Texts:
    """The words of an instrument, where they may be shown.

    Args:
        key: the instrument's key.
        items: item key to its words; empty where none may be shown.
        answers: an answer's number, as text, to its words.
        intro: what stands above the items, or "".
        source: where the words come from.
        file: the study's file that holds them, or "".
        reason: why there are none, or "".
    """

    key: str
    items: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    intro: str = ""
    source: str = ""
    file: str = ""
    reason: str = ""


def is_wording(path: Path) -> bool:
    """Whether a TOML holds the wording of an instrument rather than an instrument."""
    try:
        return MARK in read_toml(path)
    except EvenhandError:
        return False


def texts_of(study: str | Path | None, instrument: Instrument) -> Texts:
    """The wording of an instrument that a form or a page may show.

    Our own check-ins have their words in their file, and so may a study's own instrument. For
    all others a study brings them, as a TOML of wording or as a FHIR Questionnaire in its folder
    ``instruments``. Where the owner's licence forbids to show them, the study's file must name
    the permission that it has.

    Args:
        study: the study's folder, or None where there is none.
        instrument: whose words are asked for.

    Returns:
        The words, or none and the reason.

    Raises:
        EvenhandError: the study's file of wording is not as it should be.
    """
    own = {item.key: item.text for item in instrument.items if item.text}
    if own:
        return Texts(instrument.key, own, source=instrument.source, file=instrument.file)
    for found, permission in _brought(None if study is None else Path(study), instrument):
        if instrument.show == "no" and not permission:
            reason = f"{instrument.name} may not be shown without its owner's permission."
            return Texts(instrument.key, file=found.file, reason=reason)
        return found
    return Texts(instrument.key, reason=f"The study brings no wording of {instrument.name}.")


def wording_problems(study: Path, known: Mapping[str, Instrument]) -> list[EvenhandError]:
    """Everything wrong with the files of wording in a study's folder."""
    problems: list[EvenhandError] = []
    for path in _files(study, "*.toml"):
        if is_wording(path):
            try:
                _read_wording(path, known)
            except EvenhandError as error:
                problems.append(error)
    for path in _files(study, "*.json"):
        try:
            _read_questionnaire(path)
        except EvenhandError as error:
            problems.append(error)
    return problems


def _brought(study: Path | None, one: Instrument) -> Iterator[tuple[Texts, str]]:
    """Wording that a study's folder holds of an instrument, and the permission it names."""
    if study is None:
        return
    for path in _files(study, "*.toml"):
        if is_wording(path):
            found, permission = _read_wording(path, {one.key: one})
            if found is not None:
                yield found, permission
    for path in _files(study, "*.json"):
        resource = _read_questionnaire(path)
        if instrument_of(resource, [one]) is one:
            items, answers, _ = texts_in(resource, one, [one])
            source = str(resource.get("copyright") or resource.get("publisher") or "")
            yield Texts(one.key, items, answers, source=source, file=_called(path)), ""


def _files(study: Path, pattern: str) -> list[Path]:
    return sorted((study / FOLDER).glob(pattern))


def _called(path: Path) -> str:
    return f"{FOLDER}/{path.name}"


def _read_wording(path: Path, known: Mapping[str, Instrument]) -> tuple[Texts | None, str]:
    """A TOML of wording; None where it is of another instrument than those that are known."""
    name = _called(path)
    table = Table(read_toml(path, name), name)
    key, permission = table.text(MARK), table.text("permission", "")
    source, intro = table.text("source", ""), table.text("intro", "")
    table.text("language", "")
    items, answers = _words(table, "items"), _words(table, "answers")
    table.done()
    one = known.get(key)
    if one is None:
        if len(known) == 1:
            return None, ""
        raise table.bad(MARK, f"There is no instrument with the key {key}.", "Mend the key.")
    strange = sorted(set(items) - {item.key for item in one.items})
    if strange:
        what = f"{one.name} has no item {', '.join(strange)[:60]}."
        raise table.bad("items", what, "Mend the number before the words.")
    return Texts(key, items, answers, intro, source, name), permission


def _words(table: Table, key: str) -> dict[str, str]:
    holder = table.table(key)
    return {} if holder is None else {name: holder.text(name) for name in holder.names()}


def _read_questionnaire(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, OSError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("resourceType") != "Questionnaire":
        raise EvenhandError(
            "This is no Questionnaire of FHIR.",
            _called(path),
            "Take it out of the folder; answers are read by `evenhand import`.",
        )
    return found
