"""What the two people of a session are called, both by the same rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

_NO_NAME = re.compile(
    r"(?i)(t|c|th|cl|p|ther|therapist|client|patient|counsell?or|clinician|interviewer|speaker|spk|"
    r"voice|unknown|participant|user|agent|person)[\s_:#-]*\d*"
)
_TITLE = re.compile(r"(?i)^(dr|prof|professor|mr|mrs|ms|miss|mx|sir|rev|justice)\.?\s+")
MOST_OF_A_ROLE = 0.8
"""Of a role's named turns: below this, no voice's name may stand for the role."""
LONGEST = 8
"""Characters that both names may have before both are cut to their first word."""


@dataclass(frozen=True)
class Person:
    """One of the two: how the page names them, and how a sentence does.

    ``you`` is True where the page is this person's own, ``named`` False where only the role is
    known, ``voices`` above 1 where several people share the role and none of them is most of it.
    """

    role: str
    name: str
    you: bool = False
    named: bool = True
    voices: int = 1

    @property
    def called(self) -> str:
        """In a sentence: the name, ``you``, or ``the client``."""
        if self.you:
            return "you"
        return self.name if self.named else f"the {self.name.lower()}"

    @property
    def opens(self) -> str:
        """The same at the start of a sentence."""
        return self.called[:1].upper() + self.called[1:]

    @property
    def owns(self) -> str:
        """The possessive: ``Gwyn’s``, ``your``."""
        if self.you:
            return "your"
        return f"{self.called}’" if self.voices > 1 else f"{self.called}’s"

    @property
    def holds(self) -> str:
        """The verb that agrees with the name."""
        return "hold" if self.voices > 1 else "holds"

    @property
    def mark_class(self) -> str:
        """The class that gives a name its mark and colour."""
        return {"therapist": "pt", "client": "pc"}.get(self.role, "po")

    @property
    def tag(self) -> Markup:
        """The name with its mark, for HTML."""
        return Markup('<span class="{}">{}</span>').format(self.mark_class, self.name)

    def standing(self, where: str) -> Markup:
        """The mark, the name if there is one, and where this person stands on the page."""
        if self.voices > 1:
            where = f"{self.voices} voices together, {where}"
        if self.named or self.voices > 1:
            return self.tag + f": {where}"
        return Markup('<span class="{}"></span>{}').format(self.mark_class, where)


@dataclass(frozen=True)
class Pair:
    """The two people of a session."""

    therapist: Person
    client: Person

    def __getitem__(self, role: str) -> Person:
        """The person in a role of the pair."""
        return self.therapist if role == "therapist" else self.client

    def other(self, role: str) -> Person:
        """The one who is not in this role."""
        return self.client if role == "therapist" else self.therapist

    @property
    def title(self) -> str:
        """Both, the therapist's side first."""
        return f"{self.therapist.name} and {self.client.name}"


def is_name(label: str | None) -> bool:
    """Whether a speaker's label names somebody, rather than a role or a channel."""
    return bool(label and label.strip()) and not _NO_NAME.fullmatch(str(label).strip())


def short_names(first: str, second: str) -> tuple[str, str]:
    """Both names without titles; cut to their first words, both alike, where one is long."""
    one, two = (_TITLE.sub("", n.strip()) or n.strip() for n in (first, second))
    if max(len(one), len(two)) > LONGEST:
        cut = one.split()[0], two.split()[0]
        if cut[0].casefold() != cut[1].casefold():
            one, two = cut
    return one[:40], two[:40]


def voices_of(labels: Iterable[str | None], roles: Collection[str]) -> Counter[str]:
    """How many turns each named voice of a role has, spellings of one name together.

    Args:
        labels: the speaker of each turn.
        roles: words for the role itself, which are no names.
    """
    spelt = Counter(x.strip() for x in labels if x and is_name(x) and x.strip() not in roles)
    first: dict[str, str] = {}
    found: Counter[str] = Counter()
    for label, n in spelt.most_common():
        found[first.setdefault(label.casefold(), label)] += n
    return found


def label_of(voices: Counter[str]) -> str | None:
    """The voice that has most of a role's turns; None where there is none, or no one has."""
    if not voices:
        return None
    label, n = voices.most_common(1)[0]
    return label if n >= MOST_OF_A_ROLE * voices.total() else None


def plural_of(role: str) -> str:
    """A role that several people share: ``justices``, ``attorneys``, ``deputies``."""
    if role.endswith("s"):
        return role
    if role.endswith("y") and not role.endswith(("ay", "ey", "oy")):
        return f"{role[:-1]}ies"
    return f"{role}s"


def pair_of(
    stated: Mapping[str, str | None],
    voices: Mapping[str, Counter[str]],
    roles: Mapping[str, str],
    you: str | None,
) -> Pair:
    """The pair of a session.

    Args:
        stated: role to the name that people.csv gives, or None.
        voices: role to the transcript's own labels, where they are names, with their turns.
        roles: what the roles are called where others were mapped on.
        you: the role whose page it is, or None.
    """
    spoke = {r: voices.get(r, Counter()) for r in ("therapist", "client")}
    known = {r: stated.get(r) or label_of(spoke[r]) for r in spoke}
    many = {r: 1 if known[r] else max(1, len(spoke[r])) for r in known}
    usual = {
        r: (plural_of(roles.get(r, r)) if many[r] > 1 else roles.get(r, r)).capitalize()
        for r in known
    }
    first, second = short_names(*(known[r] or usual[r] for r in known))
    if first.casefold() == second.casefold():
        first, second = (
            f"{n} ({usual[r].lower()})" for n, r in zip((first, second), usual, strict=True)
        )
    return Pair(
        *(
            Person(r, name, you == r, bool(known[r]), many[r])
            for r, name in zip(known, (first, second), strict=True)
        )
    )
