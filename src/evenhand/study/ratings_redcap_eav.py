"""A raw export of REDCap with a row a field (EAV), turned into one with a row a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Place

FIELD, VALUE, RECORD = "field_name", "value", "record"
SHOWN = 12
"""Lines that one error names."""

_OTHER = (FIELD, VALUE, "source_line", "source_file")


def is_eav(frame: pl.DataFrame) -> bool:
    """Whether a row is a field: ``record, field_name, value``, with events or without."""
    return {RECORD, FIELD, VALUE} <= set(frame.columns)


def wide_of(
    frame: pl.DataFrame,
    record: str,
    is_answer: Callable[[str], bool],
    file: str,
    told: Iterable[str] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row for each record, event and repeated instance, a column for each field.

    A checkbox has a row for each box that was ticked: ``field___code``, as in a flat export.
    Columns stand form by form, each before its ``…_complete``.

    Args:
        frame: the export's rows.
        record: what the record's own field is called.
        is_answer: whether a field is an item or a score.
        file: its name, for places.
        told: the dictionary's fields: what nobody answered is in no row, and still was asked.

    Returns:
        The wide table, a row's line being its first; and ``line`` of each value by
        ``source_line`` of its row and ``field``.

    Raises:
        EvenhandError: a field that takes one answer has two in the same form.
    """
    keys = [name for name in frame.columns if name not in _OTHER]
    rows = frame.filter(pl.col(FIELD).is_not_null() & (pl.col(FIELD) != record))
    rows = rows.with_columns(pl.col(VALUE).replace("", None), line="source_line")
    rows = rows.with_columns(pl.col("source_line").first().over(keys))
    rows = _boxes(rows, [*keys, FIELD], is_answer, file)
    order = _by_form(rows, keys)
    index = [*keys, "source_file", "source_line"]
    wide = rows.pivot(on=FIELD, index=index, values=VALUE, aggregate_function="first")
    lines = rows.select("source_line", pl.col(FIELD).alias("field"), "line")
    asked = [name for name in told if name not in order and is_answer(name)]
    nothing = [pl.lit(None, pl.String).alias(name) for name in asked]
    return wide.select(*index, *order, *nothing).rename({RECORD: record}), lines


def _boxes(
    rows: pl.DataFrame, field: list[str], is_answer: Callable[[str], bool], file: str
) -> pl.DataFrame:
    """Fields with several values in one form: boxes that were ticked, a column each."""
    several = pl.len().over(field) > 1
    names = rows.filter(several)[FIELD].unique(maintain_order=True).to_list()
    twice = [name for name in names if is_answer(name)]
    if twice:
        lines = rows.filter(several & pl.col(FIELD).is_in(twice))["line"].to_list()
        more = f" … and {len(lines) - SHOWN:,} more" if len(lines) > SHOWN else ""
        raise EvenhandError(
            f"A field has two values in the same form of the same record: {', '.join(twice[:6])}.",
            f"{file}, lines {', '.join(lines[:SHOWN])}{more}",
            "Keep the one that holds, or export instances of repeated instruments too.",
        )
    box = pl.col(FIELD).is_in(names)
    return rows.with_columns(
        pl.when(box).then(pl.format("{}___{}", FIELD, VALUE)).otherwise(FIELD).alias(FIELD),
        pl.when(box).then(pl.lit("1")).otherwise(VALUE).alias(VALUE),
    )


def _by_form(rows: pl.DataFrame, keys: list[str]) -> list[str]:
    """Fields in the order of their forms: a form ends with the next ``…_complete``."""
    end = pl.when(pl.col(FIELD).str.ends_with("_complete")).then(FIELD)
    ended = rows.with_columns(form=end.backward_fill().over(keys))
    firsts = ended.group_by(FIELD, maintain_order=True).agg(pl.col("form").drop_nulls().first())
    forms = {form: n for n, form in enumerate(firsts["form"].unique(maintain_order=True))}
    of = dict(firsts.iter_rows())
    return sorted(of, key=lambda name: (forms[of[name]], of[name] == name))


def with_lines(
    answers: pl.DataFrame, lines: pl.DataFrame, places: Mapping[str, Place]
) -> pl.DataFrame:
    """Answers with the line that each stands on; one that is not there keeps its form's."""
    known = pl.DataFrame(
        [
            (
                name,
                p.instrument.name,
                p.item.key if p.item else None,
                p.scale.key if p.scale else None,
            )
            for name, p in places.items()
        ],
        schema=dict.fromkeys(("field", "instrument", "item", "scale"), pl.String),
        orient="row",
    )
    at = lines.join(known, on="field").drop("field")
    on = ["source_line", "instrument", "item", "scale"]
    found = answers.join(at, on=on, how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(source_line=pl.coalesce("line", "source_line")).drop("line")
