"""What a study would read from turns coded by rules, where roles are therapist and client."""

import polars as pl

from evenhand.coders.rules import CODER
from evenhand.core.contracts import Indicator
from evenhand.core.discovery import discover
from evenhand.core.features import build_features
from evenhand.study.amounts import amounts_by_turn, amounts_of, session_facts, wanted_columns
from evenhand.study.readings import read_amounts

INDICATORS: dict[str, Indicator] = discover("indicator")
OPTIONS = {"overlap_or_dash": True, "court_titles": False}


def read(turns: pl.DataFrame) -> pl.DataFrame:
    """All readings of these turns."""
    wanted = wanted_columns(INDICATORS.values())
    features = build_features(turns, CODER.code(turns), wanted, {})
    by_turn = amounts_by_turn(features, INDICATORS.values())
    frames = (amounts_of(features, INDICATORS, by_turn), session_facts(features))
    named = [f.join(features.sessions, on="session").drop("session") for f in frames]
    return read_amounts(*named, INDICATORS, OPTIONS)
