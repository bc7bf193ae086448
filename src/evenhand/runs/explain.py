"""`evenhand explain`: definition, formula, source and worked example of any part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial

from evenhand.core.discovery import discover
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs._explain_codes import code_page, coder_page, known_codes
from evenhand.runs._explain_indicators import indicator_page
from evenhand.runs._explain_instruments import instrument_page, known_instruments
from evenhand.runs._explain_positions import (
    axis_page,
    known_axes,
    known_presets,
    known_systems,
    preset_page,
    system_page,
)
from evenhand.runs._explain_readers import reader_page
from evenhand.runs._explain_tables import known_tables, table_page


class Explanation(str):
    """A part's page in Markdown; a notebook shows it laid out."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


Pages = Mapping[str, Callable[[], str]]
"""Name of a part to what writes its page."""


def _of(names: Iterable[str], page: Callable[[str], str]) -> Pages:
    return {name: partial(page, name) for name in names}


def all_pages() -> dict[str, Pages]:
    """Every part that can be explained: kind, name, and what writes its page."""
    return {
        "indicator": _of(discover("indicator"), indicator_page),
        "code": _of(known_codes(), code_page),
        "reader": _of(discover("reader"), reader_page),
        "coder": _of(discover("coder"), coder_page),
        "instrument": _of(known_instruments(), instrument_page),
        "axis": _of(known_axes(), axis_page),
        "system": _of(known_systems(), system_page),
        "preset": _of(known_presets(), preset_page),
        "table": _of(known_tables(), table_page),
    }


def explain(name: str) -> Explanation:
    """Say what a part is, how it is computed, and work its example through.

    Args:
        name: of an indicator, code, reader, coder, instrument, axis of position, code system,
            ladder or table, as in the tables
            (``talk_share``, ``phq_9``), or the title that a page prints ("Talking time").

    Returns:
        Markdown; where an indicator and a code share a name, the pages of both.

    Raises:
        EvenhandError: nothing is called that; near names are given.
    """
    wanted = _plain(name)
    pages = all_pages()
    titles = {_plain(i.title): n for n, i in discover("indicator").items()}
    key = wanted if any(wanted in known for known in pages.values()) else titles.get(wanted)
    found = [known[key]() for known in pages.values() if key in known] if key else []
    if not found:
        raise _unknown(name, wanted, pages, titles)
    return Explanation("\n\n".join(found))


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _unknown(
    name: str, wanted: str, pages: Mapping[str, Pages], titles: Mapping[str, str]
) -> EvenhandError:
    names = sorted({n for known in pages.values() for n in known})
    near = [titles.get(n, n) for n in get_close_matches(wanted, [*names, *titles], n=6, cutoff=0.6)]
    parts = [n for n in names if set(wanted.split("_")) & set(n.split("_"))]
    likely = list(dict.fromkeys(near + parts))[:6]
    if likely:
        remedy = f"Near names: {', '.join(likely)}."
    else:
        kinds = "; ".join(f"{kind}s: {', '.join(list(p)[:4])} …" for kind, p in pages.items())
        remedy = f"Name a part. {kinds.capitalize()}"
    return EvenhandError(f"No part is called {name!r}.", "explain", remedy, Exit.USAGE)
