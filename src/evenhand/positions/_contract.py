"""What an axis of social position is, what a code system is, and what a person said.

A position is what a person says of themself. Nothing here works one out from anything else:
not from a name, a language, a birthplace, a voice or another axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

Status = Literal["answered", "declined", "not asked", "unknown"]
SaidBy = Literal["self", "proxy", "staff", "record"]

STATUSES: tuple[Status, ...] = ("answered", "declined", "not asked", "unknown")
"""Declined, not asked and unknown are three different answers, and none of them is a position."""

SAID_BY: tuple[SaidBy, ...] = ("self", "proxy", "staff", "record")
"""Who said it: the person, somebody close who answers for them, staff, or a record."""

POSITIONS = pl.Schema(
    {
        "person_id": pl.String,
        "axis": pl.String,
        "text": pl.String,
        "code": pl.String,
        "label": pl.String,
        "value": pl.Float64,
        "system": pl.String,
        "version": pl.String,
        "said_by": pl.String,
        "said_on": pl.String,
        "status": pl.String,
        "line": pl.Int64,
    }
)
"""A row a person, axis and answer: several answers are several rows. ``text`` is verbatim, with
the code beside it; ``value`` is set on axes that are numbers; ``line`` is that of people.csv."""


@dataclass(frozen=True, slots=True)
class Code:
    """One answer of a code system; ``status`` says that some codes are no answer."""

    code: str
    label: str
    status: Status = "answered"
    group: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """How a system maps to another: each code to those that say the same, and what is lost."""

    to: str
    lost: str
    codes: Mapping[str, tuple[str, ...]]
    lost_of: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class CodeSystem:
    """A published list of answers, or a published scale.

    ``must_declare`` names what a study has to say before a number means anything (an index, its
    year, which end is which). ``leading`` means that a longer code is read by its first
    character, the rest being local or finer. ``said_by`` stands in order of preference.
    """

    key: str
    title: str
    version: str
    axes: tuple[str, ...]
    kind: Literal["codes", "number"]
    multiple: bool
    said_by: tuple[str, ...]
    source: str
    codes: tuple[Code, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    bands: tuple[float, ...] = ()
    must_declare: tuple[str, ...] = ()
    leading: bool = False
    loinc: str = ""
    unverified: tuple[str, ...] = ()
    notes: str = ""
    file: str = ""

    def find(self, answer: str) -> Code | None:
        """The code that an answer names: its code, its label, or an alias, exactly."""
        plain = answer.strip().casefold()
        for one in self.codes:
            if plain in (one.code.casefold(), one.label.casefold()):
                return one
        for one in self.codes:
            if plain in (alias.casefold() for alias in one.aliases):
                return one
        if self.leading and len(plain) > 1 and plain.isalnum() and len(plain) <= 4:
            return next((one for one in self.codes if one.code.casefold() == plain[0]), None)
        return None


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of social position: a column of people.csv of the same name."""

    key: str
    title: str
    holds: str
    kind: Literal["words", "number"]
    systems: tuple[str, ...]
    said_by: tuple[str, ...]
    sensitive: bool
    of: tuple[str, ...]
    loinc: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """How one axis is ranked: an order from the lowest up, or a number's two ends.

    ``order`` holds groups of answers that stand alike; an answer is named by its code, its label
    or the words. ``low`` is the number whose standing is −1, ``high`` the one whose is +1.
    """

    axis: str
    order: tuple[tuple[str, ...], ...] = ()
    low: float | None = None
    high: float | None = None
    system: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """A ranking that others have published: shown with its source, used only when named."""

    key: str
    title: str
    source: str
    limits: str
    ladders: tuple[Ladder, ...]
    unverified: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What study.toml says of an axis: its code system, and what that system must be told."""

    axis: str
    system: CodeSystem
    told: Mapping[str, str]
