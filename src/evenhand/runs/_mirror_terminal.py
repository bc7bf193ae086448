"""What a person sees of the mirror in the terminal: a sentence, then its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from evenhand.models.counts_table import OUTCOMES
from evenhand.runs._mirror_counts import NOT_SAID, CountsResult
from evenhand.runs._mirror_study import StudyMirror
from evenhand.runs._mirror_study_terminal import show_study
from evenhand.runs._screens import plain_table

Row = Mapping[str, Any]
MAIN = {"outcome": "reliable_recovery", "among": "finishers"}
TITLES = {(one.name, one.among): one.title for one in OUTCOMES}


def show_mirror(result: CountsResult | StudyMirror) -> None:
    """A study's mirror, or that of a table of counts."""
    screen = Console(highlight=False)
    if isinstance(result, StudyMirror):
        show_study(result, screen)
    else:
        _show_counts(result, screen)


def _show_counts(result: CountsResult, screen: Console) -> None:
    """Ladders first, then groups, then what the table cannot say."""
    latest = result.periods[-1]
    screen.print()
    screen.print(Text(f"{result.file}: {latest}", style="bold"))
    for line in opening(result):
        screen.print(Text(line))
    _ladders(screen, _pick(result.found.gaps, period=latest))
    _years(screen, _pick(result.found.gaps, **MAIN), _pick(result.found.trends, **MAIN, of="slope"))
    _groups(screen, result, latest)
    for note in (*result.notes, *_published(result)):
        screen.print(Text(f"Note: {note}", style="dim"))
    screen.print(Text("What this cannot tell you", style="bold"))
    for line in NOT_SAID:
        screen.print(Text(line))


def opening(result: CountsResult) -> list[str]:
    """One sentence a ladder: the two ends, and the slope between them."""
    latest = result.periods[-1]
    said = []
    for gap in _pick(result.found.gaps, period=latest, **MAIN):
        rates = {
            row["group"]: row["rate"]
            for row in _pick(result.found.rates, period=latest, axis=gap["axis"], **MAIN)
        }
        first, last = rates[gap["first"]], rates[gap["last"]]
        said.append(
            f"Reliable recovery was {100 * first:.1f} % in “{gap['first']}” and {100 * last:.1f} % "
            f"in “{gap['last']}”; over the whole ladder {_points(gap['slope'])} points "
            f"[{_points(gap['slope_low'])}, {_points(gap['slope_high'])}]."
        )
    return said


def _pick(rows: Iterable[Row], **wanted: object) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _ladders(screen: Console, gaps: Sequence[Row]) -> None:
    if not gaps:
        return
    table = plain_table(
        "Slope over the ladder", "points", "SE", "binomial SE", "ratio of ends", "n"
    )
    for gap in gaps:
        table.add_row(
            f"{TITLES[gap['outcome'], gap['among']]}, of {gap['among']}",
            f"{_points(gap['slope'])} [{_points(gap['slope_low'])}, {_points(gap['slope_high'])}]",
            f"{100 * gap['slope_se']:.2f}",
            f"{100 * gap['slope_se_binomial']:.2f}",
            f"{gap['relative']:.2f} [{gap['relative_low']:.2f}, {gap['relative_high']:.2f}]",
            f"{gap['n']:,.0f}",
        )
    screen.print(table)
    screen.print(
        Text(
            "From the least to the most deprived end. SE × √φ: the groups scatter about the line "
            "by more than counting allows, and the binomial SE leaves that out.",
            style="dim",
        )
    )


def _years(screen: Console, gaps: Sequence[Row], trends: Sequence[Row]) -> None:
    for axis in dict.fromkeys(gap["axis"] for gap in gaps):
        years = [f"{g['period']} {_points(g['slope'])}" for g in _pick(gaps, axis=axis)]
        screen.print(
            Text(f"Slope of reliable recovery by {axis}, year by year: {', '.join(years)}.")
        )
        for line in _pick(trends, axis=axis):
            screen.print(
                Text(
                    f"Change a year {_points(line['change'])} points [{_points(line['low'])}, "
                    f"{_points(line['high'])}], {line['years']} years."
                )
            )


def _groups(screen: Console, result: CountsResult, latest: str) -> None:
    rates = _pick(result.found.rates, period=latest, **MAIN)
    for axis in dict.fromkeys(row["axis"] for row in rates if _shown(row["axis"])):
        odds = {
            row["group"]: row
            for row in _pick(result.found.odds_ratios, period=latest, axis=axis, **MAIN)
        }
        against = next((row["against"] for row in odds.values()), None)
        table = plain_table(axis, "at risk", "reliable recovery, %", "odds ratio")
        for row in _pick(rates, axis=axis):
            table.add_row(
                row["group"],
                f"{row['n']:,.0f}",
                f"{100 * row['rate']:.1f} [{100 * row['low']:.1f}, {100 * row['high']:.1f}]",
                _ratio(odds.get(row["group"]), compared=row["group"] == against),
            )
        screen.print()
        screen.print(table)


def _shown(axis: str) -> bool:
    """Finer groups fill pages: they are in the JSON."""
    return axis != "all" and not axis.endswith(", finer")


def _ratio(row: Row | None, *, compared: bool) -> str:
    if compared:
        return "compared with"
    if row is None or row["odds_ratio"] is None:
        return "not known" if row is None else "absent: a cell is empty"
    chance = " could be chance" if row["low"] < 1 < row["high"] else ""
    return f"{row['odds_ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]{chance}"


def _published(result: CountsResult) -> list[str]:
    return [
        f"{one['outcome'].replace('_', ' ')}: our rates equal the published ones in "
        f"{one['rows'] - one['differ']:,} of {one['rows']:,} rows (to their rounding)."
        for one in result.published
        if one["rows"]
    ]
