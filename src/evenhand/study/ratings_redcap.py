"""Ratings in a raw export of REDCap, with its data dictionary where there is one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Place, find_code
from evenhand.study.ratings_brought import Asked, Brought, LeftOut
from evenhand.study.ratings_columns import identity_of
from evenhand.study.ratings_csv import mapped_of
from evenhand.study.ratings_redcap_eav import is_eav, wide_of, with_lines
from evenhand.study.ratings_wide import left_columns, long_of
from evenhand.study.ratings_words import MISSING_CODES, status_of_words

MARKS = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
RECORD = "record_id"
BOOKKEEPING = "kept by REDCap for itself"
CHECKBOX = "a checkbox with several answers, which no item takes"

_EVENT_NUMBER = re.compile(r"(?:session|visit)_?0*(\d+)")
_BEFORE = re.compile(r"^(?:baseline|intake|screening|pre)(?:_|$)")


@dataclass(frozen=True)
class Field:
    """A field of the data dictionary."""

    name: str
    form: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)


def is_redcap(frame: pl.DataFrame, asked: Asked) -> bool:
    """Whether a table is a raw export: REDCap's own columns, or a dictionary that was given."""
    own = any(name in frame.columns for name in MARKS) or is_eav(frame)
    forms = any(name.endswith("_complete") for name in frame.columns)
    return own or (RECORD in frame.columns and forms) or asked.dictionary is not None


def read_redcap(
    frame: pl.DataFrame, asked: Asked, file: str, dictionary: Mapping[str, Field]
) -> Brought:
    """Answers of a raw export, a session for each record, event and repeated instance.

    A flat export has a row a form; one of EAV (``record, field_name, value``) a row a field.

    Args:
        frame: the export's rows.
        asked: what the person said.
        file: its name, for places.
        dictionary: field name to field; empty where there is none.

    Raises:
        EvenhandError: a field is coded with other numbers than its instrument is scored with,
            or it is not known who filled in a form.
    """
    lines = None
    if is_eav(frame):
        one = next(iter(dictionary), RECORD)
        frame, lines = wide_of(frame, one, partial(_is_answer, dictionary, asked), file, dictionary)
    identity = identity_of(frame.columns, asked)
    record = identity.setdefault("client_id", _record(frame, dictionary))
    forms = _forms(frame.columns, dictionary)
    own = {n for n in frame.columns if n in MARKS or n.startswith("redcap_")} | set(forms.values())
    own |= {f"{name.removesuffix('_complete')}_timestamp" for name in forms.values()}
    used = {*identity.values(), "source_file", "source_line"}
    rest = [name for name in frame.columns if name not in used and name not in own]
    places = {n: p for n in rest if (p := _place(n, dictionary.get(n), asked)) is not None}
    _refuse_other_codes(places, dictionary, file)
    rows = _with_session(
        frame.rename({v: k for k, v in identity.items() if k != "client_id"}), record
    )
    rows = _in_words(rows, places, dictionary)
    parts = []
    for form in dict.fromkeys(forms.get(name, "") for name in places):
        here = {n: p for n, p in places.items() if forms.get(n, "") == form}
        codes = {**MISSING_CODES, **_declining(here, dictionary)}
        parts.append(long_of(_dated(rows, form), here, asked, codes))
    answers = pl.concat(parts) if parts else long_of(rows, {}, asked, {})
    if lines is not None:
        answers = with_lines(answers, lines, places)
    why = {name: CHECKBOX for name in rest if "___" in name}
    left = left_columns(frame, [n for n in rest if n not in places], why)
    left += [
        LeftOut(f"column {n}", frame[n].count(), BOOKKEEPING) for n in frame.columns if n in own
    ]
    identity["client_id"] = record
    return Brought("REDCap export", answers, left, mapped_of(places, identity))


def read_dictionary(frame: pl.DataFrame, file: str) -> dict[str, Field]:
    """Fields of a data dictionary, as the website or the API exports it.

    Raises:
        EvenhandError: it is none.
    """
    plain = {re.sub(r"\W+", "_", name.casefold()).strip("_"): name for name in frame.columns}
    names = {
        "name": ("variable_field_name", "field_name"),
        "form": ("form_name",),
        "label": ("field_label",),
        "choices": ("choices_calculations_or_slider_labels", "select_choices_or_calculations"),
        "type": ("field_type",),
    }
    found = {k: next((plain[n] for n in known if n in plain), None) for k, known in names.items()}
    if found["name"] is None or found["form"] is None:
        raise EvenhandError(
            "This is no data dictionary of REDCap.",
            file,
            "Download it from the project's Dictionary page, as CSV.",
        )
    fields: dict[str, Field] = {}
    for row in frame.iter_rows(named=True):
        told = {key: (row[name] or "") if name else "" for key, name in found.items()}
        choices = {} if told["type"] in {"calc", "slider"} else _choices(told["choices"])
        fields[told["name"]] = Field(told["name"], told["form"], told["label"], choices)
    return fields


def _choices(text: str) -> dict[str, str]:
    """``0, Never | 1, Often`` as code to label."""
    pairs = (part.partition(",") for part in text.split("|"))
    return {code.strip(): label.strip() for code, comma, label in pairs if comma}


def _record(frame: pl.DataFrame, dictionary: Mapping[str, Field]) -> str:
    """The column that holds the record's id: REDCap's first field."""
    first = next(iter(dictionary), RECORD)
    return first if first in frame.columns else frame.columns[0]


def _forms(columns: list[str], dictionary: Mapping[str, Field]) -> dict[str, str]:
    """Each column to its form's ``…_complete``, which stands behind the form's columns."""
    ends = [name for name in columns if name.endswith("_complete")]
    found: dict[str, str] = {}
    waiting: list[str] = []
    for name in columns:
        waiting.append(name)
        if name in ends:
            found |= dict.fromkeys(waiting, name)
            waiting = []
    told = {n: f"{dictionary[n].form}_complete" for n in columns if n in dictionary}
    return found | {n: end for n, end in told.items() if end in columns}


def _place(name: str, told: Field | None, asked: Asked) -> Place | None:
    """A field's item: by its name, by its form and number, or by its label."""
    if "___" in name:
        return None
    found = asked.place(name)
    if found is not None or told is None:
        return found
    form = find_code(told.form, asked.instruments)
    return (asked.place(name, form) if form else None) or asked.place(told.label)


def _is_answer(dictionary: Mapping[str, Field], asked: Asked, name: str) -> bool:
    return _place(name, dictionary.get(name), asked) is not None


def _refuse_other_codes(
    places: Mapping[str, Place], dictionary: Mapping[str, Field], file: str
) -> None:
    """Refuse fields whose numbers are not those that the instrument is scored with."""
    wrong = []
    for name, place in places.items():
        item = place.item
        if item is None or item.kind != "number" or name not in dictionary:
            continue
        given = dictionary[name].choices.items()
        codes = [_number(code) for code, label in given if status_of_words(label) is None]
        if codes and any(code is None or not item.low <= code <= item.high for code in codes):
            wrong.append((name, place))
    if wrong:
        name, place = wrong[0]
        low, high = (place.item.low, place.item.high) if place.item else (0.0, 0.0)
        raise EvenhandError(
            f"{len(wrong)} fields are coded with other numbers than {place.instrument.name} is "
            f"scored with, {low:g} to {high:g}.",
            f"{file}, fields {', '.join(name for name, _ in wrong[:12])}",
            "Recode them in the export to the numbers of the form; nothing is guessed here.",
        )


def _number(code: str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _with_session(frame: pl.DataFrame, record: str) -> pl.DataFrame:
    """Add client, event and number: an instance's own, else the one in the event's name."""
    none = pl.lit(None, pl.String)
    event = pl.col(MARKS[0]) if MARKS[0] in frame.columns else none
    instance = pl.col(MARKS[2]) if MARKS[2] in frame.columns else none
    before = pl.when(event.str.contains(_BEFORE.pattern)).then(pl.lit("0"))
    told = pl.coalesce(event.str.extract(_EVENT_NUMBER.pattern), before)
    both = told.is_not_null() & instance.is_not_null()  # which of the two counts is not known
    number = pl.when(~both).then(pl.coalesce(instance, told))
    named = pl.concat_str(event, instance, separator="-", ignore_nulls=True)
    made: dict[str, pl.Expr] = {"event": pl.when(named != "").then(named)}
    if "number" not in frame.columns:
        made["number"] = number
    return frame.with_columns(client_id=pl.col(record), **made)


def _dated(rows: pl.DataFrame, form: str) -> pl.DataFrame:
    """Take a form's date from its own time stamp, where it has one."""
    stamp = f"{form.removesuffix('_complete')}_timestamp"
    if not form or stamp not in rows.columns:
        return rows
    day = pl.col(stamp).str.extract(r"^(\d{4}-\d{2}-\d{2})")
    other = pl.col("date") if "date" in rows.columns else pl.lit(None, pl.String)
    return rows.with_columns(date=pl.coalesce(day, other))


def _in_words(
    rows: pl.DataFrame, places: Mapping[str, Place], dictionary: Mapping[str, Field]
) -> pl.DataFrame:
    """Codes of answers in words, as the words that the dictionary gives them."""
    for name, place in places.items():
        choices = dictionary[name].choices if name in dictionary else {}
        if choices and place.item is not None and place.item.kind == "choice":
            rows = rows.with_columns(pl.col(name).replace(choices))
    return rows


def _declining(places: Mapping[str, Place], dictionary: Mapping[str, Field]) -> dict[str, str]:
    """Codes that the dictionary calls declined, not asked or unknown."""
    return {
        code: status
        for name, place in places.items()
        if name in dictionary and place.item is not None and place.item.kind == "number"
        for code, label in dictionary[name].choices.items()
        if (status := status_of_words(label)) is not None
    }
