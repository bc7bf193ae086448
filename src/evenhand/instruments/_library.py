"""All instruments, and how one is found by the name that a table gives it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from evenhand.core.errors import EvenhandError
from evenhand.instruments._contract import RATERS, Instrument
from evenhand.instruments._load import load_instrument
from evenhand.instruments._wording import FOLDER, is_wording

_NAME = re.compile(r"(?=.{1,40}$)[\w.()/+-]+(?: [\w.()/+-]+){0,3}")
"""What may be repeated in an error as a name: at most four words."""


@cache
def _bundled() -> tuple[Instrument, ...]:
    with as_file(files("evenhand.instruments")) as folder:
        return tuple(load_instrument(path) for path in sorted(folder.glob("*.toml")))


def all_instruments(own: Sequence[Instrument] = ()) -> dict[str, Instrument]:
    """Ours and a study's own, by key; a study's own takes the place of ours with the same key.

    Args:
        own: what `own_instruments` read.

    Raises:
        EvenhandError: two share a key, or a name for the same rater.
    """
    _no_twins(own, lambda one: (one.key,), "key")
    found = {one.key: one for one in _bundled()} | {one.key: one for one in own}
    _no_twins(found.values(), _names_by_rater, "name")
    return dict(sorted(found.items()))


def own_instruments(study: Path) -> tuple[Instrument, ...]:
    """What a study brings: each TOML in its folder ``instruments``.

    Raises:
        EvenhandError: a file is not as it should be, with its key and the remedy.
    """
    return tuple(load_own(path) for path in instrument_files(study))


def load_own(path: Path) -> Instrument:
    """One of a study's own instruments, called by its folder and file.

    Raises:
        EvenhandError: as `load_instrument`.
    """
    return load_instrument(path, f"{FOLDER}/{path.name}")


def instrument_files(study: Path) -> list[Path]:
    """The files of a study's own instruments; files of wording alone are none."""
    return [path for path in sorted((study / FOLDER).glob("*.toml")) if not is_wording(path)]


def find_instrument(
    name: str, rater: str | None = None, own: Sequence[Instrument] = ()
) -> Instrument:
    """The instrument that a table means.

    Spelling is lenient (``PHQ-9``, ``phq9``, ``phq_9``), except for names that mean something
    else elsewhere: ``HAQ-II`` is refused, ``HAq-II`` is found.

    Args:
        name: as the table has it.
        rater: client or therapist, where forms of one name differ by who fills them in.
        own: a study's own instruments.

    Raises:
        EvenhandError: there is none, the name is ambiguous, or the rater does not fill it in.
    """
    known = all_instruments(own)
    fitting = _fitting(name, known)
    if not fitting:
        near = get_close_matches(name, [one.name for one in known.values()], 1, 0.5)
        raise unknown_name(name, *near)
    if rater is not None:
        return _for_rater(name, rater, fitting)
    if len(fitting) > 1:
        raise EvenhandError(
            f"{name} has several forms: {', '.join(one.key for one in fitting)}.",
            "instrument",
            "Say who filled it in, or use the form's own name.",
        )
    return fitting[0]


def unknown_name(name: str, near: str = "") -> EvenhandError:
    """The error that there is no such instrument, with the nearest name where one is known."""
    hint = f"Did you mean {near}? Or" if near else "Mend the name, or"
    return EvenhandError(
        f"There is no instrument {called(name)}.",
        "instrument",
        f"{hint} put its TOML into the study's folder {FOLDER}.",
    )


def known_names(own: Sequence[Instrument]) -> Callable[[str], bool]:
    """Whether a name, in any spelling, is that of an instrument, or one that is refused."""
    known = all_instruments(own).values()
    plain = {_plain(name) for one in known for name in (*_names(one), *one.ambiguous)}
    return lambda name: _plain(name) in plain


def called(name: str) -> str:
    """``called NAME``, or no name where it may be somebody's words: a column may have shifted."""
    plain = " ".join(name.split())
    return f"called {plain}" if _NAME.fullmatch(plain) else "of that name"


def _fitting(name: str, known: Mapping[str, Instrument]) -> list[Instrument]:
    exact = [one for one in known.values() if name in _names(one)]
    if exact:
        return exact
    plain = _plain(name)
    for one in known.values():
        for other, reason in one.ambiguous.items():
            if _plain(other) == plain:
                raise EvenhandError(
                    f"{name} is ambiguous. {reason}",
                    "instrument",
                    f"Write {one.name} or {one.key}.",
                )
    return [one for one in known.values() if plain in map(_plain, _names(one))]


def _for_rater(name: str, rater: str, fitting: Sequence[Instrument]) -> Instrument:
    if rater not in RATERS:
        raise EvenhandError(
            "The rater is nobody that we know.", "rater", f"Write {' or '.join(RATERS)}."
        )
    for one in fitting:
        if rater in one.raters:
            return one
    raise EvenhandError(
        f"{name} is not filled in by the {rater}.",
        "rater",
        f"Its rater is the {' or '.join(fitting[0].raters)}: mend the rater or the instrument.",
    )


def _names(one: Instrument) -> tuple[str, ...]:
    return (one.key, one.name, *one.aliases)


def _names_by_rater(one: Instrument) -> Iterable[str]:
    return {f"{_plain(name)} of {rater}" for name in _names(one) for rater in one.raters}


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _no_twins(
    instruments: Iterable[Instrument], names: Callable[[Instrument], Iterable[str]], what: str
) -> None:
    seen: dict[str, str] = {}
    for one in instruments:
        for name in names(one):
            if name in seen:
                raise EvenhandError(
                    f"Two instruments share the {what} {name}.",
                    f"{seen[name]} and {one.file}",
                    "Give one of them another.",
                )
            seen[name] = one.file
