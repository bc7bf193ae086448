"""Commands that carry ratings and forms in and out of a study: import, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import AsJson, Quiet, read_pairs

ORDER = 40
"""Where these commands stand in the list of --help."""


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, REDCap, Qualtrics, or FHIR JSON.")],
    into: Annotated[Path, typer.Option("--into", help="The study's folder.")],
    columns: Annotated[
        str, typer.Option("--columns", help="The file's own names: session_id=visit,phq9_1=q1.")
    ] = "",
    rater: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--rater", help="Who filled it in, if it does not say: client or therapist."),
    ] = None,
    missing: Annotated[
        str, typer.Option("--missing", help="Codes of no answer: -99=declined,-98=not asked.")
    ] = "",
    dictionary: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--dictionary", help="REDCap's data dictionary, as CSV."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Read ratings, or a questionnaire's wording, into a study: all of it, or nothing."""
    from evenhand.runs.forms import import_ratings
    from evenhand.runs.forms_terminal import show_import

    done = import_ratings(
        file,
        into,
        columns=read_pairs(columns, "--columns"),
        rater=rater,
        missing=read_pairs(missing, "--missing"),
        dictionary=dictionary,
    )
    show_import(done, quiet=quiet, as_json=as_json)


@app.command()
def export(
    study: Annotated[Path, typer.Argument(help="A study folder.")],
    to: Annotated[str, typer.Option("--to", help="fhir (R4 QuestionnaireResponse) or csv.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write into.")],
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also what was not released, and words: your own data only."),
    ] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write a study's released ratings for another system, as FHIR or tidy CSV."""
    from evenhand.runs.forms import export_ratings
    from evenhand.runs.forms_terminal import show_export

    done = export_ratings(study, to, out, everything=everything)
    show_export(done, quiet=quiet, as_json=as_json)
