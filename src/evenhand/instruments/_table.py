"""A TOML table that is read key by key, so that every mistake is named with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from evenhand.core.errors import EvenhandError


def is_number(value: object) -> bool:
    """Whether a value is a finite number of a size that a score can have."""
    return type(value) in (int, float) and abs(value) <= 1e9  # type: ignore[arg-type]


class Table:
    """One table of an instrument's file; it knows which of its keys were read."""

    def __init__(self, given: Mapping[str, Any], file: str, place: str = "") -> None:
        """Take a table that stands at `place` of `file`."""
        self._given = given
        self._file = file
        self._place = place
        self._read: set[str] = set()

    def bad(self, key: str, what: str, remedy: str) -> EvenhandError:
        """An error at a key of this table."""
        path = f"{self._place}.{key}" if self._place and key else self._place or key
        return EvenhandError(what, f"{self._file}, {path}", remedy)

    def __contains__(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._given

    def names(self) -> Iterator[str]:
        """The keys that are given."""
        return iter(self._given)

    def get(self, key: str) -> Any:
        """A key's value, or None."""
        self._read.add(key)
        return self._given.get(key)

    def need(self, key: str) -> None:
        """Insist on a key."""
        if key not in self._given:
            raise self.bad(key, f"{key} is missing.", f"Add a line `{key} = …`.")

    def text(self, key: str, default: str | None = None) -> str:
        """A string that is not blank."""
        if default is None:
            self.need(key)
        value = self.get(key)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            raise self.bad(key, f"{key} must be words in quotes.", f'Write {key} = "…".')
        return " ".join(value.split())

    def one_of(self, key: str, known: Sequence[str], default: str | None = None) -> str:
        """One of several words."""
        value = self.text(key, default)
        if value not in known:
            raise self.bad(key, f"{key} is none of: {', '.join(known)}.", "Use one of these.")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A finite number."""
        value = self.maybe_number(key)
        if value is None and default is None:
            self.need(key)
        return float(default or 0.0) if value is None else value

    def maybe_number(self, key: str) -> float | None:
        """A finite number, or None where the key is not given."""
        value = self.get(key)
        if value is None:
            return None
        if not is_number(value):
            raise self.bad(key, f"{key} must be a number.", f"Write {key} = 0, without quotes.")
        return float(value)

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number, not below 0."""
        value = self.number(key, default)
        if value < 0 or value != int(value):
            raise self.bad(key, f"{key} must be a whole number from 0.", f"Write {key} = 0.")
        return int(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """True or false."""
        if default is None:
            self.need(key)
        value = self.get(key)
        if value is None:
            return bool(default)
        if not isinstance(value, bool):
            raise self.bad(key, f"{key} must be true or false.", f"Write {key} = true.")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of strings; empty where the key is not given."""
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.bad(key, f"{key} must be a list of words.", f'Write {key} = ["…", "…"].')
        return tuple(value)

    def keys_of_items(self, key: str) -> tuple[str, ...]:
        """A list of item numbers or item keys, as text."""
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or any(
            isinstance(v, bool) or not isinstance(v, int | str) for v in value
        ):
            raise self.bad(key, f"{key} must be a list of items.", f"Write {key} = [1, 2, 3].")
        return tuple(str(v) for v in value)

    def answers(self, key: str) -> tuple[float | str, ...]:
        """A list of numbers and words."""
        self.need(key)
        value = self.get(key)
        if not isinstance(value, list) or not all(
            isinstance(v, str) or is_number(v) for v in value
        ):
            raise self.bad(key, f"{key} must be a list of answers.", f"Write {key} = [0, 1].")
        return tuple(v if isinstance(v, str) else float(v) for v in value)

    def table(self, key: str) -> Table | None:
        """A table inside this one, or None."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.bad(key, f"{key} must be a table.", f"Write [{key}] above its lines.")
        return Table(value, self._file, f"{self._place}.{key}" if self._place else key)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array ``[[key]]``."""
        value = self.get(key)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.bad(key, f"{key} must be tables.", f"Write [[{key}]] above each.")
        for n, one in enumerate(value, 1):
            yield Table(one, self._file, f"{key} {n}")

    def done(self) -> None:
        """Refuse keys that nobody reads: a misspelt key must not be silently without effect.

        Raises:
            EvenhandError: with the nearest known key.
        """
        for key in self._given:
            if key not in self._read:
                near = get_close_matches(key, self._read, 1)
                remedy = f"Did you mean {near[0]}?" if near else "Take it out."
                raise self.bad(key, f"{key} is no key that is read here.", remedy)
