"""Which end of a ladder is which: said by the labels or by --direction, never assumed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from evenhand.core.errors import EvenhandError, Exit

LADDERS = ("deprivation",)
"""Axes whose groups stand in an order that a society gives them."""

ENDS = ("least", "most")
_NUMBER = re.compile(r"\d+")


def put_order(
    frame: pl.DataFrame, direction: Mapping[str, str], file: str
) -> tuple[pl.DataFrame, list[str]]:
    """Number the groups of each ladder from its least deprived end.

    Args:
        frame: axis, group, known.
        direction: axis to ``LABEL-least``, ``LABEL-most`` or ``none`` (leave it without order).
        file: for errors.

    Returns:
        The frame with ``order``, and a sentence about each ladder for the reader.

    Raises:
        EvenhandError: an axis that is not there, a direction that the labels contradict, or
            a ladder whose direction nobody has said.
    """
    here = set(frame["axis"].unique()) & set(LADDERS)
    strange = sorted(set(direction) - here)
    if strange:
        raise _usage(
            f"The table has no ladder called {', '.join(strange)}.",
            f"Its ladders: {', '.join(sorted(here)) or 'none'}.",
        )
    orders: dict[tuple[str, str], int] = {}
    notes: list[str] = []
    for axis in sorted(here):
        groups = _groups(frame.filter((pl.col("axis") == axis) & pl.col("known")), axis)
        least, said_by = _least(axis, groups, direction.get(axis), file)
        if least is None:
            notes.append(f"{axis}: left without an order, as asked.")
            continue
        row = groups if groups[0] == least else groups[::-1]
        orders |= {(axis, group): n for n, group in enumerate(row, 1)}
        notes.append(f"{axis}: {row[0]} is the least deprived end, {said_by}.")
    return _numbered(frame, orders), notes


def _groups(rows: pl.DataFrame, axis: str) -> list[str]:
    """Groups by the number in their label."""
    found = rows["group"].unique().to_list()
    if any(_NUMBER.search(group) is None for group in found):
        raise _usage(
            f"The groups of {axis} bear no numbers, so their order cannot be read.",
            f"Write --direction {axis}=none to compare them without an order.",
        )
    return sorted(found, key=lambda group: int(_NUMBER.search(group)[0]))  # type: ignore[index]


def _least(axis: str, groups: list[str], said: str | None, file: str) -> tuple[str | None, str]:
    by_labels = _by_labels(groups)
    if said == "none":
        return None, ""
    if said is None:
        if by_labels is None:
            raise EvenhandError(
                f"Which end of {axis} is the least deprived cannot be known from the table: "
                "some number from the least, some from the most deprived.",
                file,
                f"Write --direction {axis}={_short(groups[0])}-least (or -most, or {axis}=none).",
                Exit.QUESTION,
            )
        return by_labels, "as the labels say"
    least = _declared(axis, groups, said)
    if by_labels not in (None, least):
        raise _usage(
            f"--direction says one thing of {axis}, and the table's own labels the other.",
            "Take the option out, or mend the labels.",
        )
    return least, "as --direction says"


def _by_labels(groups: list[str]) -> str | None:
    """The end that the labels call least deprived, if they name both ends."""
    first, last = groups[0].lower(), groups[-1].lower()
    if "least" in first and "most" in last:
        return groups[0]
    if "most" in first and "least" in last:
        return groups[-1]
    return None


def _declared(axis: str, groups: list[str], said: str) -> str:
    label, _, end = said.rpartition("-")
    fitting = [g for g in (groups[0], groups[-1]) if label in (g, _short(g), _short(g).lstrip("0"))]
    if end not in ENDS or len(fitting) != 1:
        raise _usage(
            f"--direction does not name an end of {axis}.",
            f"Write {axis}={_short(groups[0])}-least or {axis}={_short(groups[0])}-most.",
        )
    other = groups[-1] if fitting[0] == groups[0] else groups[0]
    return fitting[0] if end == "least" else other


def _short(group: str) -> str:
    return _NUMBER.search(group)[0]  # type: ignore[index]


def _numbered(frame: pl.DataFrame, orders: Mapping[tuple[str, str], int]) -> pl.DataFrame:
    if not orders:
        return frame.with_columns(order=pl.lit(None, pl.Int64))
    table = pl.DataFrame(
        [(axis, group, n) for (axis, group), n in orders.items()],
        schema={"axis": pl.String, "group": pl.String, "order": pl.Int64},
        orient="row",
    )
    return frame.join(table, on=["axis", "group"], how="left", maintain_order="left")


def _usage(what: str, remedy: str) -> EvenhandError:
    return EvenhandError(what, "--direction", remedy, Exit.USAGE)
