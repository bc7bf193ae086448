"""What earlier releases have said, read from the ledger's entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenhand.release.figures import Margin, measure_of

Labels = tuple[str, ...]
Values = tuple[float, ...]


@dataclass(frozen=True)
class Standing:
    """A published cell: the snapshot that it speaks of, and its numbers as printed."""

    s: int
    values: Values


@dataclass
class Told:
    """One margin: in which snapshots it was released, and which cells stood in each.

    Args:
        released: snapshot to the cells of which a figure stood, new or old.
        versions: (snapshot, cell) of every figure that was ever shown.
        standing: the figure of each cell that stands now.
        kept_back: snapshot to the cells whose old figure stands on, while what they held in that
            snapshot was kept back.
    """

    released: dict[int, frozenset[Labels]] = field(default_factory=dict)
    versions: list[tuple[int, Labels]] = field(default_factory=list)
    standing: dict[Labels, Standing] = field(default_factory=dict)
    kept_back: dict[int, frozenset[Labels]] = field(default_factory=dict)

    def add(self, s: int, shown: Mapping[Labels, Values], lapsed: Iterable[Labels]) -> None:
        """Take over what a release said of this margin."""
        self.kept_back[s] = frozenset(lapsed)
        for labels, values in shown.items():
            self.versions.append((s, labels))
            self.standing[labels] = Standing(s, values)
        self.released[s] = frozenset(self.standing)


@dataclass
class History:
    """Every snapshot's clients, and every margin that was released.

    Args:
        dims: the dimensions that were kept, in the order of a roster's row.
        labels: a name for each snapshot, such as ``2026-Q3``.
        rosters: each snapshot's clients by tag.
        told: what was released of each margin.
        changed: for each snapshot who is new, or other than in the one before; None: who left.
    """

    dims: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    rosters: list[dict[str, tuple[str, ...]]] = field(default_factory=list)
    told: dict[Margin, Told] = field(default_factory=dict)
    changed: list[Mapping[str, Sequence[str] | None]] = field(default_factory=list)

    def of(self, margin: Margin) -> Told:
        """What was released of a margin; an empty record where nothing was."""
        return self.told.setdefault(margin, Told())

    def widen(self, dims: Iterable[str]) -> None:
        """Make room for dimensions that earlier snapshots did not keep."""
        more = [d for d in dims if d not in self.dims]
        if more:
            self.dims += more
            blank = ("",) * len(more)
            self.rosters = [{t: (*row, *blank) for t, row in r.items()} for r in self.rosters]
            self.changed = [
                {t: None if row is None else (*row, *blank) for t, row in changes.items()}
                for changes in self.changed
            ]

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take over one entry of the ledger."""
        self.widen(entry["dims"])
        if entry["people"] is not None:
            self._add_snapshot(entry)
        s = len(self.rosters) - 1
        for one in entry["margins"]:
            margin = Margin(measure_of(one["measure"]), tuple(one["dims"]))
            shown = {tuple(labels): tuple(values) for labels, values in one["shown"]}
            self.of(margin).add(s, shown, map(tuple, one["lapsed"]))

    def _add_snapshot(self, entry: Mapping[str, Any]) -> None:
        place = [entry["dims"].index(d) if d in entry["dims"] else None for d in self.dims]
        as_kept = place == list(range(len(place)))
        changed = {
            tag: None
            if row is None
            else tuple(row if as_kept else ("" if p is None else row[p] for p in place))
            for tag, row in entry["people"].items()
        }
        roster = dict(self.rosters[-1]) if self.rosters else {}
        roster |= {tag: row for tag, row in changed.items() if row is not None}
        for tag in [tag for tag, row in changed.items() if row is None]:
            roster.pop(tag, None)
        self.changed.append(changed)
        self.labels.append(entry["snapshot"])
        self.rosters.append(roster)


def changes(
    before: Mapping[str, Sequence[str]] | None, now: Mapping[str, Sequence[str]]
) -> dict[str, list[str] | None] | None:
    """What an entry says of people: those who are new or other than before, None for who left.

    Returns:
        None where nothing has changed, so that there is no new snapshot.
    """
    if before is None:
        return {tag: list(row) for tag, row in now.items()}
    if dict(before) == dict(now):
        return None
    found: dict[str, list[str] | None] = {
        tag: list(row) for tag, row in now.items() if before.get(tag) != row
    }
    return found | {tag: None for tag in before if tag not in now}
