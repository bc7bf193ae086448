"""The command line's own object; each module beside this one adds its commands to it."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="evenhand",
    help="Who holds what in a therapy session, with the turns that show it.\n\n"
    "Nothing leaves this machine. Start with: evenhand demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        from evenhand import __version__

        typer.echo(f"evenhand {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before any command."""
