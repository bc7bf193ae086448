"""Layers of the design: import downward only, siblings never import each other."""

import sys
from pathlib import Path

import pytest

from tests.house.tree import imports_of, module_of, python_files, top_level_imports, tree_of

LAYERS = (
    {"core"},
    {"readers", "coders", "indicators", "instruments", "positions"},
    {"study"},
    {"models", "theory"},
    {"release"},
    {"reports"},
    {"runs", "examples"},
    {"cli", "workbench", "__init__", "__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

PARTS = ("readers", "coders", "indicators", "instruments", "positions")
"""Packages in which a module is a part, found by scanning."""

EXCEPTIONS = {
    ("evenhand.indicators.timed", "evenhand.indicators.cut_off"): (
        "overlap_support is what cut_off leaves over, so it takes cut_off's own expression"
    ),
    ("evenhand.__main__", "evenhand.cli"): "`python -m evenhand` is the command line",
    ("evenhand.cli._app", "evenhand.__init__"): "the version is said in one place",
}
"""Imports against the rule, each with its reason."""

LIBRARIES = {
    "polars",
    "numpy",
    "scipy",
    "sklearn",
    "typer",
    "rich",
    "jinja2",
    "markupsafe",
    "skops",
    "defusedxml",
    "distributed",
    "pyspark",
}
"""What the core may import besides Python's own library."""

HEAVY = {"polars", "numpy", "scipy", "sklearn", "skops", "jinja2", "rich", "distributed", "pyspark"}

FILES = python_files("src")


def layer(module: str) -> str:
    """``core`` for ``evenhand.core.turns``; ``__init__`` for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def ours(path: Path) -> list[tuple[str, str]]:
    """What a file imports from Evenhand: (its module, the other), a name's module for a name."""
    here = module_of(path)
    known = {module_of(p) for p in FILES}
    found = {m for m in imports_of(tree_of(path)) if m.split(".")[0] == "evenhand"}
    return [(here, m) for m in sorted(found & known - {"evenhand"}) if m != here]


ALL_IMPORTS = [pair for path in FILES for pair in ours(path)]


def test_every_package_has_a_layer() -> None:
    assert {layer(module_of(path)) for path in FILES} <= set(LEVEL)


def test_imports_run_downward_only() -> None:
    upward = [
        (here, there)
        for here, there in ALL_IMPORTS
        if LEVEL[layer(there)] > LEVEL[layer(here)] and (here, there) not in EXCEPTIONS
    ]
    assert upward == []


def test_siblings_never_import_each_other() -> None:
    sideways = [
        (here, there)
        for here, there in ALL_IMPORTS
        if layer(here) != layer(there)
        and LEVEL[layer(here)] == LEVEL[layer(there)]
        and (here, there) not in EXCEPTIONS
        and layer(here) != "__init__"
    ]
    assert sideways == []


def is_part(module: str) -> bool:
    parts = module.split(".")
    return len(parts) == 3 and parts[1] in PARTS and not parts[2].startswith("_")


def test_a_part_imports_no_other_part_of_its_kind() -> None:
    tied = [
        (here, there)
        for here, there in ALL_IMPORTS
        if is_part(here) and is_part(there) and (here, there) not in EXCEPTIONS
    ]
    assert tied == []


def loads(path: Path) -> set[str]:
    """Our modules that a file loads with itself; ``from package import module`` is the module."""
    known = {module_of(p) for p in FILES}
    found = set(top_level_imports(tree_of(path))) & known
    return {m for m in found if not any(other.startswith(f"{m}.") for other in found)}


def test_no_modules_import_each_other_in_a_ring() -> None:
    below = {module_of(path): loads(path) for path in FILES}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way, module))
        if module not in done:
            for other in below[module]:
                visit(other, (*way, module))
            done.add(module)

    for module in below:
        visit(module, ())


def test_exceptions_are_still_needed() -> None:
    loaded = {(module_of(p), m) for p in FILES for m in imports_of(tree_of(p))}
    loaded |= {(a, f"{b}.__init__") for a, b in loaded if b == "evenhand"}
    assert set(EXCEPTIONS) <= loaded | set(ALL_IMPORTS)
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


def test_only_known_libraries_are_imported() -> None:
    known = LIBRARIES | set(sys.stdlib_module_names) | {"evenhand"}
    found = {(module_of(p), m.split(".")[0]) for p in FILES for m in imports_of(tree_of(p))}
    assert [pair for pair in sorted(found) if pair[1] not in known] == []


DOORS = [path for path in FILES if layer(module_of(path)) in ("cli", "__init__")]


@pytest.mark.parametrize("path", DOORS, ids=module_of)
def test_no_heavy_library_is_loaded_at_the_doors(path: Path) -> None:
    assert {m.split(".")[0] for m in top_level_imports(tree_of(path))} & HEAVY == set()
