"""Up to five moments, with their words and several readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.reports.barcode import SILENCE_S
from evenhand.reports.blocks import Section, Words
from evenhand.reports.disagreements import of_moment, of_session
from evenhand.reports.moments import Moment, pick_moments
from evenhand.reports.numbers import capital, in_words
from evenhand.reports.page import part
from evenhand.reports.session_view import SessionView, Turn

LONGEST = 70
"""Words of a quoted turn before it is cut; the whole stands in the transcript."""


_BLANK: Mapping[str, Any] = {"disagree": False, "turn": None, "reason": "", "readings": []}


def quoted(turn: Turn, end: bool = False) -> tuple[str, bool]:
    """A turn's words, cut at a word where it is long, and whether it was cut.

    Args:
        turn: the turn.
        end: whether it is the end that matters, as where a turn was left unfinished.
    """
    words = turn.text.split()
    if len(words) <= LONGEST:
        return turn.text, False
    if end:
        return "… " + " ".join(words[-LONGEST:]), True
    return " ".join(words[:LONGEST]) + " …", True


def earlier(view: SessionView, entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What was said against the page before, with the name of who said it."""
    names = {r: view.pair[r].name for r in ("therapist", "client")}
    return [
        {
            **_BLANK,
            **e,
            "who": names.get(e.get("by", ""), "Somebody"),
            "day": str(e.get("at") or "")[:10],
        }
        for e in entries
    ]


def _pause(end: float, following: Turn | None) -> str:
    """The silence from the latest end until the next quoted turn, where it is long."""
    if following is None or following.start_s is None:
        return ""
    gap = following.start_s - end
    return f"{in_words(round(gap))} seconds" if gap >= SILENCE_S else ""


def _lines(view: SessionView, moment: Moment) -> list[dict[str, Any]]:
    found, end = [], 0.0
    for turn, following in zip(moment.quoted, [*moment.quoted[1:], None], strict=True):
        unfinished = moment.kind.name == "cut_off" and turn.n == moment.turn.n
        words, cut = quoted(turn, unfinished)
        end = max(end, turn.end_s or 0.0)
        pause = _pause(end, following) if view.ends_known else ""
        found.append({"turn": turn, "words": words, "cut": cut, "pause": pause})
    return found


def _say(moments: Sequence[Moment]) -> str:
    strong = sum(one.kind.strength for one in moments)
    if not moments:
        return "Our phrases matched nothing that would make a moment."
    if strong == len(moments):
        return "All of what went well." if strong > 1 else "One that went well."
    if strong:
        comes = "comes" if strong == 1 else "come"
        return f"{capital(in_words(strong))} that went well {comes} first."
    return "None of the kinds that we count as going well was matched; that is not to say none was."


def build(view: SessionView) -> list[Words]:
    """The moments, each with its quote at the left and its readings at the right."""
    moments = pick_moments(view)
    entries = view.study.data.disagreements
    shown = {(one.kind.name, one.turn.n) for one in moments}
    items = [
        {
            "m": one,
            "place": view.place(one.turn),
            "lines": _lines(view, one),
            "earlier": earlier(view, of_moment(entries, view.id, one.kind.name, one.turn.n)),
        }
        for one in moments
    ]
    rest = earlier(view, of_session(entries, view.id, shown))
    body = part("moments.html", view=view, items=items, rest=rest)
    n = len(moments)
    title = "Moments" if n != 1 else "One moment"
    if n > 1:
        title = f"{capital(in_words(n))} moments"
    how = (
        "The page describes acts. What they meant is yours to say, and either of you may tell it "
        "that it is wrong."
    )
    return [Words("moments", title, _say(moments), how, body)]


SECTION = Section("moments", "session", 50, build)
