"""A phrase as written in a list, and all the ways in which it is said."""

from __future__ import annotations

import re
from itertools import product

_GROUP = re.compile(r"\(([^()]*)\)")

_FULL = (
    ("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("i'm", "i am"),
    ("that's", "that is"), ("it's", "it is"), ("what's", "what is"), ("i'd", "i would"),
    ("there's", "there is"), ("let's", "let us"),
)  # fmt: skip
_UNMARKED = (
    ("n't", "nt"), ("i'm", "im"), ("you're", "youre"), ("that's", "thats"), ("i've", "ive"),
    ("you've", "youve"), ("what's", "whats"), ("let's", "lets"), ("don't", "don t"),
    ("you're", "your"), ("it's", "its"), ("i'm", "i m"),
)  # fmt: skip
_VARIETIES = (
    (r"\b(that|it|you|we|they|what|this)('s|'re| is| are)\b", r"\1"),
    (r"\bi'm\b", "i"),
    (r"\b(isn't|aren't|is not|are not)\b", "not"),
    (r"\b(isn't|aren't|is not|are not|haven't|hasn't|'s not|'re not|'m not)\b", "ain't"),
    (r"(\w)('s|'re|'m) not\b", r"\1 ain't"),
    (r"\bdoesn't\b", "don't"),
    (r"\bain't\b", "aint"),
    (r"\b(a|an|the) ", ""),
    (r"\b(going to|gonna)\b", "finna"),
    (r"\bgoing to\b", "gonna"),
    (r"\banything\b", "nothing"),
    (r"\bany\b", "no"),
)


def written_out(phrase: str) -> list[str]:
    """Unfold groups ("(a|b|) c") and commas, which may be there or not.

    Args:
        phrase: lower case, straight apostrophes.

    Returns:
        All plain phrases, single-spaced, each once.
    """
    parts = _GROUP.split(phrase)
    options = [part.split("|") if n % 2 else [part] for n, part in enumerate(parts)]
    found = ["".join(chosen) for chosen in product(*options)]
    with_and_without = [form for f in found for form in ((f, f.replace(",", "")) if "," in f else (f,))]
    return list(dict.fromkeys(" ".join(f.split()) for f in with_and_without))


def ways_to_say(phrase: str, varieties: bool) -> list[str]:
    """A plain phrase, its full and unmarked forms, and those of other Englishes.

    Args:
        phrase: one of `written_out`.
        varieties: add zero copula, "ain't", "finna", negative concord and dropped articles; only
            where the phrase stays what it was without them.
    """
    forms = {phrase: None}
    if varieties:
        for pattern, said in _VARIETIES:
            forms |= {re.sub(pattern, said, form): None for form in forms}
    for pairs in (_FULL, _UNMARKED):
        for form in list(forms):
            for marked, other in pairs:
                if marked in form:
                    forms[_full_form(form, marked, other)] = None
    return [" ".join(form.split()) for form in forms]


def _full_form(form: str, marked: str, other: str) -> str:
    if marked == "n't":
        form = form.replace("can't", "cann't").replace("won't", "willn't")
        if other == "nt":
            return form.replace("cann't", "cant").replace("willn't", "wont").replace("n't", "nt")
    return re.sub(rf"(?<![\w']){re.escape(marked)}" if marked[0] not in "n'" else re.escape(marked), other, form)
