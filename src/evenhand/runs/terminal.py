"""What a person sees in the terminal: progress, one clear error, short tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from evenhand.core.errors import EvenhandError
from evenhand.runs._screens import plain_table, say_json
from evenhand.runs.display import LEGEND, headline, session_rows

if TYPE_CHECKING:
    from evenhand.runs.examine import Examination

_MOST = 24
"""Rows of a table in the terminal; the rest is on disk and in the report."""

_OF_COURSE = 12
"""Lines about the course."""


def _console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False, soft_wrap=False)


class Screen:
    """A progress bar on standard error, or nothing where nobody looks."""

    def __init__(self, quiet: bool) -> None:
        """Remember whether to be quiet; the bar is made when it is entered."""
        self._quiet = quiet
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Any:
        """Start the bar; the value is what `examine` calls as it goes."""
        console = _console(stderr=True)
        self._tasks = {}
        if not self._quiet and console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description:<22}"),
                BarColumn(bar_width=32),
                TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
                TimeElapsedColumn(),
                console=console,
            )
            self._bar.start()
        return self._show

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar where it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self, what: str, done: int, total: int) -> None:
        if self._bar is None:
            return
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=max(total, 1))
        self._bar.update(self._tasks[what], completed=done, total=max(total, 1))


def show_error(error: EvenhandError) -> None:
    """What is wrong, where, and what to do, on standard error."""
    console = _console(stderr=True)
    console.print(Text.assemble(("Error  ", "bold"), error.what))
    if error.where:
        console.print(Text.assemble(("Where  ", "dim"), error.where))
    console.print(Text.assemble(("Do     ", "dim"), error.remedy))


def ask_roles(path: Path, columns: Mapping[str, str] | None) -> dict[str, str]:
    """Show a file's speakers with their counts and ask who is who.

    Returns:
        Label to ``therapist``, ``client`` or ``other``.
    """
    import typer

    from evenhand.core.roles import unknown_speakers
    from evenhand.readers import read_turns

    speakers = unknown_speakers(read_turns(path, columns))
    typer.echo("Who is who cannot be known from the file. Its speakers:")
    for row in speakers.iter_rows(named=True):
        typer.echo(f"  {row['speaker']}: {row['turns']:,} turns, {row['words']:,} words")
    names = {"t": "therapist", "c": "client", "o": "other"}
    found: dict[str, str] = {}
    for speaker in speakers["speaker"]:
        while (answer := _answer(speaker)) not in names:
            typer.echo("Please answer t, c or o.")
        found[speaker] = names[answer]
    return found


def _answer(speaker: str) -> str:
    import typer

    given = typer.prompt(f"{speaker}: (t)herapist, (c)lient or (o)ther?", default="o")
    return str(given).strip().lower()[:1]


def show_examination(result: Examination, *, quiet: bool, as_json: bool) -> None:
    """A short table that a therapist understands, and where the rest is."""
    if as_json:
        say_json(_as_json(result))
        return
    _show_errors(result.errors)
    if quiet:
        return
    console = _console()
    console.print()
    console.print(Text(result.title, style="bold"))
    console.print(Text(headline(result), style="dim"))
    if result.counts["sessions"]:
        table, more = _sessions_table(result)
        console.print(table)
        if more:
            console.print(f"… and {more:,} more: see readings.parquet", style="dim")
        console.print(Text(LEGEND, style="dim"))
    for note in result.notes:
        console.print(Text(f"Note: {note}", style="dim"))
    _show_course(console, result)
    console.print(Text("Counts and associations, never a score. Usual is not the same as fair."))
    page = result.report
    console.print(f"Tables  {result.out}", soft_wrap=True)
    if page is not None:
        console.print(f"Report  {page}", soft_wrap=True)


def _show_course(console: Console, result: Examination) -> None:
    """What a reader of the course has to know, and what could not be done in it and why."""
    if result.course is None:
        return
    told = [f"Course: {note}" for note in result.course.notes]
    told += [f"Course, not done: {what}: {why}" for what, why in result.course.refused.items()]
    for line in told[:_OF_COURSE]:
        console.print(Text(line, style="dim"))
    if (more := len(told) - _OF_COURSE) > 0:
        console.print(f"… and {more:,} more on the course: see course/course.json", style="dim")


def _as_json(result: Examination) -> dict[str, Any]:
    course = result.course
    return {
        "out": str(result.out),
        "report": str(result.report) if result.report else None,
        "counts": dict(result.counts),
        "errors": [dict(e) for e in result.errors],
        "notes": list(result.notes),
        "course": course and {"notes": list(course.notes), "refused": dict(course.refused)},
    }


def _show_errors(errors: Sequence[Mapping[str, Any]]) -> None:
    console = _console(stderr=True)
    for e in errors[:_MOST]:
        place = e["where"] if e["file"] in e["where"] else f"{e['file']}, {e['where']}".rstrip(", ")
        console.print(Text.assemble(("Left out  ", "bold"), f"{place}: {e['what']} {e['remedy']}"))
    if len(errors) > _MOST:
        console.print(f"… and {len(errors) - _MOST:,} more: see manifest.json")


def _sessions_table(result: Examination) -> tuple[Table, int]:
    """The first sessions, and how many more there are."""
    columns, rows, more = session_rows(result, _MOST)
    table = plain_table(*columns)
    for row in rows:
        table.add_row(*row)
    return table, more


def show_problems(problems: Sequence[Any], *, as_json: bool) -> None:
    """Everything that is wrong with a study, at once."""
    if as_json:
        say_json([p.as_dict() for p in problems])
        return
    console = _console()
    if not problems:
        console.print("Nothing is wrong.")
        return
    for p in problems:
        mark = "Must be mended" if p.fatal else "Worth a look  "
        console.print(Text.assemble((mark, "bold" if p.fatal else "dim"), f"  {p.where}: {p.what}"))
        console.print(Text(f"                {p.remedy}", style="dim"))
    if any(p.rows > 1 for p in problems):
        console.print(
            f"{sum(p.rows for p in problems):,} problems in all. `--all FILE.csv` writes each of "
            "them in a row of its own.",
            soft_wrap=True,
        )


def show_coded(codes: pl.DataFrame, out: Path) -> None:
    """How often each code was given, and where they are."""
    table = plain_table("Code", "Hits")
    counts = codes.group_by("code").len().sort("len", "code", descending=[True, False])
    for name, n in counts.iter_rows():
        table.add_row(name, f"{n:,}")
    console = _console()
    console.print(table)
    console.print(f"Codes  {out}", soft_wrap=True)


def show_training(result: Any, *, as_json: bool) -> None:
    """Cross-validated figures of a learned coder."""
    if as_json:
        say_json(result.as_dict())
        return
    console = _console()
    for line in result.lines():
        console.print(Text(line))


def show_agreement(result: Any, *, as_json: bool) -> None:
    """Kappa, alpha, F1."""
    show_training(result, as_json=as_json)


def show_explanation(text: str) -> None:
    """A part's page, as Markdown where there is a terminal."""
    if sys.stdout.isatty():
        from rich.markdown import Markdown

        _console().print(Markdown(text))
    else:
        print(text)
