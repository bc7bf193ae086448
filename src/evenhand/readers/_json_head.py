"""The names in the beginning of a JSON file, which say what format it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from evenhand.readers._bytes import decode_head
from evenhand.readers._json import MOST_DEPTH, TOKEN


@lru_cache(maxsize=2)
def names_in(head: bytes) -> frozenset[str]:
    """Paths of names in the beginning of a JSON file (``results.channels``), lists passed through.

    The file may be cut anywhere; what is no JSON object has none.
    """
    text = decode_head(head).lstrip("\ufeff \t\r\n")
    if not text.startswith("{"):
        return frozenset()
    return frozenset(_paths(text))


def _paths(text: str) -> Iterator[str]:
    above: list[str] = []
    last = name = ""
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign == ":":
            name = last
            yield ".".join([*(a for a in above if a), name])
        elif sign in "{[":
            above.append(name)
            name = ""
            if len(above) > MOST_DEPTH:
                return
        elif sign in "}]":
            if above:
                above.pop()
            name = ""
        elif sign != ",":
            last = sign.strip('"')
