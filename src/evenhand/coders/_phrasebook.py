"""Phrase lists: a TOML file a code, each with rules of its own and examples that are tested."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from evenhand.core.errors import EvenhandError, Exit

_KEYS = {
    "phrases",
    "subtype",
    "roles",
    "only",
    "left_not",
    "left_must",
    "right_not",
    "right_must",
    "turn_not",
    "turn_must",
    "prior",
    "quoted",
    "skip_first",
    "near_own",
    "most_words",
}


@dataclass(frozen=True)
class Rule:
    """Phrases, and when a match of one counts.

    Args:
        code: what it is a hit of; `subtype` where there is one.
        phrases: small letters; a comma stands for itself.
        roles: who can say it; both by default.
        only: the turn consists of phrases of this rule, one or many; one hit, the whole turn.
        left_not: a pattern that must not match what stands before, in the plain text.
        left_must: one that must; `right_not`, `right_must` for what stands behind; `turn_not`,
            `turn_must` for the whole turn.
        prior: what the other's last turn that was more than a bare reply must be: ``asserts``
            (is no question), ``asks``, ``leads`` (asks or tells), or anything; with `` in the
            positive`` behind it, that turn must not end on what is put in the negative.
        quoted: whether reported speech counts.
        skip_first: the session's first turns that are left out (greetings).
        near_own: how many hits of the rule must fall within six turns of the speaker.
        most_words: longest turn in which a match counts, 0 for any.
    """

    code: str
    phrases: tuple[str, ...]
    subtype: str | None = None
    roles: tuple[str, ...] = ()
    only: bool = False
    left_not: str = ""
    left_must: str = ""
    right_not: str = ""
    right_must: str = ""
    turn_not: str = ""
    turn_must: str = ""
    prior: str = ""
    quoted: bool = False
    skip_first: int = 0
    near_own: int = 0
    most_words: int = 0


@dataclass(frozen=True)
class Entry:
    """A code of the code book: what it means, its rules, its examples."""

    code: str
    meaning: str
    near: str
    rules: tuple[Rule, ...]
    examples: tuple[dict[str, Any], ...] = field(default_factory=tuple)


def _rule(code: str, given: dict[str, Any]) -> Rule:
    unknown = set(given) - _KEYS
    if unknown:
        raise EvenhandError(
            f"A rule has keys that nobody reads: {', '.join(sorted(unknown))}.",
            f"phrases/en/{code}.toml",
            "Mend or delete them.",
            Exit.FAILED,
        )
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    return Rule(code=code, **values)


@cache
def phrasebook(language: str = "en") -> dict[str, Entry]:
    """All entries of a language, by code.

    Raises:
        EvenhandError: a rule with a key that nobody reads.
    """
    folder = files("evenhand.coders") / "phrases" / language
    entries: dict[str, Entry] = {}
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if not path.name.endswith(".toml"):
            continue
        code = path.name.removesuffix(".toml")
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        entries[code] = Entry(
            code=code,
            meaning=given["meaning"],
            near=given.get("near", ""),
            rules=tuple(_rule(code, rule) for rule in given["rule"]),
            examples=tuple(given.get("examples", ())),
        )
    return entries
