"""The page of a reader: its format, and its example read."""

from __future__ import annotations

import tempfile
from pathlib import Path

from evenhand.core.contracts import Reader
from evenhand.core.discovery import discover
from evenhand.runs._explain_layout import md_table, paragraphs

_COLUMNS = ("turn", "role", "speaker", "start_s", "end_s", "text", "source_line")
_LONGEST = 2000


def reader_page(name: str) -> str:
    """A reader in Markdown: suffixes, what to know, the example and the turns it gives."""
    r: Reader = discover("reader")[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"example{r.suffixes[0]}"
        path.write_bytes(r.example)
        turns = r.read(path)
    shown = [c for c in _COLUMNS if turns[c].null_count() < turns.height]
    return paragraphs(
        f"## {r.title[:1].upper()}{r.title[1:]}",
        f"`{r.name}`, reader, usually named {', '.join(f'`*{s}`' for s in r.suffixes)}.",
        r.notes,
        "### Example",
        _file(r.example),
        "It reads:",
        md_table(shown, list(turns.select(shown).iter_rows())),
    )


def _file(example: bytes) -> str:
    """The example's text in a fence, where it is text."""
    try:
        text = example.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text:
        return "A binary file."
    text = text.replace("\r\n", "\n").replace("\x15", "␕").rstrip()
    cut = f"{text[:_LONGEST]}\n…" if len(text) > _LONGEST else text
    return f"````text\n{cut}\n````"
