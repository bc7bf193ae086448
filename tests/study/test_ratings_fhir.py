"""FHIR in: responses, observations, bundles, lines; and the wording of a Questionnaire."""

import json
from pathlib import Path
from typing import Any

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.instruments import all_instruments, find_instrument, own_instruments, texts_of
from tests.study.imports import imported, new_study, outside, rows

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
LOINC = "http://loinc.org"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return new_study(tmp_path)


def absent(code: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": code}]}


def response(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "http://loinc.org/q/44249-1",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "authored": "2026-01-15T10:30:00Z",
        "item": list(items),
    } | more


def answer(link: str, **value: Any) -> dict[str, Any]:
    return {"linkId": link, "answer": [value]}


def observation(code: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-01-15",
    } | more


def brought(study: Path, *resources: Any, lines: bool = False) -> Any:
    if lines:
        return imported(study, "\n".join(map(json.dumps, resources)), "file.ndjson")
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }
    return imported(study, json.dumps(resources[0] if len(resources) == 1 else whole), "file.json")


def test_a_response_is_read_whatever_its_values_are_written_as(study: Path) -> None:
    done = brought(
        study,
        response(
            {"linkId": "group", "item": [answer("/44250-9", valueInteger=1)]},
            answer("44255-8", valueCoding={"system": LOINC, "code": "LA6571-9"}),
            answer(
                "phq9_3",
                valueCoding={"code": "x", "extension": [{"url": ORDINAL, "valueDecimal": 2}]},
            ),
            answer(
                "4", valueCoding={"code": "y", "extension": [{"url": WEIGHT, "valueDecimal": 0.0}]}
            ),
            answer("5", valueDecimal=3.0),
            answer("total-score", valueDecimal=9),
            answer("severity", valueString="a private remark"),
        ),
    )
    assert done.kind == "FHIR"
    assert rows(study, "session_id", "item", "scale", "value", "date") == [
        ("e1", "1", None, "1", "2026-01-15"),
        ("e1", "2", None, "3", "2026-01-15"),
        ("e1", "3", None, "2", "2026-01-15"),
        ("e1", "4", None, "0", "2026-01-15"),
        ("e1", "5", None, "3", "2026-01-15"),
        ("e1", None, "total", "9", "2026-01-15"),
    ]
    assert outside(done) == {"link severity": 1}
    assert "private" not in str(done.as_dict())


def test_declined_not_asked_and_unknown_stay_apart_wherever_they_stand(study: Path) -> None:
    brought(
        study,
        response(
            answer("1", _valueInteger=absent("asked-declined")),
            answer("2", valueCoding=absent("not-asked")),
            {"linkId": "3", **absent("asked-declined")},
            {"linkId": "4", "answer": [absent("unknown")]},
            {"linkId": "5"},
            answer("6", _valueString=absent("a-code-of-their-own")),
        ),
        observation(
            "44252-5",
            dataAbsentReason={"coding": [{"code": "asked-declined"}]},
        ),
    )
    assert rows(study, "item", "status") == [
        ("1", "declined"),
        ("2", "not asked"),
        ("3", "declined"),
        ("4", "unknown"),
        ("5", "unknown"),
        ("6", "unknown"),
        ("7", "declined"),
    ]


def test_observations_and_their_components_are_read_and_said_twice_is_once(study: Path) -> None:
    panel = observation("44249-1") | {
        "component": [
            {"code": {"coding": [{"code": "44250-9"}]}, "valueInteger": 2},
            {
                "code": {"coding": [{"code": "44255-8"}]},
                "valueCodeableConcept": {"coding": [{"code": "LA6569-3"}]},
            },
        ]
    }
    done = brought(
        study,
        panel,
        observation(
            "44250-9", valueQuantity={"value": 2}, performer=[{"reference": "Practitioner/d"}]
        ),
        observation("44261-6", valueInteger=5, status="entered-in-error"),
        observation("8867-4", valueQuantity={"value": 70}),
        {"resourceType": "Patient", "id": "p1"},
        lines=True,
    )
    assert rows(study, "rater", "item", "value") == [("client", "1", "2"), ("client", "2", "1")]
    assert outside(done) == {
        "Observation (entered-in-error)": 1,
        "code 8867-4": 1,
        "resource Patient": 1,
    }


def test_who_answered_is_told_by_the_source(study: Path) -> None:
    therapist = {"source": {"reference": "Practitioner/t1"}, "questionnaire": "urn:x:check-in"}
    words = {"valueCoding": {"display": "Mostly"}}
    brought(study, response({"linkId": "1", "answer": [words]}, **therapist))
    assert rows(study, "rater", "instrument", "value") == [("therapist", "check-in", "Mostly")]
    assert (study / "people.csv").read_text().count("t1,,therapist") == 1


def test_without_an_encounter_the_session_is_found_by_client_and_day(study: Path) -> None:
    (study / "sessions.csv").write_text("session_id,client_id,date\nx,p1,2026-01-15\n")
    one = response(answer("1", valueInteger=1))
    del one["encounter"]
    brought(study, one)
    assert rows(study, "session_id", "value") == [("x", "1")]


def test_a_link_may_be_mapped_by_hand(study: Path) -> None:
    one = response(answer("feeling-low", valueInteger=2))
    imported(study, json.dumps(one), "a.json", columns={"phq9_2": "feeling-low"})
    assert rows(study, "item", "value") == [("2", "2")]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{", "line 1"),
        ('{"a": 1}', "line 1"),
        ("[1]", "resource 1"),
        ('{"resourceType": "Observation", "status": "final"}\n{"x"', "line 2"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_json_that_is_not_fhir_is_one_error_with_its_place(
    study: Path, text: str, where: str
) -> None:
    with pytest.raises(EvenhandError) as caught:
        imported(study, text, "file.json")
    assert where in caught.value.where


def test_a_wrong_answer_is_named_by_its_entry(study: Path) -> None:
    with pytest.raises(EvenhandError) as caught:
        brought(study, response(), response(answer("1", valueInteger=7)))
    assert "file.json, entry 2: PHQ-9 1 lies outside 0 to 3" in caught.value.remedy


QUESTIONNAIRE = {
    "resourceType": "Questionnaire",
    "title": "Our copy",
    "publisher": "The clinic",
    "code": [{"system": LOINC, "code": "44249-1"}],
    "item": [
        {
            "linkId": "a",
            "type": "choice",
            "text": "First of our made-up lines",
            "code": [{"system": LOINC, "code": "44250-9"}],
            "answerOption": [
                {"valueCoding": {"code": "LA6568-5", "display": "Made-up never"}},
                {
                    "valueCoding": {
                        "display": "Made-up often",
                        "extension": [{"url": ORDINAL, "valueDecimal": 3}],
                    }
                },
            ],
        },
        {"linkId": "phq9_2", "type": "choice", "text": "Second “made-up” line\\"},
        {"linkId": "odd", "type": "string", "text": "Not one of them"},
    ],
}


def test_the_wording_of_a_known_instrument_is_the_studys_to_show(study: Path) -> None:
    done = brought(study, QUESTIONNAIRE)
    assert done.added.wording == ("phq-9-wording.toml",)
    assert outside(done) == {"question odd": 1}
    texts = texts_of(study, find_instrument("PHQ-9"))
    assert texts.items == {"1": "First of our made-up lines", "2": "Second “made-up” line\\"}
    assert texts.answers == {"0": "Made-up never", "3": "Made-up often"}
    assert brought(study, QUESTIONNAIRE).added.wording == ()
    with pytest.raises(EvenhandError, match="says something else"):
        brought(study, QUESTIONNAIRE | {"publisher": "Another"})


def test_an_unknown_questionnaire_becomes_the_studys_own_scored_item_by_item(study: Path) -> None:
    own = {
        "resourceType": "Questionnaire",
        "name": "Hope at the door",
        "item": [
            {
                "linkId": "h1",
                "type": "choice",
                "text": "Is there hope?",
                "answerOption": [
                    {
                        "valueCoding": {
                            "display": "No",
                            "extension": [{"url": WEIGHT, "valueDecimal": 0}],
                        }
                    },
                    {
                        "valueCoding": {
                            "display": "Yes",
                            "extension": [{"url": WEIGHT, "valueDecimal": 1}],
                        }
                    },
                ],
            },
            {"linkId": "h2", "type": "boolean", "text": "Today?"},
            {"linkId": "h3", "type": "text", "text": "Say more."},
        ],
    }
    assert brought(study, own).added.wording == ("hope-at-the-door.toml",)
    (one,) = own_instruments(study)
    assert [(i.key, i.kind, i.text) for i in one.items] == [
        ("h1", "choice", "Is there hope?"),
        ("h2", "choice", "Today?"),
        ("h3", "open", "Say more."),
    ]
    assert {scale.scoring for scale in one.scales} == {"item"}
    assert one.key in all_instruments([one])
    answers = response(
        answer("h1", valueCoding={"display": "Yes"}),
        answer("h3", valueString="A little."),
        questionnaire="Questionnaire/hope-at-the-door",
        source={"reference": "Patient/p1"},
    )
    brought(study, answers)
    assert rows(study, "item", "value") == [("h1", "Yes"), ("h3", "A little.")]


@pytest.mark.parametrize(
    ("items", "what"),
    [
        ([{"linkId": "a", "type": "text"}, {"linkId": "a", "type": "text"}], "Two items"),
        ([], "no score"),
        (
            [
                {
                    "linkId": "a",
                    "type": "choice",
                    "answerOption": [
                        {
                            "valueCoding": {
                                "display": "x",
                                "extension": [{"url": WEIGHT, "valueDecimal": "many"}],
                            }
                        }
                    ],
                }
            ],
            "cannot be made",
        ),
    ],
    ids=["twice", "none", "no number"],
)
def test_a_questionnaire_that_makes_no_instrument_is_refused(
    study: Path, items: list[Any], what: str
) -> None:
    own = {"resourceType": "Questionnaire", "name": "Odd one", "item": items}
    with pytest.raises(EvenhandError, match=what):
        brought(study, own)
    assert not (study / "instruments").exists()
