"""Praat TextGrid, long and short: an interval tier a speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.errors import EvenhandError
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, decode_head, read_text, stem_of
from evenhand.readers._words import Piece, by_start, frame_of

_HEAD = re.compile(r'\s*(?:File type\s*=\s*)?"ooTextFile"\s+(?:Object class\s*=\s*)?"TextGrid"')
_TOKEN = re.compile(
    r'"(?:[^"]|"")*+"'  # a text; quotes within are doubled
    r"|<(?:exists|absent)>"
    r"|(?<![\w.\[\]])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.\]])"
    r'|"'  # a quote that never closes
)
_NO_SPEAKER = re.compile(
    r"^(?:.* - )?(?:silences?|notes?|comments?|phon\w*|ipa|transl\w*|gloss\w*|syll\w*|topics?"
    r"|noises?)$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"^(.+) - words$", re.IGNORECASE)
"""The tier of words that a forced aligner makes for a person."""
MOST_INTERVALS = 200_000
_AGAIN = "Open it in Praat and save it again as text."


@dataclass(frozen=True)
class _Token:
    text: str
    line: int


class _Tokens:
    """The values of a TextGrid in their order; what the long form writes beside them is skipped."""

    def __init__(self, path: Path, text: str, begin: int) -> None:
        self.path = path
        self.line = text.count("\n", 0, begin) + 1
        self._text = text
        self._found = _TOKEN.finditer(text, begin)
        self._seen = begin
        self._left = MOST_INTERVALS

    def next(self) -> _Token:
        """The next value.

        Raises:
            EvenhandError: the file ends here, or a quote does not close.
        """
        token = next(self._found, None)
        if token is None:
            raise self.error("The TextGrid breaks off.")
        self.line += self._text.count("\n", self._seen, token.start())
        self._seen = token.start()
        if token[0] == '"':
            raise self.error("A quote that opens here never closes.")
        return _Token(token[0], self.line)

    def error(self, what: str) -> EvenhandError:
        """An error at the last value that was read."""
        return bad(self.path, what, _AGAIN, self.line)

    def text(self) -> _Token:
        """The next value, which must be a text; its quotes are taken off."""
        token = self.next()
        if not token.text.startswith('"'):
            raise self.error("A text is missing.")
        return _Token(token.text[1:-1].replace('""', '"'), token.line)

    def number(self) -> float:
        """The next value, which must be a number."""
        token = self.next()
        if token.text[0] in '"<':
            raise self.error("A number is missing.")
        return float(token.text)

    def count(self) -> int:
        """The next value, which must be a number of things, within what a session can have."""
        found = self.number()
        if not 0 <= found <= self._left or found != int(found):
            raise self.error("The number of tiers or intervals is impossible, or far too large.")
        self._left -= int(found)
        return int(found)


def sniff_textgrid(head: bytes) -> bool:
    """True for Praat's two first lines."""
    return _HEAD.match(decode_head(head).lstrip("\ufeff")) is not None


def _intervals(tokens: _Tokens, name: str) -> Iterator[Piece]:
    for _ in range(tokens.count()):
        start, end = tokens.number(), tokens.number()
        if end < start:
            raise tokens.error("An interval ends before it starts.")
        said = tokens.text()
        if said.text.strip():
            yield Piece(name, said.line, start, end, [" ".join(said.text.split())])


def _points(tokens: _Tokens) -> None:
    for _ in range(tokens.count()):
        tokens.number()
        tokens.text()


def _tiers(tokens: _Tokens) -> dict[str, list[Piece]]:
    """The pieces of each interval tier, by its name."""
    tiers: dict[str, list[Piece]] = {}
    for _ in range(tokens.count()):
        kind, name = tokens.text().text, tokens.text().text.strip()
        tokens.number(), tokens.number()
        if kind == "IntervalTier":
            tiers.setdefault(name, []).extend(_intervals(tokens, name))
        elif kind == "TextTier":
            _points(tokens)
        else:
            raise tokens.error("A tier is neither of intervals nor of points.")
    return tiers


def _speakers(tiers: Mapping[str, list[Piece]]) -> Iterator[list[Piece]]:
    """The tiers that are a person's; one of words only where there is none of whole intervals."""
    for name, pieces in tiers.items():
        words = _WORDS.match(name)
        if _NO_SPEAKER.match(name) or (words and words[1] in tiers):
            continue
        for piece in pieces:
            piece.speaker = (words[1] if words else name) or None
        yield pieces


def read_textgrid(path: Path) -> pl.DataFrame:
    """A TextGrid as turns, its interval tiers sorted by start; empty intervals are silence.

    Raises:
        EvenhandError: it breaks off, a quote never closes, times that run backwards.
    """
    text = read_text(path).lstrip("\ufeff")
    head = _HEAD.match(text)
    if head is None:
        raise bad(path, "The file is no TextGrid.", _AGAIN, 1)
    tokens = _Tokens(path, text, head.end())
    tokens.number(), tokens.number()
    if tokens.next().text != "<exists>":
        raise tokens.error("The TextGrid has no tiers.")
    return form_turns(frame_of(by_start(_speakers(_tiers(tokens)))), stem_of(path), path.name)


READER = Reader(
    name="textgrid",
    title="Praat TextGrid",
    suffixes=(".textgrid",),
    sniff=sniff_textgrid,
    read=read_textgrid,
    example=b"""File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 5
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "Client"
        xmin = 0
        xmax = 5
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 2.6
            text = ""
        intervals [2]:
            xmin = 2.6
            xmax = 5
            text = "um the ""job"" I think"
    item [2]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 5
        points: size = 1
        points [1]:
            number = 2.5
            mark = "rings"
    item [3]:
        class = "IntervalTier"
        name = "Dana"
        xmin = 0
        xmax = 5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.5
            text = "where shall we start"
""",
    expected=(
        {
            "turn": 1,
            "speaker": "Dana",
            "start_s": 0.0,
            "end_s": 2.5,
            "text": "where shall we start",
            "source_line": 41,
        },
        {
            "turn": 2,
            "speaker": "Client",
            "start_s": 2.6,
            "end_s": 5.0,
            "text": 'um the "job" I think',
            "source_line": 22,
        },
    ),
    notes="Tiers of points are no speakers.",
)
