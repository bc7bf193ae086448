"""Commands of the theory: simulate, calibrate, plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.cli._app import app
from evenhand.cli._options import AsJson, Quiet

ORDER = 60
"""Where these commands stand in the list of --help."""

Own = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--theory", help="A world (england, us-caseloads) or a TOML of parameters."),
]
Settings = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--set", help="A parameter: name=value. Repeat for more."),
]
Seed = Annotated[int, typer.Option("--seed", help="Of all draws: the same seed, the same bytes.")]
Posterior = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--posterior", help="A posterior.csv of your own calibration."),
]
Workers = Annotated[
    int, typer.Option("--workers", help="Processes; 0 for as many as there are cores.")
]


def _workers(given: int) -> int:
    from evenhand.runs._blocks import cores

    return given if given > 0 else cores()


@app.command()
def simulate(
    clients: Annotated[int, typer.Option("--clients", help="How many clients.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of the study to write.")],
    sessions: Annotated[
        int, typer.Option("--sessions", help="How many sessions are watched.")
    ] = 20,
    therapists: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--therapists", help="How many; by default one for twenty clients."),
    ] = None,
    seed: Seed = 1,
    theory: Own = None,
    settings: Settings = None,
    allocation: Annotated[
        str, typer.Option("--allocation", help="random, clinic, matched or preference.")
    ] = "random",
    detail: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--detail", help="full, counts or table; by default full up to 200,000 sessions."
        ),
    ] = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make up a study from the theory, with its truth beside it."""
    from evenhand.runs.simulate import read_detail
    from evenhand.runs.simulate import simulate as run
    from evenhand.runs.terminal import Screen
    from evenhand.runs.terminal_theory import show_simulation, tell
    from evenhand.theory import read_settings

    with Screen(quiet or as_json) as progress:
        made = run(
            clients=clients,
            sessions=sessions,
            therapists=therapists,
            seed=seed,
            theory=theory,
            settings=read_settings(settings or []),
            allocation=allocation,
            out=out,
            detail=read_detail(detail),
            workers=_workers(workers),
            progress=progress,
        )
    tell(made, show_simulation, quiet=quiet, as_json=as_json)


@app.command()
def calibrate(
    out: Annotated[Path, typer.Option("--out", help="Where theory.toml and the rest go.")],
    draws: Annotated[
        int, typer.Option("--draws", help="Of the judged constants, each refitted.")
    ] = 40,
    seed: Seed = 1,
    theory: Own = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Fit the theory to published figures, and say what they leave open."""
    from evenhand.runs.calibrate import calibrate as run
    from evenhand.runs.terminal import Screen
    from evenhand.runs.terminal_theory import show_calibration, tell
    from evenhand.theory import load_theory

    with Screen(quiet or as_json) as progress:
        made = run(
            out=out,
            draws=draws,
            seed=seed,
            theory=load_theory(theory) if theory else None,
            workers=_workers(workers),
            progress=progress,
        )
    tell(made, show_calibration, quiet=quiet, as_json=as_json)


@app.command()
def experiment(
    out: Annotated[Path, typer.Option("--out", help="Where the results and the page go.")],
    draws: Annotated[
        int, typer.Option("--draws", help="Accepted draws of the posterior, at most.")
    ] = 20,
    explored: Annotated[
        int, typer.Option("--explored", help="Of these, how many the page's sliders cover.")
    ] = 5,
    blocks: Annotated[int, typer.Option("--blocks", help="Blocks of 8,192 clients a world.")] = 2,
    seed: Seed = 1,
    ensemble: Posterior = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """What would happen if: paths taken away, things done differently, in the theory."""
    from evenhand.runs.experiments import experiment as run
    from evenhand.runs.terminal import Screen
    from evenhand.runs.terminal_theory import show_experiments, tell

    with Screen(quiet or as_json) as progress:
        made = run(
            out=out,
            draws=draws,
            explored=explored,
            seed=seed,
            blocks=blocks,
            ensemble=ensemble,
            workers=_workers(workers),
            progress=progress,
        )
    tell(made, show_experiments, quiet=quiet, as_json=as_json)


@app.command()
def plan(
    effect: Annotated[
        list[str],
        typer.Option("--effect", help="alliance=0.1: an estimand and its size. Repeat for more."),
    ],
    clients: Annotated[str, typer.Option("--clients", help="Sizes to try: 200,400.")],
    therapists: Annotated[str, typer.Option("--therapists", help="Sizes to try: 20,40.")],
    sessions: Annotated[str, typer.Option("--sessions", help="Sizes to try: 6,12.")],
    studies: Annotated[
        int, typer.Option("--studies", help="Simulated studies of each size.")
    ] = 400,
    draws: Annotated[
        int,
        typer.Option(
            "--draws", help="Of the calibration that studies are spread over, at most; 1 for none."
        ),
    ] = 26,
    seed: Seed = 1,
    theory: Own = None,
    settings: Settings = None,
    ensemble: Posterior = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", help="Where plan.json and the page go."),
    ] = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """How large a study must be: power and precision by simulation, with a sentence to quote."""
    from evenhand.runs.plan import plan as run
    from evenhand.runs.terminal import Screen
    from evenhand.runs.terminal_theory import show_plan, tell
    from evenhand.theory import load_theory, read_settings, shipped_theory

    base = load_theory(theory) if theory else shipped_theory()
    with Screen(quiet or as_json) as progress:
        made = run(
            effects=read_settings(effect, "--effect"),
            clients=read_sizes(clients, "--clients"),
            therapists=read_sizes(therapists, "--therapists"),
            sessions=read_sizes(sessions, "--sessions"),
            studies=studies,
            draws=draws,
            seed=seed,
            theory=base.with_(read_settings(settings or [])),
            ensemble=ensemble,
            out=out,
            workers=_workers(workers),
            progress=progress,
        )
    tell(made, show_plan, quiet=quiet, as_json=as_json)


def read_sizes(text: str, option: str) -> list[int]:
    """``200,400`` as numbers."""
    from evenhand.core.errors import EvenhandError, Exit

    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() for part in parts):
        raise EvenhandError(
            "The sizes are not whole numbers.", option, f"Write {option} 200,400.", Exit.USAGE
        )
    return [int(part) for part in parts]
