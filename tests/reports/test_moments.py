from __future__ import annotations

import pytest

from evenhand.reports.moment_kinds import BY_NAME, KINDS, MOST
from evenhand.reports.moments import RULES, pick_moments, take_away
from evenhand.reports.study_view import StudyView
from tests.reports.made_up import made_data, spoken

CLIENT_TALK = "It was a long week with the rain."


def test_every_kind_has_a_rule_and_every_rule_a_kind() -> None:
    assert set(RULES) == set(BY_NAME)


def test_a_session_without_codes_has_no_moments() -> None:
    view = spoken([("T", 0, 5), ("C", 5, 9)])
    assert pick_moments(view) == []
    assert take_away(view, []) is None


def test_an_invitation_counts_where_the_client_answers_it() -> None:
    turns = [("T", 0, 5), ("C", 5, 9), ("T", 9, 12), ("C", 12, 15), ("T", 15, 16)]
    codes = [(1, "invitation"), (3, "invitation"), (4, "self_advocacy")]
    found = pick_moments(spoken(turns, codes))
    asked = next(m for m in found if m.kind.name == "invitation_answered")
    assert asked.turn.n == 1, "the client's second turn answers the first invitation as well"
    assert {t.n for t in asked.quoted} >= {1, 4}


def test_a_wish_is_taken_up_by_a_question_and_not_by_a_directive() -> None:
    turns = [("T", 0, 5), ("C", 5, 9), ("T", 9, 12)]
    up = spoken(turns, [(2, "self_advocacy"), (3, "question_open")])
    over = spoken(turns, [(2, "self_advocacy"), (3, "question_open"), (3, "directive")])
    assert [m.kind.name for m in pick_moments(up)] == ["preference_taken_up"]
    assert pick_moments(over) == []


def test_a_position_counts_as_taken_up_where_the_indicator_says_so() -> None:
    turns = [("T", 0, 5), ("C", 5, 9), ("T", 9, 12)]
    passed = spoken(turns, [(2, "position_named")], readings=("uptake",))
    taken = spoken(
        turns, [(2, "position_named")], readings=("uptake",), evidence=[("uptake", "therapist", 2)]
    )
    assert [m.kind.name for m in pick_moments(passed)] == ["position_passed"]
    assert [m.kind.name for m in pick_moments(taken)] == ["position_taken_up"]


def test_yielding_needs_two_turns_within_six_of_the_clients() -> None:
    turns = [("T" if i % 2 else "C", i * 5, i * 5 + 4) for i in range(1, 31)]
    near = spoken(turns, [(2, "yielding"), (12, "yielding")])
    far = spoken(turns, [(2, "yielding"), (14, "yielding")])
    assert [m.kind.name for m in pick_moments(near)] == ["yielding_run"]
    assert pick_moments(far) == []


def test_at_most_one_a_kind_five_in_all_and_strengths_first() -> None:
    for seed in range(6):
        study = StudyView(made_data(seed=seed))
        for one in study.shown:
            moments = pick_moments(study.session(one))
            kinds = [m.kind.name for m in moments]
            strong = [m.kind.strength for m in moments]
            assert len(kinds) == len(set(kinds)) <= MOST
            assert strong == sorted(strong, reverse=True)
            anchors = [m.turn.n for m in moments]
            assert len(anchors) == len(set(anchors))


def test_moments_do_not_depend_on_the_order_of_the_codes() -> None:
    data = made_data(seed=3)
    mixed = made_data(seed=3)
    mixed = type(mixed)(**{**_fields(mixed), "codes": mixed.codes.reverse()})
    for one in ("anjali-gwyn-1", "anjali-gwyn-3"):
        first, second = (pick_moments(StudyView(d).session(one)) for d in (data, mixed))
        assert [(m.kind.name, m.turn.n) for m in first] == [(m.kind.name, m.turn.n) for m in second]


def _fields(data: object) -> dict[str, object]:
    return {name: getattr(data, name) for name in data.__dataclass_fields__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_every_kind_offers_several_readings(kind: object) -> None:
    assert len(kind.readings) >= 3  # type: ignore[attr-defined]
