"""The pages of codes, from the phrase book, and of coders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from evenhand.coders._phrasebook import Entry, Rule, phrasebook
from evenhand.core.contracts import Coder
from evenhand.core.discovery import discover
from evenhand.core.example import turns_of
from evenhand.runs._explain_layout import md_table, paragraphs, turns_shown

_TAGS = (
    "A tag question is none: neither a bare one (“okay?”, “you know?”) nor one behind a statement "
    "(“…, isn't it?”, “…, innit?”), which is told and not asked. Who uses tags follows gender and "
    "region, so they change no count of questions or directives."
)

MADE: Mapping[str, tuple[str, str]] = {
    "question_open": (
        "Asks, and leaves the shape of the answer to the other. Found by the question mark, by "
        "how the question begins, and by phrases that ask without a mark (“tell me about …”, said "
        "to the other). A question within quoted speech (“she said, what are you doing?”) is not "
        "the speaker's own. " + _TAGS,
        "MITI open question",
    ),
    "question_closed": (
        "Asks for a yes, a no, a figure or a fact; “from nought to ten” and “on a scale” ask for "
        "a figure, whatever word they begin with. Found as open questions are, own and not "
        "quoted. " + _TAGS,
        "MITI closed question",
    ),
    "deference": (
        "Any deference term: yielding words, permission asked, titles, thanks, apologies, “with "
        "respect”. The subtype says which; terms that overlap count once.",
        "Brown & Levinson 1987, negative politeness",
    ),
}
"""Codes that are made by rules of their own and have no phrase list: meaning, nearest code."""

_PHRASES = 24

_CONDITIONS: Mapping[str, str] = {
    "left_not": "not after certain words",
    "left_must": "only after certain words",
    "right_not": "not before certain words",
    "right_must": "only before certain words",
    "turn_not": "not in turns with certain words",
    "turn_must": "only in turns with certain words",
    "only": "only where the turn is made of such phrases",
}


def known_codes() -> list[str]:
    """All codes of the coders that are built in."""
    return sorted({c for coder in discover("coder").values() for c in coder.codes})


def code_page(name: str) -> str:
    """A code in Markdown: meaning, phrases, what is left out, examples that are tested."""
    entry = phrasebook().get(name)
    meaning, near = (entry.meaning, entry.near) if entry else MADE.get(name, ("", ""))
    coders = [c for c in discover("coder").values() if name in c.codes]
    return paragraphs(
        f"## Code `{name}`",
        f"`{name}`, code of the coder {', '.join(f'`{c.name}`' for c in coders)}.",
        f"**What it means.** {meaning}" if meaning else "",
        f"**Nearest published code.** {near}" if near else "",
        _subtypes(entry) if entry else "",
        _agreement(name, coders),
        *(_phrases(entry.rules) if entry else ()),
        _examples(entry, coders) if entry else "",
        _used_by(name),
    )


def _subtypes(entry: Entry) -> str:
    """The kinds that are told apart, by the names that indicators count them under."""
    kinds = dict.fromkeys(f"{entry.code}.{r.subtype}" for r in entry.rules if r.subtype)
    shown = []
    for kind in kinds:
        by = [f"`{i.name}`" for i in discover("indicator").values() if kind in (i.evidence or ())]
        shown.append(f"`{kind}`" + (f" (counted by {', '.join(by)})" if by else ""))
    return f"**Subtypes.** {', '.join(shown)}." if shown else ""


def _agreement(name: str, coders: Iterable[Coder]) -> str:
    """What was measured with people for this code, or that nothing was."""
    found = [c.agreement[name] for c in coders if name in c.agreement]
    told = " ".join(found) if found else "Not measured for this code alone."
    return f"**Agreement with people.** {told}"


def _phrases(rules: Iterable[Rule]) -> list[str]:
    rules = list(rules)
    own = "" if any(rule.quoted for rule in rules) else " Never within quoted speech."
    return [f"**Phrases, and when they count.**{own}", "\n".join(_rule(rule) for rule in rules)]


def _rule(rule: Rule) -> str:
    shown = " · ".join(f"{p}" for p in rule.phrases[:_PHRASES])
    more = len(rule.phrases) - _PHRASES
    shown += f" … and {more} more" if more > 0 else ""
    label = f"*{rule.subtype}*: " if rule.subtype else ""
    conditions = "; ".join(_conditions(rule))
    return f"- {label}{shown}" + (f" ({conditions})" if conditions else "")


def _conditions(rule: Rule) -> list[str]:
    found = [f"said by the {' or '.join(rule.roles)}"] if rule.roles else []
    found += [words for key, words in _CONDITIONS.items() if getattr(rule, key)]
    if rule.prior:
        found.append(f"where the other's last turn {rule.prior}")
    if rule.skip_first:
        found.append(f"not in the first {rule.skip_first} turns")
    if rule.near_own:
        found.append(f"at least {rule.near_own} of them within six turns of the speaker")
    if rule.most_words:
        found.append(f"in turns of up to {rule.most_words} words")
    return found


def _examples(entry: Entry, coders: list[Coder]) -> str:
    """What the tests hold the code to, and what the coder says of it now."""
    rows = []
    for example in entry.examples:
        expect = entry.code in example.get("expect", ())
        if not expect and entry.code not in example.get("expect_not", ()):
            continue
        before = " ".join(f"({role}: {text})" for role, text in example.get("prior", ()))
        said = f"{before} {example['text']}".strip()
        rows.append([example.get("role", ""), said, "yes" if expect else "no"])
    if not rows or not coders:
        return ""
    return paragraphs(
        "### Examples, each of them a test", md_table(["role", "said", "coded"], rows)
    )


def _used_by(name: str) -> str:
    found = [
        f"`{i.name}`"
        for i in discover("indicator").values()
        if name in {code.partition(".")[0] for code in i.evidence or ()}
    ]
    return f"**Counted by** {', '.join(found)}." if found else ""


def coder_page(name: str) -> str:
    """A coder in Markdown: its codes, its measured agreement, its example coded."""
    c: Coder = discover("coder")[name]
    turns = turns_of(c.example)
    rows = c.code(turns).join(turns.select("turn", "text"), on="turn", how="left")
    return paragraphs(
        f"## {c.title}",
        f"`{c.name}`, coder, version {c.version}, language {c.language}. {c.notes}".strip(),
        f"**Codes.** {', '.join(f'`{code}`' for code in sorted(c.codes))}.",
        _measured(c),
        "### Example",
        turns_shown(c.example),
        "It codes:",
        md_table(
            ["turn", "code", "subtype", "words"], [_hit(r) for r in rows.iter_rows(named=True)]
        ),
    )


def _hit(row: Mapping[str, Any]) -> list[Any]:
    words = row["text"][row["start_char"] : row["end_char"]]
    return [row["turn"], row["code"], row["subtype"], words]


def _measured(c: Coder) -> str:
    if not c.agreement:
        return "**Agreement with people.** Not measured yet."
    rows = [[f"`{code}`", told] for code, told in c.agreement.items()]
    return paragraphs("**Agreement with people.**", md_table(["code", "measured"], rows))
