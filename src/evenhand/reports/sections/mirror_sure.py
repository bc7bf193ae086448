"""How sure: what was declared beforehand, how many comparisons, and negative controls."""

from __future__ import annotations

from evenhand.core.wording import listed
from evenhand.release.models import ReleasedModel
from evenhand.reports.blocks import Section, Words
from evenhand.reports.mirror_answers import told
from evenhand.reports.mirror_view import (
    MirrorView,
    axis_title,
    is_clear,
    none_or,
    outcome_title,
    plain_title,
    where_primary,
)
from evenhand.reports.numbers import in_words, plural, small
from evenhand.reports.page import part


def _primary(view: MirrorView) -> str:
    for one in view.shown("room"):
        if one.told["primary"]:
            name, axis = str(one.told["title"]).partition(":")[0], axis_title(one.told["axis"])
            ends = told(one.effects["mirror"], odds=True)
            return f"Declared beforehand as the one that counts: {name}, {small(axis)}: {ends}."
    for one in view.shown("treatment"):
        if where := where_primary(one):
            what = f"{outcome_title(one)}, {small(axis_title(str(one.told['axis'])))}"
            ends = told(one.effects[where], odds=one.told["family"] == "logit")
            return f"Declared beforehand as the one that counts: {what}, {where} caseloads: {ends}."
    return (
        "No single comparison was declared beforehand, so none counts more than the others. "
        "study.toml can declare one, before the next look."
    )


def _many(view: MirrorView) -> str:
    n = len(view.shown("room")) + len(view.shown("differs")) + len(view.shown("treatment"))
    return (
        f"{plural(n, 'comparison')} stand on this page. A gap is called real only where no more "
        "than one in twenty of those called so would be there by chance (Benjamini and Hochberg)."
    )


def _margin(view: MirrorView) -> str:
    margins = []
    if view.margin is not None:
        margins.append(f"±{view.margin:g} log rate ratio in the room")
    if view.treatment_margin is not None:
        margins.append(f"±{view.treatment_margin:g} SD of alliance or outcome within caseloads")
    if not margins:
        return (
            "“No difference” is claimed nowhere: study.toml declares no margin within which a "
            "difference would not matter."
        )
    return (
        f"“No difference” is said only where the whole 90 % interval lies within "
        f"{listed(margins)}, as declared beforehand."
    )


def _controls(view: MirrorView) -> list[str]:
    models = view.shown("control")
    traded = [one for one in models if one.told["traded"]]
    said = []
    if traded:
        clear = sum(is_clear(one.effects["control"]) for one in traded)
        said.append(
            f"With clients’ positions traded at random within caseloads, {none_or(clear)} of "
            f"{in_words(len(traded))} comparisons in the room stand out; chance alone gives about "
            "one in twenty."
        )
    before = [one for one in models if not one.told["traded"]]
    if before:
        said.append(_before(before))
    return said


def _before(models: list[ReleasedModel]) -> str:
    clear = [one for one in models if is_clear(one.effects["control"])]
    if not clear:
        return (
            f"Scores from before treatment differ clearly in none of {in_words(len(models))} "
            "comparisons: what differs afterwards is not simply who came."
        )
    each = [
        f"{plain_title(one.told)}, {small(axis_title(one.told['axis']))} "
        f"{told(one.effects['control'], odds=False)} SD"
        for one in clear
    ]
    return (
        f"Before treatment clients differ already: {listed(each)}. No room can have made that; "
        "first scores are taken out of the outcomes above."
    )


def build(view: MirrorView) -> list[Words]:
    """A list of what stands behind the word "real"."""
    if not view.release.models:
        return []
    lines = [_primary(view), _many(view), _margin(view), *_controls(view)]
    body = part("mirror_list.html", lines=lines)
    return [Words("sure", "How sure", "", "What stands behind the word “real” on this page.", body)]


SECTION = Section("mirror_sure", "mirror", 70, build)
