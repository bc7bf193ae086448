"""A code's page names its subtypes, its rules, and what was said before its examples."""

from evenhand.coders._phrasebook import phrasebook
from evenhand.runs.explain import explain


def test_titles_of_rank_and_of_address_are_named_apart() -> None:
    assert "**Subtypes.** `title.rank`, `title.address`." in explain("title")


def test_every_subtype_of_every_code_is_named_and_codes_without_have_no_such_line() -> None:
    for name, entry in phrasebook().items():
        kinds = {f"{name}.{rule.subtype}" for rule in entry.rules if rule.subtype}
        page = explain(name)
        assert all(f"`{kind}`" in page for kind in kinds)
        assert ("**Subtypes.**" in page) == bool(kinds)


def test_the_rule_on_tag_questions_stands_on_both_pages_of_questions() -> None:
    for name in ("question_open", "question_closed"):
        page = explain(name)
        assert "A tag question is none" in page
        assert "quoted" in page


def test_what_was_said_before_an_example_stands_beside_it() -> None:
    page = explain("disagreement")
    assert "(therapist: So it is not the money that keeps you up.) No, it's not the money." in page
    assert "the other's last turn leads in the positive" in page


def test_codes_that_leave_quoted_speech_out_say_so() -> None:
    assert "Never within quoted speech." in explain("directive")
    assert "Never within quoted speech." not in explain("position_named")
