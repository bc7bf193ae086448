"""The command line: thin; every command calls one function of `runs`."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NoReturn

import typer

from evenhand.cli._app import app
from evenhand.core.errors import EvenhandError, Exit

__all__ = ["app", "main"]

STOPPED = "\nStopped. What was finished is kept: the same command goes on from there."


def _add_commands() -> None:
    """Commands are found by scanning this package; each module's ``ORDER`` sorts the help."""
    modules = [
        import_module(f"{__name__}.{info.name}")
        for info in iter_modules(__path__)
        if not info.name.startswith("_")
    ]
    order = {module.__name__: module.ORDER for module in modules}
    app.registered_commands.sort(key=lambda one: order[getattr(one.callback, "__module__", "")])


_add_commands()


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
