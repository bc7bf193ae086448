"""What a person sees of MAIHDA in the terminal: sentences, two models, the strata at both ends."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenhand.runs._maihda_words import UNRELEASED, model_rows, sentences, strata_rows
from evenhand.runs._screens import plain_table
from evenhand.runs.maihda import MaihdaResult


def show_maihda(found: MaihdaResult, console: Console | None = None) -> None:
    """Sentences first, then the numbers that they rest on."""
    screen = console or Console(highlight=False)
    screen.print()
    for n, line in enumerate(sentences(found)):
        screen.print(Text(line, style="bold" if n == 0 else ""))
    screen.print()
    screen.print(_table(*model_rows(found)))
    screen.print()
    heads, rows, left = strata_rows(found)
    screen.print(_table(heads, rows))
    if left:
        screen.print(Text(f"… and {left:,} strata between these: see --json", style="dim"))
    for line in found.warnings:
        screen.print(Text(f"Note: {line}", style="dim"))
    screen.print(Text(UNRELEASED, style="dim"))


def _table(heads: list[str], rows: list[list[str]]) -> Table:
    table = plain_table(*heads)
    for row in rows:
        table.add_row(*row)
    return table
