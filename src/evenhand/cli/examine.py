"""Commands that read sessions: examine, demo."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import (
    AsJson,
    Coders,
    Columns,
    Out,
    Quiet,
    Roles,
    Speakers,
    read_most,
    read_pair,
    read_pairs,
    read_speakers,
)
from evenhand.core.errors import EvenhandError, Exit

ORDER = 10
"""Where these commands stand in the list of --help."""


@app.command()
def examine(
    inputs: Annotated[list[Path], typer.Argument(help="A study folder, or files.")],
    out: Out = None,
    speakers: Speakers = None,
    roles: Roles = "",
    columns: Columns = "",
    coder: Coders = None,
    pair: Annotated[str, typer.Option("--pair", help="The two to look at: A,B.")] = "",
    for_person: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--for", help="Whose report it is: a person_id of the study."),
    ] = None,
    report: Annotated[bool, typer.Option("--report/--no-report")] = True,
    pages: Annotated[
        str, typer.Option("--pages", help="Session pages to write at most, or all.")
    ] = "400",
    engine: Annotated[str, typer.Option("--engine", help="local, dask or spark.")] = "local",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show who holds what in the room, with the turns that prove it."""
    _share_two_cores()
    from evenhand.runs.terminal import Screen, ask_roles, show_examination

    options: dict[str, Any] = {
        "out": out,
        "speakers": read_speakers(speakers),
        "roles": read_pairs(roles, "--roles"),
        "columns": read_pairs(columns, "--columns"),
        "coders": coder or [],
        "pair": read_pair(pair),
        "for_person": for_person,
        "report": report,
        "pages": read_most(pages),
        "engine": engine,
    }
    result = _examine(inputs, options, Screen(quiet or as_json), ask_roles)
    show_examination(result, quiet=quiet, as_json=as_json)
    raise typer.Exit(int(result.exit_code))


def _share_two_cores() -> None:
    """One thread for Polars on a small machine, before it is loaded.

    Measured on two cores: a second one takes a twentieth more CPU here and saves no time, since
    most steps are too short to share. A number in the environment stands.
    """
    if (os.cpu_count() or 1) <= 2:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")


def _examine(inputs: list[Path], options: dict[str, Any], screen: Any, ask: Any) -> Any:
    """Examine; where a single file's roles are unknown and somebody is there, ask and go on."""
    from evenhand.runs.examine import examine as run

    try:
        with screen as progress:
            return run(*inputs, **options, progress=progress)
    except EvenhandError as error:
        alone = len(inputs) == 1 and inputs[0].is_file()
        if error.code != Exit.QUESTION or not alone or not sys.stdin.isatty():
            raise
        options["speakers"] |= ask(inputs[0], options["columns"])
    with screen as progress:
        return run(*inputs, **options, progress=progress)


@app.command()
def demo(
    out: Out = None,
    open_it: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the report in a browser.")
    ] = True,
    quiet: Quiet = False,
) -> None:
    """Show the fictional example study, and a made-up caseload's mirror."""
    from evenhand.runs.demo import AHEAD, run_caseload, run_demo
    from evenhand.runs.terminal import Screen, show_examination

    with Screen(quiet) as progress:
        result = run_demo(out, progress=progress)
    show_examination(result, quiet=quiet, as_json=False)
    if open_it and result.report is not None:
        _open(result.report)
    if not quiet:
        typer.echo(f"\n{AHEAD}")
    with Screen(quiet) as progress:
        page = run_caseload(out, progress=progress)
    if not quiet:
        typer.echo(f"Mirror  {page}")
    if open_it:
        _open(page)


def _open(page: Path) -> None:
    """Open a page where there is a screen; otherwise its path has been printed already."""
    import webbrowser

    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        typer.echo("No screen here: open that file in a browser.")
        return
    webbrowser.open(page.resolve().as_uri())
