"""What the two people of a session are called, both by the same rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

_NO_NAME = re.compile(
    r"(?i)(t|c|th|cl|p|ther|therapist|client|patient|counsell?or|clinician|interviewer|speaker|spk|"
    r"voice|unknown|participant|user|agent|person)[\s_:#-]*\d*"
)
_TITLE = re.compile(r"(?i)^(dr|prof|professor|mr|mrs|ms|miss|mx|sir|rev|justice)\.?\s+")
LONGEST = 12
"""Characters that both names may have before both are cut to their first word."""


@dataclass(frozen=True)
class Person:
    """One of the two: how the page names them, and how a sentence does.

    ``you`` is True where the page is this person's own, ``named`` False where only the role is
    known.
    """

    role: str
    name: str
    you: bool = False
    named: bool = True

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
        return "your" if self.you else f"{self.called}’s"

    @property
    def tag(self) -> Markup:
        """The name with its mark, for HTML."""
        kind = {"therapist": "pt", "client": "pc"}.get(self.role, "po")
        return Markup('<span class="{}">{}</span>').format(kind, self.name)


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


def label_of(labels: Iterable[str | None], role: str) -> str | None:
    """The commonest label of a role that is a name; None where there is none."""
    counted = Counter(x.strip() for x in labels if x and is_name(x) and x.strip() != role)
    return counted.most_common(1)[0][0] if counted else None


def pair_of(
    stated: Mapping[str, str | None],
    labels: Mapping[str, str | None],
    roles: Mapping[str, str],
    you: str | None,
) -> Pair:
    """The pair of a session.

    Args:
        stated: role to the name that people.csv gives, or None.
        labels: role to the transcript's own label where that is a name, or None.
        roles: what the roles are called where others were mapped on.
        you: the role whose page it is, or None.
    """
    usual = {r: roles.get(r, r).capitalize() for r in ("therapist", "client")}
    names = [stated.get(r) or labels.get(r) for r in ("therapist", "client")]
    found = [name or usual[r] for r, name in zip(usual, names, strict=True)]
    first, second = short_names(*found)
    if first.casefold() == second.casefold():
        first, second = (
            f"{n} ({usual[r].lower()})" for n, r in zip((first, second), usual, strict=True)
        )
    return Pair(
        Person("therapist", first, you == "therapist", bool(names[0])),
        Person("client", second, False, bool(names[1])),
    )
