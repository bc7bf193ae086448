"""A study's own instrument: what its file must hold, and how a mistake in it is named."""

from pathlib import Path

import polars as pl
import pytest

from evenhand.core.errors import EvenhandError
from evenhand.instruments import (
    example_problems,
    load_instrument,
    own_instruments,
    score_ratings,
)
from tests.instruments.oracle import rows_of, table

OWN = """
key = "hope"
name = "Hope"
title = "How much hope there is"
version = "1"
about = "outcome"
source = "The study's own"
licence = "The study's own"
show = "yes"

[items]
count = 3
low = 1
high = 5
reversed = [2]
texts = ["I see a way on.", "I see none.", "Tomorrow will do."]

[[scales]]
key = "total"
items = "all"
scoring = "sum"
range = [3, 15]
direction = "higher is better"
missing = { allowed = 1, source = "the study's plan", verified = true }

[[example]]
answers = [4, 2, 5]
scores = { total = 13 }
"""


def written(folder: Path, text: str, name: str = "hope.toml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_study_brings_its_own_instrument_with_its_texts(tmp_path: Path) -> None:
    written(tmp_path / "instruments", OWN)
    own = own_instruments(tmp_path)
    assert [one.name for one in own] == ["Hope"]
    assert own[0].item("2").text == "I see none."
    scores = score_ratings(table(rows_of(own[0], [4, 2, 5])), own=own)
    assert scores.select("instrument", "score").rows() == [("Hope", 13.0)]


def test_a_sum_with_a_missing_item_is_filled_up_with_the_mean(tmp_path: Path) -> None:
    one = load_instrument(written(tmp_path, OWN))
    scores = score_ratings(table(rows_of(one, [4, 1, "declined"])), own=[one])
    assert scores.row(0, named=True)["score"] == pytest.approx(3 * (4 + 5) / 2)
    assert scores["items_missing"].item() == 1


def test_a_study_without_instruments_has_none(tmp_path: Path) -> None:
    assert own_instruments(tmp_path) == ()


def test_a_studys_own_key_takes_the_place_of_ours(tmp_path: Path) -> None:
    text = OWN.replace('"hope"', '"mco"').replace('"Hope"', '"MCO"')
    one = load_instrument(written(tmp_path, text))
    scores = score_ratings(table(rows_of(one, [1, 5, 1])), own=[one])
    assert scores.select("instrument", "scale", "score").rows() == [("MCO", "total", 3.0)]


def test_a_worked_example_that_does_not_come_out_is_named(tmp_path: Path) -> None:
    assert example_problems(load_instrument(written(tmp_path, OWN))) == []
    wrong = load_instrument(written(tmp_path, OWN.replace("total = 13", "total = 12")))
    (problem,) = example_problems(wrong)
    assert problem.where == "hope.toml, example 1.scores.total"
    outside = load_instrument(written(tmp_path, OWN.replace("[4, 2, 5]", "[4, 2, 9]")))
    assert "outside 1 to 5" in str(example_problems(outside)[0])


def test_two_instruments_with_one_name_are_refused(tmp_path: Path) -> None:
    one = load_instrument(written(tmp_path, OWN.replace('"Hope"', '"PHQ-9"')))
    frame = pl.DataFrame(
        {"session_id": ["s"], "rater": ["client"], "instrument": ["PHQ-9"], "item": ["1"]}
        | {"value": ["1"]}
    )
    with pytest.raises(EvenhandError) as caught:
        score_ratings(frame, own=[one])
    assert "share the name" in caught.value.what
    assert {"hope.toml", "phq_9.toml"} == set(caught.value.where.split(" and "))


def test_two_instruments_with_one_key_are_refused(tmp_path: Path) -> None:
    first = load_instrument(written(tmp_path, OWN))
    second = load_instrument(written(tmp_path, OWN.replace('"Hope"', '"Other"'), "other.toml"))
    with pytest.raises(EvenhandError, match="share the key hope"):
        score_ratings(table(rows_of(first, [4, 2, 5])), own=[first, second])


BROKEN = {
    "no key": ('key = "hope"\n', "", "hope.toml, key", "key is missing"),
    "a misspelt key": ("direction =", "diretcion =", "scales 1.direction", "is missing"),
    "a key that is not read": ('show = "yes"', 'show = "yes"\nshown = 1', "shown", "no key"),
    "a number in quotes": ("low = 1", 'low = "1"', "items.low", "must be a number"),
    "no number": ("low = 1", "low = nan", "items.low", "must be a number"),
    "a range that is none": ("high = 5", "high = 0", "items.high", "number of steps"),
    "too many items": ("count = 3", "count = 100000", "items.count", "1 to 1000"),
    "half an item": ("count = 3", "count = 2.5", "items.count", "whole number"),
    "a strange item": ("reversed = [2]", "reversed = [4]", "items.reversed", "no item 4"),
    "an item twice": ("reversed = [2]", "reversed = [2, 2]", "items.reversed", "twice"),
    "a wrong range": ("[3, 15]", "[0, 15]", "scales 1.range", "give 3 to 15"),
    "a range in words": ("[3, 15]", '"3-15"', "scales 1.range", "lowest and highest"),
    "an unknown way": ('"sum"', '"median"', "scales 1.scoring", "none of"),
    "all may be missing": ("allowed = 1", "allowed = 3", "scales 1.missing", "All items"),
    "a flag in words": ("verified = true", 'verified = "yes"', "missing.verified", "true or"),
    "an unknown rater": ('version = "1"', 'version = "1"\nraters = ["mum"]', "raters", "client"),
    "a short example": ("[4, 2, 5]", "[4, 2]", "example 1.answers", "one answer an item"),
    "no expected score": ("{ total = 13 }", "{}", "example 1.scores", "every scale"),
    "no scale": ("[[scales]]", "[[scale]]", "hope.toml, scales", "no score"),
    "a text without quotes": ('title = "', "title = ", "hope.toml, line 4", "as TOML"),
    "a blank": ('"How much hope there is"', '" "', "title", "words in quotes"),
}


@pytest.mark.parametrize(("old", "new", "where", "what"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_names_its_key_and_a_remedy(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    assert old in OWN
    path = written(tmp_path, OWN.replace(old, new, 1))
    with pytest.raises(EvenhandError) as caught:
        load_instrument(path)
    assert where in caught.value.where
    assert what in caught.value.what
    assert caught.value.remedy.endswith((".", "?", "…"))
    assert str(tmp_path) not in str(caught.value)


def test_a_misspelt_key_is_told_its_neighbour(tmp_path: Path) -> None:
    path = written(tmp_path, OWN.replace("licence =", 'loinc = "1-8"\nlicenses = "x"\nlicence ='))
    with pytest.raises(EvenhandError, match="Did you mean licence"):
        load_instrument(path)


WORDED = """
key = "day"
name = "Day"
title = "How the day was"
version = "1"
about = "session"
source = "The study's own"
licence = "The study's own"
show = "yes"

[answers.size]
scored = { "Small" = 0, "Large" = 1 }

[[item]]
key = "1"
text = "How large?"
answers = "size"
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('answers = "size"', 'answers = "sizes"', "answers is none of: size"),
        ('scored = { "Small" = 0, "Large" = 1 }', "", "no answers"),
        ('"Large" = 1', '"Large" = "1"', "must be a number"),
        ('text = "How', 'txt = 1\ntext = "How', "no key that is read"),
        ("[[item]]", '[[item]]\nkey = "1"\nanswers = "size"\n[[item]]', "Two items"),
        ("[[item]]", "[items]\ncount = 1\nlow = 0\nhigh = 1\n[[item]]", "Both"),
    ],
)
def test_broken_answers_in_words_are_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert load_instrument(written(tmp_path, WORDED)).scale("1").high == 1
    with pytest.raises(EvenhandError) as caught:
        load_instrument(written(tmp_path, WORDED.replace(old, new, 1)))
    assert what in caught.value.what
