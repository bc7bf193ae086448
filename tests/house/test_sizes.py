"""Files stay under 400 lines and functions under 60, or say why."""

import ast
from pathlib import Path

from tests.house.tree import named, python_files, tree_of

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

LONG_FILES: dict[str, str] = {}
"""Files past the limit, each with its reason."""

MADE_UP = "a made-up study, written out as it stands: data, with nothing to follow"

LONG_FUNCTIONS: dict[tuple[str, str], str] = {
    ("tests/reports/made_up.py", "made_session"): MADE_UP,
    ("tests/reports/made_up.py", "made_data"): MADE_UP,
}
"""Functions past the limit, each with its reason."""

FILES = python_files("src", "tests", "tools")


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def long_functions(path: Path) -> list[tuple[str, str]]:
    return [
        (named(path), node.name)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]


def test_files_are_short() -> None:
    long = {named(p): lines_of(p) for p in FILES if lines_of(p) > LONGEST_FILE}
    assert {name: n for name, n in long.items() if name not in LONG_FILES} == {}


def test_functions_are_short() -> None:
    long = [pair for p in FILES for pair in long_functions(p)]
    assert [pair for pair in long if pair not in LONG_FUNCTIONS] == []


def test_every_exception_has_a_reason_and_is_still_needed() -> None:
    long = {named(p) for p in FILES if lines_of(p) > LONGEST_FILE}
    functions = {pair for p in FILES for pair in long_functions(p)}
    assert set(LONG_FILES) <= long
    assert set(LONG_FUNCTIONS) <= functions
    assert all(len(r) > 20 for r in (*LONG_FILES.values(), *LONG_FUNCTIONS.values()))
