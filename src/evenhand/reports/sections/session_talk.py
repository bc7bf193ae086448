"""Talking time, as a bar with this dyad's usual range."""

from __future__ import annotations

from evenhand.reports.blocks import Figure, Section, Table
from evenhand.reports.numbers import capital, in_words, percent
from evenhand.reports.page import part
from evenhand.reports.session_view import SessionView
from evenhand.reports.summary import EVEN
from evenhand.reports.talk_chart import ELSEWHERE, share_of, share_rows, usual


def _say(view: SessionView) -> str:
    whole, around = share_of(view), usual(view)
    if whole is None:
        return "The session is too short to read."
    client = whole[0]
    first = (
        "About half each."
        if abs(client - 0.5) < EVEN
        else f"More from {view.pair['client' if client > 0.5 else 'therapist'].called}."
    )
    if around is None:
        return f"{first} There is no other session to compare."
    low, high = around
    where = "within" if low <= client <= high else "outside"
    return (
        f"{first} {capital(view.pair.client.owns)} part is {where} what it was in the other "
        f"{_others(view)}: {percent(low)} to {percent(high)}."
    )


def _others(view: SessionView) -> str:
    n = sum(o["client"] is not None for o in view.history.get("talk_share", ()))
    return f"{in_words(n)} sessions" if n != 1 else "session"


def build(view: SessionView) -> list[Figure]:
    """The bar of the whole session and one for each third."""
    rows = share_rows(view)
    around = usual(view)
    ends = f"{percent(around[0])} to {percent(around[1])}" if around else "no other session"
    c, t = view.pair.client.name, view.pair.therapist.name
    table = Table(
        f"Shares of the {'talking time' if view.ends_known else 'words'}. The session’s own share "
        "is exact, so that it has no interval.",
        ["", c, t, f"{c}, other sessions"],
        [[r.name, r.client, r.therapist, ends if r.whole else ""] for r in rows],
    )
    what = "seconds" if view.ends_known else "words, as there are no times"
    how = f"Counted in {what}. Usual is not the same as fair."
    elsewhere = [] if view.study.data.roles else [ELSEWHERE]
    body = part("talk.html", view=view, rows=rows, bracket=around is not None, n=_others(view))
    return [Figure("talk", "Talking time", _say(view), how, body, table, more=elsewhere)]


SECTION = Section("talk", "session", 30, build)
