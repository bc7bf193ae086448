"""`evenhand import` and `evenhand export`: ratings and forms, in and out of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.core.errors import EvenhandError, Exit
from evenhand.instruments import RATERS, STATUSES, own_instruments
from evenhand.study.folder import load_study
from evenhand.study.ratings_brought import Asked, Brought, LeftOut
from evenhand.study.ratings_fhir_out import write_fhir
from evenhand.study.ratings_into import Added, add_ratings
from evenhand.study.ratings_out import leaving, write_csv
from evenhand.study.ratings_read import read_ratings_file


@dataclass(frozen=True)
class Imported:
    """What an import did: its file's format, what was added, what stayed outside and why."""

    kind: str
    added: Added
    mapped: Mapping[str, str]
    left_out: tuple[LeftOut, ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "format": self.kind,
            "answers_added": self.added.answers,
            "answers_already_there": self.added.already,
            "sessions_added": self.added.sessions,
            "people_added": self.added.people,
            "wording_added": list(self.added.wording),
            "mapped": dict(self.mapped),
            "left_out": [
                {"what": one.what, "count": one.count, "why": one.why} for one in self.left_out
            ],
        }


def import_ratings(
    file: str | Path,
    into: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    rater: str | None = None,
    missing: Mapping[str, str] | None = None,
    dictionary: str | Path | None = None,
) -> Imported:
    """Read a file of ratings, or of a questionnaire's wording, into a study.

    All of it goes in, or nothing. An answer that the study has already is not added again; one
    that contradicts it is an error. What cannot be mapped stays outside and is counted.

    Args:
        file: a CSV, a raw export of REDCap, a CSV of Qualtrics, or JSON of FHIR.
        into: the study's folder.
        columns: our name to the file's own (``session_id``, ``phq9_1``).
        rater: who filled it in, where the file does not say.
        missing: a code of the file to ``declined``, ``not asked`` or ``unknown``.
        dictionary: REDCap's data dictionary.

    Returns:
        `Imported`.

    Raises:
        EvenhandError: an option, the file or an answer is wrong; nothing was changed.
    """
    path, root = Path(file), Path(into)
    _check_options(path, rater, missing or {})
    study = load_study(root)
    own = own_instruments(root)
    asked = Asked(
        columns=dict(columns or {}),
        rater=rater,
        missing=dict(missing or {}),
        dictionary=Path(dictionary) if dictionary is not None else None,
        own=own,
    )
    brought = read_ratings_file(path, asked)
    _refuse_nothing(brought, path.name)
    added = add_ratings(study, brought, own, path.name)
    return Imported(brought.kind, added, brought.mapped, tuple(brought.left_out))


def _refuse_nothing(brought: Brought, file: str) -> None:
    """A file of which nothing can be taken is a mistake, and no import of 0 answers."""
    if brought.answers.height or brought.wording or not brought.left_out:
        return
    left = ", ".join(f"{one.what} ({one.count:,})" for one in brought.left_out[:12])
    raise EvenhandError(
        "Nothing in the file is an item or a score of a known instrument.",
        file,
        f"Map it with --columns ours=theirs. What stayed outside: {left}.",
    )


def _check_options(path: Path, rater: str | None, missing: Mapping[str, str]) -> None:
    if not path.is_file():
        raise EvenhandError(
            "There is no such file.", str(path), "Look at its spelling.", Exit.USAGE
        )
    if rater is not None and rater not in RATERS:
        raise EvenhandError(
            "The rater is nobody that we know.", "--rater", "Say client or therapist.", Exit.USAGE
        )
    if set(missing.values()) - set(STATUSES[1:]):
        raise EvenhandError(
            "A missing code stands for none of: declined, not asked, unknown.",
            "--missing",
            'Write --missing "-99=declined,-98=not asked".',
            Exit.USAGE,
        )


FORMATS = {"fhir": write_fhir, "csv": write_csv}
"""What ratings can be exported to."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote, and what stayed in the study."""

    files: tuple[Path, ...]
    answers: int
    unreleased: int
    words: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "files": [str(path) for path in self.files],
            "answers": self.answers,
            "stayed_unreleased": self.unreleased,
            "stayed_words": self.words,
        }


def export_ratings(
    study: str | Path, to: str, out: str | Path, *, everything: bool = False
) -> Exported:
    """Write a study's ratings for another system.

    Only answers that were released in words go out, and free text never does, unless
    `everything` says that they are the holder's own to carry.

    Args:
        study: the study's folder.
        to: ``fhir`` (R4 QuestionnaireResponses) or ``csv`` (tidy, with scores beside).
        out: the folder to write into.
        everything: export what was not released, and free text.

    Returns:
        `Exported`.

    Raises:
        EvenhandError: the format is none, the ratings are wrong, or the folder cannot be written.
    """
    if to not in FORMATS:
        raise EvenhandError(
            "That is no format to export to.", "--to", "Say --to fhir or --to csv.", Exit.USAGE
        )
    found = load_study(Path(study))
    own = own_instruments(found.root)
    going = leaving(found, own, everything)
    files = FORMATS[to](going, own, Path(out))
    return Exported(tuple(files), going.rows.height, going.unreleased, going.words)
