"""Speech recognition errs more for some speakers than for others (Koenecke et al. 2020).

The code book's fifth fairness test: one role's words are corrupted by 10, 20 and 35 %, and the
drift of what is counted is reported (`pytest -s`). The bounds are what was measured, rounded out:
a rule that becomes more brittle than it was fails here.
"""

import re

import numpy as np
import polars as pl
import pytest

from evenhand.coders.rules import CODER
from tests.indicators.shared import annomi

SEED = 20_260_101
SHARES = (0.10, 0.20, 0.35)
GROUPS = {
    "question": ("question_open", "question_closed"),
    "told or advised": ("directive", "advice", "information"),
    "reflection": ("reflection",),
    "hedge": ("hedge",),
    "acknowledgement": ("acknowledgement",),
    "courtesy": ("thanks", "sorry", "permission"),
}


def corrupt(text: str, share: float, words: list[str], rng: np.random.Generator) -> str:
    """A share of the words misheard: half as another word, three tenths lost, the rest doubled up.

    Marks stay, so that only words err.
    """

    def heard(word: re.Match[str]) -> str:
        if rng.random() >= share:
            return word[0]
        kind, other = rng.random(), words[rng.integers(len(words))]
        return other if kind < 0.5 else "" if kind < 0.8 else f"{word[0]} {other}"

    return re.sub(r"[\w']+", heard, text)


def per_word(turns: pl.DataFrame, role: str) -> dict[str, float]:
    """Turns with a code of each group, a thousand words of the role."""
    mine = turns.filter(role=role)
    words = mine["text"].str.count_matches(r"[\w']+").sum()
    coded = CODER.code(turns).join(mine.select("session_id", "turn"), on=["session_id", "turn"])
    n = {
        group: coded.filter(pl.col("code").is_in(codes)).select("session_id", "turn").n_unique()
        for group, codes in GROUPS.items()
    }
    return {group: 1000 * hits / words for group, hits in n.items()}


def drift(role: str) -> dict[float, dict[str, float]]:
    """Each share of misheard words to each group's rate against that of the clean text."""
    turns = annomi()
    rng = np.random.default_rng(SEED)
    spoken = re.findall(r"[\w']+", " ".join(turns.filter(role=role)["text"].to_list()))
    clean = per_word(turns, role)
    found = {}
    for share in SHARES:
        texts = [
            corrupt(text, share, spoken, rng) if who == role else text
            for who, text in turns.select("role", "text").rows()
        ]
        rates = per_word(turns.with_columns(text=pl.Series(texts)), role)
        found[share] = {g: rates[g] / clean[g] for g in GROUPS if clean[g] > 0.5}
    return found


def show(role: str, found: dict[float, dict[str, float]]) -> None:
    print(f"\n{role}'s words misheard: rate against that of the clean text")
    for group in found[SHARES[0]]:
        print(f"  {group:<16}", *(f"{share:.0%}: {found[share][group]:.2f}" for share in SHARES))


LEAST = {0.10: 0.80, 0.20: 0.70, 0.35: 0.40}
"""Lowest ratio of any group; measured .84, .74, .43 (what is told or advised: long phrases)."""

MOST = 1.20
"""Measured 1.17: a question's mark outlives its words, while words are lost."""


@pytest.mark.shared
@pytest.mark.parametrize("role", ["therapist", "client"])
def test_misheard_words_lower_the_counts_no_more_than_was_measured(role: str) -> None:
    found = drift(role)
    show(role, found)
    for share, rates in found.items():
        for group, rate in rates.items():
            assert LEAST[share] <= rate <= MOST, (share, group)
