"""A release in the terminal."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def show_release(result: Any, *, quiet: bool, as_json: bool) -> None:
    """How many figures of each table are shown and withheld, and where they are."""
    if as_json:
        sys.stdout.write(json.dumps(result.as_dict(), ensure_ascii=False) + "\n")
        return
    if quiet:
        return
    console = Console(highlight=False, soft_wrap=False)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("Table")
    for name in ("Shown", "Withheld"):
        table.add_column(name, justify="right")
    told = result.as_dict()
    for one in told["tables"]:
        table.add_row(one["name"], f"{one['shown']:,}", f"{one['withheld']:,}")
    console.print(table)
    for note in dict.fromkeys(n for t in result.tables for n in t.notes):
        console.print(Text(f"Note: {note}", style="dim"))
    for file in told["files"]:
        if file.endswith(".html"):
            console.print(f"Page  {file}", soft_wrap=True)
