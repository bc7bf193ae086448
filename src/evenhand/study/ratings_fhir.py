"""Ratings in FHIR (R4, R5): QuestionnaireResponse, Observation, Bundle, NDJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Instrument, Place, find_code
from evenhand.instruments.fhir import Node, extension, nodes
from evenhand.study.ratings_brought import ANSWERS, Asked, Brought, LeftOut, as_answers, together
from evenhand.study.ratings_fhir_people import date_of, name_in, person_of, rater_in
from evenhand.study.ratings_fhir_values import NUMBER, RELEASED, SCORE, THERAPIST, answer_of_value
from evenhand.study.ratings_questionnaire import wording_of
from evenhand.study.ratings_wide import only_rater
from evenhand.study.ratings_words import UNKNOWN

NOT_ANSWERS = "a resource that holds no answers"
NOT_MAPPED = "no item of a known instrument; map it with --columns ours=theirs"
VOID = "its status says that it does not hold"
_VOID = ("entered-in-error", "cancelled", "registered")


def read_fhir(text: str, asked: Asked, file: str) -> Brought:
    """Answers of a FHIR file, and the wording of its Questionnaires.

    Raises:
        EvenhandError: it is no JSON of FHIR, or it is not known who filled in a form.
    """
    rows: list[dict[str, str | None]] = []
    left: list[LeftOut] = []
    wording: dict[str, str] = {}
    mapped: dict[str, str] = {}
    for place, resource in resources_of(text, file):
        kind = resource.get("resourceType")
        if kind == "Questionnaire":
            files, strange = wording_of(resource, asked)
            wording |= files
            left += strange
        elif kind not in ("QuestionnaireResponse", "Observation"):
            left.append(LeftOut(f"resource {str(kind)[:40]}", 1, NOT_ANSWERS))
        elif resource.get("status") in _VOID:
            left.append(LeftOut(f"{kind} ({resource['status']})", 1, VOID))
        else:
            walk = _response if kind == "QuestionnaireResponse" else _observation
            for label, found, answer in walk(resource, asked):
                if found is None:
                    left.append(LeftOut(label, 1, NOT_MAPPED))
                    continue
                mapped[label] = f"{found.instrument.name} {found.label}"
                rows.append(answer | _asked(found) | {"source_file": file, "source_line": place})
    answers = as_answers(pl.DataFrame(rows, schema=ANSWERS))
    return Brought("FHIR", answers, together(left), mapped, wording)


def resources_of(text: str, file: str) -> Iterator[tuple[str, Node]]:
    """Each resource with its place: of a single one, of a Bundle, or a line each.

    Raises:
        EvenhandError: it is no JSON, or no resource of FHIR.
    """
    whole = _parsed(text)
    if whole is not None:
        yield from _within(whole, "", file)
        return
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            one = _parsed(line)
            if one is None:
                raise EvenhandError(
                    "This is no JSON.", f"{file}, line {n}", "Export it again as FHIR JSON."
                )
            yield from _within(one, str(n), file)


def _parsed(text: str) -> Any:
    """JSON, numbers as they are written; None where it is none."""
    try:
        return json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None


def _within(given: Any, place: str, file: str) -> Iterator[tuple[str, Node]]:
    if isinstance(given, list):
        for n, one in enumerate(given, 1):
            yield from _within(one, f"resource {n}", file)
        return
    if not isinstance(given, dict) or not isinstance(given.get("resourceType"), str):
        raise EvenhandError(
            "This JSON is no resource of FHIR.",
            f"{file}, {place or 'line 1'}",
            "Give a QuestionnaireResponse, an Observation, a Questionnaire or a Bundle of them.",
        )
    if given["resourceType"] != "Bundle":
        yield place or "1", given
        return
    for n, entry in enumerate(nodes(given.get("entry")), 1):
        resource = entry.get("resource")
        if isinstance(resource, dict):
            at = f"{place}, entry {n}" if place else f"entry {n}"
            yield from _within(resource, at, file)


Found = tuple[str, Place | None, dict[str, str | None]]
"""The file's own name of what was asked, what it is here, and the answer."""


def _response(resource: Node, asked: Asked) -> Iterator[Found]:
    """Answers of a QuestionnaireResponse, groups and items below answers too."""
    canonical = str(resource.get("questionnaire") or "")
    within = find_code(canonical, asked.instruments) if canonical else None
    about = {
        "session_id": name_in(resource.get("encounter")),
        "client_id": person_of(resource.get("subject"), "client"),
        "therapist_id": extension(resource, THERAPIST)
        or person_of(resource.get("source"), "therapist"),
        "number": extension(resource, NUMBER),
        "date": date_of(resource, "authored"),
    }
    who = rater_in(resource.get("source")) or rater_in(resource.get("author"))
    for item in _items(resource):
        link = str(item.get("linkId") or "")
        place = _place(link, within, asked, who)
        if place is None:
            if any(nodes(item.get("answer"))):
                yield f"link {link[:40]}", None, {}
            continue
        for answer in list(nodes(item.get("answer"))) or [item]:
            value, status = answer_of_value(answer, place)
            status = UNKNOWN if value is None and status is None else status
            said = {"value": value, "status": status, "released": extension(item, RELEASED)}
            yield f"link {link[:40]}", place, about | said | {"rater": _who(place, who, asked)}


def _items(node: Node) -> Iterator[Node]:
    for item in nodes(node.get("item")):
        has_more = any(nodes(item.get("item"))) and not any(nodes(item.get("answer")))
        if not has_more:
            yield item
        yield from _items(item)
        for answer in nodes(item.get("answer")):
            yield from _items(answer)


def _place(link: str, within: Instrument | None, asked: Asked, who: str | None) -> Place | None:
    """What a link is called here: by its very key, as our own export has it, or by its name."""
    if within is not None and who is not None and who not in within.raters:
        named = [o for o in asked.instruments if o.name == within.name and who in o.raters]
        within = named[0] if named else within
    if within is not None and link.startswith(SCORE):
        key = link.removeprefix(SCORE)
        scale = next((one for one in within.scales if one.key == key), None)
        return Place(within, scale=scale) if scale else None
    if within is not None:
        item = next((one for one in within.items if one.key == link), None)
        if item is not None:
            return Place(within, item=item)
    return asked.place(link, within)


def _observation(resource: Node, asked: Asked) -> Iterator[Found]:
    """Answers of an Observation: its own value, and those of its components."""
    about = {
        "session_id": name_in(resource.get("encounter")),
        "client_id": person_of(resource.get("subject"), "client"),
        "date": date_of(resource, "effectiveDateTime", "effectivePeriod", "issued"),
    }
    performers = list(nodes(resource.get("performer")))
    who = next((found for one in performers if (found := rater_in(one))), None)
    parts = [resource, *nodes(resource.get("component"))]
    for part in parts:
        codes, place = _coded(part, asked)
        value, status = answer_of_value(part, place) if place else (None, None)
        if place is None:
            if any(name.startswith("value") for name in part):
                yield f"code {codes[:40]}", None, {}
        elif value is not None or status is not None:
            fits = who if place and who in place.instrument.raters else None
            said = {"value": value, "status": status, "rater": _who(place, fits, asked)}
            yield f"code {codes[:40]}", place, about | said


def _coded(part: Node, asked: Asked) -> tuple[str, Place | None]:
    """The codes of what was observed, and the first of them that is an item or scale of ours."""
    concept = part.get("code")
    codings = list(nodes(concept.get("coding"))) if isinstance(concept, dict) else []
    codes = [str(one.get("code") or "") for one in codings]
    found = (asked.place(code) for code in codes if code)
    return ", ".join(codes), next((place for place in found if place is not None), None)


def _who(place: Place, said: str | None, asked: Asked) -> str | None:
    return place.rater or said or only_rater(place, asked)


def _asked(place: Place) -> dict[str, str | None]:
    return {
        "instrument": place.instrument.name,
        "item": place.item.key if place.item else None,
        "scale": place.scale.key if place.scale else None,
    }
