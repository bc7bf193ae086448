"""Why there is no answer, in the words of other systems: three reasons, never mixed up."""

from __future__ import annotations

import re
from collections.abc import Mapping

DECLINED, NOT_ASKED, UNKNOWN = "declined", "not asked", "unknown"

ABSENT_REASONS: Mapping[str, str] = {
    "asked-declined": DECLINED,
    "not-asked": NOT_ASKED,
    "not-applicable": NOT_ASKED,
    "not-performed": NOT_ASKED,
    "unknown": UNKNOWN,
    "asked-unknown": UNKNOWN,
    "temp-unknown": UNKNOWN,
    "masked": UNKNOWN,
    "unsupported": UNKNOWN,
    "as-text": UNKNOWN,
    "error": UNKNOWN,
    "not-a-number": UNKNOWN,
    "negative-infinity": UNKNOWN,
    "positive-infinity": UNKNOWN,
    "not-permitted": UNKNOWN,
}
"""Codes of FHIR's data-absent-reason (R4, R5) to a status."""

REASON_OF: Mapping[str, str] = {
    DECLINED: "asked-declined",
    NOT_ASKED: "not-asked",
    UNKNOWN: "unknown",
}
"""A status to its code in FHIR."""

MISSING_CODES: Mapping[str, str] = {
    "NASK": NOT_ASKED,
    "NA": NOT_ASKED,
    "ASKU": UNKNOWN,
    "UNK": UNKNOWN,
    "NI": UNKNOWN,
    "NAV": UNKNOWN,
    "INV": UNKNOWN,
    "MSK": UNKNOWN,
    "OTH": UNKNOWN,
}
"""Missing-data codes that REDCap proposes, after the null flavours of HL7, to a status.

None of them says that somebody declined: a project's own codes are named by ``--missing``.
"""

_WORDS = (
    (DECLINED, r"declin|refus|prefer not|rather not|choose not|chose not|do not wish"),
    (
        NOT_ASKED,
        r"not asked|not applicable|not administered|not presented|skipped by (?:logic|design)",
    ),
    (UNKNOWN, r"unknown|not known|don.?t know|do not know|missing|no information|not available"),
)


def status_of_words(words: str) -> str | None:
    """The status that a label means (``Prefer not to say``), or None where it is an answer."""
    plain = re.sub(r"[\s_-]+", " ", words.casefold()).strip()
    for status, pattern in _WORDS:
        if re.search(pattern, plain):
            return status
    return None
