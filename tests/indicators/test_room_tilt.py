"""Room tilt: a mean of tilts, its interval, and when there is none."""

import polars as pl
import pytest

from evenhand.indicators.room_tilt import combine_tilts


def readings(*rows: tuple[str, float, float, float, float]) -> pl.DataFrame:
    """Rows of one session: indicator, tilt, low, high, events of both roles together."""
    return pl.DataFrame(
        [
            {
                "session_id": "s",
                "indicator": name,
                "tilt": tilt,
                "tilt_low": low,
                "tilt_high": high,
                "k_therapist": events,
                "k_client": 0.0,
            }
            for name, tilt, low, high, events in rows
        ]
    )


def test_it_is_the_mean_of_its_parts_with_their_spread_added_in_squares() -> None:
    found = combine_tilts(
        readings(("cut_off", 0.6, 0.2, 0.9, 8.0), ("directives", 0.2, -0.1, 0.6, 9.0)), {}
    )
    assert found["tilt"][0] == pytest.approx(0.4)
    # √(.4² + .3²)/2 = .25 below; √(.3² + .4²)/2 = .25 above.
    assert found["tilt_low"][0] == pytest.approx(0.15)
    assert found["tilt_high"][0] == pytest.approx(0.65)
    assert found["absent"][0] is None


def test_a_part_with_four_events_does_not_count() -> None:
    found = combine_tilts(
        readings(("cut_off", 0.6, 0.2, 0.9, 8.0), ("directives", 0.2, -0.1, 0.6, 4.0)), {}
    )
    assert found["tilt"][0] is None
    assert "1 of 4 parts" in found["absent"][0]


@pytest.mark.parametrize(("titles", "part"), [(True, "deference"), (False, "yielding")])
def test_deference_is_a_part_in_court_and_yielding_elsewhere(titles: bool, part: str) -> None:
    rows = readings(
        ("cut_off", 0.5, 0.1, 0.9, 8.0),
        ("yielding", 0.1, -0.1, 0.3, 9.0),
        ("deference", 0.9, 0.7, 1.0, 9.0),
    )
    expected = {"deference": 0.7, "yielding": 0.3}[part]
    assert combine_tilts(rows, {"court_titles": titles})["tilt"][0] == pytest.approx(expected)


def test_talk_share_is_left_out_on_purpose() -> None:
    rows = readings(("cut_off", 0.5, 0.1, 0.9, 8.0), ("talk_share", 0.9, 0.8, 1.0, 500.0))
    assert combine_tilts(rows, {})["tilt"][0] is None
