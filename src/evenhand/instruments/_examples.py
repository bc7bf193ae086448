"""Worked examples as tables, and whether they come out."""

from __future__ import annotations

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments._contract import STATUSES, Instrument, Worked
from evenhand.instruments._scoring import score_ratings


def example_table(instrument: Instrument, example: Worked) -> pl.DataFrame:
    """A worked example as a ratings table of one session."""
    answered = [answer not in STATUSES[1:] for answer in example.answers]
    pairs = list(zip(example.answers, answered, strict=True))
    return pl.DataFrame(
        {
            "session_id": "example",
            "rater": example.rater,
            "instrument": instrument.name,
            "item": [item.key for item in instrument.items],
            "value": [str(answer) if given else None for answer, given in pairs],
            "status": ["answered" if given else str(answer) for answer, given in pairs],
        },
        schema_overrides={"value": pl.String},
    )


def example_problems(instrument: Instrument) -> list[EvenhandError]:
    """Worked examples that do not come out: the file says one thing and its example another.

    Args:
        instrument: ours, or a study's own.

    Returns:
        An error for each score that is not as worked out by hand, empty where all are.
    """
    problems: list[EvenhandError] = []
    for n, example in enumerate(instrument.examples, 1):
        where = f"{instrument.file}, example {n}"
        try:
            scores = score_ratings(example_table(instrument, example), own=[instrument], file=where)
        except EvenhandError as error:
            problems.append(error)
            continue
        found = {row["scale"]: row for row in scores.iter_rows(named=True)}
        problems += [
            EvenhandError(
                f"{scale} does not come out as the example says.",
                f"{where}.scores.{scale}",
                "Work it out again, or mend the items or the scoring.",
            )
            for scale, expected in example.scores.items()
            if not _comes_out(found[scale]["score"], found[scale]["status"], expected)
        ]
    return problems


def _comes_out(score: float | None, status: str, expected: float | str) -> bool:
    if isinstance(expected, str):
        return score is None and status == expected
    return score is not None and abs(score - expected) < 1e-6
