"""Words that every layer puts together alike."""

from __future__ import annotations

from collections.abc import Iterable


def listed(items: Iterable[object], last: str = "and") -> str:
    """Items in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    words = [str(one) for one in items]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
