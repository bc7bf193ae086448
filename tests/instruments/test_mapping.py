"""Names of columns, links and codes are understood, and what could mean two things is not."""

import pytest

from evenhand.instruments import all_instruments, find_code, find_instrument, find_place

KNOWN = list(all_instruments().values())


@pytest.mark.parametrize(
    ("label", "key", "part"),
    [
        ("phq9_1", "phq-9", "1"),
        ("PHQ-9 item 9", "phq-9", "9"),
        ("PHQ9Q01", "phq-9", "1"),
        ("phq_9_q9", "phq-9", "9"),
        ("phq9", "phq-9", "total"),
        ("gad7_total_score", "gad-7", "total"),
        ("/44250-9", "phq-9", "1"),
        ("44261-6", "phq-9", "total"),
        ("wai_s_12", "wai-s", "12"),
        ("wai_s_total", "wai-s", "total"),
        ("wai_sr_bond", "wai-sr", "bond"),
        ("core10_1", "core-10", "1"),
        ("core_om_risk", "core-om", "risk"),
        ("seq_5_13", "seq-5", "13"),
        ("oq45_2_1", "oq-45", "1"),
        ("HAq-II_19", "helping-alliance-ii", "19"),
        ("ladder_society", "macarthur-ladder", "society"),
        ("mco_humility", "mco", "humility"),
    ],
)
def test_a_label_is_understood_as_people_write_it(label: str, key: str, part: str) -> None:
    place = find_place(label, KNOWN)
    assert place is not None
    assert (place.instrument.key, place.label) == (key, part)


@pytest.mark.parametrize(
    "label",
    [
        "phq9_10",
        "phq9_1_t2",
        "wai_sr_1_1",
        "age",
        "seq",
        "notes",
        "",
        "1",
        "total",
        "8867-4",
        "phq",
    ],
)
def test_a_label_that_may_mean_something_else_means_nothing(label: str) -> None:
    assert find_place(label, KNOWN) is None


@pytest.mark.parametrize(
    ("label", "part"),
    [("1", "1"), ("q12", "12"), ("item-3", "3"), ("total-score", "total"), ("x-wai-sr-q02", "2")],
)
def test_where_the_instrument_is_known_a_number_is_enough(label: str, part: str) -> None:
    place = find_place(label, KNOWN, find_instrument("WAI-SR"))
    assert place is not None
    assert place.label == part


@pytest.mark.parametrize("label", ["1.1", "1-2", "severity", "13", "69722-7"])
def test_a_link_of_two_numbers_is_no_item(label: str) -> None:
    assert find_place(label, KNOWN, find_instrument("WAI-SR")) is None


def test_who_filled_it_in_is_read_from_the_label() -> None:
    for label in ("therapist_wai_sr_3", "wai_sr_3_therapist", "WAI-SR clinician 3"):
        place = find_place(label, KNOWN)
        assert place is not None
        assert (place.label, place.rater) == ("3", "therapist")
    place = find_place("checkin_1", KNOWN, rater="therapist")
    assert place is not None
    assert place.instrument.key == "check-in-therapist"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("http://example.org/q/44249-1", "phq-9"),
        ("Questionnaire/phq-9|1.0", "phq-9"),
        ("http://example.org/Questionnaire/GAD7Questionnaire", "gad-7"),
        ("mii-qst-pro-phq-9", "phq-9"),
        ("urn:evenhand:instrument:wai-sr|1", "wai-sr"),
        ("urn:evenhand:instrument:wai-s|1", "wai-s"),
        ("CORE-10", "core-10"),
    ],
)
def test_an_address_names_its_instrument(address: str, key: str) -> None:
    one = find_code(address, KNOWN)
    assert one is not None
    assert one.key == key


@pytest.mark.parametrize("address", ["", "Questionnaire/intake", "phq-9-and-gad-7", "depression"])
def test_an_address_of_none_or_of_two_names_none(address: str) -> None:
    assert find_code(address, KNOWN) is None
