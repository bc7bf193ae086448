"""Three sentences: an act or a share, what leaned where, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.core.wording import listed
from evenhand.reports.moments import Moment
from evenhand.reports.numbers import capital, in_words, percent, small
from evenhand.reports.profile_rows import ROOM, tilt_rows
from evenhand.reports.session_view import SessionView

EVEN = 0.08
"""A share within this of one half is called about half."""

LIMITS = (
    "what either person meant, whether the direction was welcome (many people like some), or what "
    "was in the silences. Irony, tone and a polite “no” cannot be read from words."
)
KINDS_OF_QUESTION = frozenset({"open_questions", "closed_questions"})
"""Counted once, as questions, where a sentence counts comparisons."""
NAMED_MOST = 3
"""Indicators that one sentence names; the profile holds the rest."""


def limits(view: SessionView) -> str:
    """What the page cannot tell, with what this transcript's times leave out."""
    if view.gaps_known:
        return LIMITS
    why = (
        "This transcript has no times"
        if not view.timed
        else "Turns have a beginning here and no end"
        if not view.ends_known
        else "Turns begin here where the one before ends"
    )
    return (
        f"{LIMITS} {why}: silences, talk at once and how long an answer took cannot be seen at all."
    )


@dataclass(frozen=True)
class Leaning:
    """Tilts of a session sorted by what can be said of them."""

    therapist: Sequence[str]
    client: Sequence[str]
    chance_n: int
    absent_n: int

    @property
    def read_n(self) -> int:
        """Tilts that could be read."""
        return len(self.therapist) + len(self.client) + self.chance_n


def leaning(view: SessionView) -> Leaning:
    """Sort the tilts: an interval clear of 0 leans, any other could be chance.

    Room tilt is left out (it is made of the others), and so is the floor: to talk more is not
    to hold more.
    """
    sides: dict[bool, list[tuple[float, str]]] = {True: [], False: []}
    chance = absent = 0
    for indicator, reading in tilt_rows(view):
        if indicator.facet in {ROOM, "floor"}:
            continue
        tilt, low, high = (reading[c] for c in ("tilt", "tilt_low", "tilt_high"))
        if tilt is None:
            absent += 1
        elif indicator.name in KINDS_OF_QUESTION and "questions" in view.readings:
            continue
        elif low is not None and high is not None and (low > 0 or high < 0):
            yields = indicator.direction < 0
            sides[(tilt > 0) != yields].append((abs(tilt), small(indicator.title)))
        else:
            chance += 1
    by_size = {k: [n for _, n in sorted(v, key=lambda p: -p[0])] for k, v in sides.items()}
    return Leaning(by_size[True], by_size[False], chance, absent)


def sentences(view: SessionView, moments: Sequence[Moment]) -> list[str]:
    """The three sentences of a session page."""
    lean = leaning(view)
    return [_first(view, moments), _second(view, lean), _third(lean)]


def share_after(view: SessionView, n: int) -> float | None:
    """The client's share of the talk from a turn on; None where fewer than ten turns follow."""
    rest = [t for t in view.of_pair if t.n >= n]
    if len(rest) < 10:
        return None
    held = {r: sum(view.held(t) for t in rest if t.role == r) for r in ("therapist", "client")}
    whole = sum(held.values())
    return held["client"] / whole if whole else None


def _talk(view: SessionView) -> str:
    reading = view.readings.get("talk_share")
    if not reading or reading["client"] is None:
        return "This session is too short to say who held the floor."
    share, unit = reading["client"], "talking time" if view.ends_known else "words"
    if abs(share - 0.5) < EVEN:
        return (
            f"{view.pair.client.opens} held {percent(share)} of the {unit} and "
            f"{view.pair.therapist.called} {percent(1 - share)}, about half each."
        )
    first, second = ("client", "therapist") if share > 0.5 else ("therapist", "client")
    most = max(share, 1 - share)
    return (
        f"{view.pair[first].opens} held {percent(most)} of the {unit}, "
        f"{view.pair[second].called} {percent(1 - most)}."
    )


def _first(view: SessionView, moments: Sequence[Moment]) -> str:
    """The strongest strength, and what the floor was like from there; else the floor."""
    strong = next((m for m in moments if m.kind.strength), None)
    if strong is None:
        return _talk(view)
    where = view.place(strong.turn)
    at = f"At {where}" if view.timed else f"In {where}"
    said = f"{at} {_lowered(strong.title, view)}"
    share = share_after(view, strong.turn.n)
    if share is None:
        return f"{said}."
    unit = "talking time" if view.ends_known else "words"
    return (
        f"{said}; from there to the end {view.pair.client.called} held {percent(share)} of the "
        f"{unit}."
    )


def _lowered(title: str, view: SessionView) -> str:
    """A moment's title inside a sentence: small where it starts with "You"."""
    return small(title) if title.startswith(("You ", "The ")) else title


def _second(view: SessionView, lean: Leaning) -> str:
    """What leaned where, in words that name acts."""
    parts = [
        f"more of the {listed([act(n) for n in names[:NAMED_MOST]])} came from {who}"
        for names, who in (
            (lean.therapist, view.pair.therapist.called),
            (lean.client, view.pair.client.called),
        )
        if names
    ]
    if parts:
        return capital(", and ".join(parts)) + ", by more than chance alone would often give."
    if lean.read_n:
        return (
            "In none of the acts that can be compared did one person do clearly more: each "
            "difference could be chance."
        )
    return "The acts of the two people cannot be compared here."


_ACTS = {
    "cut the other off": "cut-offs",
    "used yielding words": "yielding words",
    "words that the other takes up": "words that the other took up",
    "echo of the other's function words": "echo of the other’s function words",
}


def act(title: str) -> str:
    """An indicator's title as a noun in a sentence."""
    return _ACTS.get(title, title)


def _third(lean: Leaning) -> str:
    """How sure that is, in counts."""
    if not lean.read_n:
        return (
            f"Of {in_words(lean.absent_n)} comparisons none could be read; the reasons stand in "
            "the profile."
        )
    leans = len(lean.therapist) + len(lean.client)
    if lean.read_n == 1:
        one = "leans to one of the two" if leans else "could be chance"
        return (
            "One session gives wide intervals: one comparison could be read, and it "
            f"{one}; {in_words(lean.absent_n)} could not be read."
        )
    parts = [
        f"{in_words(leans) if leans else 'none'} "
        f"{'leans' if leans == 1 else 'lean'} to one of the two"
    ]
    parts.append(f"{in_words(lean.chance_n) if lean.chance_n else 'none'} could be chance")
    text = (
        f"One session gives wide intervals: of {in_words(lean.read_n)} comparisons that could be "
        f"read, {listed(parts)}"
    )
    if lean.absent_n:
        text += f"; {in_words(lean.absent_n)} more could not be read"
    return text + "."
