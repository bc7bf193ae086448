"""File names for pages, made from ids that may hold any character."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def file_stems(ids: Iterable[str]) -> dict[str, str]:
    """A safe and distinct file stem for each id.

    An id of plain letters stays as it is; any other becomes what can be kept of it, ``~`` and
    part of its SHA-256. No plain id holds ``~``, so that the two kinds never meet. Ids that
    differ only in case are hashed too, for file systems that do not tell case apart.

    The two halves of a dyad's id (``client|therapist``) are joined by ``+``, which no plain id
    holds either.

    Args:
        ids: session or dyad ids, each once.

    Returns:
        id to stem (without suffix), all stems distinct under casefolding.
    """
    every = list(dict.fromkeys(ids))
    folded = Counter(one.casefold() for one in every)
    return {
        one: _plain(one) if folded[one.casefold()] == 1 and _plain(one) else _hashed(one)
        for one in every
    }


def _plain(one: str) -> str:
    """The id as a stem where it needs no hash, else empty."""
    halves = one.split("|")
    plain = len(halves) <= 2 and all(_PLAIN.fullmatch(half) for half in halves)
    return "+".join(halves) if plain else ""


def _hashed(one: str) -> str:
    kept = re.sub(r"[^A-Za-z0-9]+", "-", one).strip("-").lower()[:40]
    digest = sha256(one.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{kept}~{digest}"
