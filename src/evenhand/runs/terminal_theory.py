"""What the commands of the theory show in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from evenhand.runs._screens import plain_table, say_json

if TYPE_CHECKING:
    from evenhand.runs.calibrate import Calibration
    from evenhand.runs.experiments import Experiments
    from evenhand.runs.plan import Plan
    from evenhand.runs.simulate import Simulation


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def tell(made: Any, show: Callable[[Any], None], *, quiet: bool, as_json: bool) -> None:
    """Print a result: as JSON, as a person reads it, or not at all."""
    if as_json:
        say_json(made.as_dict())
    elif not quiet:
        show(made)


def show_simulation(made: Simulation) -> None:
    """How much was simulated, how courses ended, and what to do with it."""
    from evenhand.runs._simulated_page import CAUTION, detail, endings, headline

    console, total = _console(), made.counts["clients"]
    console.print(Text(headline(made)))
    table = plain_table("Course", "Clients", "Share")
    for name, n in endings(made):
        table.add_row(name, f"{n:,}", f"{n / total:.1%}")
    console.print(table)
    console.print(Text(detail(made), style="dim"))
    console.print(Text(CAUTION, style="dim"))
    console.print(f"Study  {made.out}", soft_wrap=True)


def show_calibration(made: Calibration) -> None:
    """Published beside simulated, what was held out apart, and what is left open."""
    from evenhand.runs._calibration_page import LIMITS, opening, table_rows

    console = _console()
    for held_out, title in ((False, "Fitted"), (True, "Held out")):
        table = plain_table(title, "Published", "Simulated", "90 % of draws", "")
        for name, value, _, found, ends, met, *_ in table_rows(made, held_out):
            table.add_row(name, value, found, ends, met)
        console.print(table)
        console.print()
    for sentence in (*opening(made).sentences, *opening(made).notes):
        console.print(Text(sentence))
    console.print(Text(LIMITS, style="dim"))
    console.print(f"Page   {made.out / 'calibration.html'}", soft_wrap=True)
    console.print(f"Theory {made.out / 'theory.toml'}", soft_wrap=True)


def show_experiments(made: Experiments) -> None:
    """What each experiment changes in a few outcomes; the rest is on the page."""
    from evenhand.runs._experiments_page import LIMITS, told
    from evenhand.theory.experiments import OUTCOMES, WHAT_IF, ablations

    console, shown = _console(), ("dropout", "recovery", "gap_recovery_ethnicity")
    for title, group in (("What if", WHAT_IF), ("Taken away", ablations())):
        table = plain_table(title, *(OUTCOMES[o][0] for o in shown))
        for one in group:
            cells = [told(made.effect(one.name, o), OUTCOMES[o][1]) for o in shown]
            table.add_row(one.title.partition(":")[0], *cells)
        console.print(table)
        console.print()
    console.print(Text(f"Changes, with 90 % of {made.draws} accepted draws. {LIMITS}", style="dim"))
    console.print(f"Page   {made.out / 'experiments.html'}", soft_wrap=True)


def show_plan(made: Plan) -> None:
    """Power and precision by size, and the sentence of the smallest size that is enough."""
    from evenhand.runs._plan_page import LIMITS
    from evenhand.runs.plan import known

    console = _console()
    for name in dict.fromkeys(c.estimand for c in made.cells):
        table = plain_table(
            "Clients", "Therapists", "Sessions", "Power", "MC 95 %", "± of an interval"
        )
        for c in (c for c in made.cells if c.estimand == name):
            ends = f"{c.power_low:.0%}–{c.power_high:.0%}"
            row = [f"{c.clients:,}", f"{c.therapists:,}", str(c.sessions), f"{c.power:.0%}", ends]
            table.add_row(*row, f"{c.half_width:.2f}")
        console.print(Text(": ".join(known()[name]), style="bold"))
        console.print(table)
        enough = made.enough(name)
        last = [c for c in made.cells if c.estimand == name][-1]
        console.print(Text((enough or last).sentence()))
        console.print()
    console.print(Text(LIMITS, style="dim"))
    if made.out is not None:
        console.print(f"Page   {made.out / 'plan.html'}", soft_wrap=True)
