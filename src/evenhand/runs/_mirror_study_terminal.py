"""A study's mirror in the terminal: what may be said, then the figures, then what may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from evenhand.runs._mirror_gaps_terminal import show_gaps
from evenhand.runs._mirror_measured_terminal import show_bounds, show_items
from evenhand.runs._mirror_study import DISCOVERY, NOT_SAID, StudyMirror
from evenhand.runs._screens import plain_table

Row = Mapping[str, Any]

_table = partial(plain_table, numbers=False)


def show_study(result: StudyMirror, screen: Console) -> None:
    """Print a study's mirror."""
    screen.print()
    screen.print(Text(result.title, style="bold"))
    who = result.people
    screen.print(
        f"{who['clients']:,} clients, {who['therapists']:,} therapists, {who['sessions']:,} "
        "sessions; positions as people described them."
    )
    _claim(screen, result.hierarchy)
    _primary(screen, result.primary)
    _room(screen, result.room)
    show_bounds(screen, result.bounds)
    _differences(screen, result.differences)
    _treatment(screen, result.treatment)
    show_items(screen, result.items)
    for row in result.strata:
        _strata(screen, f"{row['title']}, where {' and '.join(row['axes'])} meet", row)
    for row in result.both_strata:
        _strata(screen, f"{row['title']}, by the strata of both who meet", row)
    show_gaps(screen, result.gaps)
    _paths(screen, result.paths)
    _controls(screen, result.controls)
    _refused(screen, result.refused)
    for note in result.notes:
        screen.print(Text(f"Note: {note}", style="dim"))
    screen.print(Text("What this cannot tell you", style="bold"))
    for line in NOT_SAID:
        screen.print(Text(line))


def _strata(screen: Console, title: str, row: Row) -> None:
    screen.print()
    screen.print(Text(title, "bold"))
    for line in row["said"]:
        screen.print(Text(line))
    if "q" in row:
        screen.print(Text(_strata_tested(row)))


def _strata_tested(row: Row) -> str:
    """Whether strata differ by more than chance, among as many outcomes as were looked at."""
    told = f"Strata differ at all: {_by_chance(row['q'])}"
    if row["p_beyond"] is None:
        return f"{told}."
    return f"{told}; beyond the sum of their axes: {_by_chance(row['q_beyond'])}."


def _by_chance(q: float) -> str:
    return f"{'more than chance' if q <= DISCOVERY else 'could be chance'} (q {q:.2g})"


def _claim(screen: Console, claim: Row | None) -> None:
    if claim is None:
        return
    screen.print(Text(f"Ranked by this study's own claim: {claim['reason']}"))
    for preset in claim["presets"]:
        screen.print(Text(f"Preset {preset['key']}: {preset['source']}. {preset['limits']}"))


def _primary(screen: Console, primary: Row | None) -> None:
    if primary is None:
        return
    if "indicator" in primary:
        told = f"{primary['indicator']} by {primary['axis']} {_said(primary)}"
        told += f", {_interval(primary['mirror'])}"
    else:
        where = primary["primary"]
        read = "clear of 0" if _clear(primary[where]) else "could be chance"
        ends = _interval(primary[where], primary["family"] == "logit")
        told = f"{primary['outcome']} by {primary['axis']}, {where} caseloads: {ends}, {read}"
    screen.print(Text(f"Primary: {told}.", "bold"))


def _said(row: Row) -> str:
    """What may be said of a mirror coefficient, and which way it points."""
    higher = row["mirror"]["estimate"] > 0
    if row["word"] == "gap":
        who = "higher" if higher else "lower"
        return f"follows the gap: the one who stands {who} holds more"
    if row["word"] == "both standings":
        return "goes with both standings, not with the gap alone"
    if row["word"] == "therapist's standing":
        more = "more" if row["beta_t"]["estimate"] > 0 else "less"
        return f"goes with the therapist's standing: higher, and they hold {more}"
    if row["word"] == "client's standing":
        more = "more" if row["beta_c"]["estimate"] > 0 else "less"
        return f"goes with the client's standing: higher, and the therapist holds {more}"
    return "could be chance"


def _room(screen: Console, rows: Sequence[Row]) -> None:
    """A sentence an indicator, then its figures."""
    for axis in dict.fromkeys(row["axis"] for row in rows):
        screen.print()
        screen.print(Text(f"The room, by {axis}", style="bold"))
        for row in (one for one in rows if one["axis"] == axis):
            screen.print(Text(f"{row['indicator']}: {_reading(row)}"))
            screen.print(Text(f"  {_figures(row)}", style="dim"))
    if rows:
        screen.print(
            Text(
                "Log rate ratios of the therapist's side with 95 % intervals (log odds ratios "
                "where at most one act a turn counts), for half of the way from the lowest "
                f"standing to the highest. {_counted(rows)}",
                style="dim",
            )
        )


def _figures(row: Row) -> str:
    names = {"mirror": "half the difference", "beta_t": "therapist's standing"}
    names |= {"beta_c": "client's", "both": "their sum"}
    if row["absolute"] is not None and _clear(row["absolute"]):
        names |= {"absolute": "size of the gap, either way"}
    return "; ".join(f"{told} {_interval(row[name])}" for name, told in names.items())


def _reading(row: Row) -> str:
    if row.get("no_difference"):
        return "no difference, within the declared margin"
    q = row.get("q")
    if row["word"] != "nothing clear" and q is not None and q > DISCOVERY:
        return f"could be chance among so many (q {q:.2f})"
    return _said(row)


def _counted(rows: Iterable[Row]) -> str:
    n = [(row["sessions"], row["clients"], row["therapists"]) for row in rows]
    low, high = np.min(n, axis=0), np.max(n, axis=0)
    names = ("sessions", "clients", "therapists")
    spans = [f"{a:,}" if a == b else f"{a:,} to {b:,}" for a, b in zip(low, high, strict=True)]
    return ", ".join(f"{s} {name}" for s, name in zip(spans, names, strict=True)) + "."


def _differences(screen: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = _table("The room where positions differ", "by", "within caseloads", "n", "read as")
    for row in rows:
        clear = row["within"]["low"] > 0 or row["within"]["high"] < 0
        told = "differs" if clear and row["q"] <= DISCOVERY else "could be chance"
        if row["no_difference"]:
            told = "no difference, within the declared margin"
        n = f"{row['clients']:,} clients, {row['therapists']:,} therapists"
        table.add_row(row["indicator"], row["axis"], _interval(row["within"]), n, told)
    screen.print()
    screen.print(table)


def _treatment(screen: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = _table("The treatment", "by", "within caseloads", "between caseloads", "n", "read as")
    for row in rows:
        table.add_row(
            row["title"],
            row["axis"],
            *(_interval(row[name], row["family"] == "logit") for name in ("within", "between")),
            f"{row['clients']:,} clients, {row['therapists']:,} therapists",
            _where(row),
        )
    screen.print()
    screen.print(table)
    screen.print(
        Text(
            "From the lowest standing to the highest (or pairs that differ against others): "
            "standard deviations, or the odds ratio of leaving. Within: the same therapist's "
            "clients. Between: who sees whom.",
            style="dim",
        )
    )


def _paths(screen: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    table = _table(
        "By way of the room", "by", "gap to tilt", "tilt to outcome", "both", "beside it", "q"
    )
    for row in rows:
        steps = (_interval(row[name]) for name in ("a", "b", "indirect", "direct"))
        table.add_row(
            f"{row['mediator']} to {row['outcome']}", row["axis"], *steps, f"{row['q']:.2f}"
        )
    screen.print()
    screen.print(table)
    screen.print(
        Text(
            "Between dyads of one caseload, a step of 1 in the gap; the tilt is latent, known by "
            "its counts. A common reason that ties what is left of tilt and outcome by "
            f"ρ {_rho(rows)} would explain the path away. Association, not cause.",
            style="dim",
        )
    )
    _within_dyads(screen, rows)


def _within_dyads(screen: Console, rows: Sequence[Row]) -> None:
    """Another question than the path's, so it stands apart; the same on every axis."""
    row = next((one for one in rows if one["within"] is not None), None)
    if row is None:
        return
    within = row["within"]
    screen.print(
        Text(
            "Apart from it, within dyads: in sessions in which the therapist's side held more than "
            f"is usual between the two ({row['mediator']}), a step of 1 went with "
            f"{_interval(within)} SD of alliance ({within['sessions']:,} sessions, "
            f"{within['dyads']:,} dyads, {within['therapists']:,} therapists)."
        )
    )


def _rho(rows: Sequence[Row]) -> str:
    sizes = sorted(abs(row["rho"]) for row in rows)
    return f"{sizes[0]:.2f}" if len(sizes) == 1 else f"{sizes[0]:.2f} to {sizes[-1]:.2f}"


def _where(row: Row) -> str:
    if row["no_difference"]:
        return "no difference within caseloads, by the declared margin"
    within = _clear(row["within"]) and _named(row.get("q"))
    between = _clear(row["between"]) and _named(row.get("q_between"))
    if within and between:
        return "within and between caseloads"
    if within:
        e = row["e_value"]
        return f"within caseloads (E-value {e['estimate']:.1f}, limit {e['limit']:.1f})"
    return "between caseloads" if between else "could be chance"


def _named(q: float | None) -> bool:
    """Whether a comparison may be named among its family; the primary one has none."""
    return q is None or q <= DISCOVERY


def _clear(estimate: Row) -> bool:
    return bool(estimate["low"] > 0 or estimate["high"] < 0)


def _controls(screen: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    permuted = [row for row in rows if "indicator" in row]
    if permuted:
        clear = sum(_clear(row) for row in permuted)
        screen.print(
            Text(
                f"Negative control: with clients' positions traded within caseloads, {clear} of "
                f"{len(permuted)} of the client's coefficients are clear of 0 (about one in "
                "twenty is expected)."
            )
        )
    for row in rows:
        if "outcome" in row and _clear(row):
            screen.print(
                Text(
                    f"Negative control: {row['title']} differs by {row['axis']} within caseloads, "
                    f"{_interval(row)} SD. {row['control']}"
                )
            )


def _refused(screen: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    screen.print()
    screen.print(Text("Not compared", style="bold"))
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["why"], row["remedy"]), []).append(row)
    for (why, remedy), same in grouped.items():
        screen.print(Text(f"{_places(same)}: {why} {remedy}"))


def _places(rows: Sequence[Row]) -> str:
    """What was refused, and on which axes, those alike together."""
    axes: dict[str, list[str]] = {}
    for row in rows:
        axes.setdefault(row["what"], []).extend([row["axis"]] if row["axis"] else [])
    alike: dict[tuple[str, ...], list[str]] = {}
    for what, where in axes.items():
        alike.setdefault(tuple(where), []).append(what)
    told = [
        ", ".join(whats) + (f" (by {', '.join(where)})" if where else "")
        for where, whats in alike.items()
    ]
    return "; ".join(told)


def _interval(estimate: Row, odds: bool = False) -> str:
    numbers = [estimate[name] for name in ("estimate", "low", "high")]
    if odds:
        middle, low, high = (f"{np.exp(min(x, 700)):.2f}" for x in numbers)
    else:
        middle, low, high = (f"{x:+.2f}".replace("-", "−") for x in numbers)
    return f"{middle} [{low}, {high}]"
