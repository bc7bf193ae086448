"""The command that says what any part is: explain."""

from __future__ import annotations

from typing import Annotated

import typer

from evenhand.cli._app import app

ORDER = 90
"""Where this command stands in the list of --help."""


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="An indicator, code, reader, coder or table.")],
) -> None:
    """Definition, formula, source and example of any part."""
    from evenhand.runs.explain import explain as run
    from evenhand.runs.terminal import show_explanation

    show_explanation(run(name))
