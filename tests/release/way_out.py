"""Reads code and names every way by which a figure of a group could pass release by.

Each function takes modules as {name: syntax tree} and returns sentences, one an offence; none is
good. The same functions are tried on made-up modules that offend.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache

from tests.house.tree import module_of, python_files, tree_of

Modules = Mapping[str, ast.Module]

SEALED = ("ReleasedTable", "ReleasedModel")
"""Types that only a release can make."""
RECORDS = {*SEALED, "MirrorRelease"}
"""What pages may take from `evenhand.release`, besides constants."""

BELOW_REPORTS = {"core", "positions", "instruments", "release", "reports"}
"""Layers that pages may import: none of them computes anything about several dyads."""

TOGETHER = frozenset(
    "group_by agg mean median std var quantile sum pivot describe value_counts n_unique "
    "nanmean nanmedian average percentile bincount corr cov unique_counts".split()
)
"""Methods that make one number of many rows."""
LIBRARIES = {"statistics", "sklearn", "lifelines", "statsmodels", "pandas", "duckdb"}
SCIPY = "scipy.special"
"""All that pages may take from SciPy: formulae for one reading."""
FIGURES = frozenset("frame effects shares strata clients therapists models small".split())
"""Fields of released figures: nobody replaces them afterwards."""

OF_DYADS = {"sessions", "ruptures", "not_on_track", "chances", "reasons"}
"""Tables of treatments that pages may be given: their rows speak of one dyad each."""

SINGLY = {
    "evenhand.reports.sections.study_opening": "says how many sessions and pairs there are",
    "evenhand.reports.sections.study_dyads": "draws each pair by itself",
    "evenhand.reports.sections.study_sessions": "lists each session by itself",
}
"""Sections of a study's page that are no figures of a group: each dyad stands alone."""
RELEASED_DATA = {"released", "not_released"}
"""What any other section of a study's page may read."""
ONE_BY_ONE = frozenset(
    "dyads meetings session sessions_of readings_of rows course_table course_of pair shown listed "
    "turns readings rates codes evidence pooled ratings scores course people sessions".split()
)
"""Where a view keeps what is known of single people."""

PAGES = {
    "evenhand.runs.telling": "report",
    "evenhand.runs._release_page": "released",
    "evenhand.runs._mirror_page": "mirror",
    "evenhand.runs._theory_page": "made up",
    "evenhand.runs._plan_page": "made up",
    "evenhand.runs._calibration_page": "made up",
    "evenhand.runs._experiments_page": "made up",
}
"""Modules above reports that make a page, and what its figures are."""
PICTURES = {
    "evenhand.runs._maihda_page": "marked as unreleased, in a file that is no page",
}
"""Modules above reports that draw what was not released, for the holder of the data alone."""
DRAWS = {"picture"}
MAKES_A_PAGE = {"page_html", "render_report", "part"}
OF_A_STUDY = ("evenhand.study.folder", "evenhand.study.work", "evenhand.runs.inputs")
"""Where real people come from: pages about made-up ones have no way there."""


@cache
def our_modules() -> Modules:
    """All of Evenhand's code."""
    return {module_of(path): tree_of(path) for path in python_files("src")}


def within(modules: Modules, package: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules of a package."""
    for name, tree in modules.items():
        if name == package or name.startswith(f"{package}."):
            yield name, tree


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Everything in a tree, walked once."""
    return tuple(ast.walk(tree))


@cache
def imported(tree: ast.AST) -> tuple[tuple[str, str], ...]:
    """(module, name) of each import; name is "" for a whole module."""
    return tuple(_imported(tree))


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in nodes(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def forged(modules: Modules) -> list[str]:
    """Code outside of release that makes, or could make, a released figure by hand."""
    found = []
    for name, tree in modules.items():
        if name.startswith("evenhand.release"):
            continue
        for module, what in imported(tree):
            if module.startswith("evenhand.release") and (what == "seal" or what.startswith("_")):
                found.append(f"{name} imports {what} of {module}")
        for node in nodes(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"_sealed", "_SEAL", "__setattr__"}:
                found.append(f"{name} touches {node.attr}")
            called = _called(node)
            if called in RECORDS or called == "__new__" or _replaces(node):
                found.append(f"{name} calls {called}")
    return found


def _replaces(node: ast.AST) -> bool:
    """Whether a call puts another figure into a record that is there."""
    if not isinstance(node, ast.Call) or _called(node) not in {"replace", "__replace__"}:
        return False
    return any(word.arg in FIGURES for word in node.keywords)


def _called(node: ast.AST) -> str:
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def computed(modules: Modules) -> list[str]:
    """Pages that import what computes, instead of what was released."""
    found = []
    for name, tree in within(modules, "evenhand.reports"):
        for module, what in imported(tree):
            parts = module.split(".")
            if parts[0] in LIBRARIES or (parts[0] == "scipy" and module != SCIPY):
                found.append(f"{name} imports {module}")
            if parts[0] != "evenhand":
                continue
            layer = parts[1] if len(parts) > 1 else what
            constant = what.isupper() and not what.startswith("_")
            if layer not in BELOW_REPORTS:
                found.append(f"{name} imports {module}")
            elif layer == "release" and not (what in RECORDS or constant):
                found.append(f"{name} imports {what} of {module}")
    return found


def summed(modules: Modules, allowed: Mapping[tuple[str, str], str]) -> list[str]:
    """Places in pages that make one number of many rows, but for those that are allowed.

    Args:
        modules: the code.
        allowed: (module, function) to the reason why it is no figure of a group.
    """
    found = []
    for name, tree in within(modules, "evenhand.reports"):
        for function in _functions(tree):
            for node in nodes(function):
                called = _called(node)
                is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if is_method and called in TOGETHER and (name, function.name) not in allowed:
                    found.append(f"{name}.{function.name} calls {called}")
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in nodes(tree) if isinstance(node, ast.FunctionDef))


def _page_of(tree: ast.Module) -> str:
    """The page that a section stands on, or ""."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _called(node.value) == "Section":
            assert isinstance(node.value, ast.Call)
            return str(ast.literal_eval(node.value.args[1]))
    return ""


def unreleased_sections(modules: Modules) -> list[str]:
    """Sections of a study's page that read anything about people besides what was released."""
    found = []
    for name, tree in within(modules, "evenhand.reports.sections"):
        if _page_of(tree) == "study" and name not in SINGLY:
            for node in nodes(tree):
                if not isinstance(node, ast.Attribute):
                    continue
                of_data = getattr(node.value, "attr", "") == "data"
                if of_data and node.attr not in RELEASED_DATA:
                    found.append(f"{name} reads data.{node.attr}")
                elif getattr(node.value, "id", "") == "view" and node.attr in ONE_BY_ONE:
                    found.append(f"{name} reads view.{node.attr}")
    return found


def unreleased_fields(modules: Modules) -> list[str]:
    """Fields by which a figure of a group could come to a page in any other type."""
    found = []
    for name, record, fields in (
        ("evenhand.reports.context", "ReportData", {"released": "Sequence[ReleasedTable]"}),
        ("evenhand.reports.mirror_view", "MirrorView", {"release": "MirrorRelease"}),
    ):
        told = _fields(modules[name], record)
        found += [f"{record}.{f} is no {kind}" for f, kind in fields.items() if told[f] != kind]
    words = {"str", "Sequence[str]", "Sequence[Refused]", "float | None", "MirrorRelease"}
    view = _fields(modules["evenhand.reports.mirror_view"], "MirrorView")
    found += [f"MirrorView.{f} is {kind}" for f, kind in view.items() if kind not in words]
    return found


def _fields(tree: ast.Module, record: str) -> dict[str, str]:
    """Field to annotation of a dataclass."""
    (body,) = (n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == record)
    return {
        node.target.id: ast.unparse(node.annotation)
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def tables_given(modules: Modules) -> list[str]:
    """Tables of several dyads together that pages take, or are given."""
    found = []
    places = (*within(modules, "evenhand.reports"), *within(modules, "evenhand.runs.telling"))
    for name, tree in places:
        for node in nodes(tree):
            if isinstance(node, ast.Call) and (table := _table(node)) and table not in OF_DYADS:
                found.append(f"{name} takes the table {table}")
            if isinstance(node, ast.Compare) and _compares_level(node):
                found.append(f"{name} takes readings pooled over the study")
    return found


def _compares_level(node: ast.Compare) -> bool:
    """Whether rows of the level of the whole study are asked for."""
    asked = any(_text(one) == "study" for one in node.comparators)
    return asked and "level" in ast.unparse(node.left)


def _table(call: ast.Call) -> str:
    """The table of treatments that a call asks for by its name, or ""."""
    called = _called(call)
    if called == "course_of":
        return _text(call.args[1])
    asked = called == "course_table" or (called == "get" and "tables" in ast.unparse(call.func))
    return _text(call.args[0]) if asked else ""


def _text(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def other_pages(modules: Modules) -> list[str]:
    """Modules above reports that make a page and of which nobody has said what it shows."""
    found = []
    for name, tree in modules.items():
        if name.split(".")[1:2] in (["runs"], ["cli"], ["workbench"], ["examples"]):
            names = {what for module, what in imported(tree) if ".reports" in module}
            if names & MAKES_A_PAGE and name not in PAGES:
                found.append(f"{name} makes a page and is not known")
    return found


def unreleased_pictures(modules: Modules) -> list[str]:
    """Who draws figures that no release has seen, unmarked, into pages, or unknown to us."""
    found = []
    for name, tree in modules.items():
        if name.startswith("evenhand.reports"):
            continue
        asked = {what for module, what in imported(tree) if module.startswith("evenhand.reports")}
        drawn = [node for node in nodes(tree) if _called(node) in DRAWS]
        if asked & DRAWS and name not in PICTURES:
            found.append(f"{name} draws what was not released")
        if name in PICTURES and asked & (MAKES_A_PAGE | {"Page", "blocks"}):
            found.append(f"{name} makes a page of what was not released")
        found += [f"{name} draws without a mark" for node in drawn if not _marked(node)]
        found += [
            f"{name} writes {_text(node)}"
            for node in nodes(tree)
            if name in PICTURES and isinstance(node, ast.Constant) and ".htm" in _text(node)
        ]
    return found


def _marked(node: ast.AST) -> bool:
    """Whether a call of `picture` has the words that say it was not released."""
    assert isinstance(node, ast.Call)
    marks = [word.value for word in node.keywords if word.arg == "mark"]
    return bool(marks) and getattr(marks[0], "id", "") == "UNRELEASED"


def ways_to_people(modules: Modules) -> list[str]:
    """Pages about made-up people from which a real study could be reached."""
    found = []
    for name, kind in PAGES.items():
        if kind == "made up" and name in modules:
            found += [f"{name} reaches {m}" for m in _reached(modules, name) & set(OF_A_STUDY)]
    return found


def _reached(modules: Modules, start: str) -> set[str]:
    """Every module of ours that a module imports, by itself or by others."""
    seen, left = set(), [start]
    while left:
        name = left.pop()
        if name in seen or name not in modules or name == "evenhand":
            continue
        seen.add(name)
        for module, what in imported(modules[name]):
            left += [module, f"{module}.{what}"]
    return seen


def released_page(modules: Modules) -> list[str]:
    """Figures that the page of a release takes in any other type than a released table."""
    tree = modules["evenhand.runs._release_page"]
    found = []
    for function in _functions(tree):
        for argument in function.args.args:
            kind = ast.unparse(argument.annotation) if argument.annotation else "anything"
            if "DataFrame" in kind or kind in {"anything", "Any", "object"}:
                found.append(f"_release_page.{function.name} takes {kind}")
    return found
