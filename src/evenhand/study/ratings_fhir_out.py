"""Ratings as FHIR R4: a QuestionnaireResponse for each form that was filled in."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import polars as pl

from evenhand.instruments import Instrument, all_instruments
from evenhand.instruments.fhir import ABSENT, ORDINALS
from evenhand.study.ratings_fhir_values import NUMBER, RELEASED, SCORE, SYSTEM, THERAPIST
from evenhand.study.ratings_out import Leaving
from evenhand.study.ratings_words import REASON_OF
from evenhand.study.ratings_write import write_all
from evenhand.study.store import writing

MOST_IN_A_BUNDLE = 5_000
"""Responses in one Bundle; more are written one a line."""

FORM = ("session_id", "rater", "key", "date")
KINDS = {"client": "Patient", "therapist": "Practitioner"}

Row = Mapping[str, Any]


def write_fhir(leaving: Leaving, own: Sequence[Instrument], out: Path) -> list[Path]:
    """Write ``responses.json``, a Bundle, or ``responses.ndjson`` where there are very many.

    Args:
        leaving: what `ratings_out.leaving` gives.
        own: the study's own instruments.
        out: the folder.

    Returns:
        The file.

    Raises:
        EvenhandError: the folder cannot be written; nothing was changed.
    """
    known, rows = all_instruments(own), leaving.rows
    forms = rows.select(FORM).unique().height
    if forms > MOST_IN_A_BUNDLE:
        return [_write_lines(out / "responses.ndjson", responses_of(rows, known))]
    entries = [
        {"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in responses_of(rows, known)
    ]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    if entries:
        bundle["entry"] = entries
    text = json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"
    path = out / "responses.json"
    write_all({path: text.encode("utf-8", "replace")})
    return [path]


def responses_of(rows: pl.DataFrame, known: Mapping[str, Instrument]) -> Iterator[dict[str, Any]]:
    """A QuestionnaireResponse for each session, rater, instrument and date, in that order."""
    ordered = rows.sort(FORM, nulls_last=True, maintain_order=True)
    named = ordered.iter_rows(named=True)
    for _, form in groupby(named, key=lambda row: tuple(row[name] for name in FORM)):
        yield _response(list(form), known)


def _response(form: list[Row], known: Mapping[str, Instrument]) -> dict[str, Any]:
    first = form[0]
    one = known[first["key"]]
    name = "/".join(str(first[part]) for part in FORM)
    found: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "id": str(uuid5(NAMESPACE_URL, f"{SYSTEM}form:{name}")),
        "extension": list(_about(first)),
        "questionnaire": f"{SYSTEM}instrument:{one.key}|{one.version.replace('|', ' ')}",
        "status": "completed",
        "subject": _reference("Patient", "person", first["client_id"]),
        "encounter": _reference("Encounter", "session", first["session_id"]),
        "authored": first["date"],
        "source": _reference(KINDS[first["rater"]], "person", first[f"{first['rater']}_id"]),
        "item": [_item(row, one) for row in form],
    }
    return {key: value for key, value in found.items() if value not in (None, [], {})}


def _about(row: Row) -> Iterator[dict[str, Any]]:
    """What FHIR has no place for: the session's number and its therapist."""
    if row["session_number"] is not None:
        yield {"url": NUMBER, "valueString": row["session_number"]}
    if row["therapist_id"] is not None:
        yield {"url": THERAPIST, "valueString": row["therapist_id"]}


def _reference(kind: str, system: str, value: str | None) -> dict[str, Any]:
    """A logical reference: by identifier, because no server holds these resources."""
    if value is None:
        return {"type": kind}
    return {"type": kind, "identifier": {"system": f"{SYSTEM}{system}", "value": value}}


def _item(row: Row, one: Instrument) -> dict[str, Any]:
    """One answer; its release goes along, so that it is not forgotten on the way."""
    link = row["item"] if row["item"] is not None else f"{SCORE}{row['scale']}"
    released = [{"url": RELEASED, "valueCode": row["released"]}]
    return {"linkId": link, "extension": released, "answer": [_answer(row, one)]}


def _answer(row: Row, one: Instrument) -> dict[str, Any]:
    kind = row["kind"]
    if row["status"] != "answered":
        why = {"extension": [{"url": ABSENT, "valueCode": REASON_OF[row["status"]]}]}
        if kind == "choice":
            return {"valueCoding": why}
        return {"_valueString" if kind == "open" else "_valueDecimal": why}
    if kind == "open":
        return {"valueString": row["value"]}
    if kind == "choice":
        return {"valueCoding": _coding(row, one)}
    number = float(row["value"])
    if kind == "number" and one.item(row["item"]).step == int(one.item(row["item"]).step):
        return {"valueInteger": int(number)} if number == int(number) else {"valueDecimal": number}
    return {"valueDecimal": int(number) if number == int(number) else number}


def _coding(row: Row, one: Instrument) -> dict[str, Any]:
    score = one.item(row["item"]).choices.get(row["value"])
    weight = [] if score is None else [{"url": ORDINALS[0], "valueDecimal": score}]
    coding = {"system": f"{SYSTEM}instrument:{one.key}", "code": row["value"]}
    coding["display"] = row["value"]
    return {"extension": weight, **coding} if weight else coding


def _write_lines(path: Path, responses: Iterator[dict[str, Any]]) -> Path:
    """One response a line, written as they come and put in place when all are there."""
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8", errors="replace", newline="\n") as handle:
                for one in responses:
                    handle.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n")
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
