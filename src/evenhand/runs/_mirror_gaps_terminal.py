"""How much therapists differ in their gaps, in the terminal; never whose gap it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from evenhand.runs._mirror_measured import group_in_words
from evenhand.runs._mirror_study import DISCOVERY

Row = Mapping[str, Any]


def show_gaps(screen: Console, rows: Sequence[Row]) -> None:
    """Whether therapists' gaps differ by more than chance, on what, and how sure that is."""
    if not rows:
        return
    differ = [row for row in rows if row["q"] <= DISCOVERY]
    if not differ:
        line = f"Therapists' gaps: in {len(rows)} comparisons they differ by no more than chance."
        screen.print(Text(line))
    for row in differ:
        screen.print(Text(_differ(row)))
    for row in rows:
        if row["groups_p"] is not None and row["groups_p"] < DISCOVERY / len(rows):
            screen.print(
                Text(
                    f"Clients of some groups differ more among themselves in {row['outcome']} by "
                    f"{row['axis']}: {_groups(row)}. The spread of gaps allows for it."
                )
            )


def _differ(row: Row) -> str:
    span = "" if row["low"] is None else f" [{row['low']:.2f}, {row['high']:.2f}]"
    sure = "" if row["reliability"] is None else f", reliability {row['reliability']:.2f}"
    low, high = (f"{row[name]:+.2f}".replace("-", "−") for name in ("inner_low", "inner_high"))
    return (
        f"Therapists' gaps in {row['outcome']} by {row['axis']} differ: SD {row['spread']:.2f}"
        f"{span}{sure}. Shrunken, eight in ten lie between {low} and {high}, each known to "
        f"±{row['margin']:.2f}. {row['therapists']} therapists, {row['clients_each']:.0f} clients "
        f"each in the middle; {_groups(row)}."
    )


def _groups(row: Row) -> str:
    """What is left of each group's clients, with its n."""
    return "; ".join(
        f"{group_in_words(one['group'])} {one['clients']:,} clients, SD {one['sd']:.2f} "
        f"[{one['low']:.2f}, {one['high']:.2f}]"
        for one in row["groups"]
    )
