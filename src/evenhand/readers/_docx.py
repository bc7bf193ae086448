"""A Word file's paragraphs, read by hand from its zip: small, and safe with hostile files."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from evenhand.core.errors import EvenhandError
from evenhand.readers._bytes import bad, read_bytes

MAIN = "word/document.xml"
MOST_ZIP = 16 << 20
MOST_XML = 32 << 20
"""Bytes of the text's XML: fifty hours of talk."""
MOST_RATIO = 100
"""XML that unpacks to more than this many times its size is no speech."""
MOST_ELEMENTS = 500_000
MOST_ENTRIES = 5_000
MOST_DEPTH = 100

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins a Word file with a password, and a .doc."""

_WORD = ("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",)
_STRICT = ("{http://purl.oclc.org/ooxml/wordprocessingml/main}",)
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}


class _Bounded:
    """A stream that ends with an error where it gives more than it may."""

    def __init__(self, path: Path, stream: IO[bytes], packed: int) -> None:
        self.path, self.stream, self.packed, self.seen = path, stream, max(packed, 1), 0

    def read(self, size: int = -1) -> bytes:
        piece = self.stream.read(min(size, 1 << 16) if size > 0 else 1 << 16)
        self.seen += len(piece)
        steep = self.seen > (1 << 20) and self.seen > MOST_RATIO * self.packed
        if steep or self.seen > MOST_XML:
            raise bad(
                self.path,
                "The document unpacks to far too much.",
                "Open it in Word, and save the transcript again.",
            )
        return piece


def _archive(path: Path) -> zipfile.ZipFile:
    data = read_bytes(path, MOST_ZIP)
    if data.startswith(OLE):
        raise bad(
            path,
            "The document has a password, or is an old .doc.",
            "Open it in Word, and save it as .docx without a password.",
        )
    if data.count(b"PK\x01\x02") > MOST_ENTRIES:
        raise bad(path, "The document holds far too many files.", "Save the transcript again.")
    return zipfile.ZipFile(io.BytesIO(data))


def _main_part(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    try:
        info = archive.getinfo(MAIN)
    except KeyError:
        raise bad(
            path, f"The zip holds no {MAIN}: it is no Word document.", "Export it as .docx again."
        ) from None
    if info.flag_bits & 1:
        raise bad(path, "The document is encrypted.", "Save it again without a password.")
    return cast("IO[bytes]", _Bounded(path, archive.open(info), info.compress_size))


def _local(tag: str) -> str | None:
    """A Word tag without its namespace; None for any other."""
    space, _, name = tag.rpartition("}")
    return name if f"{space}}}" in _WORD + _STRICT else None


def _events(path: Path, stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Starts and ends of elements, each forgotten at its end.

    Raises:
        EvenhandError: elements are too many, or stand too deep within each other.
    """
    inside: list[Any] = []
    seen = 0
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            inside.append(element)
            seen += 1
            if len(inside) > MOST_DEPTH or seen > MOST_ELEMENTS:
                what = "The document's XML is too deep or too large."
                raise bad(path, what, "Save the transcript again.")
            yield event, element
        else:
            yield event, element
            inside.pop()
            element.clear()
            if inside:
                del inside[-1][:]


def _texts(path: Path, stream: IO[bytes]) -> Iterator[str]:
    """Each paragraph's text; what was deleted, and second versions for old Words, are left out."""
    text: list[str] = []
    skipped = 0
    for event, element in _events(path, stream):
        if element.tag.endswith("}Fallback"):
            skipped += 1 if event == "start" else -1
        name = _local(element.tag)
        if event == "start" or skipped or name is None:
            continue
        if name == "t":
            text.append(element.text or "")
        elif name in _BREAKS:
            text.append(_BREAKS[name])
        elif name == "p":
            yield "".join(text)
            text = []


def read_paragraphs(path: Path) -> list[str]:
    """The text of each paragraph, with its line breaks and tabs.

    Raises:
        EvenhandError: no Word document, a password, damaged, a bomb, a document type or entities
            in its XML.
    """
    try:
        with _archive(path) as archive:
            return list(_texts(path, _main_part(path, archive)))
    except EvenhandError:
        raise
    except DefusedXmlException:
        raise bad(
            path,
            "The document's XML declares entities or a document type, which Word never does.",
            "Do not trust this file; export the transcript again.",
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (None, 0))[0]
        raise bad(path, "The document's XML is damaged.", "Export it again.", line) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        raise bad(
            path, "The document is damaged or breaks off.", "Copy or export it again."
        ) from None
