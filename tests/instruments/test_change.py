"""Reliable change follows from a spread and a reliability, or the file says that it cannot."""

from pathlib import Path

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Instrument, all_instruments, load_instrument, reliable_change
from tests.instruments.test_loading import OWN, written

CHANGING = {key: one for key, one in all_instruments().items() if one.changes}


def test_the_formula_is_that_of_jacobson_and_truax() -> None:
    # SD 10, reliability 0.75: SE = 5, SE of a difference = 7.0711, times 1.95996 = 13.8590
    assert reliable_change(10.0, 0.75) == pytest.approx(13.8590, abs=1e-4)
    # the same at 90 per cent: 7.0711 times 1.64485
    assert reliable_change(10.0, 0.75, 0.9) == pytest.approx(11.6309, abs=1e-4)
    assert reliable_change(10.0, 1.0 - 1e-12) == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("one", CHANGING.values(), ids=CHANGING)
def test_a_limit_is_worked_out_again_or_the_file_says_that_it_cannot(one: Instrument) -> None:
    for change in one.changes:
        if change.sd is None or change.reliability is None:
            assert any("cannot be worked out again" in note for note in one.unverified)
        else:
            exact = reliable_change(change.sd, change.reliability, change.confidence)
            assert -0.5 <= change.points - exact < 1.0
            assert not any("cannot be worked out again" in note for note in one.unverified)


def test_core_10s_limit_is_that_of_ninety_per_cent() -> None:
    assert [c.confidence for c in all_instruments()["core-10"].changes] == [0.9]


CHANGE = """
[[reliable_change]]
scale = "total"
points = {points}
source = "the study's pilot"
verified = true
sd = 2.5
reliability = {reliability}
"""


def test_a_limit_of_the_studys_own_must_follow_from_what_it_gives(tmp_path: Path) -> None:
    # 1.95996 · 2.5 · √2 · √0.2 = 3.0990: 3 rounds it, 4 rounds it up, 5 is something else
    for points in (3, 4):
        text = OWN + CHANGE.format(points=points, reliability=0.8)
        one = load_instrument(written(tmp_path, text))
        assert one.changes[0].points == points
    with pytest.raises(EvenhandError, match=r"give 3\.10") as caught:
        load_instrument(written(tmp_path, OWN + CHANGE.format(points=5, reliability=0.8)))
    assert "reliable_change 1.points" in caught.value.where
    with pytest.raises(EvenhandError, match="belong together"):
        load_instrument(written(tmp_path, OWN + CHANGE.format(points=3, reliability=1.0)))
