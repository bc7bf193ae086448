"""Fenced blocks of a Markdown document, and why some cannot be run."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]*?) -->\s*\n)?"
    r"^(?P<ticks>`{3,})(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=ticks)[ ]*$",
    flags=re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, its line, and why it is not run, if so."""

    language: str
    text: str
    line: int
    reason: str | None


def blocks_of(path: Path) -> list[Block]:
    """A document's blocks, in its order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            found["language"],
            found["text"],
            text.count("\n", 0, found.start("text")),
            found["reason"],
        )
        for found in FENCE.finditer(text)
    ]
