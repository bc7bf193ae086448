"""Whatever a file holds, an import reads it or refuses it with one clear error."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.errors import EvenhandError
from evenhand.runs.forms import import_ratings
from tests.study.imports import new_study

NAMES = ("resourceType", "item", "answer", "linkId", "status", "subject", "reference", "code")
NAMES += (
    "coding",
    "component",
    "value",
    "valueCoding",
    "valueInteger",
    "extension",
    "url",
    "entry",
)
WORDS = ("QuestionnaireResponse", "Observation", "Bundle", "Questionnaire", "44250-9", "Patient/1")
leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS))
trees = st.recursive(
    leaf,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)
resources = st.dictionaries(st.sampled_from(NAMES), trees, max_size=6).map(
    lambda one: {"resourceType": "QuestionnaireResponse"} | one
)
questions = st.dictionaries(
    st.sampled_from(("linkId", "type", "text", "answerOption", "extension", "item", "code")),
    st.one_of(st.sampled_from(("a", "b", "integer", "choice", "boolean")), trees),
    max_size=5,
)
forms = st.lists(questions, max_size=3).map(
    lambda items: {"resourceType": "Questionnaire", "name": "odd", "item": items}
)
heads = ["session_id", "client_id", "record_id", "redcap_event_name", "instrument", "value"]
heads += ["phq9_1", "phq9_complete", '{"ImportId":"x"}']
cells = st.sampled_from([*heads, "1", "9", "", "a b", '"', "\n", ",", "é", "\0", "'=x"])
tables = st.lists(st.lists(cells, max_size=6).map(",".join), max_size=6).map("\n".join)


def tried(data: bytes) -> None:
    with TemporaryDirectory() as name:
        study = new_study(Path(name))
        before = {p.name: p.read_bytes() for p in study.iterdir() if p.is_file()}
        path = Path(name) / "file"
        path.write_bytes(data)
        error = refusal(path, study)
        if error is not None:
            assert error.what
            assert error.remedy
            after = {p.name: p.read_bytes() for p in study.iterdir() if p.is_file()}
            assert after == before


def refusal(path: Path, study: Path) -> EvenhandError | None:
    try:
        import_ratings(path, study)
    except EvenhandError as error:
        return error
    return None


@settings(max_examples=12, deadline=None)
@given(st.one_of(resources.map(json.dumps), forms.map(json.dumps), tables))
def test_anything_is_read_or_refused(text: str) -> None:
    tried(text.encode("utf-8", "replace"))


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(st.one_of(resources.map(json.dumps), forms.map(json.dumps), tables))
def test_much_more_is_read_or_refused(text: str) -> None:
    tried(text.encode("utf-8", "replace"))


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused(data: bytes) -> None:
    tried(data)
