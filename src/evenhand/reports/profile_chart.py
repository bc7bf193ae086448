"""The power profile: a dot with its interval for each indicator, never added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from evenhand.core.contracts import Indicator
from evenhand.reports import marks as m
from evenhand.reports.numbers import amount, capital, interval, percent, signed, small
from evenhand.reports.people import Person
from evenhand.reports.profile_rows import ROOM
from evenhand.reports.session_view import Row, SessionView

TICKS = (4.0, 27.0, 50.0, 73.0, 96.0)
EVEN_AT = 50.0
LONGEST_ABOVE = 14
"""Letters of a name for which there is room above one half of the axis."""
LONGEST_BESIDE = 9
"""Letters of a name beside which "holds more" still fits above the axis."""


def tilt_x(tilt: float) -> float:
    """−1…+1 as 4…96 per cent."""
    return 50.0 + 46.0 * max(-1.0, min(1.0, tilt))


UNSEEN = ("not measurable", "absent: ", "not yet coded")
"""How a reason begins where there is nothing to count at all, so that no 0 may stand there."""
SELF_EVIDENT = frozenset({"per word", "of own turns", "of all own turns", "of the other's turns"})
"""Units that a row's numbers say by themselves."""


SHOWN_OTHERWISE = "shown "
"""How a reason begins where the acts are shown, only not set against each other."""


@dataclass(frozen=True)
class Value:
    """A number that leads to its turns; ``of`` is what it was counted over."""

    role: str
    text: str
    href: str | None
    label: str
    of: str = ""


@dataclass(frozen=True)
class ProfileRow:
    """A row of the profile; ``reason`` stands in place of the drawing where there is none.

    ``titles`` are several only where neighbours are absent for one reason; ``why`` is the word
    before the reason.
    """

    titles: tuple[str, ...]
    unit: str
    svg: Markup | None
    values: tuple[Value, ...]
    exposure: str
    verdict: str
    reason: str
    caution: str
    why: str = "Not readable:"


def together(rows: Sequence[ProfileRow]) -> list[ProfileRow]:
    """Rows, with neighbours that are absent for one reason and have no number made into one."""
    found: list[ProfileRow] = []
    for row in rows:
        last = found[-1] if found else None
        bare = last is not None and not (last.svg or row.svg or last.values or row.values)
        if last is not None and bare and (last.why, last.reason) == (row.why, row.reason):
            found[-1] = replace(last, titles=last.titles + row.titles)
        else:
            found.append(row)
    return found


def unseen(r: Row) -> bool:
    """Whether the reason says that nothing could be counted here."""
    return str(r["absent"] or "").startswith(UNSEEN)


def verdict(view: SessionView, reading: Row) -> str:
    """The interval in plain words."""
    tilt, low, high = (reading[c] for c in ("tilt", "tilt_low", "tilt_high"))
    if tilt is None or low is None or high is None:
        return ""
    if low <= 0 <= high:
        return "could be chance"
    who = view.pair["therapist" if tilt > 0 else "client"]
    return f"{who.name} {who.holds} more"


def _tilt_svg(view: SessionView, i: Indicator, r: Row) -> Markup:
    """One row: the session above, the other sessions of the two below."""
    others = [tilt_x(o["tilt"]) for o in view.history.get(i.name, ()) if o["tilt"] is not None]
    low, high = (r[c] if r[c] is not None else r["tilt"] for c in ("tilt_low", "tilt_high"))
    marks = [m.grid(TICKS, 40, EVEN_AT), m.ghosts(others, 30)]
    marks.append(m.line(tilt_x(low), tilt_x(high), 14, 14, "si w15"))
    if r.get("core_low") is not None and r.get("core_high") is not None:
        marks.append(m.line(tilt_x(r["core_low"]), tilt_x(r["core_high"]), 14, 14, "si w5"))
    marks.append(f'<circle cx="{m.pct(tilt_x(r["tilt"]))}" cy="14" r="4.75" class="fi"/>')
    ends = f"95 % interval {interval(low, high)}"
    said = f"{view.told(i.title)}: tilt {signed(r['tilt'])}, {ends}; {verdict(view, r)}"
    return m.drawing(40, marks, said)


def evidence_href(view: SessionView, name: str, role: str) -> str | None:
    """Where the turns behind a number are listed; None where there are none."""
    return f"#ev-{name}-{role}" if view.evidence.get((name, role)) else None


def shown_value(i: Indicator, r: Row, role: str) -> str:
    """A role's number as it is read: a share, a rate, or a count."""
    rate, k = r[role], r[f"k_{role}"]
    if i.unit.startswith("of both") and rate is not None:
        return percent(rate)
    if (" a turn" in i.unit or k is None) and rate is not None:
        return amount(rate)
    return "–" if k is None else f"{k:,.0f}"


def exposure_words(view: SessionView, i: Indicator, r: Row) -> str:
    """What the counts are of, client's first: ``of 113 · 114 turns``."""
    pair = [r[f"e_{role}"] for role in ("client", "therapist")]
    seen = [f"{e:,.0f}" for e in pair if e is not None]
    numbers = " · ".join(dict.fromkeys(seen) if len(set(seen)) == 1 else seen)
    if i.unit.startswith("of both") or " a turn" in i.unit or not seen:
        return view.told(i.unit)
    if i.unit == "per word":
        return f"in {numbers} words"
    if i.unit == "of the other's turns":
        return f"of the other’s {numbers} turns"
    if i.unit in {"of own turns", "of all own turns"}:
        return f"of {numbers} turns"
    return f"of {numbers}"


def values(view: SessionView, i: Indicator, r: Row) -> tuple[Value, ...]:
    """Both people's numbers, the client's at the left, each leading to its turns."""
    if unseen(r):
        return ()
    out = []
    for role in ("client", "therapist"):
        if r[role] is None and r[f"k_{role}"] is None:
            continue
        text, href = shown_value(i, r, role), evidence_href(view, i.name, role)
        who = view.pair[role].name
        out.append(Value(role, text, href, f"{view.told(i.title)}, {who}: {text}. Show the turns."))
    return tuple(out)


def reason_of(r: Row) -> tuple[str, str]:
    """A word, and why there is no reading, to stand after it."""
    reason = str(r["absent"] or "no reason is recorded")
    if reason.startswith("not yet coded: "):
        return "Not yet coded:", f"{reason.removeprefix('not yet coded: ')}."
    for start in ("not measurable: ", "absent: "):
        reason = reason.removeprefix(start)
    if reason.startswith(SHOWN_OTHERWISE):
        return "Not compared:", f"{reason}."
    return "Not readable:", f"{reason}."


def tilt_row(view: SessionView, i: Indicator, r: Row) -> ProfileRow:
    """A row of the profile, absent or not."""
    here = r["tilt"] is not None
    numbers = values(view, i, r)
    exposure = exposure_words(view, i, r) if numbers else ""
    why, reason = ("", "") if here else reason_of(r)
    unit = view.told(i.unit)
    return ProfileRow(
        titles=(view.told(i.title),),
        unit="" if i.unit in SELF_EVIDENT or exposure in {"", unit} else capital(unit) + ".",
        svg=_tilt_svg(view, i, r) if here else None,
        values=numbers,
        exposure=exposure,
        verdict=verdict(view, r),
        reason=reason,
        caution=view.told(i.caution) if i.facet != ROOM else "",
        why=why,
    )


def _fitting(name: str) -> str:
    """A name cut where two would meet in the middle of the axis."""
    return name if len(name) <= LONGEST_ABOVE else f"{name[: LONGEST_ABOVE - 1]}…"


def _named(words: str, who: Person) -> str:
    """A name with "holds more" where there is room for both."""
    if len(who.name) > LONGEST_BESIDE:
        return words
    return words.replace("</text>", f'<tspan class="wide"> {who.holds} more</tspan></text>')


def axis_svg(view: SessionView) -> Markup:
    """The axis above the profile: who holds more on which side."""
    named = [
        _named(m.text(at, 14, _fitting(who.name), kind, anchor), who)
        for who, at, kind, anchor in (
            (view.pair.client, 4, "fc b", ""),
            (view.pair.therapist, 96, "ft b", "end"),
        )
    ]
    ends = ("−1", "−.5", "even", "+.5", "+1")
    scale = [m.text(x, 36, t, anchor="middle") for x, t in zip(TICKS, ends, strict=True)]
    return m.drawing(46, named + scale)


def tilt_cells(view: SessionView, i: Indicator, r: Row) -> list[str]:
    """The same row for the table."""
    others = [o["tilt"] for o in view.history.get(i.name, ()) if o["tilt"] is not None]
    numbers: dict[str, Any] = {v.role: v.text for v in values(view, i, r)}
    if r["tilt"] is None:
        reading = small(" ".join(reason_of(r)).rstrip("."))
    else:
        low, high = r["tilt_low"], r["tilt_high"]
        ends = f" [{signed(low)}, {signed(high)}]" if low is not None and high is not None else ""
        reading = f"{signed(r['tilt'])}{ends}, {verdict(view, r)}"
    return [
        view.told(i.title),
        numbers.get("client", "–"),
        numbers.get("therapist", "–"),
        exposure_words(view, i, r) if numbers else "",
        reading,
        interval(min(others), max(others)) if others else "",
    ]
