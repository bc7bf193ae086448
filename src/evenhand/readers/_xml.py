"""XML from outside: no document types, no entities, no bombs; each element with its line."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from evenhand.readers._bytes import bad

if TYPE_CHECKING:
    from defusedxml.ElementTree import DefusedXMLParser

LINE = "\x00line"
"""The attribute that holds an element's line; no attribute of a file's own can be called so."""
MOST_TAGS = 1_000_000
"""Tags of one session: some seven hours, word by word in several layers."""
MOST_DEPTH = 60

_DECLARED = re.compile(rb"^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_AGAIN = "Save it again in UTF-8 from the program that made it."


class _TooDeepError(Exception):
    """Elements within elements, deeper than in any transcript."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class _Builder(TreeBuilder):
    """Builds the tree and writes down where each element begins."""

    def __init__(self) -> None:
        super().__init__()
        self.expat: Any = None
        self.depth = 0

    def start(self, tag: Any, attrs: Any) -> Any:
        """Begin an element.

        Raises:
            _TooDeepError: it lies too deep.
        """
        line = self.expat.CurrentLineNumber
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _TooDeepError(line)
        return super().start(tag, {**attrs, LINE: str(line)})

    def end(self, tag: Any) -> Any:
        """End an element."""
        self.depth -= 1
        return super().end(tag)


def _check_encoding(path: Path, data: bytes) -> None:
    """Refuse a one-byte encoding that is declared over what is plainly UTF-8.

    Anything else that is not as declared the parser finds itself.
    """
    declared = _DECLARED.match(data.lstrip(codecs.BOM_UTF8))
    if declared is None:
        return
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        raise bad(path, "The XML declares an encoding that does not exist.", _AGAIN, 1) from None
    if name == "utf-8" or data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise bad(path, "The XML is not in the encoding that it declares.", _AGAIN, 1)


def _parser() -> DefusedXMLParser:
    from defusedxml.ElementTree import DefusedXMLParser

    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.expat = parser.parser
    return parser


def parse_xml(path: Path, data: bytes) -> Element:
    """The root of an XML file; `line_of` says where an element begins.

    Raises:
        EvenhandError: not well-formed, not in its encoding, broken off, with a document type or
            entities, or too large.
    """
    from defusedxml.common import DefusedXmlException

    if max(data.count(b"<"), data.count(b"=")) > MOST_TAGS:
        raise bad(path, "The XML holds far more than one session.", "Split it.")
    _check_encoding(path, data)
    parser = _parser()
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException:
        what = "The XML declares a document type or entities, which a transcript never needs."
        raise bad(path, what, _AGAIN, parser.parser.CurrentLineNumber) from None
    except _TooDeepError as error:
        raise bad(path, "The XML is nested too deeply.", _AGAIN, error.line) from None
    except ParseError as error:
        what = "The XML is broken, breaks off, or is not in the encoding that it declares."
        raise bad(path, what, _AGAIN, error.position[0]) from None
    except (LookupError, ValueError):
        raise bad(path, "The XML's encoding cannot be read.", _AGAIN, 1) from None
    return root


def line_of(element: Element) -> int:
    """The line on which an element of `parse_xml` begins."""
    return int(element.attrib[LINE])
