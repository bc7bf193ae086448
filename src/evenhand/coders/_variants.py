"""A phrase as a list has it, and the other ways in which people say and write it."""

from __future__ import annotations

import re
from collections.abc import Sequence

Change = tuple[re.Pattern[str], str]
"""What is sought in a phrase, and what is said instead."""


def _changes(*pairs: tuple[str, str]) -> tuple[Change, ...]:
    return tuple((re.compile(pattern), said) for pattern, said in pairs)


_UNMARKED = _changes(
    (r"\b(\w+n)'t\b", r"\1t"),
    (r"\b(i)'(m|ve|d)\b", r"\1\2"),
    (r"\b(you|they)'(re|ve)\b", r"\1\2"),
    (r"\b(that|what|let|there|it)'s\b", r"\1s"),
)
"""Without apostrophes, as some speech recognition writes."""

_FULL = _changes(
    (r"\bcan't\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"(?<!ai)n't\b", " not"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"\bi'm\b", "i am"),
    (r"\bi'd\b", "i would"),
    (r"\b(that|it|what|there)'s\b", r"\1 is"),
)
"""Written out, as careful and second-language speakers say."""

_VARIETIES = _changes(
    (r"\b(that|it|you|we|they|what|this)(?:'s|'re| is| are)\b", r"\1"),  # zero copula
    (r"\bi'm\b", "i"),
    (r"\b(isn't|aren't)\b", "not"),
    (r"\b(?:isn't|aren't|haven't|hasn't|hadn't|don't|doesn't|didn't)\b", "ain't"),
    (r"(\w)(?:'s|'re|'m) not\b", r"\1 ain't"),
    (r"\bdoesn't\b", "don't"),
    (r"\b(?:a|an|the) ", ""),
    (r"\bgoing to\b", "finna"),
    (r"\bgoing to\b", "gonna"),
    (r"\banything\b", "nothing"),
    (r"\bany\b", "no"),
    (r"\bever\b", "never"),
)
"""Zero copula, "ain't", "finna", negative concord, dropped articles."""


def _with(forms: Sequence[str], changes: Sequence[Change]) -> list[str]:
    """The forms, and each with each change made or not."""
    found = dict.fromkeys(forms)
    for pattern, said in changes:
        found |= dict.fromkeys([pattern.sub(said, form) for form in found])
    return list(found)


def ways_to_say(phrase: str, varieties: bool) -> list[str]:
    """A phrase and its other forms, each once.

    Args:
        phrase: small letters, straight apostrophes.
        varieties: also as other Englishes say it; for codes of voice and rupture, where missing
            somebody's variety would silence them.
    """
    forms = _with([phrase], _VARIETIES) if varieties else [phrase]
    short = [form for form in forms if "'" in form]  # nothing else can be written out
    return list(dict.fromkeys([*forms, *_with(short, _FULL), *map(_unmarked, forms)]))


def _unmarked(form: str) -> str:
    if "'" not in form:
        return form
    for pattern, said in _UNMARKED:
        form = pattern.sub(said, form)
    return form
