"""CHAT .cha: main lines by speaker's code, with time bullets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from evenhand.core.contracts import Reader
from evenhand.core.turns import form_turns
from evenhand.readers._bytes import bad, head_text, read_lines, stem_of
from evenhand.readers._chat_marks import spoken_text
from evenhand.readers._words import Piece, frame_of, in_order

_BEGINS = re.compile(
    r"(?:@UTF8|@Begin|@Font:|@PID:|@Window:|@Languages:|@Participants:|@Color words:)\s"
)
_HAS = re.compile(r"^(?:@Participants:|\*[^\s:]{1,12}:)[ \t]", re.MULTILINE)
_MAIN = re.compile(r"\*([^\s:]{1,12}):\s*(.*)", re.DOTALL)
_BULLET = re.compile(r"\x15[^\x15]{0,200}?(\d{1,12})_(\d{1,12})[^\x15]{0,20}\x15")
_RAW_BULLET = re.compile(r"\x15[^\x15]{0,200}\x15|\x15")
MOST_LINES = 200_000
_NO_ROLE = frozenset({"unidentified", "participant", "text", "non_human"})


def sniff_chat(head: bytes) -> bool:
    """True for CHAT's headers and a line by a speaker's code or the list of participants."""
    text = head_text(head).lstrip(" \t\n")
    return _BEGINS.match(text) is not None and _HAS.search(text) is not None


def _joined(plain: list[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a line that begins with a tab continues the one above."""
    begun, parts = 0, [""]
    for number, line in enumerate(plain, start=1):
        if line.startswith("\t"):
            parts.append(line.strip())
            continue
        if begun:
            yield begun, " ".join(parts)
        begun, parts = number, [line.rstrip()]
    yield begun, " ".join(parts)


def _roles(lines: list[tuple[int, str]]) -> dict[str, str | None]:
    """Code to the role that @Participants or @ID states, in small letters."""
    roles: dict[str, str | None] = {}
    for _, line in lines:
        if line.startswith("@Participants:"):
            for person in line.partition(":")[2].split(","):
                words = person.split()
                if words:
                    roles[words[0]] = words[-1].lower() if len(words) > 1 else None
        elif line.startswith("@ID:"):
            fields = line.partition(":")[2].strip().split("|")
            if len(fields) > 7 and fields[7].strip():
                roles[fields[2].strip()] = fields[7].strip().lower()
    return {code: None if role in _NO_ROLE else role for code, role in roles.items()}


def _piece(path: Path, number: int, code: str, marked: str) -> Piece:
    """A main line with its bullets' first start and last end.

    Raises:
        EvenhandError: a bullet that ends before it starts.
    """
    spans = [(int(a) / 1000, int(b) / 1000) for a, b in _BULLET.findall(marked)]
    if any(end < start for start, end in spans):
        raise bad(path, "A time bullet ends before it starts.", "Mend its times.", number)
    start = min((start for start, _ in spans), default=None)
    end = max((end for _, end in spans), default=None)
    text = spoken_text(_RAW_BULLET.sub(" ", marked))
    return Piece(code, number, start, end, [text])


def read_chat(path: Path) -> pl.DataFrame:
    """A CHAT file as turns; a role is given where @Participants or @ID states one.

    Raises:
        EvenhandError: no main line, more lines than any session, or times that run backwards.
    """
    plain = read_lines(path)
    if len(plain) > MOST_LINES:
        raise bad(path, "The file has far more lines than one session.", "Split it.")
    lines = list(_joined(plain))
    roles = _roles(lines)
    pieces = []
    for number, line in lines:
        main = _MAIN.match(line)
        if main:
            pieces.append(_piece(path, number, main[1], main[2]))
    if not pieces:
        raise bad(path, "The CHAT file has no line by a speaker.", "Look at its lines with *.")
    role = pl.col("speaker").replace_strict(roles, default=None, return_dtype=pl.String)
    frame = frame_of(in_order(path, pieces)).with_columns(role=role)
    return form_turns(frame, stem_of(path), path.name)


READER = Reader(
    name="chat",
    title="CHAT .cha",
    suffixes=(".cha",),
    sniff=sniff_chat,
    read=read_chat,
    example=(
        b"@UTF8\n"
        b"@Begin\n"
        b"@Languages:\teng\n"
        b"@Participants:\tTHE Therapist, CLI Dana Client\n"
        b"@ID:\teng|made|THE|||||Therapist|||\n"
        b"*THE:\t&-um (.) where shall\n"
        b"\twe start ? \x150_2500\x15\n"
        b"%com:\tlooks up\n"
        b"*CLI:\t+< with the job (be)cause +/. \x152400_5000\x15\n"
        b"*THE:\tthe [/] the hours +... \x155000_6000\x15\n"
        b"@End\n"
    ),
    expected=(
        {
            "turn": 1,
            "role": "therapist",
            "speaker": "THE",
            "start_s": 0.0,
            "end_s": 2.5,
            "text": "um where shall we start?",
            "source_line": 6,
        },
        {
            "turn": 2,
            "role": "client",
            "speaker": "CLI",
            "start_s": 2.4,
            "text": "with the job because—",
            "source_line": 9,
        },
        {"turn": 3, "speaker": "THE", "text": "the the hours…", "source_line": 10},
    ),
    notes="Fillers stay; pauses, comments and % lines go; what was cut off ends in a dash.",
)
