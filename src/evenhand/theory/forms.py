"""What clients and therapists put on their forms: items of instruments, with missing answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from evenhand.theory.luck import Floats, generator
from evenhand.theory.papers import session_id
from evenhand.theory.people import Ints

FORM_MISSING = 0.06
"""Share of forms that were not handed out (``not asked``)."""
ITEM_MISSING = 0.005
"""Share of items left out: as many ``declined`` as ``unknown``."""
KEPT_BACK = "Yes, and I wish I had said it"
SAID = "No"


class Form(NamedTuple):
    """A questionnaire: what it rates, and how a score lies on its items.

    ``level`` and ``slope`` place the rated quantity on the mean item; symptoms are sums as they
    stand (level 0, slope one over the number of items).
    """

    rater: str
    instrument: str
    items: int
    low: int
    high: int
    rated: str
    level: float
    slope: float
    turned: tuple[int, ...] = ()


FORMS = (
    Form("client", "phq-9", 9, 0, 3, "symptoms", 0.0, 1 / 9),
    Form("client", "gad-7", 7, 0, 3, "symptoms_2", 0.0, 1 / 7),
    Form("client", "wai-sr", 12, 1, 5, "alliance", 3.7, 0.55),
    Form("therapist", "wai-sr", 12, 1, 5, "alliance_therapist", 3.7, 0.55),
    Form("client", "chs", 12, 1, 5, "humility", 3.86, 0.45, (8, 9, 10, 11, 12)),
)
"""Forms of the study; CHS's mean of 3.86 is published (evidence.csv ch_byu), the rest is free."""


def ratings(frame: pl.DataFrame, seed: int, block: int, by_item: bool) -> pl.DataFrame:
    """Rows of ratings.csv for a block.

    Args:
        frame: the block's record.
        seed: of the run.
        block: its number.
        by_item: every item, or only each form's total.
    """
    parts = list(_parts(frame, seed, block, by_item))
    label = "item" if by_item else "scale"
    columns = ["session_id", "rater", "instrument", label, "value", "status", "released"]
    keys = ["session_id", "instrument", "rater", "order"]
    return pl.concat(parts).sort(keys).rename({"label": label}).select(columns)


def _parts(frame: pl.DataFrame, seed: int, block: int, by_item: bool) -> Iterator[pl.DataFrame]:
    for number, form in enumerate(FORMS):
        rng = generator(seed, block, "paper", 10 + number)
        rows = frame.filter(pl.col(f"rated_{form.rated}").is_not_null())
        keys = rows.select(session_id=session_id)["session_id"]
        points = _points(form, rows[f"rated_{form.rated}"].to_numpy())
        asked = rng.random(len(points)) >= FORM_MISSING
        if by_item:
            yield _items(form, keys, points, asked, rng)
        else:
            yield _totals(form, keys, points, asked)
    yield _check_in(frame, seed, block)


def _points(form: Form, rated: Floats) -> Ints:
    """Points above the lowest score, all items together."""
    mean = form.level + form.slope * rated - form.low
    most = form.items * (form.high - form.low)
    return np.clip(np.rint(form.items * mean), 0, most).astype(np.int64)


def _spread(form: Form, points: Ints, rng: np.random.Generator) -> Ints:
    """Points dealt to items at random, none past its top: the sum stays what it is."""
    steps = form.high - form.low
    lots = rng.random((len(points), form.items * steps))
    ranks = np.argsort(np.argsort(lots, axis=1), axis=1)
    on = ranks < points[:, None]
    return np.asarray(form.low + on.reshape(len(points), form.items, steps).sum(axis=2))


def _items(
    form: Form, keys: pl.Series, points: Ints, asked: object, rng: np.random.Generator
) -> pl.DataFrame:
    """A row an item; a form that was not handed out has its rows, without answers."""
    answers = _spread(form, points, rng)
    for item in form.turned:
        answers[:, item - 1] = form.high + form.low - answers[:, item - 1]
    lot = rng.random(answers.shape)
    status = np.where(lot < ITEM_MISSING, np.where(lot < ITEM_MISSING / 2, 1, 3), 0)
    status = np.where(np.asarray(asked)[:, None], status, 2)
    numbers = np.tile(np.arange(1, form.items + 1), len(points))
    repeated = keys.gather(np.repeat(np.arange(len(points)), form.items))
    return _rows(form.rater, form.instrument, repeated, numbers, answers.ravel(), status.ravel())


def _totals(form: Form, keys: pl.Series, points: Ints, asked: object) -> pl.DataFrame:
    """A row a form."""
    sums = form.slope * form.items == 1.0
    total = points if sums else np.round(form.low + points / form.items, 4)
    status = np.where(np.asarray(asked), 0, 2)
    rows = _rows(form.rater, form.instrument, keys, np.zeros(len(points)), total, status)
    return rows.with_columns(label=pl.lit("total"))


STATUS = ("answered", "declined", "not asked", "unknown")


def _rows(
    rater: str, instrument: str, keys: pl.Series, item: object, value: object, status: object
) -> pl.DataFrame:
    """Rows with all columns; a value only where it was answered."""
    words = pl.col("status").replace_strict(dict(enumerate(STATUS)), return_dtype=pl.String)
    frame = pl.DataFrame({"session_id": keys, "order": item, "value": value, "status": status})
    return frame.select(
        "session_id",
        rater=pl.lit(rater),
        instrument=pl.lit(instrument),
        order=pl.col("order").cast(pl.Int64),
        label=pl.col("order").cast(pl.Int64).cast(pl.String),
        value=pl.when(pl.col("status") == 0).then(_number()),
        status=words,
        released=pl.lit("count"),
    )


def _number() -> pl.Expr:
    """Whole numbers without a point."""
    value = pl.col("value").cast(pl.Float64)
    whole = value.cast(pl.Int64).cast(pl.String)
    return pl.when(value == value.floor()).then(whole).otherwise(value.cast(pl.String))


def _check_in(frame: pl.DataFrame, seed: int, block: int) -> pl.DataFrame:
    """The client's private check-in, item 9: whether something was kept back. Never released."""
    rng = generator(seed, block, "paper", 9)
    rows = frame.filter(pl.col("number") > 0)
    status = np.where(rng.random(rows.height) < FORM_MISSING, 1, 0)
    said = pl.when("rated_unsaid").then(pl.lit(KEPT_BACK)).otherwise(pl.lit(SAID))
    made = rows.select(session_id=session_id, value=said).with_columns(status=pl.Series(status))
    return made.select(
        "session_id",
        rater=pl.lit("client"),
        instrument=pl.lit("check-in-client"),
        order=pl.lit(9, pl.Int64),
        label=pl.lit("9"),
        value=pl.when(pl.col("status") == 0).then("value"),
        status=pl.col("status").replace_strict(dict(enumerate(STATUS)), return_dtype=pl.String),
        released=pl.lit("no"),
    )
