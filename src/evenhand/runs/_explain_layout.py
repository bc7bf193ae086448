"""Markdown that the pages of parts share: tables, numbers, the turns of an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

_LONGEST = 1000
"""Characters of a cell; an example of one very long turn stays readable."""

_MOST_TURNS = 12
"""Turns of an example that are shown, where it does not begin again before."""


def cell(value: Any) -> str:
    """A value in a Markdown table."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return number(value)
    text = str(value).replace("\r\n", "\n").replace("\n", " ⏎ ").replace("|", "\\|")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} …"


def number(value: float | None, signed: bool = False) -> str:
    """Whole numbers whole, others with three figures that tell; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if value == round(value) else f"{value:,.3g}"
    text = text.replace("-", "−")
    return f"+{text}" if signed and value > 0 else text


def md_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [list(columns), ["---"] * len(columns), *([cell(v) for v in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def period(rows: Sequence[Row]) -> int:
    """After how many rows an example begins again; all of them where it never does."""
    said = [(r.get("role"), r.get("text")) for r in rows]
    for n in range(1, len(said) // 2 + 1):
        if len(said) % n == 0 and said == said[:n] * (len(said) // n):
            return n
    return len(said)


def turns_shown(rows: Sequence[Row]) -> str:
    """An example's turns as a table, what is repeated said once."""
    n = period(rows)
    timed = any(r.get("start_s") is not None for r in rows)
    columns = ["turn", "role", *(["start_s", "end_s"] if timed else []), "text"]
    shown = rows[: min(n, _MOST_TURNS)]
    found = md_table(columns, [[r.get(c) for c in columns] for r in shown])
    if n > len(shown):
        return f"{found}\n\n… and {n - len(shown)} more turns of this kind."
    times = len(rows) // n if n else 0
    if times > 1:
        found += f"\n\nThe exchange is gone through {times} times, {len(rows)} turns in all."
    return found


def paragraphs(*parts: str) -> str:
    """Join what is not empty."""
    return "\n\n".join(part for part in parts if part)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    end = "" if text.endswith((".", "?", "!")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}" if text else ""
