"""An instrument is found by the names that people write, and never by one that means another."""

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.instruments import find_instrument


@pytest.mark.parametrize("name", ["PHQ-9", "phq9", "phq_9", "PHQ 9", " phq-9"])
def test_spelling_is_lenient(name: str) -> None:
    assert find_instrument(name).key == "phq-9"


def test_the_helping_alliance_is_found_as_it_is_written() -> None:
    assert find_instrument("HAq-II").key == "helping-alliance-ii"


@pytest.mark.parametrize("name", ["HAQ-II", "haq-ii", "HAQ II", "haq_2", "HAQ-2"])
def test_the_name_of_a_rheumatology_scale_is_refused(name: str) -> None:
    with pytest.raises(EvenhandError, match="rheumatology") as caught:
        find_instrument(name)
    assert "HAq-II" in caught.value.remedy


def test_ccs_is_refused_because_it_may_be_two_scales() -> None:
    with pytest.raises(EvenhandError, match="CCS is ambiguous"):
        find_instrument("CCS")


def test_an_unknown_name_is_told_its_neighbour() -> None:
    with pytest.raises(EvenhandError, match="Did you mean MSPSS") as caught:
        find_instrument("MSSPS")
    assert "instruments" in caught.value.remedy


def test_the_two_check_ins_are_told_apart_by_the_rater() -> None:
    assert find_instrument("Check-in", "therapist").key == "check-in-therapist"
    with pytest.raises(EvenhandError, match="several forms"):
        find_instrument("check-in")


@pytest.mark.parametrize(("rater", "what"), [("therapist", "by the therapist"), ("mum", "nobody")])
def test_a_rater_who_does_not_fill_it_in_is_refused(rater: str, what: str) -> None:
    with pytest.raises(EvenhandError, match=what):
        find_instrument("PHQ-9", rater)
