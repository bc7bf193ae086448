"""What measurement allows, in the terminal: bounds from recall, items of the alliance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from evenhand.models.mirror_dif import DIFFERS, FEWEST, INVARIANT, NOT_TESTABLE
from evenhand.runs._mirror_measured import group_in_words

Row = Mapping[str, Any]


def show_bounds(screen: Console, rows: Sequence[Row]) -> None:
    """A sentence an indicator and axis: between what and what the coefficient lies."""
    if not rows:
        return
    screen.print()
    screen.print(Text("Bounds from recall, where words may not be compared", style="bold"))
    for row in rows:
        told = "; ".join(f"{name} {_between(row[key])}" for key, name in _NAMES.items())
        screen.print(Text(f"{row['indicator']}, by {row['axis']}: {_said_of_bounds(row)}"))
        n = f"{row['sessions']:,} sessions, {row['clients']:,} clients"
        screen.print(Text(f"  {told}; {n}, {row['therapists']:,} therapists.", style="dim"))
    screen.print(
        Text(
            "From the recall that lowers the estimate most to the one that raises it most, with "
            "the 95 % interval at the outer ends. Acts counted and not done are not mended.",
            style="dim",
        )
    )


_NAMES = {"mirror": "half the difference", "beta_t": "therapist's standing", "beta_c": "client's"}


def _said_of_bounds(row: Row) -> str:
    if row["word"] == "nothing clear":
        return "what was missed could explain it, or chance."
    who = {"gap": "the gap", "both standings": "both standings, not with the gap alone"}
    return f"goes with {who.get(row['word'], 'the ' + row['word'])}, whatever recall is."


def _between(bound: Row) -> str:
    least, most, low, high = (
        f"{bound[name]:+.2f}".replace("-", "−") for name in ("least", "most", "low", "high")
    )
    return f"{least} to {most} [{low}, {high}]"


def show_items(screen: Console, rows: Sequence[Row]) -> None:
    """A sentence an axis: whether its groups answer the items alike at the same alliance."""
    for row in rows:
        screen.print(Text(f"Items of {row['instrument']}, by {row['axis']}: {said_of_items(row)}"))


def said_of_items(row: Row) -> str:
    """What was found about a questionnaire's items on an axis, with who was looked at."""
    groups = ", ".join(
        f"{group_in_words(one['group'])} {one['clients']:,}" for one in row["groups"]
    )
    if row["verdict"] == NOT_TESTABLE:
        return f"not testable. Two groups of {FEWEST} clients are needed, and there are: {groups}."
    small = [group_in_words(one["group"]) for one in row["groups"] if one["status"] == NOT_TESTABLE]
    beside = f" Not testable: {', '.join(small)}." if small else ""
    return f"{_found(row)} Clients: {groups}.{beside}"


def _found(row: Row) -> str:
    limit = f"{row['limit']:.3f}"[1:]
    if row["verdict"] == INVARIANT:
        most = max(one["delta_r2"] for one in row["items"])
        return (
            f"none of {len(row['items'])} is answered otherwise at the same alliance (largest rise "
            f"of R² {most:.3f}, below {limit})."
        )
    named = [one for one in row["items"] if one["differs"]]
    told = ", ".join(f"{one['item']} (rise of R² {one['delta_r2']:.3f})" for one in named)
    if row["verdict"] == DIFFERS:
        return (
            f"answered otherwise at the same alliance: {told}. A difference in the score is partly "
            "a difference in these questions."
        )
    return (
        f"more than half seem to be answered otherwise ({told}), so that nothing is left to "
        "compare them on. The score is not comparable between these groups."
    )
