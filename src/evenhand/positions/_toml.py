"""A TOML table read key by key, so that a mistake is named with its file and its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError
from evenhand.core.toml import read_toml


class Keys:
    """One table; it knows which of its keys were read, and refuses the others."""

    def __init__(self, given: Mapping[str, Any], file: str, place: str = "") -> None:
        """Take the table that stands at `place` of `file`."""
        self._given, self._file, self._place = given, file, place
        self._read: set[str] = set()

    def bad(self, key: str, what: str, remedy: str) -> EvenhandError:
        """An error at a key of this table."""
        path = ".".join(part for part in (self._place, key) if part)
        return EvenhandError(what, f"{self._file}, {path}", remedy)

    def names(self) -> list[str]:
        """The keys that are given."""
        return list(self._given)

    def get(self, key: str, default: Any = None) -> Any:
        """A key's value as it stands."""
        self._read.add(key)
        return self._given.get(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """Words that are not blank."""
        value = self.get(key, default)
        if default is not None and value == default:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.bad(key, f"{key} must be words in quotes.", f'Write {key} = "…".')
        return " ".join(value.split())

    def one_of(self, key: str, known: Sequence[str], default: str | None = None) -> str:
        """One of several words."""
        value = self.text(key, default)
        if value not in known:
            raise self.bad(key, f"{key} is none of: {', '.join(known)}.", "Use one of these.")
        return value

    def words(self, key: str, known: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of words; empty where the key is not given."""
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.bad(key, f"{key} must be a list of words.", f'Write {key} = ["…", "…"].')
        if known is not None and set(value) - set(known):
            raise self.bad(key, f"{key} holds none but: {', '.join(known)}.", "Use these.")
        return tuple(value)

    def number(self, key: str) -> float | None:
        """A number, or None where the key is not given."""
        value = self.get(key)
        if value is None:
            return None
        if type(value) not in (int, float) or abs(value) > 1e9:
            raise self.bad(key, f"{key} must be a number.", f"Write {key} = 1, without quotes.")
        return float(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(key, f"{key} must be true or false.", f"Write {key} = true.")
        return value

    def tables(self, key: str) -> list[Keys]:
        """The tables of an array ``[[key]]``."""
        value = self.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.bad(key, f"{key} must be tables.", f"Write [[{key}]] above each.")
        place = f"{self._place}.{key}" if self._place else key
        return [Keys(one, self._file, f"{place} {n}") for n, one in enumerate(value, 1)]

    def table(self, key: str) -> Keys:
        """The table ``[key]``; empty where it is not given."""
        value = self.get(key, {})
        if not isinstance(value, dict):
            raise self.bad(key, f"{key} must be a table.", f"Write [{key}] above its lines.")
        return Keys(value, self._file, f"{self._place}.{key}" if self._place else key)

    def done(self) -> None:
        """Refuse a key that nobody reads: a misspelt one must not be without effect.

        Raises:
            EvenhandError: with the nearest key that is read.
        """
        for key in self._given:
            if key not in self._read:
                near = get_close_matches(key, self._read, 1)
                remedy = f"Did you mean {near[0]}?" if near else "Take it out."
                raise self.bad(key, f"{key} is no key that is read here.", remedy)


def read_keys(path: Path) -> Keys:
    """A TOML file.

    Raises:
        EvenhandError: it is no TOML, with its line.
    """
    return Keys(read_toml(path), path.name)
