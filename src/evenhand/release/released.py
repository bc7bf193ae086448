"""A table that has passed disclosure control. Nothing but a release can make one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from typing import TYPE_CHECKING, Final

from evenhand.core.errors import EvenhandError, Exit

if TYPE_CHECKING:
    import polars as pl

_SEAL: Final = object()
"""Held by `seal` alone."""

WITHHELD = "withheld"
"""What stands in place of a figure, whatever the reason: refusals look alike."""


@dataclass(frozen=True)
class ReleasedTable:
    """A group figure that may leave.

    It cannot be made by hand: `evenhand.release` makes it, and pages take group figures as
    nothing else.

    Args:
        name: the table's name in study.toml.
        title: what it counts, in words.
        positions: the positions that divide it, none for the total alone.
        kind: ``count``, ``share``, ``mean`` or ``published``.
        frame: a row a cell; figures are null where they are withheld.
        notes: sentences that belong beneath it.
        source: where a table that others have published comes from, and its licence; else "".
    """

    name: str
    title: str
    positions: tuple[str, ...]
    kind: str
    frame: pl.DataFrame
    notes: Sequence[str] = ()
    source: str = ""
    sealed: InitVar[object] = None

    def __post_init__(self, sealed: object) -> None:
        """Refuse a table that no release has made, a changed copy of one too."""
        if sealed is not _SEAL:
            raise EvenhandError(
                "A table of a group can only be made by a release.",
                "ReleasedTable",
                "Use evenhand.release(study, table).",
                Exit.USAGE,
            )


def seal(
    name: str,
    title: str,
    positions: tuple[str, ...],
    kind: str,
    frame: pl.DataFrame,
    notes: Sequence[str] = (),
    source: str = "",
) -> ReleasedTable:
    """Make a released table; called in `evenhand.release` and nowhere else."""
    return ReleasedTable(name, title, positions, kind, frame, tuple(notes), source, _SEAL)
