"""The theory's parameters: read from TOML, checked, changed by name."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from evenhand.core.errors import EvenhandError, Exit

Kind = Literal["fitted", "judged", "known", "society"]
SHIPPED = "theory.toml"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a parameter is: its unit, what is let in, where its value is from.

    ``start`` is where a calibration begins to look.
    """

    name: str
    value: float
    low: float
    high: float
    unit: str
    kind: Kind
    source: str
    means: str
    start: float


class Theory(Mapping[str, float]):
    """Values of all parameters, by name: ``theory["v_P"]`` or ``theory.v_P``."""

    def __init__(self, values: Mapping[str, float]) -> None:
        """Take the values as they are: `shipped_theory` and `load_theory` check them."""
        self.__dict__.update(values)

    def __getitem__(self, name: str) -> float:
        """The value of a parameter."""
        return float(self.__dict__[name])

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of theory.toml."""
        return iter(self.__dict__)

    def __len__(self) -> int:
        """How many parameters there are."""
        return len(self.__dict__)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> float:
            """``theory.v_P`` for ``theory["v_P"]``."""

    def with_(self, values: Mapping[str, float], where: str = "--set") -> Theory:
        """A theory with some values changed.

        Raises:
            EvenhandError: an unknown name or a value out of its range; all are listed at once.
        """
        wrong = [fault for name, value in values.items() if (fault := _fault(name, value))]
        if wrong:
            raise EvenhandError(
                " ".join(wrong),
                where,
                "docs/theory.md lists every name with its unit and range.",
                Exit.USAGE if where == "--set" else Exit.INPUT,
            )
        return Theory({**self, **{n: float(v) for n, v in values.items()}})


def _fault(name: str, value: object) -> str:
    """What is wrong with a value, or nothing."""
    spec = specs().get(name)
    if spec is None:
        alike = [n for n in specs() if n.lower() == name.lower()]
        near = alike or get_close_matches(name, specs(), 2, 0.5)
        hint = f" (near: {', '.join(near)})" if near else ""
        return f"There is no parameter {name!r}{hint}."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"{name} is not a number."
    if not spec.low <= value <= spec.high:
        return f"{name} is {value:g}, and must lie in {spec.low:g} … {spec.high:g} ({spec.unit})."
    return ""


@cache
def specs() -> Mapping[str, Spec]:
    """Every parameter of the shipped theory.toml, by name."""
    text = (files("evenhand.theory") / SHIPPED).read_text(encoding="utf-8")
    return {n: _spec(n, row) for n, row in tomllib.loads(text)["parameters"].items()}


def _spec(name: str, row: Mapping[str, Any]) -> Spec:
    low, high = row["range"]
    words = (row["unit"], cast("Kind", row["kind"]), row["source"], row["means"])
    start = float(row.get("start", row["value"]))
    return Spec(name, float(row["value"]), float(low), float(high), *words, start)


def shipped_theory() -> Theory:
    """The theory as calibrated to England's figures."""
    return Theory({name: spec.value for name, spec in specs().items()})


@cache
def worlds() -> Mapping[str, Mapping[str, Any]]:
    """Worlds of worlds.toml by name: title, why, and the parameters that differ."""
    text = (files("evenhand.theory") / "worlds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def load_theory(path: Path) -> Theory:
    """A world by name, or a TOML whose ``[parameters]`` changes some of the shipped ones.

    Args:
        path: a name of `worlds`; or a file with ``name = value``, or a table with ``value`` as
            in the shipped file, a parameter.

    Raises:
        EvenhandError: the file cannot be read, or names or values are wrong; all are listed.
    """
    if str(path) in worlds():
        return shipped_theory().with_(worlds()[str(path)]["parameters"], "worlds.toml")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        known = f"Look at its spelling, or name a world: {', '.join(worlds())}."
        raise EvenhandError("There is no such file.", str(path), known, Exit.USAGE) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        at = str(error).partition("(at ")[2].rstrip(")")
        raise EvenhandError(
            "The theory cannot be read as TOML.",
            f"{path.name}, {at}".rstrip(", "),
            "Mend that line: a parameter is written name = 0.5 under [parameters].",
        ) from None
    rows = data.get("parameters")
    if not isinstance(rows, dict):
        raise EvenhandError(
            "The theory has no [parameters].", path.name, "Write [parameters], then name = value."
        )
    given = {n: row.get("value") if isinstance(row, dict) else row for n, row in rows.items()}
    return shipped_theory().with_(cast("Mapping[str, float]", given), path.name)


def read_settings(words: list[str], option: str = "--set") -> dict[str, float]:
    """``name=value`` words, as ``--set`` has them.

    Raises:
        EvenhandError: a word is no ``name=number``.
    """
    found: dict[str, float] = {}
    for word in words:
        name, equals, text = word.partition("=")
        try:
            found[name.strip()] = float(text)
        except ValueError:
            equals = ""
        if not equals:
            raise EvenhandError(
                "A setting is not name=number.", option, f"Write {option} name=1.2.", Exit.USAGE
            )
    return found


def theory_toml(theory: Theory) -> str:
    """The shipped file with a theory's values in place of its own."""
    lines, name = [], ""
    for line in (files("evenhand.theory") / SHIPPED).read_text(encoding="utf-8").splitlines():
        if line.startswith("[parameters."):
            name = line.removeprefix("[parameters.").removesuffix("]")
        changed = line.startswith("value = ") and float(line[8:]) != theory[name]
        lines.append(f"value = {theory[name]!r}" if changed else line)
    return "\n".join(lines) + "\n"
