"""Which moments a page shows, by a rule that anybody can follow with the code book in hand.

1. Candidates come from codes and evidence alone, one rule a kind (below). Nothing is guessed.
2. Within a kind the candidate is taken after which the other person said most in their next
   two turns (for cut-offs: the longest unfinished turn; for yielding words: the longest run);
   of equals the earliest.
3. At most one of a kind, at most five in all, strengths first and no more than three of them
   while there is anything else to show. A turn is quoted once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from evenhand.reports.moment_kinds import BY_NAME, KINDS, MOST, MOST_STRENGTHS, Kind
from evenhand.reports.numbers import in_words, plural
from evenhand.reports.session_view import SessionView, Turn

HEARD = ("question_open", "reflection", "invitation", "mending", "acknowledgement")
LEADS = ("directive", "advice", "question_closed", "information")
MOST_QUOTED = 7
"""Turns that are quoted after a moment's own, at most."""
RUN_WITHIN = 6
"""Client turns within which yielding words count as one run."""


@dataclass(frozen=True)
class Candidate:
    """A place where a kind was seen: who acted, at which turn, and how strongly it shows."""

    turn: Turn
    weight: float
    times: int = 1
    until: int = 0


@dataclass(frozen=True)
class Moment:
    """A moment as the page shows it."""

    number: int
    kind: Kind
    turn: Turn
    quoted: Sequence[Turn]
    title: str
    note: str
    readings: Sequence[str]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"moment-{self.number}"


def _after(view: SessionView, turn: Turn, n: int, role: str | None = None) -> list[Turn]:
    """The next turns that say something, of a role if given."""
    later = (t for t in view.of_pair if t.n > turn.n and not t.minimal)
    return [t for _, t in zip(range(n), (t for t in later if role in (None, t.role)), strict=False)]


def _reply_words(view: SessionView, turn: Turn) -> float:
    other = "client" if turn.role == "therapist" else "therapist"
    return float(sum(t.words for t in _after(view, turn, 2, other)))


def _coded(view: SessionView, codes: Sequence[str]) -> set[int]:
    return {h.turn for code in codes for h in view.codes.get(code, ())}


def _heard(view: SessionView, turn: Turn) -> bool:
    """Whether the therapist's next turn takes it in: asks or gives back, and does not lead."""
    reply = _after(view, turn, 1)
    if not reply or reply[0].role != "therapist":
        return False
    n = reply[0].n
    return n in _coded(view, HEARD) and n not in _coded(view, LEADS)


def _said(view: SessionView, code: str, role: str) -> Iterator[Candidate]:
    for turn in view.turns_with(code, role):
        yield Candidate(turn, _reply_words(view, turn))


def _mending(view: SessionView) -> Iterator[Candidate]:
    return _said(view, "mending", "therapist")


def _invitation_answered(view: SessionView) -> Iterator[Candidate]:
    answers = _coded(view, ("self_advocacy", "disagreement"))
    for c in _said(view, "invitation", "therapist"):
        answer = [t.n for t in _after(view, c.turn, 2, "client") if t.n in answers]
        if answer:
            yield replace(c, until=answer[0])


def _heard_or_not(code: str, heard: bool) -> Callable[[SessionView], Iterator[Candidate]]:
    def found(view: SessionView) -> Iterator[Candidate]:
        for c in _said(view, code, "client"):
            if _heard(view, c.turn) == heard:
                yield c

    return found


def _position(taken: bool) -> Callable[[SessionView], Iterator[Candidate]]:
    """The client's namings, by what the indicator ``uptake`` found."""

    def found(view: SessionView) -> Iterator[Candidate]:
        if "uptake" not in view.readings:
            return
        up = {h.turn for r in ("therapist", "client") for h in view.evidence.get(("uptake", r), ())}
        for c in _said(view, "position_named", "client"):
            if (c.turn.n in up) == taken and _after(view, c.turn, 1, "therapist"):
                yield c

    return found


def _runs(codes: Sequence[str]) -> Callable[[SessionView], Iterator[Candidate]]:
    """Two or more of the client's turns with these codes among six of theirs."""

    def found(view: SessionView) -> Iterator[Candidate]:
        theirs = [t for t in view.of_pair if t.role == "client"]
        place = {t.n: i for i, t in enumerate(theirs)}
        numbers = _coded(view, codes)
        hits = [t for t in theirs if t.n in numbers]
        for i, first in enumerate(hits):
            near = [t for t in hits[i:] if place[t.n] - place[first.n] < RUN_WITHIN]
            if len(near) > 1:
                yield Candidate(first, len(near), len(near), near[1].n)

    return found


def _cut_off(view: SessionView) -> Iterator[Candidate]:
    for role in ("therapist", "client"):
        hits = list(dict.fromkeys(h.turn for h in view.evidence.get(("cut_off", role), ())))
        for n in hits:
            turn = view.by_number.get(n)
            if turn is not None:
                yield Candidate(turn, turn.words, len(hits))


RULES: dict[str, Callable[[SessionView], Iterator[Candidate]]] = {
    "mending": _mending,
    "invitation_answered": _invitation_answered,
    "preference_taken_up": _heard_or_not("self_advocacy", True),
    "position_taken_up": _position(True),
    "disagreement_heard": _heard_or_not("disagreement", True),
    "position_passed": _position(False),
    "yielding_run": _runs(("yielding",)),
    "cut_off": _cut_off,
    "disagreement": _heard_or_not("disagreement", False),
    "confrontation": lambda view: _said(view, "confrontation", "client"),
    "withdrawal": _runs(("withdrawal",)),
}
"""How each kind is found. A kind without a rule fails the tests."""


def _quoted(view: SessionView, c: Candidate) -> list[Turn]:
    """The turn before, the turn, and two that say something after it, or on to the answer."""
    places = view.of_pair
    at = next(i for i, t in enumerate(places) if t.n == c.turn.n)
    quoted = list(places[max(0, at - 1) : at + 1])
    said = 0
    for turn in places[at + 1 : at + 1 + MOST_QUOTED]:
        if said >= 2 and turn.n > c.until:
            break
        quoted.append(turn)
        said += not turn.minimal
    return quoted


def _chosen(view: SessionView) -> list[tuple[Kind, Candidate]]:
    """One candidate a kind, strengths first, no turn quoted twice."""
    best: list[tuple[Kind, Candidate]] = []
    taken: set[int] = set()
    for kind in KINDS:
        found = sorted(RULES[kind.name](view), key=lambda c: (-c.weight, c.turn.n))
        for c in found:
            if c.turn.n in view.by_number and c.turn.n not in taken:
                best.append((kind, c))
                taken |= {t.n for t in _quoted(view, c)}
                break
    strong = [b for b in best if b[0].strength]
    other = [b for b in best if not b[0].strength]
    room = max(MOST_STRENGTHS, MOST - len(other))
    return (strong[:room] + other)[:MOST]


def pick_moments(view: SessionView) -> list[Moment]:
    """Up to five moments of a session, strengths first, each with several readings.

    Returns:
        Moments numbered from 1; empty where nothing was coded.
    """
    if "moments" not in view.kept:
        chosen = enumerate(_chosen(view), start=1)
        view.kept["moments"] = [_told(view, n, *pair) for n, pair in chosen]
    found: list[Moment] = view.kept["moments"]
    return found


def fill(view: SessionView, text: str, kind: str, c: Candidate) -> str:
    """Put the two people's names into a template of `moment_kinds`."""
    acts = c.turn.role
    if kind == "cut_off":
        acts = "client" if acts == "therapist" else "therapist"
    a, b = view.pair[acts], view.pair.other(acts)
    words = int(_reply_words(view, c.turn))
    return text.format(
        A=a.opens,
        a=a.called,
        B=b.opens,
        b=b.called,
        B_then=b.owns[:1].upper() + b.owns[1:],
        own="your" if a.you else "their",
        they="you" if a.you else "they",
        a_did="you had" if a.you else "they had",
        after=plural(words, "word") if words else "nothing more",
        times="once" if c.times == 1 else f"{in_words(c.times)} times",
    )


def _told(view: SessionView, number: int, kind: Kind, c: Candidate) -> Moment:
    return Moment(
        number=number,
        kind=kind,
        turn=c.turn,
        quoted=_quoted(view, c),
        title=fill(view, kind.title, kind.name, c),
        note=fill(view, kind.note, kind.name, c),
        readings=[fill(view, r, kind.name, c) for r in kind.readings],
    )


def take_away(view: SessionView, moments: Sequence[Moment]) -> tuple[str, str, str] | None:
    """One question, one small goal and why, from the first moment that is no strength.

    Where there are only strengths, from the first of them; None where there is no moment.
    """
    if not moments:
        return None
    one = next((m for m in moments if not m.kind.strength), moments[0])
    c = Candidate(one.turn, 0.0)
    kind = BY_NAME[one.kind.name]
    question, goal, because = (
        fill(view, t, kind.name, c) for t in (kind.question, kind.goal, kind.because)
    )
    return question, goal, because
