"""A cell of people.csv: several answers with semicolons between, or a reason for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.positions._contract import STATUSES, Axis, CodeSystem

NO_ANSWER = STATUSES[1:]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a cell: the words as they stand, and the code beside them."""

    text: str | None
    code: str | None = None
    label: str | None = None
    value: float | None = None
    status: str = "answered"


@dataclass(frozen=True, slots=True)
class Cell:
    """The answers of a cell, and what is wrong with it: (what, remedy), never its words."""

    answers: tuple[Answer, ...]
    faults: tuple[tuple[str, str], ...] = ()


def parts_of(text: str | None) -> list[str]:
    """The answers of a cell, in its order."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def read_cell(axis: Axis, system: CodeSystem | None, text: str, codes: str) -> Cell:
    """Read one person's answers on one axis.

    Args:
        axis: the axis.
        system: the code system of the column, where one is declared.
        text: the cell of the axis: words, codes or numbers.
        codes: the cell of the codes beside the words, or "".

    Returns:
        The answers; an empty cell is unknown.
    """
    words, coded = parts_of(text), parts_of(codes)
    reasons = [word.casefold() for word in (*words, *coded) if word.casefold() in NO_ANSWER]
    if not words and not coded:
        return Cell((Answer(None, status="unknown"),))
    if reasons:
        return _no_answer(reasons, len(words) + len(coded), axis)
    if axis.kind == "number" or (system is not None and system.kind == "number"):
        return _numbers(axis, system, words)
    if coded:
        return _with_codes(axis, system, words, coded)
    return _words(axis, system, words)


def _no_answer(reasons: Sequence[str], given: int, axis: Axis) -> Cell:
    if len(set(reasons)) == 1 and len(reasons) == given:
        return Cell((Answer(None, status=reasons[0]),))
    return Cell(
        (Answer(None, status="unknown"),),
        (
            (
                f"{axis.key} holds answers and a reason for none.",
                "Keep the answers, or one of declined, not asked, unknown.",
            ),
        ),
    )


def _numbers(axis: Axis, system: CodeSystem | None, words: Sequence[str]) -> Cell:
    if len(words) > 1:
        fault = (f"{axis.key} holds several numbers.", "Keep one.")
        return Cell(tuple(Answer(word) for word in words), (fault,))
    number = _number(words[0]) if words else None
    if number is None:
        return Cell(
            (Answer(words[0] if words else None),), ((f"{axis.key} is no number.", _WRITE),)
        )
    answer = Answer(words[0], value=number)
    if system is None:
        return Cell((answer,))
    low, high = system.low or 0.0, system.high or 0.0
    if not low <= number <= high or (system.step and (number - low) % system.step):
        fault = (f"{axis.key} is outside {low:g} to {high:g}, or between two steps.", _WRITE)
        return Cell((Answer(words[0]),), (fault,))
    return Cell((answer,))


_WRITE = "Write a number, or one of declined, not asked, unknown."


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None


def _with_codes(
    axis: Axis, system: CodeSystem | None, words: Sequence[str], coded: Sequence[str]
) -> Cell:
    """Codes in a column of their own; each stands beside its words, or beside all of them."""
    if system is None:
        fault = (
            f"{axis.key}_code has a code, and no system is named.",
            f'Write {axis.key} = "SYSTEM" under [positions] in study.toml.',
        )
        return Cell(tuple(Answer(word) for word in words), (fault,))
    beside = words if len(words) == len(coded) else ["; ".join(words)] * len(coded)
    answers, faults = [], []
    for word, code in zip(beside, coded, strict=True):
        found = system.find(code)
        if found is None:
            faults.append((f"{axis.key}_code is no code of {system.key}.", _CODES))
            answers.append(Answer(word or None))
        else:
            answers.append(Answer(word or None, found.code, found.label, status=found.status))
    return Cell(tuple(answers), tuple(dict.fromkeys([*faults, *_many(axis, system, answers)])))


_CODES = "Mend the code; `evenhand explain` lists the codes of a system."


def _words(axis: Axis, system: CodeSystem | None, words: Sequence[str]) -> Cell:
    """Words as they stand; where a system is declared, an exact code or label is coded."""
    answers = []
    for word in words:
        found = None if system is None else system.find(word)
        if found is None:
            answers.append(Answer(word))
        elif found.status == "answered":
            answers.append(Answer(word, found.code, found.label))
        else:
            answers.append(Answer(None, found.code, found.label, status=found.status))
    return Cell(tuple(answers), () if system is None else _many(axis, system, answers))


def _many(axis: Axis, system: CodeSystem, answers: Sequence[Answer]) -> tuple[tuple[str, str], ...]:
    coded = [one for one in answers if one.code is not None]
    if len(coded) > 1 and not system.multiple:
        return ((f"{system.key} takes one answer, and {axis.key} holds several.", "Keep one."),)
    return ()
