"""The command mirror."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import Columns, Quiet, read_pairs
from evenhand.core.errors import EvenhandError, Exit

ORDER = 50
"""Where this command stands in the list of --help."""


@app.command()
def mirror(
    study: Annotated[Path, typer.Argument(help="A study folder, or a table of counts.")],
    json: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--json", help="Write all findings to this file."),
    ] = None,
    direction: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--direction", help="Which end a ladder starts from: deprivation=01-least."),
    ] = None,
    columns: Columns = "",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", help="A folder for the study's page, all of it released."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say whether the room, the alliance and the outcome follow the social ladder."""
    from evenhand.runs._mirror_terminal import show_mirror

    options: dict[str, Any] = {
        "direction": _directions(direction),
        "columns": read_pairs(columns, "--columns"),
        "json": json,
        "out": out,
    }
    result = _mirror(study, options, quiet)
    if not quiet:
        show_mirror(result)
    if out is not None and not quiet:
        typer.echo(f"Page  {out / 'mirror.html'}")


def _mirror(study: Path, options: dict[str, Any], quiet: bool) -> Any:
    """Run; where a ladder's direction is unknown and somebody is there, ask and go on."""
    from evenhand.runs.mirror import mirror as run
    from evenhand.runs.terminal import Screen

    with Screen(quiet) as progress:
        try:
            return run(study, **options, progress=progress)
        except EvenhandError as error:
            if error.code != Exit.QUESTION or quiet or not sys.stdin.isatty():
                raise
            asked = error
    typer.echo(asked.what)
    answer = typer.prompt("Its direction (deprivation=01-least, =01-most or =none)")
    with Screen(quiet) as progress:
        options["direction"] |= _directions([answer])
        return run(study, **options, progress=progress)


def _directions(given: list[str] | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given or []:
        found |= read_pairs(one, "--direction") or {}
    return found
