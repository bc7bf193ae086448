"""What a part is: one module, one constant, one worked example beside it.

The example feeds the contract tests, the reference pages and ``evenhand explain``. Adding a
part touches its file and its test, and nothing else: parts are found by `discovery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import polars as pl

    from evenhand.core.features import Features

Row = Mapping[str, Any]
"""A row of an example: column name to value."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns one format of file into a turn table (`tables.TURNS`).

    ``sniff`` sees the first 64 KiB, gunzipped. Sniffers must not overlap over all readers'
    examples. ``read`` leaves ``role`` null where the format does not state it, and never
    guesses; ``session_id`` is the file's stem where the file holds one session.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    read: Callable[[Path], pl.DataFrame]
    example: bytes
    expected: Sequence[Row]
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Coder:
    """Labels turns with codes: ``code(turns)`` gives a code table (`tables.CODES`).

    ``turns`` are sorted by session and turn and hold roles ``therapist`` and ``client``
    (after mapping) or a role outside the pair. ``agreement`` is what was measured with
    people: code or label to a sentence with number, data and source.
    """

    name: str
    version: str
    title: str
    language: str
    codes: tuple[str, ...]
    code: Callable[[pl.DataFrame], pl.DataFrame]
    example: Sequence[Row]
    expected: Sequence[Row]
    agreement: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""


Kind = Literal["tilted", "one_sided", "list", "shown"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number that describes who did how much of something.

    Either ``amount`` and ``exposure`` (expressions over `study.features`, one value a turn),
    or ``compute`` where a sum over turns cannot say it.

    Args:
        name: the code name, as in INDICATORS.md.
        version: raised when a change would move old numbers.
        facet: floor, control, agenda, frame, naming, deference, voice, recognition, rupture,
            timed or shown.
        title: what a page calls it, in plain words, as an act.
        kind: ``tilted`` compares the two roles; ``one_sided`` is a rate of one role; ``list``
            is evidence with counts; ``shown`` has rates for both and never a tilt.
        direction: +1 where doing it holds power, -1 where doing it yields, 0 for no tilt.
        unit: what one unit of the rate is ("of the other's turns", "per word").
        why: why it bears on power, and when it does not.
        formula: amount over exposure in words.
        source: author, year, and how ours differs.
        example: turn rows of one session (speaker roles in ``role``).
        expected: what the reading of the example must be (subset of `tables.READINGS`).
        credit: ``own`` credits amount and exposure to the turn's own side, ``other`` to the
            other side (a turn of mine that you cut off is your amount over my turns).
        exposure_credit: as ``credit``, for the exposure; None follows ``credit``; ``both``
            gives each side the sum over both.
        binary: the amount is 0 or 1 a turn, so its dispersion is 1 - p.
        side: the acting role of a one-sided indicator or a list with one actor.
        evidence: codes whose hits are the evidence, or None where ``amount > 0`` is.
        needs: what the input must hold, else the reading is absent with the reason:
            ``times``, ``gaps`` (times that do not merely abut), ``overlap_or_dash``,
            ``court_titles``, ``no_interpreter``, ``codes`` (phrase lists in the language).
        compute: features to a frame with a row a session: ``session`` and any of therapist,
            client, k_therapist, e_therapist, k_client, e_client, dispersion_therapist,
            dispersion_client, tilt, tilt_low, tilt_high, absent. A session left out had nothing.
            Where amounts are given and no tilt, the engine works the tilt out.
        evidence_of: features to the turns behind a computed number: row, side, start_char,
            end_char (null span: the whole turn).
        combine: for a reading made of other readings: these (with their ``session_id``) and the
            study's options to session_id, tilt, tilt_low, tilt_high, absent.
        caution: what a page must say beside it ("unvalidated on text").
    """

    name: str
    version: int
    facet: str
    title: str
    kind: Kind
    direction: Literal[-1, 0, 1]
    unit: str
    why: str
    formula: str
    source: str
    example: Sequence[Row]
    expected: Row
    amount: pl.Expr | None = None
    exposure: pl.Expr | None = None
    credit: Literal["own", "other"] = "own"
    exposure_credit: Literal["own", "other", "both"] | None = None
    binary: bool = False
    side: Literal["therapist", "client"] | None = None
    evidence: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    compute: Callable[[Features], pl.DataFrame] | None = None
    evidence_of: Callable[[Features], pl.DataFrame] | None = None
    combine: Callable[[pl.DataFrame, Mapping[str, bool]], pl.DataFrame] | None = None
    caution: str = ""
