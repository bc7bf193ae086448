"""The command line: thin; every command calls one function of `runs`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from evenhand.core.errors import EvenhandError, Exit

app = typer.Typer(
    name="evenhand",
    help="Who holds what in a therapy session, with the turns that show it.\n\n"
    "Nothing leaves this machine. Start with: evenhand demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Out = Annotated[Optional[Path], typer.Option("--out", help="Where the results go.")]  # noqa: UP045
Speakers = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--speakers", help='Who is who: "Dana Lee=therapist". Repeat for each.'),
]
Roles = Annotated[
    str, typer.Option("--roles", help="Another pair: therapist=justice,client=advocate.")
]
Columns = Annotated[
    str, typer.Option("--columns", help="A table's own column names: text=utterance,role=who.")
]
Coders = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--coder", help="A coder's name, or a model made by train. Repeat for more."),
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


STOPPED = "\nStopped. What was finished is kept: the same command goes on from there."


def _pairs(text: str, option: str) -> dict[str, str] | None:
    """``a=b,c=d`` as a dict; None where nothing was given."""
    if not text:
        return None
    found: dict[str, str] = {}
    for part in text.split(","):
        left, equals, right = part.partition("=")
        if not equals or not left.strip() or not right.strip():
            raise EvenhandError(
                "A part of the option is not NAME=NAME.",
                option,
                "Write ours=theirs, with commas between.",
                Exit.USAGE,
            )
        found[left.strip()] = right.strip()
    return found


def _speakers(given: list[str] | None) -> dict[str, str]:
    """Each ``NAME=role``; a name may hold commas and equals signs."""
    found: dict[str, str] = {}
    for one in given or []:
        name, equals, role = one.rpartition("=")
        if not equals or not name.strip() or not role.strip():
            raise EvenhandError(
                "A speaker's role is not given as NAME=ROLE.",
                "--speakers",
                'Write --speakers "Dana Lee=therapist", once for each person.',
                Exit.USAGE,
            )
        found[name.strip()] = role.strip()
    return found


def _most(text: str) -> int:
    if text == "all":
        return sys.maxsize
    if not text.isdigit() or int(text) < 1:
        raise EvenhandError(
            "The number of pages is none.", "--pages", "Write --pages 400, or all.", Exit.USAGE
        )
    return int(text)


def _pair(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    first, comma, second = (part.strip() for part in text.partition(","))
    if not comma or not first or not second:
        raise EvenhandError("The pair is not two names.", "--pair", "Write --pair A,B.", Exit.USAGE)
    return first, second


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
    from evenhand.runs.terminal import Screen, ask_roles, show_examination

    options: dict[str, Any] = {
        "out": out,
        "speakers": _speakers(speakers),
        "roles": _pairs(roles, "--roles"),
        "columns": _pairs(columns, "--columns"),
        "coders": coder or [],
        "pair": _pair(pair),
        "for_person": for_person,
        "report": report,
        "pages": _most(pages),
        "engine": engine,
    }
    result = _examine(inputs, options, Screen(quiet or as_json), ask_roles)
    show_examination(result, quiet=quiet, as_json=as_json)
    raise typer.Exit(int(result.exit_code))


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
    """Examine the fictional example study and open its report."""
    from evenhand.runs.demo import run_demo
    from evenhand.runs.terminal import Screen, show_examination

    with Screen(quiet) as progress:
        result = run_demo(out, progress=progress)
    show_examination(result, quiet=quiet, as_json=False)
    if open_it and result.report is not None:
        _open(result.report)


def _open(page: Path) -> None:
    """Open a page where there is a screen; otherwise its path has been printed already."""
    import webbrowser

    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        typer.echo("No screen here: open that file in a browser.")
        return
    webbrowser.open(page.resolve().as_uri())


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Write a study folder to fill in."""
    from evenhand.runs.new import write_new_study

    for path in write_new_study(folder):
        typer.echo(f"  {path}")
    typer.echo(f"Fill them in, then: evenhand check {folder}")


@app.command()
def check(
    study: Annotated[Path, typer.Argument(help="A study folder.")], as_json: AsJson = False
) -> None:
    """Say everything that is wrong with the input, each with its place and remedy."""
    from evenhand.runs.check import check_study
    from evenhand.runs.terminal import show_problems

    problems = check_study(study)
    show_problems(problems, as_json=as_json)
    raise typer.Exit(int(Exit.INPUT if any(p.fatal for p in problems) else Exit.OK))


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
        speakers=_speakers(speakers),
        roles=_pairs(roles, "--roles"),
        columns=_pairs(columns, "--columns"),
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
        turns, label=label, out=out, role=role, group=group, columns=_pairs(columns, "--columns")
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
        columns=_pairs(columns, "--columns"),
    )
    show_agreement(result, as_json=as_json)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="An indicator, code, reader, coder or table.")],
) -> None:
    """Definition, formula, source and example of any part."""
    from evenhand.runs.explain import explain as run
    from evenhand.runs.terminal import show_explanation

    show_explanation(run(name))


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


def _end(error: EvenhandError) -> NoReturn:
    from evenhand.runs.terminal import show_error

    show_error(error)
    raise SystemExit(int(error.code))


def main() -> None:
    """Run the command line; every failure is one clear error and an exit code of its kind."""
    try:
        app()
    except EvenhandError as error:
        _end(error)
    except SystemExit as stop:  # what typer makes of Ctrl-C, without a word
        if stop.code == int(Exit.INTERRUPTED):
            typer.echo(STOPPED, err=True)
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(Exit.OK)) from None
    except Exception as error:
        if os.environ.get("EVENHAND_DEBUG"):
            raise
        _end(_defect(error))


def _defect(error: Exception) -> EvenhandError:
    """A failure of our own, without its message: that could hold words of a transcript."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if "evenhand" in file.parts:
            frames.append(f"{file.name}:{trace.tb_lineno}")
        trace = trace.tb_next
    if isinstance(error, OSError) and error.errno is not None:
        return EvenhandError(
            f"The system said: {os.strerror(error.errno)}.",
            str(error.filename or ""),
            "Look at the path, its permissions and the room on the disk.",
            Exit.DISK,
        )
    return EvenhandError(
        f"Evenhand has a defect here ({type(error).__name__}).",
        frames[-1] if frames else "",
        "Please report it, with this line. EVENHAND_DEBUG=1 shows more, and may show your data.",
        Exit.FAILED,
    )
