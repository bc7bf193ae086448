"""All attackers on the engine: a few made-up clinics here, a thousand of them in `make slow`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from evenhand.release import secondary
from tests.release.campaign import drawn, outcome, read, run

FEW = (3, 8)
"""One under sixty clients and one larger; those over several quarters take longer."""
THOUSAND, BATCH = 1_000, 25


def results(tmp_path: Path) -> Path:
    """Where outcomes are kept: in EVENHAND_CLINICS, where a run that was broken off goes on."""
    return Path(os.environ.get("EVENHAND_CLINICS", tmp_path))


def nothing_found(outcomes: Iterable[dict[str, Any]]) -> None:
    found = {one["seed"]: (one["found"], one["first"]) for one in outcomes if one["found"]}
    assert found == {}


def test_no_attacker_opens_anything_in_a_few_clinics(tmp_path: Path) -> None:
    outcomes = list(run(FEW, tmp_path / "few.jsonl", largest=300))
    nothing_found(outcomes)
    assert any(one["published"] for one in outcomes), "an engine that refuses all is no engine"
    assert any(one["hidden"] for one in outcomes)


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "few.jsonl"
    file.write_text('{"seed": 8, "found": {"kept": 1}}\n', encoding="utf-8")
    assert list(run([8], file)) == [{"seed": 8, "found": {"kept": 1}}]
    (made,) = run([2], file, largest=300)
    assert read(file)[1] == made


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(THOUSAND // BATCH))
def test_no_attacker_opens_anything_in_a_thousand_clinics(batch: int, tmp_path: Path) -> None:
    seeds = range(batch * BATCH, (batch + 1) * BATCH)
    nothing_found(run(seeds, results(tmp_path) / f"clinics-{batch:03}.jsonl"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(THOUSAND, THOUSAND + 24))
def test_what_is_proved_by_exchanges_is_not_opened(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large tables take another way through the engine; here every table takes it."""
    monkeypatch.setattr(secondary, "MANY_CELLS", 0)
    nothing_found([outcome(drawn(seed))])
