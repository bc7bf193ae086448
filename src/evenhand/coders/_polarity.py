"""What is put in the negative is agreed with by "no, it's not"."""

from __future__ import annotations

import polars as pl

from evenhand.coders._frame import TAG_END

_LAST = r"([^.!?;]*\p{L}[^.!?;]*)[.!?;\W]*$"

_CONTRAST = r"(?s)^.*(?:\bbut\b|(?:,|–|—|--| -) ?(?:it's|it is|you're|you are|that's|rather)\b)"
"""Up to where what is denied ends and what is claimed begins."""

_ASIDE = (
    r"^(\s*\S+(?:\s+\S+){2,}?)"
    r"(?:\s(?:if|when|because|since|unless|who|which|and not|rather than)|, not)\b.*$"
)
"""A main clause of three words or more, and what hangs on it: "he'd ring if he wasn't cross"."""

_POLITE = (
    r"\b(?:can't help|cannot help|no doubt|no wonder|not only|not just|(?:i'm|i am) not sure|"
    r"i don't know|if i'm not mistaken|or not)\b|"
    r"\b(?:is|are|was|were|do|does|did|have|has|had|could|would|wo|ca|should)n't "
    r"(?:you|it|that|this|there|he|she|they|we|i)\b"
)
"""Denies in form alone: "no doubt", "isn't it"."""

_DENIES = (
    r"n't\b|\b(?:not|never|no|none|nothing|nobody|nowhere|neither|nor|without|hardly|barely|"
    r"cannot|dont|doesnt|didnt|isnt|wasnt|arent|werent|wont|wouldnt|cant|couldnt|havent|hasnt)\b"
)


def denies(text: str = "plain") -> pl.Expr:
    """Whether what a turn says last, but for a tag, is put in the negative.

    Args:
        text: name of the column of plain text.
    """
    last = pl.col(text).str.extract(_LAST).str.replace(TAG_END, "").str.replace(_CONTRAST, "")
    return last.str.replace(_ASIDE, "$1").str.replace_all(_POLITE, "").str.contains(_DENIES)
