"""A release in the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from evenhand.runs._screens import plain_table, say_json


def show_release(result: Any, *, quiet: bool, as_json: bool) -> None:
    """How many figures of each table are shown and withheld, and where they are."""
    if as_json:
        say_json(result.as_dict())
        return
    if quiet:
        return
    console = Console(highlight=False, soft_wrap=False)
    table = plain_table("Table", "Shown", "Withheld")
    told = result.as_dict()
    for one in told["tables"]:
        table.add_row(one["name"], f"{one['shown']:,}", f"{one['withheld']:,}")
    console.print(table)
    for note in dict.fromkeys(n for t in result.tables for n in t.notes):
        console.print(Text(f"Note: {note}", style="dim"))
    for file in told["files"]:
        if file.endswith(".html"):
            console.print(f"Page  {file}", soft_wrap=True)
