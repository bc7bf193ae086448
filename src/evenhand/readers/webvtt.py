"""WebVTT as Teams (voice tags) and Zoom (names before a colon) write it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import head_text, read_lines, stem_of
from evenhand.readers._cues import Cue, blocks, read_cues
from evenhand.readers._speech import Piece, by_name, inherit, need_names, rows_of

VOICE = re.compile(r"<(?:v(?:\.[^\s<>]*)?(?:\s([^<>]*))?|(/)v\s*)>")
MARKUP = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<[\d:.]{5,16}>")
ASIDE = re.compile(r"^\s*(?:NOTE|STYLE|REGION)(?:\s|$)")


def sniff_webvtt(head: bytes) -> bool:
    """True for the word WEBVTT at the start."""
    return re.match(r"\s*WEBVTT(?:\s|$)", head_text(head)) is not None


def plain(text: str) -> str:
    """What is said, without markup, its entities decoded after the markup is gone."""
    return " ".join(html.unescape(MARKUP.sub("", text)).split())


def by_voice(cue: Cue) -> Iterator[Piece]:
    """A cue's pieces, one for each voice; what stands outside any voice names nobody."""
    text = "\n".join(cue.lines)
    at, name = 0, None
    for tag in VOICE.finditer(text):
        yield Piece(cue, name, plain(text[at : tag.start()]))
        at, name = tag.end(), None if tag[2] else (plain(tag[1] or "") or None)
    yield Piece(cue, name, plain(text[at:]))


def pieces_of(path: Path, cues: list[Cue]) -> list[Piece]:
    """Pieces by voice tags where there are any, else by names, else by the marks of SRT."""
    if any(VOICE.search(line) for cue in cues for line in cue.lines):
        return [piece for cue in cues for piece in by_voice(cue) if piece.text]
    lines = [(cue, plain(line)) for cue in cues for line in cue.lines]
    pieces = by_name(path, lines, marks=False)
    return pieces if any(piece.name for piece in pieces) else by_name(path, lines, marks=True)


def read_webvtt(path: Path) -> pl.DataFrame:
    """Cues as turns; a cue that names nobody is the speaker's above it, and this is flagged.

    Raises:
        EvenhandError: no cue, nobody named, times that are none or run backwards, broken off.
    """
    lines = read_lines(path)
    parts = list(blocks(lines))
    heading = [(begun, _below_heading(block)) for begun, block in parts[:1]]
    kept = [(b + len(parts[0][1]) - len(rest), rest) for b, rest in heading if rest]
    kept += [(begun, block) for begun, block in parts[1:] if not ASIDE.match(block[0])]
    cues = read_cues(path, kept)
    pieces = pieces_of(path, cues)
    need_names(path, pieces)
    return form_turns(rows_of(inherit(path, pieces)), stem_of(path), path.name)


def _below_heading(block: list[str]) -> list[str]:
    """Lines of the first block from its first cue on, where no blank line follows WEBVTT."""
    first = next((n for n, line in enumerate(block) if "-->" in line), len(block))
    return block[first:]


READER = Reader(
    name="webvtt",
    title="WebVTT (Teams, Zoom)",
    suffixes=(".vtt",),
    sniff=sniff_webvtt,
    read=read_webvtt,
    example=(
        b"WEBVTT\r\n\r\n"
        b"5f2c1a34-9d10-4a7e-8f35-0c1b2d3e4f50/12-0\r\n"
        b"00:00:05.000 --> 00:00:08.000\r\n"
        b"<v Dana Lee>Where shall we</v>\r\n\r\n"
        b"5f2c1a34-9d10-4a7e-8f35-0c1b2d3e4f50/12-1\r\n"
        b"00:00:08.000 --> 00:00:11.500 align:start\r\n"
        b"<v Dana Lee>start?</v>\r\n"
        b"<v Sam>With the job. I thought: maybe &amp; maybe not.\r\n"
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Dana Lee",
            "start_s": 5.0,
            "end_s": None,
            "text": "Where shall we start?",
            "source_line": 4,
        },
        {
            "turn": 2,
            "speaker": "Sam",
            "start_s": None,
            "end_s": 11.5,
            "text": "With the job. I thought: maybe & maybe not.",
            "source_line": 8,
        },
    ),
    notes="A cue that names nobody is the speaker's above it. Where several voices share a cue, "
    "the times between them are unknown. Cues that overlap are put in order of their start.",
)
