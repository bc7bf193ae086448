"""The small parts of FHIR (R4, R5) that answers and wording share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Names of extensions, which FHIR writes as addresses; nothing is ever fetched from them.
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ORDINALS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)
LIMITS = (
    "http://hl7.org/fhir/StructureDefinition/minValue",
    "http://hl7.org/fhir/StructureDefinition/maxValue",
)

Node = Mapping[str, Any]


def nodes(given: Any) -> Iterator[Node]:
    """The objects of a list; anything else is nothing."""
    if isinstance(given, list):
        yield from (one for one in given if isinstance(one, dict))


def word(value: Any) -> str | None:
    """A value as text; JSON's own true, false and null are no words."""
    if isinstance(value, str):
        return value.strip() or None
    return None if isinstance(value, bool | dict | list | type(None)) else str(value)


def extension(node: Node, *urls: str) -> str | None:
    """The value of the first of these extensions that is there, as text."""
    for one in nodes(node.get("extension")):
        if one.get("url") in urls:
            for name, value in one.items():
                if name.startswith("value") and word(value) is not None:
                    return word(value)
    return None


def weight_of(option: Node, coding: Node) -> str | None:
    """What an answer counts: R4 says it at the coding, some at the option, R5 as a weight."""
    return extension(coding, *ORDINALS) or extension(option, *ORDINALS)
