"""A FHIR Questionnaire, taken into a study's folder: wording of an instrument, or a new one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from math import inf, isfinite

from evenhand.core.errors import EvenhandError
from evenhand.instruments._questionnaire import Question, instrument_of, questions_of, texts_in
from evenhand.instruments.fhir import LIMITS, Node, extension, word
from evenhand.study.ratings_brought import Asked, LeftOut

NO_ITEM = "no item of the instrument, so its words have no place"
MOST_STEPS = 20
"""Of a question for a number, the most steps that are written out as answers."""


def wording_of(resource: Node, asked: Asked) -> tuple[dict[str, str], list[LeftOut]]:
    """The TOML file that holds a Questionnaire's words.

    Where it is a copy of a known instrument, the file is one of wording. Otherwise it is an
    instrument of the study's own that is scored item by item: a Questionnaire says what each
    answer counts, never how they are added up.

    Returns:
        File name to its text, and the questions that stay outside.
    """
    known = asked.instruments
    one = instrument_of(resource, known)
    if one is None:
        key = _slug(word(resource.get("name")) or word(resource.get("id")) or "questionnaire")
        return {f"{key}.toml": "\n".join(_instrument(resource, key))}, []
    items, answers, strange = texts_in(resource, one, known)
    lines = [
        "# The study's own copy; Evenhand brings no wording of others.",
        f"wording_of = {_quoted(one.key)}",
        f"source = {_quoted(_source(resource))}",
        "",
        "[items]",
        *(f"{_quoted(key)} = {_quoted(text)}" for key, text in items.items() if text),
        "",
        "[answers]",
        *(f"{_quoted(number)} = {_quoted(text)}" for number, text in answers.items()),
        "",
    ]
    left = [LeftOut(f"question {link[:40]}", 1, NO_ITEM) for link in strange]
    return {f"{one.key}-wording.toml": "\n".join(lines)}, left


def _instrument(resource: Node, key: str) -> Iterator[str]:
    """An instrument of the study's own, scored item by item."""
    title = word(resource.get("title")) or key
    yield "# From a FHIR Questionnaire; scored item by item, because it says nothing of totals."
    yield f"key = {_quoted(key)}"
    yield f"name = {_quoted(word(resource.get('title')) or key)}"
    yield f"title = {_quoted(title)}"
    yield f"version = {_quoted(word(resource.get('version')) or '1')}"
    yield 'raters = ["client", "therapist"]'
    yield 'about = "session"'
    yield f"source = {_quoted(_source(resource))}"
    yield f"licence = {_quoted(word(resource.get('copyright')) or 'The study brings it')}"
    yield 'show = "yes"'
    sets: dict[tuple[tuple[str, str | None], ...], str] = {}
    questions = list(questions_of(resource))
    for question in questions:
        answers = _answers(question)
        if answers and answers not in sets:
            sets[answers] = f"set{len(sets) + 1}"
            yield from _answer_set(sets[answers], answers)
    for question in questions:
        answers = _answers(question)
        yield from ("", "[[item]]", f"key = {_quoted(question.link)}")
        if question.text:
            yield f"text = {_quoted(question.text)}"
        yield f"answers = {_quoted(sets[answers])}" if answers else "open = true"
    yield ""


def _answers(question: Question) -> tuple[tuple[str, str | None], ...]:
    """What may be answered, each with its number where it has one; nothing for free text."""
    if question.options:
        return tuple((option.words, option.number) for option in question.options)
    if question.type == "boolean":
        return (("No", "0"), ("Yes", "1"))
    if question.type == "integer":
        low, high = (_whole(extension(question.node, url)) for url in LIMITS)
        if low is not None and high is not None and 0 < high - low <= MOST_STEPS:
            return tuple((str(n), str(n)) for n in range(low, high + 1))
    return ()


def _whole(number: str | None) -> int | None:
    try:
        return int(number or "")
    except ValueError:
        return None


def _answer_set(name: str, answers: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    yield from ("", f"[answers.{name}]")
    scored = [f"{_quoted(words)} = {_weight(n)}" for words, n in answers if n is not None]
    if scored:
        yield f"scored = {{ {', '.join(dict.fromkeys(scored))} }}"
    bare = [_quoted(words) for words, number in answers if number is None]
    if bare:
        yield f"unscored = [{', '.join(dict.fromkeys(bare))}]"


def _weight(number: str) -> str:
    """What an answer counts, as TOML writes a number.

    Raises:
        EvenhandError: it is none.
    """
    try:
        value = float(number)
    except ValueError:
        value = inf
    if not isfinite(value):
        raise EvenhandError(
            "The Questionnaire cannot be made an instrument: an answer's weight is no number.",
            "Questionnaire, answerOption",
            "Mend the weight there.",
        )
    return f"{value:g}"


def _source(resource: Node) -> str:
    said = (word(resource.get(name)) for name in ("publisher", "url", "title", "name"))
    named = next((one for one in said if one is not None), "the study")
    return f"A FHIR Questionnaire of {named}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60] or "questionnaire"


def _quoted(words: str) -> str:
    """A string of TOML, whatever it holds."""
    clean = " ".join(words.split()).encode("utf-8", "replace").decode()
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")
