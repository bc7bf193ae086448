"""What every command's terminal output is made of."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.table import Table


def plain_table(*heads: str, numbers: bool = True) -> Table:
    """A table without lines.

    Args:
        heads: of its columns.
        numbers: all columns but the first hold numbers and stand right.
    """
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for n, head in enumerate(heads):
        table.add_column(head, justify="right" if n and numbers else "left", overflow="fold")
    return table


def say_json(found: Any) -> None:
    """One line for a machine."""
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
