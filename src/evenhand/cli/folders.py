"""Commands about a study folder: new, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import AsJson
from evenhand.core.errors import Exit

ORDER = 20
"""Where these commands stand in the list of --help."""


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Write a study folder to fill in."""
    from evenhand.runs.new import write_new_study

    for path in write_new_study(folder):
        typer.echo(f"  {path}")
    typer.echo(f"Fill them in, then: evenhand check {folder}")


@app.command()
def check(
    study: Annotated[Path, typer.Argument(help="A study folder.")],
    everything: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--all", help="A CSV to write with every problem in a row of its own."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with the input, each with its place and remedy."""
    from evenhand.runs.check import check_study
    from evenhand.runs.terminal import show_problems

    problems = check_study(study, everything)
    show_problems(problems, as_json=as_json)
    raise typer.Exit(int(Exit.INPUT if any(p.fatal for p in problems) else Exit.OK))
