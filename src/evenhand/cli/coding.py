"""Commands about labels of turns: code, train, agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import AsJson, Columns, Quiet, Roles, Speakers, read_pairs, read_speakers

ORDER = 30
"""Where these commands stand in the list of --help."""


@app.command()
def code(
    files: Annotated[list[Path], typer.Argument(help="Transcripts, or tables of turns.")],
    coder: Annotated[str, typer.Option("--coder", help="A coder's name, or a model's path.")],
    out: Annotated[Path, typer.Option("--out", help="Where the codes go.")] = Path("codes.parquet"),
    speakers: Speakers = None,
    roles: Roles = "",
    columns: Columns = "",
    quiet: Quiet = False,
) -> None:
    """Label turns with a coder."""
    from evenhand.runs.learn import code as run
    from evenhand.runs.terminal import show_coded

    codes = run(
        files,
        coder=coder,
        out=out,
        speakers=read_speakers(speakers),
        roles=read_pairs(roles, "--roles"),
        columns=read_pairs(columns, "--columns"),
    )
    if not quiet:
        show_coded(codes, out)


@app.command()
def train(
    turns: Annotated[Path, typer.Argument(help="A table of annotated turns.")],
    label: Annotated[str, typer.Option("--label", help="The column to learn.")],
    out: Annotated[Path, typer.Option("--out", help="Where the model goes, exactly.")],
    role: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--role", help="Learn from this role's turns only."),
    ] = None,
    group: Annotated[
        str, typer.Option("--group", help="Turns of one group are never split in testing.")
    ] = "session_id",
    columns: Columns = "",
    as_json: AsJson = False,
) -> None:
    """Learn a coder from turns that people have labelled."""
    from evenhand.runs.learn import train as run
    from evenhand.runs.terminal import show_training

    result = run(
        turns,
        label=label,
        out=out,
        role=role,
        group=group,
        columns=read_pairs(columns, "--columns"),
    )
    show_training(result, as_json=as_json)


@app.command()
def agree(
    codes: Annotated[Path, typer.Argument(help="A codes table.")],
    human: Annotated[Path, typer.Argument(help="A table of turns that people have labelled.")],
    label: Annotated[str, typer.Option("--label", help="The column to compare with.")],
    code_names: Annotated[
        str, typer.Option("--code", help="Codes that count as a yes, with commas between.")
    ] = "",
    columns: Columns = "",
    as_json: AsJson = False,
) -> None:
    """Agreement of a coder with people: kappa, Krippendorff's alpha, F1."""
    from evenhand.runs.learn import agree as run
    from evenhand.runs.terminal import show_agreement

    result = run(
        codes,
        human,
        label=label,
        code=[name.strip() for name in code_names.split(",") if name.strip()] or None,
        columns=read_pairs(columns, "--columns"),
    )
    show_agreement(result, as_json=as_json)
