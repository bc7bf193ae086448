"""The command by which a figure of a group gets out: release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import AsJson, Quiet

ORDER = 60
"""Where this command stands in the list of --help."""


@app.command()
def release(
    study: Annotated[Path, typer.Argument(help="A study folder.")],
    tables: Annotated[list[str], typer.Argument(help="Tables that study.toml declares.")],
    out: Annotated[Path, typer.Option("--out", help="Where the tables go.")],
    head: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--head", help="A file for the ledger's head, best on another disk."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Release group figures: small groups are protected, now and over time."""
    from evenhand.runs._release_lines import show_release
    from evenhand.runs.release import release as run

    show_release(run(study, *tables, out=out, head=head), quiet=quiet, as_json=as_json)
