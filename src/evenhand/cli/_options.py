"""Options that several commands share, and how their words are read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from evenhand.core.errors import EvenhandError, Exit

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


def read_pairs(text: str, option: str) -> dict[str, str] | None:
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


def read_speakers(given: list[str] | None) -> dict[str, str]:
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


def read_most(text: str) -> int:
    """A number of pages, or ``all``."""
    if text == "all":
        return sys.maxsize
    if not text.isdigit() or int(text) < 1:
        raise EvenhandError(
            "The number of pages is none.", "--pages", "Write --pages 400, or all.", Exit.USAGE
        )
    return int(text)


def read_pair(text: str) -> tuple[str, str] | None:
    """``A,B`` as two names; None where nothing was given."""
    if not text:
        return None
    first, comma, second = (part.strip() for part in text.partition(","))
    if not comma or not first or not second:
        raise EvenhandError("The pair is not two names.", "--pair", "Write --pair A,B.", Exit.USAGE)
    return first, second
