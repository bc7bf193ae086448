"""What every instrument promises, over all that are found."""

import re
from importlib.resources import files

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.instruments import (
    Instrument,
    Item,
    all_instruments,
    example_problems,
    find_instrument,
    score_ratings,
)
from tests.instruments.oracle import Answer, rows_of, scored, table, worth

INSTRUMENTS = all_instruments()
KEYED = {key: one for key, one in INSTRUMENTS.items() if one.items}
every_instrument = pytest.mark.parametrize("one", INSTRUMENTS.values(), ids=INSTRUMENTS)
every_keyed = pytest.mark.parametrize("one", KEYED.values(), ids=KEYED)

KEY_NOT_READ = {"mco", "rmcs"}
"""Instruments whose items are not known to us: their scores pass as they are given."""


def scores_of(one: Instrument, answers: list[Answer], rater: str | None = None) -> dict[str, dict]:
    frame = score_ratings(table(rows_of(one, answers, rater=rater)))
    assert set(frame["instrument"]) == {one.name}
    return {row["scale"]: row for row in frame.to_dicts()}


def answers_to(item: Item) -> list[Answer]:
    """Every answer that an item takes."""
    if item.kind == "open":
        return ["something in their own words"]
    if item.kind == "choice":
        return list(item.choices)
    steps = round((item.high - item.low) / item.step)
    return [round(item.low + n * item.step, 6) for n in range(steps + 1)]


def some_answers(one: Instrument) -> st.SearchStrategy[list[Answer]]:
    reasons = ["declined", "not asked", "unknown"]
    mostly = [st.sampled_from(answers_to(item)) for item in one.items]
    rarely = [st.sampled_from([*answers_to(item)[:6], *reasons]) for item in one.items]
    return st.tuples(*mostly).map(list) | st.tuples(*rarely).map(list)


def test_all_instruments_of_the_plan_are_there() -> None:
    names = (
        "PHQ-9 GAD-7 CORE-10 CORE-OM WAI-SR WAI-S ORS SRS OQ-45 HAq-II ARM-5 CHS MCO RMCS SEQ "
        "MSPSS C-NIP"
    ).split()
    assert all(find_instrument(name).name == name for name in names)
    assert find_instrument("MacArthur ladder").key == "macarthur-ladder"
    assert {find_instrument("check-in", rater).key for rater in ("client", "therapist")} == {
        "check-in-client",
        "check-in-therapist",
    }


@every_keyed
def test_the_worked_examples_come_out(one: Instrument) -> None:
    assert one.examples
    for example in one.examples:
        found = scores_of(one, list(example.answers), example.rater)
        assert set(found) == set(example.scores)
        for scale, expected in example.scores.items():
            if isinstance(expected, str):
                assert (found[scale]["score"], found[scale]["status"]) == (None, expected)
            else:
                assert found[scale]["score"] == pytest.approx(expected)


@every_keyed
@pytest.mark.parametrize("end", ["low", "high"])
def test_extreme_answers_hit_the_declared_range(one: Instrument, end: str) -> None:
    pick = min if end == "low" else max
    answers = [
        pick(
            (a for a in answers_to(item) if worth(one, item, a) is not None),
            key=lambda a, item=item: worth(one, item, a),
            default=answers_to(item)[0],
        )
        for item in one.items
    ]
    found = scores_of(one, answers)
    for scale in one.scales:
        assert found[scale.key]["score"] == pytest.approx(getattr(scale, end), abs=1e-9)


@every_keyed
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_scores_equal_a_plain_loop(one: Instrument, data: st.DataObject) -> None:
    forms = data.draw(st.lists(some_answers(one), min_size=1, max_size=10))
    rows = [row for n, form in enumerate(forms) for row in rows_of(one, form, f"s{n}")]
    found = {(r["session_id"], r["scale"]): r for r in score_ratings(table(rows)).to_dicts()}
    assert len(found) == len(forms) * len(one.scales)
    for n, form in enumerate(forms):
        for scale in one.scales:
            score, missing, status = scored(one, scale, form)
            row = found[f"s{n}", scale.key]
            assert (row["score"] is None) == (score is None)
            assert row["score"] is None or row["score"] == pytest.approx(score)
            assert (row["items_missing"], row["status"]) == (missing, status)
            assert row["declined_n"] + row["not_asked_n"] + row["unknown_n"] == missing


@every_instrument
def test_what_is_said_of_scores_lies_within_their_range(one: Instrument) -> None:
    for cutoff in one.cutoffs:
        scale = one.scale(cutoff.scale)
        assert scale.low is not None
        assert scale.high is not None
        assert scale.low < cutoff.at <= scale.high
    for change in one.changes:
        scale = one.scale(change.scale)
        assert scale.low is not None
        assert scale.high is not None
        assert change.points < scale.high - scale.low


@every_instrument
def test_what_was_not_read_is_said(one: Instrument) -> None:
    unread = [c for c in (*one.cutoffs, *one.changes) if not c.verified]
    strict = [s for s in one.scales if not s.missing_verified]
    assert bool(one.unverified) >= bool(unread or strict)
    for figure in unread:
        number = getattr(figure, "points", None) or getattr(figure, "at", None)
        assert any(re.search(rf"\b{number:g}\b", note) for note in one.unverified)
    assert all("remembered" in figure.source for figure in unread)
    assert not any("remembered" in c.source for c in (*one.cutoffs, *one.changes) if c.verified)


@every_instrument
def test_only_our_own_wording_is_here(one: Instrument) -> None:
    ours = one.source.startswith("Evenhand")
    assert ours == any(item.text for item in one.items)
    assert ours == (not one.validated)


@every_instrument
def test_an_instrument_without_items_says_that_its_key_was_not_read(one: Instrument) -> None:
    assert (one.key in KEY_NOT_READ) == (not one.items)
    if not one.items:
        assert all(scale.low is None for scale in one.scales)
        assert any("range" in note for note in one.unverified)


@every_instrument
def test_codes_of_loinc_bear_their_check_digit(one: Instrument) -> None:
    codes = [one.loinc, *(s.loinc for s in one.scales), *(i.loinc for i in one.items)]
    for code in filter(None, codes):
        digits, check = code.split("-")
        doubled = "".join(str(int(d) * (1 + n % 2)) for n, d in enumerate(digits[::-1], 1))
        assert (10 - sum(map(int, doubled)) % 10) % 10 == int(check), code


@every_instrument
def test_a_file_is_named_for_its_instrument(one: Instrument) -> None:
    stem = "haq_ii" if one.key == "helping-alliance-ii" else one.key.replace("-", "_")
    assert one.file == f"{stem}.toml"
    assert one.title[0].isupper()
    assert not one.title.endswith(".")


@every_instrument
def test_no_two_scales_share_a_name(one: Instrument) -> None:
    names = [n.lower() for scale in one.scales for n in (scale.key, *scale.aliases)]
    assert len(set(names)) == len(names)


@every_instrument
def test_every_name_of_an_instrument_finds_it(one: Instrument) -> None:
    for name in (one.key, one.name, *one.aliases):
        assert find_instrument(name, one.raters[0]) is one
    assert not {"HAQ-II", "haq-ii", "haq_ii"} & {one.key, one.name, *one.aliases}


def test_no_file_holds_a_download_address() -> None:
    for path in files("evenhand.instruments").iterdir():
        if path.name.endswith(".toml"):
            assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_scoring_many_sessions_is_scoring_each() -> None:
    rows, alone = [], []
    for one in KEYED.values():
        for n, example in enumerate(one.examples):
            part = rows_of(one, list(example.answers), f"{one.key} {n}", example.rater)
            rows += part
            alone.append(score_ratings(table(part)))
    together = score_ratings(table(rows))
    by = ["session_id", "rater", "instrument", "scale"]
    assert together.sort(by).equals(pl.concat(alone).sort(by))
    assert together.select(by).is_unique().all()


@every_instrument
def test_the_worked_examples_come_out_for_a_user_too(one: Instrument) -> None:
    assert example_problems(one) == []
