"""JSON from outside: loaded within bounds, each object with its line, every fault one error."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any, NoReturn

from evenhand.core.errors import EvenhandError
from evenhand.readers._bytes import MOST_LINE, bad, encoding_of, read_bytes

LINE = "\x00line"
"""Where an object keeps the line that it begins on; no name of a file's own can be this."""
MOST_VALUES = 2_000_000
"""Values of one transcript: some fourteen hours, word by word."""
MOST_DEPTH = 60

_TEXT = r'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)'
TOKEN = re.compile(rf"{_TEXT}|[{{}}\[\]:,]", re.DOTALL)
_LONG_NUMBER = re.compile(rf"{_TEXT}|\d{{4000}}", re.DOTALL)
_CONSTANT = re.compile(rf"{_TEXT}|NaN|-?Infinity", re.DOTALL)
_AGAIN = "Export it again, as JSON in UTF-8."


class _RepeatedError(ValueError):
    """A name that stands twice in one object."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class _NotFiniteError(ValueError):
    """NaN or Infinity, which JSON does not have."""


def _refuse_constant(_: str) -> NoReturn:
    raise _NotFiniteError


def _line_of_first(wanted: re.Pattern[str], text: str) -> int:
    """The line of the first match outside texts."""
    for found in wanted.finditer(text):
        if found[0][0] != '"':
            return text.count("\n", 0, found.start()) + 1
    return 1


def _text_of(path: Path) -> str:
    data = read_bytes(path)
    try:
        name = encoding_of(data)
        text = data.decode("utf-8" if name == "utf-8-sig" else name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise bad(path, "The JSON is not in UTF-8.", _AGAIN, line) from None
    text = text.lstrip("\ufeff")
    if sum(text.count(sign) for sign in ",[{") > MOST_VALUES:
        raise bad(path, "The JSON holds too many values for one session.", "Split it.")
    return text


def _lines_of_objects(path: Path, text: str) -> list[int]:
    """The line on which each object begins, in the order in which objects close.

    Raises:
        EvenhandError: nested deeper than any transcript.
    """
    lines: list[int] = []
    open_at: list[int] = []
    line, seen, depth = 1, 0, 0
    for token in TOKEN.finditer(text):
        sign = text[token.start()]
        if sign in "{[":
            depth += 1
            if depth > MOST_DEPTH:
                line += text.count("\n", seen, token.start())
                raise bad(path, "The JSON is nested too deeply.", _AGAIN, line)
        if sign == "{":
            line += text.count("\n", seen, token.start())
            seen = token.start()
            open_at.append(line)
        elif sign == "}" and open_at:
            lines.append(open_at.pop())
        if sign in "}]":
            depth -= 1
    return lines


def load_json(path: Path) -> dict[str, Any]:
    """A file's one JSON object; every object within knows its line (`line_of`).

    Raises:
        EvenhandError: broken off, not UTF-8, nested too deeply, a name twice in an object, NaN,
            too many values, or no object.
    """
    text = _text_of(path)
    lines = iter(_lines_of_objects(path, text))

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        line = next(lines, 1)
        if len(found) < len(pairs):
            raise _RepeatedError(line)
        found[LINE] = line
        return found

    try:
        data = json.loads(text, object_pairs_hook=made, parse_constant=_refuse_constant)
    except _RepeatedError as error:
        raise bad(path, "A name stands twice in one JSON object.", _AGAIN, error.line) from None
    except _NotFiniteError:
        line = _line_of_first(_CONSTANT, text)
        raise bad(path, "A number in the JSON is NaN or infinite.", _AGAIN, line) from None
    except json.JSONDecodeError as error:
        raise bad(path, "The JSON is broken or breaks off.", _AGAIN, error.lineno) from None
    except (ValueError, RecursionError):
        line = _line_of_first(_LONG_NUMBER, text)
        raise bad(path, "The JSON holds a number without end.", _AGAIN, line) from None
    if not isinstance(data, dict):
        raise bad(path, "The JSON is no object with names.", _AGAIN, 1)
    return data


def line_of(thing: dict[str, Any]) -> int:
    """The line on which an object of `load_json` begins."""
    return int(thing[LINE])


def _misshaped(path: Path, inside: dict[str, Any], name: str, wanted: str) -> EvenhandError:
    return bad(path, f"{name} is not {wanted}.", _AGAIN, line_of(inside))


def objects(path: Path, inside: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects; empty where it is absent or null.

    Raises:
        EvenhandError: something else stands there.
    """
    found = inside.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _misshaped(path, inside, name, "a list of objects")
    return found


def object_in(path: Path, inside: dict[str, Any], name: str) -> dict[str, Any]:
    """An object, which must be there.

    Raises:
        EvenhandError: it is absent, or something else.
    """
    found = inside.get(name)
    if not isinstance(found, dict):
        raise _misshaped(path, inside, name, "an object")
    return found


def text_in(path: Path, inside: dict[str, Any], name: str) -> str:
    """A text; empty where it is absent or null.

    Raises:
        EvenhandError: something else stands there.
    """
    found = inside.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise _misshaped(path, inside, name, "a text")
    if len(found) > MOST_LINE:
        raise _misshaped(path, inside, name, "a text of less than 2 million characters")
    return _whole(found)


def _whole(text: str) -> str:
    """A text without halves of characters, which JSON can hold and Unicode cannot."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def label_in(path: Path, inside: dict[str, Any], name: str) -> str | None:
    """A speaker's label: a text as it is, a whole number as ``Speaker 0``; None where absent.

    Raises:
        EvenhandError: something else stands there.
    """
    found = inside.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, str):
        return f"Speaker {found}" if found.isdecimal() else text_in(path, inside, name)
    if isinstance(found, int) and not isinstance(found, bool):
        return f"Speaker {found}"
    raise _misshaped(path, inside, name, "a speaker's label")


def seconds_in(path: Path, inside: dict[str, Any], name: str) -> float | None:
    """A time in seconds, also where it is written as a text; None where absent.

    Raises:
        EvenhandError: something else stands there, or a number without end.
    """
    found = inside.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise _misshaped(path, inside, name, "a time in seconds")
    try:
        number = float(found)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _misshaped(path, inside, name, "a time in seconds")
    return number


def span_in(
    path: Path, inside: dict[str, Any], start: str, end: str
) -> tuple[float | None, float | None]:
    """Start and end in seconds.

    Raises:
        EvenhandError: one is no time, or the end lies before the start.
    """
    first, last = seconds_in(path, inside, start), seconds_in(path, inside, end)
    if first is not None and last is not None and last < first:
        raise bad(path, "A piece ends before it starts.", "Mend its times.", line_of(inside))
    return first, last
