"""Values of FHIR (R4, R5) as answers: numbers, words, and why there is none."""

from __future__ import annotations

from typing import Any

from evenhand.instruments import Place
from evenhand.instruments.fhir import ABSENT, ORDINALS, Node, extension, nodes, word
from evenhand.study.ratings_words import ABSENT_REASONS, UNKNOWN

SYSTEM = "urn:evenhand:"
"""What stands before our own systems and extensions."""

RELEASED = f"{SYSTEM}released"
NUMBER = f"{SYSTEM}session-number"
THERAPIST = f"{SYSTEM}therapist"
SCORE = "score:"
"""What stands before the link of a score that was given as a score."""


def answer_of_value(holder: Node, place: Place) -> tuple[str | None, str | None]:
    """(value, status) of an answer or an observation; both None where nothing is said.

    Args:
        holder: what has a ``value[x]``.
        place: the item or scale that it is the answer to; it decides how words are read.
    """
    status = absent_status(holder)
    if status is not None:
        return None, status
    for name, value in holder.items():
        if name.startswith("value") and name != "value":
            return _text(value, place), None
    return None, None


def absent_status(node: Node) -> str | None:
    """The status that a reason for having no data means, wherever FHIR lets it stand."""
    reason = node.get("dataAbsentReason")
    if isinstance(reason, dict):
        codes = [word(one.get("code")) for one in nodes(reason.get("coding"))]
        return next((ABSENT_REASONS[c] for c in codes if c and c in ABSENT_REASONS), UNKNOWN)
    code = extension(node, ABSENT)
    if code is None:
        for name, value in node.items():
            if name.lstrip("_").startswith("value") and isinstance(value, dict):
                code = code or extension(value, ABSENT)
    return None if code is None else ABSENT_REASONS.get(code, UNKNOWN)


def _text(value: Any, place: Place) -> str | None:
    if not isinstance(value, dict):
        return word(value)
    if "coding" in value or "text" in value:
        codings = [*nodes(value.get("coding")), {"display": value.get("text")}]
        found = [_coded(one, place) for one in codings]
        return next((one for one in found if one is not None), None)
    if "value" in value:
        return word(value.get("value"))
    return _coded(value, place)


def _coded(coding: Node, place: Place) -> str | None:
    """A coding's number where a number is asked, its words where words are."""
    code, display = word(coding.get("code")), word(coding.get("display"))
    item = place.item
    if item is not None and item.kind == "choice":
        known = {choice.casefold() for choice in (*item.choices, *item.declining)}
        said = [one for one in (display, code) if one and one.casefold() in known]
        return said[0] if said else display or code
    weight = extension(coding, *ORDINALS)
    if weight is None and item is not None and code is not None and code in item.codes:
        weight = f"{item.codes[code]:g}"
    return weight or code or display
