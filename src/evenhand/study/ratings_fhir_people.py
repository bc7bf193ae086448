"""Who and when, in FHIR: references, identifiers, dates."""

from __future__ import annotations

from typing import Any

from evenhand.instruments.fhir import Node

RATER_OF = {
    "Patient": "client",
    "Practitioner": "therapist",
    "PractitionerRole": "therapist",
}


def name_in(reference: Any) -> str | None:
    """What a reference names: its identifier's value, else the id at its end."""
    if not isinstance(reference, dict):
        return None
    identifier = reference.get("identifier")
    if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
        return str(identifier["value"])
    address = reference.get("reference")
    if not isinstance(address, str) or not address:
        return None
    return address.removeprefix("#").rstrip("/").rpartition("/")[2].removeprefix("urn:uuid:")


def kind_in(reference: Any) -> str:
    """The type of resource that a reference is to, or ""."""
    if not isinstance(reference, dict):
        return ""
    address = str(reference.get("reference") or "")
    parts = address.rstrip("/").split("/")
    return str(reference.get("type") or (parts[-2] if len(parts) > 1 else ""))


def rater_in(reference: Any) -> str | None:
    """Client or therapist, or None where it is somebody else or is not said."""
    return RATER_OF.get(kind_in(reference))


def person_of(reference: Any, role: str) -> str | None:
    """The id of the person who has this role; a subject without a type is the client."""
    rater = rater_in(reference)
    if rater == role or (role == "client" and kind_in(reference) == ""):
        return name_in(reference)
    return None


def date_of(resource: Node, *names: str) -> str | None:
    """The first of these that is there; of a period its start."""
    for name in names:
        value = resource.get(name)
        if isinstance(value, dict):
            value = value.get("start")
        if isinstance(value, str) and value:
            return value
    return None
