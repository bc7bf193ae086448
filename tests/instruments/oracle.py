"""A slow scorer, one answer after the other, and rows to score."""

from typing import Any

import polars as pl

from evenhand.instruments import Instrument, Item, Scale

NOT_ANSWERED = ("declined", "not asked", "unknown")
Answer = float | str


def rows_of(
    instrument: Instrument, answers: list[Answer], session: str = "s", rater: str | None = None
) -> list[dict[str, Any]]:
    """Item rows as a ratings table has them."""
    rows = []
    for item, answer in zip(instrument.items, answers, strict=True):
        status = answer if answer in NOT_ANSWERED else "answered"
        rows.append(
            {
                "session_id": session,
                "rater": rater or instrument.raters[0],
                "instrument": instrument.name,
                "item": item.key,
                "value": str(answer) if status == "answered" else None,
                "status": status,
            }
        )
    return rows


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    columns = ("session_id", "rater", "instrument", "item", "scale", "value", "status", "released")
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))


def worth(instrument: Instrument, item: Item, answer: Answer) -> float | None:
    """What one answer adds; None where it adds nothing."""
    if answer in NOT_ANSWERED or item.kind == "open":
        return None
    if item.kind == "choice":
        return item.choices[str(answer)]
    if item.reversed and instrument.reversal == "here":
        return item.low + item.high - float(answer)
    return float(answer)


def scored(
    instrument: Instrument, scale: Scale, answers: list[Answer]
) -> tuple[float | None, int, str]:
    """(score, items missing, status) of one scale."""
    given = dict(zip((item.key for item in instrument.items), answers, strict=True))
    worths, missing = [], []
    for key in scale.items:
        value = worth(instrument, instrument.item(key), given[key])
        if value is not None:
            worths.append(value)
        if given[key] in NOT_ANSWERED:
            missing.append(given[key])
    n = len(scale.items)
    if worths and n - len(worths) <= scale.missing_allowed:
        mean = sum(worths) / len(worths)
        by = {"mean": mean, "mean x 10": mean * 10, "sum": mean * n, "item": mean}
        return by[scale.scoring], len(missing), "answered"
    if not missing:
        return None, 0, "answered"
    reasons = {str(reason) for reason in missing}
    return None, len(missing), reasons.pop() if len(reasons) == 1 else "unknown"
