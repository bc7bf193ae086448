"""Exchanges to code, and what was found in their last turn."""

import polars as pl

from evenhand.coders.rules import CODER
from evenhand.core.example import exchange, turns_of

OPENING = tuple(pair for n in "abc" for pair in (("therapist", f"({n})"), ("client", f"({n})")))
"""Six turns that say nothing, since some codes leave out a session's greetings."""


def coded(*said: tuple[str, str]) -> pl.DataFrame:
    """Hits in an exchange, with the words of each."""
    turns = turns_of(exchange(*said))
    hits = CODER.code(turns).join(turns.select("turn", "text"), on="turn")
    return hits.with_columns(
        words=pl.col("text").str.slice(
            pl.col("start_char"), pl.col("end_char") - pl.col("start_char")
        )
    )


def last_codes(*said: tuple[str, str]) -> set[str]:
    """Codes of the last turn of an exchange."""
    return set(coded(*said).filter(pl.col("turn") == len(said))["code"])


def codes_of_each(exchanges: list[tuple[tuple[str, str], ...]]) -> list[set[str]]:
    """Codes of the last turn of each of many exchanges, coded together."""
    rows = [
        turn | {"session_id": f"{n:06d}"}
        for n, said in enumerate(exchanges)
        for turn in exchange(*said)
    ]
    last = {f"{n:06d}": len(said) for n, said in enumerate(exchanges)}
    found: dict[str, set[str]] = {name: set() for name in last}
    for name, turn, code in CODER.code(turns_of(rows)).select("session_id", "turn", "code").rows():
        if turn == last[name]:
            found[name].add(code)
    return list(found.values())
