"""Parameters are checked, and every fault is told at once."""

import pickle
from pathlib import Path

import pytest

from evenhand.core.errors import EvenhandError
from evenhand.theory import load_theory, read_settings, shipped_theory, specs
from evenhand.theory.parameters import theory_toml
from tests.house.tree import ROOT


def test_every_parameter_has_a_unit_a_source_and_a_value_in_range():
    for spec in specs().values():
        assert spec.low <= spec.value <= spec.high, spec.name
        assert spec.unit, spec.name
        assert spec.source, spec.name
        assert spec.means, spec.name
        assert spec.kind in {"fitted", "judged", "known", "society"}, spec.name


def test_all_faults_are_told_at_once_with_a_near_name():
    with pytest.raises(EvenhandError) as caught:
        shipped_theory().with_({"v_p": 1.0, "tau": 3.0})
    assert "near: v_P" in caught.value.what
    assert "tau is 3" in caught.value.what
    assert caught.value.where == "--set"


def test_a_number_is_a_number():
    with pytest.raises(EvenhandError, match="v_P is not a number"):
        shipped_theory().with_({"v_P": float("nan")})


def test_settings_are_name_and_number():
    assert read_settings(["v_P=1.2", "h = 0"]) == {"v_P": 1.2, "h": 0.0}
    for word in ("v_P", "v_P=much", "=1e"):
        with pytest.raises(EvenhandError, match="name=number"):
            read_settings([word])


def test_a_file_changes_what_it_names(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text("[parameters]\nv_P = 1.5\n[parameters.tau]\nvalue = 0.3\n", encoding="utf-8")
    own = load_theory(path)
    assert (own.v_P, own.tau, own.v_T) == (1.5, 0.3, shipped_theory().v_T)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[parameters]\nv_P = \n", "TOML"),
        ("v_P = 1\n", r"no \[parameters\]"),
        ("[parameters]\nv_P = 'much'\n", "not a number"),
        ("[parameters]\nvoice = 1\n", "no parameter 'voice'"),
    ],
)
def test_a_file_that_is_off_says_what_is(tmp_path: Path, text: str, says: str):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvenhandError, match=says) as caught:
        load_theory(path)
    assert "own.toml" in caught.value.where


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(EvenhandError, match="no such file"):
        load_theory(tmp_path / "none.toml")


def test_a_written_theory_is_read_as_it_was(tmp_path: Path):
    changed = shipped_theory().with_({"v_P": 1.25, "y_inf": -2.5})
    path = tmp_path / "theory.toml"
    path.write_text(theory_toml(changed), encoding="utf-8")
    assert dict(load_theory(path)) == dict(changed)


def test_a_theory_goes_to_another_process():
    assert dict(pickle.loads(pickle.dumps(shipped_theory()))) == dict(shipped_theory())


def test_a_world_has_a_name():
    us = load_theory(Path("us-caseloads"))
    assert us.weight_ethnicity == 0.0
    assert dict(load_theory(Path("england"))) == dict(shipped_theory())


def test_the_page_lists_every_parameter_as_it_is():
    page = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    for s in specs().values():
        numbers = f"| `{s.name}` | {s.value:g} | {s.low:g} … {s.high:g} |"
        assert f"{numbers} {s.unit} | {s.kind} | {s.means} |" in page, s.name
