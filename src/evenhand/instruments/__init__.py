"""Instruments: a TOML file each, found by scanning. Scoring only; nobody else's wording."""

from evenhand.instruments._contract import (
    Cutoff,
    Instrument,
    Item,
    ReliableChange,
    Scale,
    Worked,
)
from evenhand.instruments._examples import example_problems, example_table
from evenhand.instruments._library import (
    all_instruments,
    find_instrument,
    instrument_files,
    own_instruments,
)
from evenhand.instruments._load import load_instrument
from evenhand.instruments._own import read_own
from evenhand.instruments._scoring import SCORES, rating_problems, score_ratings

__all__ = [
    "SCORES",
    "Cutoff",
    "Instrument",
    "Item",
    "ReliableChange",
    "Scale",
    "Worked",
    "all_instruments",
    "example_problems",
    "example_table",
    "find_instrument",
    "instrument_files",
    "load_instrument",
    "own_instruments",
    "rating_problems",
    "read_own",
    "score_ratings",
]
