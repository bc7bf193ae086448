"""The command maihda."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import Quiet
from evenhand.core.errors import EvenhandError, Exit

ORDER = 45
"""Where this command stands in the list of --help."""

FAMILIES = ("gaussian", "binomial")
METHODS = ("reml", "ml", "laplace")


@app.command()
def maihda(
    table: Annotated[Path, typer.Argument(help="CSV or Parquet, or a folder of such parts.")],
    outcome: Annotated[str, typer.Option("--outcome", help="The column to look at.")],
    strata: Annotated[str, typer.Option("--strata", help="Axes: gender,ethnicity,education.")],
    covariates: Annotated[
        str, typer.Option("--covariates", help="Columns that enter both models.")
    ] = "",
    family: Annotated[str, typer.Option("--family", help="gaussian or binomial.")] = "",
    method: Annotated[str, typer.Option("--method", help="reml, ml or laplace.")] = "",
    cluster: Annotated[
        str, typer.Option("--cluster", help="Further random factors: therapist_id,client_id.")
    ] = "",
    bootstrap: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--bootstrap", min=0, help="Replicates for the interval of the PCV."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 1,
    json: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--json", help="Write all numbers to this file; - prints them."),
    ] = None,
    svg: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--svg", help="Draw the strata into this file, for yourself: unreleased."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say whether strata differ, and whether it is more than the sum of their axes."""
    if svg is not None:
        from evenhand.runs._maihda_page import check_picture

        check_picture(svg)
    from evenhand.runs.maihda import as_json, write_json
    from evenhand.runs.maihda import maihda as run

    options: dict[str, Any] = {
        "outcome": outcome,
        "strata": _names(strata),
        "covariates": _names(covariates),
        "family": _one_of(family, FAMILIES, "--family"),
        "method": _one_of(method, METHODS, "--method"),
        "cluster": _names(cluster),
    }
    printed = json is not None and str(json) == "-"
    draws = 0 if bootstrap is None and (printed or quiet) else bootstrap
    found = run(table, **options, bootstrap=draws, seed=seed)
    if svg is not None:
        from evenhand.runs._maihda_page import write_picture

        write_picture(found, svg)
    if printed:
        typer.echo(as_json(found))
        return
    if json is not None:
        write_json(found, json)
    if not quiet:
        from evenhand.runs._maihda_terminal import show_maihda

        show_maihda(found)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _one_of(given: str, known: tuple[str, ...], option: str) -> str | None:
    """The option's word in small letters; None where nothing was given."""
    word = given.strip().lower()
    if word and word not in known:
        raise EvenhandError(
            "The option has a word that is not known.",
            option,
            f"Use {' or '.join(known)}.",
            Exit.USAGE,
        )
    return word or None
