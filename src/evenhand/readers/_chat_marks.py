"""The marks that CHAT puts among the words: what was said is kept, what is said about it goes."""

from __future__ import annotations

import re

_SPACES = re.compile(r"\s+")

_ENDINGS = (
    ("+//?", "…?"),
    ("+//.", "…"),
    ("+/?", "—"),
    ("+/.", "—"),
    ("+..?", "…?"),
    ("+...", "…"),
    ("+!?", "?!"),
    ('+"/.', ":"),
    ('+".', "."),
    ("+.", ""),
)
"""How an utterance ends: broken off by oneself, cut off by another, trailing away."""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), into)
    for pattern, into in (
        (r"\((?:\.{1,3}|\d{0,3}:?\d{0,4}\.\d{0,4})\)", " "),  # pauses: (.) (..) (1.5)
        (r"\[[^\[\]]{0,400}\]", " "),  # [/] [//] [= laughing] [?] [>] [: because]
        (r"(?<!\S)&=\S+", " "),  # events: &=laughs
        (r"(?<!\S)&\*\w{1,8}:(\S+)", " "),  # another's short word within: &*CLI:mhm
        (r"(?<!\S)&[+~](\w[^\s.?!]*)", r"\1-"),  # false starts: &+wh
        (r"(?<!\S)&-?(?=\w)", ""),  # fillers: &-um
        (r'(?<!\S)\+(?:<|\^|,|\+|")(?!\S)', " "),  # how it links: +< +^ +, ++ +"
        (r"[<>‹›⌈⌉⌊⌋↑↓⇗⇘↗→↘≈∆∇≋∙]", ""),  # scope and pitch
        (r"(?<!\S)0[^\W\d]*(?!\S)", " "),  # left out by the speaker: 0is, and 0 for no words
        (r"(?<!\S)(?:xxx|yyy|www)(?!\w)", "[inaudible]"),
        (r"(?<=\w)@\w+(?::\w+)?", ""),  # kind of word: mama@f, hola@s:spa
        (r"(?<=[^\W\d])(?::{2,}|:(?=[^\W\d]))", ""),  # drawn out: no:: fi:ne
        (r"\((\w+)\)", r"\1"),  # left away and filled in: (be)cause
        (r"(?<=\w)_(?=\w)", " "),
        (r"[‡„]", ","),
    )
)


def spoken_text(marked: str) -> str:
    """What was said in a main line of CHAT, in ordinary spelling.

    Fillers (``&-um``) and false starts are kept, pauses and comments are not. An utterance that
    another cut off (``+/.``) ends in a dash; one that trails away (``+...``) in an ellipsis.

    Args:
        marked: the line without its speaker and its time bullets.
    """
    text = _SPACES.sub(" ", marked).strip()
    ending = ""
    for mark, into in _ENDINGS:
        if text.endswith(mark):
            text, ending = text.removesuffix(mark), into
            break
    for pattern, into in _RULES:
        text = pattern.sub(into, text)
    text = _SPACES.sub(" ", text).strip()
    text = re.sub(r" +([.?!,;:]+)(?=\s|$)", r"\1", text)
    said = text.strip(" .?!,;:")
    return text + ending if said else ""
