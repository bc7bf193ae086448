"""The experiments' page: what is taken away, what is done differently, and a small explorer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from markupsafe import Markup

from evenhand.reports import marks as m
from evenhand.reports.blocks import Block, Figure, Opening, Table, Words
from evenhand.runs._theory_page import HEIGHT, Axis, Dot, figure
from evenhand.runs._theory_page import page as whole_page
from evenhand.theory.experiments import OUTCOMES, SLIDERS, WHAT_IF, ablations, places
from evenhand.theory.luck import DYADS

if TYPE_CHECKING:
    from evenhand.runs.experiments import Effect, Experiments

LIMITS = (
    "This is what happens in the theory, not in a clinic: the published figures leave its "
    "mechanism open, and each change here depends on constants that nothing pins down. That is "
    "why every number stands with the range over all theories that meet the figures alike."
)
EFFECT_HOW = (
    "A dot is the change under the calibrated theory; the line holds 90 % of the accepted draws. "
    "The same people and the same chance stand on both sides."
)
USUAL = (1.0, 0.0, 0.0, 0.0, 0.0)
"""The sliders' places in the world as it is."""


def told(e: Effect, unit: str, sign: bool = True) -> str:
    """A number with its range, in its unit."""
    form = "{:+.2f}" if unit == "SD" else "{:+.1f}"
    digits = 2 if unit == "SD" else 1
    numbers = [round(v, digits) + 0.0 for v in (e.value, e.low, e.high)]
    plain = form.replace("+", "")
    value, low, high = ((form if sign and v else plain).format(v) for v in numbers)
    return f"{value} {unit} [{low}, {high}]".replace("-", "−")


def _axis(effects: list[Effect], unit: str) -> Axis:
    """An axis that holds all, the same to both sides."""
    most = max([abs(v) for e in effects for v in (e.low, e.high, e.value)] + [1e-6])
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if 2.2 * s >= most)
    form = "{:+.1f}" if step < 1 else "{:+.0f}"
    ticks = [(k * step, form.format(k * step).replace("-", "−")) for k in (-2, -1, 1, 2)]
    ends = 2.2 * step
    return Axis(-ends, ends, [*ticks[:2], (0.0, f"0 {unit}"), *ticks[2:]])


def _of_outcome(made: Experiments, outcome: str, names: list[tuple[str, str]], kind: str) -> Figure:
    """All experiments' changes of one outcome."""
    title, unit = OUTCOMES[outcome]
    effects = [made.effect(name, outcome) for name, _ in names]
    dots = [
        Dot(
            label=label,
            small="",
            value=e.value,
            low=e.low,
            high=e.high,
            told=told(e, unit),
            hollow=e.low <= 0 <= e.high,
        )
        for (_, label), e in zip(names, effects, strict=True)
    ]
    rows = [[label, *_cells(e, unit)] for (_, label), e in zip(names, effects, strict=True)]
    head = ["", f"Change, {unit}", "5 % of draws", "Middle", "95 %"]
    return figure(
        f"{kind}-{outcome}".replace("_", "-"),
        title,
        f"As it is: {told(made.level(outcome), unit, sign=False)}.",
        EFFECT_HOW,
        _axis(effects, unit),
        dots,
        Table(f"{title}: change against things as they are", head, rows),
    )


def _cells(e: Effect, unit: str) -> list[str]:
    form = "{:.3f}" if unit == "SD" else "{:.2f}"
    return [form.format(v).replace("-", "−") for v in (e.value, e.low, e.middle, e.high)]


def _carried(made: Experiments) -> Figure:
    """How much of each gap goes with a path."""
    pairs = [
        ("without felt power", "gap_recovery_ethnicity", "Felt power, recovery gap by ethnicity"),
        ("without slights", "gap_recovery_ethnicity", "Slights, recovery gap by ethnicity"),
        ("without barriers", "gap_recovery_deprivation", "Barriers, recovery gap by deprivation"),
        (
            "without felt power",
            "gap_recovery_deprivation",
            "Felt power, recovery gap by deprivation",
        ),
        ("without barriers", "gap_dropout_deprivation", "Barriers, drop-out gap by deprivation"),
        ("without felt power", "gap_dropout_ethnicity", "Felt power, drop-out gap by ethnicity"),
    ]
    found = [(label, made.carried(name, outcome)) for name, outcome, label in pairs]
    dots = [Dot(label, "", e.value, e.low, e.high, told(e, "%", sign=False)) for label, e in found]
    ticks = ((0.0, "0 %"), (50.0, "50 %"), (100.0, "100 %"))
    rows = [[label, *_cells(e, "%")] for label, e in found]
    return figure(
        "carried",
        "What carries the gaps",
        "The part of a gap that goes when a path is taken away, of what a flat society would take.",
        "Paths work together, so that parts need not add up to 100 %.",
        Axis(-50.0, 150.0, ticks),
        dots,
        Table("Part of a gap that a path carries, %", ["", "Part", "5 %", "Middle", "95 %"], rows),
    )


def _opening(made: Experiments) -> Opening:
    carried = made.carried("without felt power", "gap_recovery_ethnicity")
    barriers = made.carried("without barriers", "gap_recovery_deprivation")
    forcing = made.effect("without forcing", "dropout")
    return Opening(
        eyebrow="The theory: what would happen if",
        title="Experiments",
        sentences=(
            f"In the theory, felt power carries {told(carried, '%', sign=False)} of the recovery "
            f"gap by ethnicity, and material barriers {told(barriers, '%', sign=False)} of the one "
            "by deprivation.",
            f"Without direction past what clients want, drop-out would change by "
            f"{told(forcing, 'points')}, and the recovery gap by ethnicity by "
            f"{told(made.effect('without forcing', 'gap_recovery_ethnicity'), 'points')}.",
            f"Ranges hold 90 % of {made.draws} accepted draws of the calibration.",
        ),
        limits=LIMITS,
        notes=(
            f"{made.blocks * DYADS:,} clients in each world that is compared, seed {made.seed}; "
            "sessions as planned, 20 at most.",
        ),
    )


def _explorer_data(made: Experiments) -> dict[str, object]:
    """Every place of the sliders: calibrated value, and the range over the explored draws."""
    values = {}
    for place in places():
        key = "/".join(f"{v:g}" for v in place)
        values[key] = [[round(f[key][o], 3) for f in made.explored] for o in OUTCOMES]
    ranges = {key: [[row[0], min(row), max(row)] for row in rows] for key, rows in values.items()}
    ends = []
    for n in range(len(OUTCOMES)):
        low = min(rows[n][1] for rows in ranges.values())
        high = max(rows[n][2] for rows in ranges.values())
        pad = 0.05 * (high - low) or 0.05
        ends.append([low - pad, high + pad])
    return {
        "steps": [list(s) for _, s in SLIDERS.values()],
        "usual": list(USUAL),
        "ends": ends,
        "units": [u for _, u in OUTCOMES.values()],
        "values": ranges,
    }


def _explorer(made: Experiments) -> Words:
    """Sliders that a script moves; without one, the table of each slider by itself."""
    data = _explorer_data(made)
    sliders = [
        Markup(
            '<label><span>{}</span> <input type="range" min="0" max="{}" step="1" value="{}" '
            'data-slider="{}"><output></output></label>'
        ).format(title, len(steps) - 1, steps.index(usual), n)
        for n, ((title, steps), usual) in enumerate(zip(SLIDERS.values(), USUAL, strict=True))
    ]
    lines = [
        Markup(
            '<div class="prow" data-row="{}"><div class="lab">{}<small>{}</small></div>{}'
            '<div class="vals one"><span class="now"></span></div></div>'
        ).format(n, title, unit, _moving(title))
        for n, (title, unit) in enumerate(OUTCOMES.values())
    ]
    body = Markup(
        '<div><div id="explorer" hidden><fieldset class="stretch"><legend>Move one, and look what '
        "moves with it</legend>{}</fieldset>{}</div>{}"
        '<script type="application/json" id="explorer-data">{}</script></div>'
    ).format(
        Markup("").join(sliders),
        Markup("").join(lines),
        _singles(made),
        Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")),
    )
    return Words(
        "explorer-part",
        "Explore",
        "Precomputed worlds: nothing is worked out in the page.",
        f"Dots are the calibrated theory, lines run over it and {len(made.explored) - 1} accepted "
        f"draws; the hollow mark is the world as it is. {DYADS:,} clients in each of these worlds, "
        "so that numbers differ a little from those below.",
        body,
    )


def _moving(title: str) -> Markup:
    middle = HEIGHT / 2
    parts = [
        m.line(0, 0, middle, middle, "si w15 range"),
        f'<circle cx="0" cy="{middle}" r="5.5" class="fn s3 w15 usual"/>',
        f'<circle cx="0" cy="{middle}" r="4.75" class="fi dot"/>',
    ]
    return m.drawing(HEIGHT, parts, title)


def _singles(made: Experiments) -> Markup:
    """Each slider moved by itself, as a table."""
    rows = []
    for n, (title, steps) in enumerate(SLIDERS.values()):
        for step in steps:
            place = list(USUAL)
            place[n] = step
            key = "/".join(f"{v:g}" for v in place)
            cells = [_span([f[key][o] for f in made.explored], u) for o, (_, u) in OUTCOMES.items()]
            rows.append([f"{title}: {step:g}", *cells])
    head = "".join(Markup("<th>{}, {}</th>").format(t, u) for t, u in OUTCOMES.values())
    body = "".join(
        "<tr>" + "".join(str(Markup("<td>{}</td>").format(c)) for c in row) + "</tr>"
        for row in rows
    )
    return Markup(
        '<details class="twin"><summary>The same as a table, each slider by itself</summary>'
        '<div class="scroll"><table><caption>Calibrated theory [least, most over the explored '
        f"draws]</caption><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
        "</div></details>"
    )


def _span(values: list[float], unit: str) -> str:
    form = "{:.2f}" if unit == "SD" else "{:.1f}"
    value, low, high = (form.format(v) for v in (values[0], min(values), max(values)))
    return f"{value} [{low}, {high}]".replace("-", "−")


SCRIPT = """
(() => {
  const held = document.getElementById("explorer-data");
  const part = document.getElementById("explorer");
  if (!held || !part) return;
  const data = JSON.parse(held.textContent);
  const inputs = [...part.querySelectorAll("input[data-slider]")];
  const rows = [...part.querySelectorAll("[data-row]")];
  const minus = (text) => text.replaceAll("-", "\\u2212");
  const name = (place) => place.map((v) => String(v)).join("/");
  const at = (n, v) => {
    const [low, high] = data.ends[n];
    return 4 + 92 * (v - low) / (high - low) + "%";
  };
  const usual = data.values[name(data.usual)];
  function show() {
    const place = inputs.map((i, n) => data.steps[n][Number(i.value)]);
    inputs.forEach((i, n) => {
      i.nextElementSibling.textContent = String(place[n]);
      i.setAttribute("aria-valuetext", String(place[n]));
    });
    const found = data.values[name(place)];
    rows.forEach((row, n) => {
      const [value, low, high] = found[n];
      const digits = data.units[n] === "SD" ? 2 : 1;
      const range = row.querySelector(".range");
      range.setAttribute("x1", at(n, low));
      range.setAttribute("x2", at(n, high));
      row.querySelector(".dot").setAttribute("cx", at(n, value));
      row.querySelector(".usual").setAttribute("cx", at(n, usual[n][0]));
      const numbers = [value, low, high].map((v) => v.toFixed(digits));
      const text = `${numbers[0]} [${numbers[1]}, ${numbers[2]}]`;
      row.querySelector(".now").textContent = minus(text);
    });
  }
  inputs.forEach((i) => i.addEventListener("input", show));
  part.hidden = false;
  show();
})();
"""
STYLE = """
#explorer .stretch { flex-direction: column; align-items: stretch; }
#explorer .stretch label { display: grid; grid-template-columns: minmax(0, 19rem) 10rem 3rem; }
#explorer .stretch output { min-width: 0; }
@media (max-width: 40rem) {
  #explorer .stretch label { grid-template-columns: 10rem minmax(0, 1fr); }
  #explorer .stretch label span { grid-column: 1 / -1; width: auto; }
}
"""


def page(made: Experiments) -> str:
    """The whole page."""
    what_if = [(e.name, e.title) for e in WHAT_IF]
    without = [(e.name, e.title) for e in ablations()]
    blocks: list[Block] = [_opening(made)]
    if made.explored:
        blocks.append(_explorer(made))
    blocks += [_of_outcome(made, o, what_if, "if") for o in OUTCOMES]
    blocks.append(_carried(made))
    blocks += [_of_outcome(made, o, without, "without") for o in OUTCOMES]
    return whole_page("Experiments on the theory", blocks, SCRIPT, STYLE)
