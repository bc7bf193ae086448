"""One kind of error, which says what is wrong, where, and what to do about it.

An error never holds a word of a transcript: what it names are files, lines, columns,
speakers' labels and counts.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line, by kind of error."""

    OK = 0
    FAILED = 1  # a defect of ours
    USAGE = 2  # the command's words are off
    PARTIAL = 3  # some files of many could not be read; the rest is done
    INPUT = 4  # the input cannot be used as it is
    QUESTION = 5  # we must ask, and nobody is there to answer
    DISK = 6  # a folder cannot be written, a disk is full
    INTERRUPTED = 130


class EvenhandError(Exception):
    """Something that the person at the keyboard can put right.

    Args:
        what: what is wrong, one sentence.
        where: the file, line, turn, column or option, or "" where there is no place.
        remedy: what to do, one sentence.
        code: the exit code of a command that ends with this error.
    """

    def __init__(self, what: str, where: str, remedy: str, code: Exit = Exit.INPUT) -> None:
        """Keep the three parts apart, so that a page can lay them out."""
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        """All three in one line: ``where: what. remedy``."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what} {self.remedy}".strip()

    def __reduce__(self) -> tuple[type[EvenhandError], tuple[str, str, str, Exit]]:
        """Survive the way back from another process."""
        return EvenhandError, (self.what, self.where, self.remedy, self.code)
