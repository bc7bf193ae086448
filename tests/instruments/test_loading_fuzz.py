"""Whatever stands in a file, it is read or refused with a place and a remedy."""

import copy
import datetime
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.core.errors import EvenhandError
from evenhand.instruments import Instrument, _load, load_instrument
from tests.instruments.test_loading import OWN, WORDED

LEAVES = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["all", "total", "1", "sum", 10**400, datetime.date(2026, 1, 1)])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a nested table."""
    found = [way] if way else []
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        found += places(inner, (*way, key))
    return found


def loaded(given_table: dict[str, Any]) -> Instrument | EvenhandError:
    """What a file with this table gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_load, "read_toml", lambda _, __: given_table)
        try:
            return load_instrument(Path("own.toml"))
        except EvenhandError as error:
            return error


@pytest.mark.parametrize("text", [OWN, WORDED], ids=["numbers", "words"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_at_any_place_is_read_or_refused(text: str, data: st.DataObject) -> None:
    table = copy.deepcopy(tomllib.loads(text))
    *way, last = data.draw(st.sampled_from(places(table)))
    holder = table
    for key in way:
        holder = holder[key]
    if data.draw(st.booleans()):
        holder[last] = data.draw(VALUES)
    else:
        del holder[last]
    one = loaded(table)
    if isinstance(one, EvenhandError):
        assert one.where.startswith("own.toml, ")
        assert one.remedy
        return
    assert one.scales
    assert all(scale.low is None or scale.low < scale.high for scale in one.scales)
