"""A FHIR Questionnaire (R4, R5): whose wording it is, and the wording of items and answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evenhand.instruments._contract import Instrument
from evenhand.instruments._mapping import find_code, find_place
from evenhand.instruments.fhir import Node, nodes, weight_of, word


@dataclass(frozen=True)
class Option:
    """An answer that may be chosen: its words, its code, and its number where it has one."""

    words: str
    number: str | None
    code: str | None = None


@dataclass(frozen=True)
class Question:
    """A question: its link, its words, its type, its answers, and its codes."""

    link: str
    text: str
    type: str
    options: Sequence[Option]
    codes: Sequence[str]
    node: Node


def instrument_of(resource: Node, known: Sequence[Instrument]) -> Instrument | None:
    """The instrument that a Questionnaire is a copy of: by its codes, its address, its name."""
    codes = [str(one.get("code") or "") for one in nodes(resource.get("code"))]
    names = [*codes, *(str(resource.get(name) or "") for name in ("url", "id", "name", "title"))]
    found = (find_code(name, known) for name in names if name)
    return next((one for one in found if one is not None), None)


def questions_of(resource: Node) -> Iterator[Question]:
    """All questions, those inside groups too; groups and bare words are none."""
    for node in nodes(resource.get("item")):
        kind = str(node.get("type") or "")
        link = word(node.get("linkId"))
        if kind not in ("group", "display") and link:
            yield Question(
                link=link,
                text=word(node.get("text")) or "",
                type=kind,
                options=tuple(_options(node)),
                codes=tuple(str(one.get("code") or "") for one in nodes(node.get("code"))),
                node=node,
            )
        yield from questions_of(node)


def _options(node: Node) -> Iterator[Option]:
    for option in nodes(node.get("answerOption")):
        coding, code = option.get("valueCoding"), None
        if isinstance(coding, dict):
            code = word(coding.get("code"))
            words = word(coding.get("display")) or code
            number = weight_of(option, coding)
        else:
            words = word(option.get("valueString")) or word(option.get("valueInteger"))
            number = word(option.get("valueInteger"))
        if words is not None:
            yield Option(words, number, code)


def texts_in(
    resource: Node, one: Instrument, known: Iterable[Instrument]
) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """The wording that a Questionnaire has of an instrument.

    Args:
        resource: the Questionnaire.
        one: the instrument that it is of.
        known: all instruments.

    Returns:
        Item key to its words, an answer's number to its words, and the links of questions that
        are no item of the instrument.
    """
    items: dict[str, str] = {}
    answers: dict[str, str] = {}
    strange: list[str] = []
    for question in questions_of(resource):
        found = (find_place(name, known, one) for name in (*question.codes, question.link))
        place = next((at for at in found if at is not None), None)
        if place is None or place.item is None:
            strange += [] if place is not None and place.scale is not None else [question.link]
            continue
        items[place.item.key] = question.text
        codes = {code: f"{number:g}" for code, number in place.item.codes.items()}
        for option in question.options:
            number = option.number or codes.get(option.code or "")
            if number is not None:
                answers.setdefault(number, option.words)
    return items, answers, strange
