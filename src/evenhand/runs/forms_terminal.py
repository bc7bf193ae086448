"""What an import and an export say in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from evenhand.runs._screens import say_json
from evenhand.runs.forms import Exported, Imported

_MOST = 24
"""Lines of a list in the terminal; ``--json`` has them all."""


NEXT = "Say in sessions.csv who the therapist is, who consented, how it ended; then: evenhand check"


def show_import(done: Imported, *, quiet: bool, as_json: bool) -> None:
    """What was added, and what stayed outside with its count and the reason."""
    if as_json:
        say_json(done.as_dict())
        return
    if quiet:
        return
    console = Console(highlight=False)
    added = done.added
    console.print(Text(f"{done.kind}: {_count(added.answers)} added.", style="bold"))
    if added.already:
        console.print(f"  {_count(added.already)} already there")
    for n, what in (
        (added.sessions, "new in sessions.csv"),
        (added.people, "new in people.csv"),
    ):
        if n:
            console.print(f"  {n:,} {what}")
    if added.sessions:
        console.print(f"  {NEXT}")
    for name in added.wording:
        console.print(f"  instruments/{name} written")
    _list(console, "Understood", [f"{theirs}: {ours}" for theirs, ours in done.mapped.items()])
    left = [f"{one.what}: {one.count:,}; {one.why}" for one in done.left_out]
    _list(console, "Stayed outside", left)


def show_export(done: Exported, *, quiet: bool, as_json: bool) -> None:
    """What was written, and what stayed in the study and why."""
    if as_json:
        say_json(done.as_dict())
        return
    if quiet:
        return
    console = Console(highlight=False)
    console.print(Text(f"{_count(done.answers)} exported.", style="bold"))
    if done.unreleased:
        console.print(f"  {done.unreleased:,} stayed: they were not released in words.")
    if done.words:
        console.print(f"  {done.words:,} stayed: they are somebody's own words.")
    if done.unreleased or done.words:
        console.print("  --all exports these too; it is for your own data only.")
    for path in done.files:
        console.print(f"Written  {path}", soft_wrap=True)


def _count(n: int) -> str:
    return "1 answer" if n == 1 else f"{n:,} answers"


def _list(console: Console, title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(Text(title, style="bold"))
    for line in lines[:_MOST]:
        console.print(Text(f"  {line}"))
    if len(lines) > _MOST:
        console.print(f"  … and {len(lines) - _MOST:,} more: see --json")
