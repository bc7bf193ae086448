"""Instruments: a TOML file each, found by scanning. Scoring only; nobody else's wording."""

from evenhand.instruments._canonical import CANONICAL, canonical_ratings
from evenhand.instruments._change import reliable_change
from evenhand.instruments._contract import (
    RATERS,
    STATUSES,
    Cutoff,
    Instrument,
    Item,
    ReliableChange,
    Reversal,
    Scale,
    Side,
    Worked,
    beyond,
)
from evenhand.instruments._examples import example_problems, example_table
from evenhand.instruments._library import (
    all_instruments,
    find_instrument,
    instrument_files,
    own_instruments,
)
from evenhand.instruments._load import instrument_from, load_instrument
from evenhand.instruments._mapping import Place, find_code, find_place
from evenhand.instruments._own import read_own
from evenhand.instruments._scoring import (
    SCORES,
    problems_in,
    rating_problems,
    score_parts,
    score_ratings,
)
from evenhand.instruments._wording import Texts, texts_of

__all__ = [
    "CANONICAL",
    "RATERS",
    "SCORES",
    "STATUSES",
    "Cutoff",
    "Instrument",
    "Item",
    "Place",
    "ReliableChange",
    "Reversal",
    "Scale",
    "Side",
    "Texts",
    "Worked",
    "all_instruments",
    "beyond",
    "canonical_ratings",
    "example_problems",
    "example_table",
    "find_code",
    "find_instrument",
    "find_place",
    "instrument_files",
    "instrument_from",
    "load_instrument",
    "own_instruments",
    "problems_in",
    "rating_problems",
    "read_own",
    "reliable_change",
    "score_parts",
    "score_ratings",
    "texts_of",
]
