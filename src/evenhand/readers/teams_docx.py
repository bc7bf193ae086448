"""Word transcripts: of Teams, newer (name and time) or older (two times), or typed with labels."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.readers._bytes import bad
from evenhand.readers._cues import TIMING, read_cues
from evenhand.readers._docx import OLE, read_paragraphs
from evenhand.readers._headers import HEADER, Block, check_forward, header_of, named, turns_of
from evenhand.readers._labels import blocks_of, labels_in, spoken_lines
from evenhand.readers._names import could_be_name, written_as_name

ZIPS = (b"PK\x03\x04", b"PK\x05\x06", OLE)
STARTED = re.compile(r"^(\S.{0,79}?)\s+(?:started|stopped)\s+transcription\.?$")


def sniff_teams_docx(head: bytes) -> bool:
    """True for any zip, and for what Word makes of a document with a password."""
    return head.startswith(ZIPS)


def _is_told(line: str) -> bool:
    """True for the line in which Teams says that somebody started or stopped it."""
    found = STARTED.match(line)
    return found is not None and could_be_name(found[1]) and written_as_name(found[1])


def lines_of(paragraphs: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """(line, text, whether it is the first with text in its paragraph), counted from the top.

    Lines that say that somebody started or stopped the transcription are left out.
    """
    number = 0
    for paragraph in paragraphs:
        first = True
        for line in paragraph.split("\n"):
            number += 1
            if line.strip() and not _is_told(line.strip()):
                yield number, line.strip(), first
                first = False


def _newer(path: Path, paragraphs: Sequence[str]) -> list[Block]:
    """Blocks below ``Name   0:05``; what stands above the first (title, date, length) is none."""
    found = [(n, text, first, HEADER.match(text)) for n, text, first in lines_of(paragraphs)]
    names = {match["name"] for _, _, first, match in found if match and first}
    blocks: list[Block] = []
    for number, text, first, match in found:
        if match and (first or (match["name"] and match["name"] in names)):
            blocks.append(header_of(path, number, match))
        elif blocks:
            blocks[-1].lines.append(text)
    check_forward(path, blocks)
    return blocks


def _older(path: Path, paragraphs: Sequence[str]) -> list[Block]:
    """Blocks below two times; the line after them is the name where another line follows."""
    parts: list[tuple[int, list[str]]] = []
    for number, text, _ in lines_of(paragraphs):
        if TIMING.match(text):
            parts.append((number, [text]))
        elif parts:
            parts[-1][1].append(text)
    blocks = []
    for cue in read_cues(path, parts):
        name, said = (cue.lines[0], cue.lines[1:]) if len(cue.lines) > 1 else (None, cue.lines)
        blocks.append(Block(cue.line, named(name), cue.start_s, cue.end_s, said))
    return blocks


def _labelled(path: Path, paragraphs: Sequence[str]) -> list[Block]:
    """Blocks of a document that was typed with labels (``T:``, ``C:``)."""
    lines = spoken_lines("\n".join(paragraphs).split("\n"))
    blocks = blocks_of(lines, labels_in(lines))
    check_forward(path, blocks)
    return blocks


def read_teams_docx(path: Path) -> pl.DataFrame:
    """A Word transcript's turns; its lines are counted from the top, breaks within paragraphs too.

    Raises:
        EvenhandError: no transcript, no Word document, damaged or hostile, times that run
            backwards.
    """
    paragraphs = read_paragraphs(path)
    older = any(TIMING.match(text) for _, text, _ in lines_of(paragraphs))
    blocks = _older(path, paragraphs) if older else _newer(path, paragraphs)
    blocks = blocks or _labelled(path, paragraphs)
    if not blocks:
        raise bad(
            path,
            "The document holds no transcript: no line has a name and a time, or a label.",
            "Download it from Teams again as .docx, or begin turns with T: and C:.",
        )
    return turns_of(path, blocks)


def as_docx(paragraphs: Sequence[str]) -> bytes:
    """A Word file of these paragraphs, the same bytes at any time, for examples and tests."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(
        "<w:p><w:r>"
        + "<w:br/>".join(
            f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in paragraph.split("\n")
        )
        + "</w:r></w:p>"
        for paragraph in paragraphs
    )
    xml = f'<?xml version="1.0"?><w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), xml)
    return made.getvalue()


READER = Reader(
    name="teams_docx",
    title="Word (.docx): Teams transcript, or labels",
    suffixes=(".docx",),
    sniff=sniff_teams_docx,
    read=read_teams_docx,
    example=as_docx(
        [
            "Session",
            "4 March 2026, 10:00AM",
            "45m 3s",
            "Dana Lee started transcription",
            "Dana Lee   0:05\nWhere shall we start?",
            "Sam   0:09\nWith the job.\nI thought: maybe the hours.",
            "Dana Lee   1:00:15\nThe hours.",
            "Dana Lee stopped transcription",
        ]
    ),
    expected=(
        {
            "turn": 1,
            "speaker": "Dana Lee",
            "start_s": 5.0,
            "end_s": None,
            "text": "Where shall we start?",
            "source_line": 5,
        },
        {
            "turn": 2,
            "speaker": "Sam",
            "start_s": 9.0,
            "end_s": None,
            "text": "With the job. I thought: maybe the hours.",
            "source_line": 7,
        },
        {
            "turn": 3,
            "speaker": "Dana Lee",
            "start_s": 3615.0,
            "end_s": None,
            "text": "The hours.",
            "source_line": 10,
        },
    ),
    notes="The newer form (name and time) has no ends; the older (0:0:5.100 --> 0:0:8.250) has. "
    "Without either, lines with labels (T:, C:) are read.",
)
