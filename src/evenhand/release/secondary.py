"""Secondary suppression: give up as few cells as it takes to protect every hidden one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evenhand.release.exchanges import Exchanges, gathered
from evenhand.release.figures import Block
from evenhand.release.known import Cell, published
from evenhand.release.moves import Search
from evenhand.release.programmes import Budget, SpentError
from evenhand.release.protection import Classes, System, Target
from evenhand.release.rules import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Truth = NDArray[np.bool_]


BUDGET, LATER_BUDGET = 600_000_000, 200_000_000
"""How much may be solved for a table, and then for it without its finest level: what is not proved
safe by then is withheld."""

MANY_CELLS, MANY_ROWS = 600, 100_000
"""New cells, and kinds of client times snapshots, above which no linear programme is solved."""

KNOWN_TO_A_CLIENT = 2
"""Clients know of themselves: at most that much nearer together do they bring two values."""


@dataclass
class Choice:
    """The cells of one new margin: which could be shown, which are.

    Args:
        block: all its cells, in the snapshot that is released.
        shown: True for each that is shown.
        people: how many clients each holds.
    """

    block: Block
    shown: Truth
    people: Whole

    def people_of(self, cell: int) -> int:
        """How many clients a cell holds."""
        return int(self.people[np.searchsorted(self.block.cells, cell)])


class Board:
    """What was shown before, which stays, and the new cells, which may be given up."""

    def __init__(
        self,
        system: System,
        before: Sequence[Block],
        hidden: Sequence[Block],
        new: list[Choice],
        rules: Rules,
        budget: int = BUDGET,
    ) -> None:
        """Lay out old and new; `hidden` are the cells that earlier releases kept back."""
        self.system = system
        self.before = list(before)
        self.hidden = list(hidden)
        self.new = new
        self.rules = rules
        self.budget = Budget(budget)

    def layout(self) -> tuple[list[Block], list[Block]]:
        """(shown, hidden) as it stands now."""
        shown = [Block(c.block.margin, c.block.s, c.block.cells[c.shown]) for c in self.new]
        hidden = [Block(c.block.margin, c.block.s, c.block.cells[~c.shown]) for c in self.new]
        return [*self.before, *shown], [*self.hidden, *hidden]

    @property
    def width(self) -> int:
        """How uncertain a hidden count must be, so that one client more may be known."""
        return self.rules.width + KNOWN_TO_A_CLIENT

    def protect(self) -> bool:
        """Give up cells until nothing hidden is exposed; False where that cannot be had."""
        shown, hidden = self.layout()
        if self.is_large:
            return self._exchange(shown, hidden)
        classes = self.system.classes(shown)
        narrow = self.system.exposed(classes, hidden, self.width)
        return not narrow or self._settle(shown, classes, narrow)

    @property
    def is_large(self) -> bool:
        """Whether there is too much for linear programmes."""
        cells = sum(block.cells.size for block in self._heard([c.block for c in self.new]))
        columns = int((self.system.guess == 0).sum())
        return cells > MANY_CELLS or columns * len(self.system.crowd.held) > MANY_ROWS

    def _heard(self, blocks: Sequence[Block]) -> list[Block]:
        """These blocks without the cells of values that nobody ever gave."""
        heard = {b.margin: self.system.crowd.heard(b.margin.dims) for b in blocks}
        return [Block(b.margin, b.s, b.cells[heard[b.margin][b.cells]]) for b in blocks]

    def _exchange(self, shown: Sequence[Block], hidden: Sequence[Block]) -> bool:
        """Give up what exchanges of clients need; False where they do not protect everything.

        Only clients who are there are exchanged, and no rounding is made use of: where nobody ever
        gave a value, nothing can be proved of it, and nothing is asked.
        """
        hidden = self._heard(hidden)
        first = len(self.before)
        every = (shown[:first], shown[first:])
        system = self.system
        exchanges = Exchanges(system.crowd, system.caseloads, every, hidden, self.width)
        given = exchanges.protect(gathered(hidden), self.new[0].block.s)
        for margin, cell in given or []:
            for choice in self.new:
                if choice.block.margin == margin:
                    choice.shown[np.searchsorted(choice.block.cells, cell)] = False
        return given is not None

    def _settle(self, shown: list[Block], classes: Classes, narrow: list[Target]) -> bool:
        """Give up what must be, show again what need not have been; False where it fails."""
        first = len(self.before)
        own = self.system.exposed(classes, shown[first:], self.width)
        known = published(self.system, classes, shown, self.rules)
        targets, behind = _distinct(narrow, own)
        game = _Game(
            Search(classes, known, targets, self.width, self.budget),
            held=np.array([number >= first for number, _ in known.owners], dtype=bool),
            prices=self._prices(known.owners),
            behind={
                n: behind.get((number - first, cell), [])
                for n, (number, cell) in enumerate(known.owners)
            },
            hidden=set(behind[None]),
        )
        done = game.settled()
        for n in game.given:
            number, cell = known.owners[n]
            choice = self.new[number - first]
            choice.shown[np.searchsorted(choice.block.cells, cell)] = False
        return done

    def _prices(self, owners: Sequence[Cell]) -> NDArray[np.float64]:
        """One a cell, and a little more for more people, so that ties fall one way."""
        most = max([int(c.people.max(initial=1)) for c in self.new], default=1)
        first = len(self.before)
        people = np.array(
            [self.new[n - first].people_of(cell) if n >= first else 0 for n, cell in owners]
        )
        return 1.0 + 0.5 * people / (most + 1)


def _distinct(
    narrow: Sequence[Target], own: Sequence[Target]
) -> tuple[list[Target], dict[Cell | None, list[int]]]:
    """Hidden counts that differ, and which of them stand behind a new cell.

    Returns:
        The counts; and for each new cell (number, cell) those that its being given up would
        make hidden, under None those that are hidden anyway.
    """
    known: dict[tuple[bytes, bytes], int] = {}
    targets: list[Target] = []
    behind: dict[Cell | None, list[int]] = {None: []}
    for target, is_own in [*((t, False) for t in narrow), *((t, True) for t in own)]:
        key = (target.whole.tobytes(), target.split.tobytes())
        if key not in known:
            known[key] = len(targets)
            targets.append(target)
        number, _, cell = target.place
        behind.setdefault((number, cell) if is_own else None, []).append(known[key])
    return targets, behind


@dataclass
class _Game:
    """One round: cells of `known` by number, and hidden counts by number.

    Args:
        search: finds moves.
        held: cells that may be given up.
        prices: what each costs.
        behind: cell to the counts that its being given up makes hidden.
        hidden: counts that are hidden whatever is given up.
        given: cells that were given up.
    """

    search: Search
    held: Truth
    prices: NDArray[np.float64]
    behind: dict[int, list[int]]
    hidden: set[int]
    given: list[int] = field(default_factory=list)

    def settled(self) -> bool:
        """Play; False where nothing was found, or not within the budget."""
        try:
            if not self.give_up():
                return False
        except SpentError:
            return False
        self.show_again()
        return True

    def give_up(self) -> bool:
        """Give up cells until no hidden count is bounded too tightly; False where it fails."""
        while (found := self.search.narrow(self._active())) is not None:
            open_cells = self.held & self.search.standing
            cells = self.search.cheapest(*found, open_cells, self.prices)
            if not cells.size:
                return False
            self.given += cells.tolist()
        return True

    def show_again(self) -> None:
        """Show what need not have been given up after all, the dearest first."""
        for cell in sorted(self.given, key=lambda n: (-self.prices[n], n)):
            self.given.remove(cell)
            moves = self.search.show(cell)
            if not self._is_safe():
                self.given.append(cell)
                self.search.take_back(cell, moves)

    def _is_safe(self) -> bool:
        """Whether nothing hidden is bounded too tightly, as far as the budget lets one see."""
        try:
            return self.search.narrow(self._active()) is None
        except SpentError:
            return False

    def _active(self) -> Whole:
        """Counts that are hidden now."""
        given = {target for cell in self.given for target in self.behind[cell]}
        return np.array(sorted(self.hidden | given), dtype=np.int64)
