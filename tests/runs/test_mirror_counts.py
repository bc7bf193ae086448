"""`evenhand mirror FILE`: tables of counts from the command line."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import evenhand.cli
from evenhand.core.errors import EvenhandError, Exit
from evenhand.runs.mirror import mirror

ROOT = Path(__file__).resolve().parents[2]
HEAD = "period,axis,group,referrals,finished,not_at_caseness,recovery,reliable_recovery"


def england() -> Path:
    folder = Path(os.environ.get("EVENHAND_SHARED", ROOT.parent / "shared" / "data"))
    path = folder / "nhs_talking_therapies_england_2017_2025.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project (EVENHAND_SHARED, ../shared/data)")
    return path


def counts(folder: Path, labels: list[str], name: str = "counts.csv", axis: str = "deprivation"):
    rows = [
        f"2024-25,{axis},{label},500,220,20,{100 - 3 * n},{90 - 3 * n}"
        for n, label in enumerate(labels)
    ]
    path = folder / name
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def pick(rows: list[dict], **wanted: object) -> list[dict]:
    return [one for one in rows if all(one[k] == v for k, v in wanted.items())]


@pytest.fixture(scope="module")
def nhs(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("nhs") / "mirror.json"
    mirror(england(), json=out)
    return json.loads(out.read_text(encoding="utf-8"))


def test_all_published_rates_of_england_are_reproduced(nhs: dict) -> None:
    for outcome in nhs["published"]:
        assert outcome["rows"] == 583
        assert outcome["differ"] == 0
        assert outcome["largest_points"] < 0.0501
    latest = pick(nhs["rates"], period="2024-25", outcome="reliable_recovery", among="finishers")
    assert len(latest) == 82


def test_the_slope_of_england_is_the_one_that_was_worked_out(nhs: dict) -> None:
    (gap,) = pick(nhs["gaps"], period="2024-25", outcome="reliable_recovery", among="finishers")
    assert 100 * gap["slope"] == pytest.approx(-12.6, abs=0.05)
    assert 100 * gap["slope_se"] == pytest.approx(0.82, abs=0.006)
    assert 100 * gap["slope_se_binomial"] == pytest.approx(0.22, abs=0.006)
    assert gap["relative"] == pytest.approx(0.77, abs=0.005)
    (referred,) = pick(
        nhs["gaps"], period="2024-25", outcome="reliable_recovery", among="referrals"
    )
    assert referred["relative"] == pytest.approx(0.52, abs=0.005)


def test_the_ends_of_the_ladder_are_those_of_england(nhs: dict) -> None:
    tenths = pick(
        nhs["rates"],
        period="2024-25",
        outcome="reliable_recovery",
        among="finishers",
        axis="deprivation",
    )
    rates = {row["group"]: round(100 * row["rate"], 1) for row in tenths}
    assert rates["01 Least deprived"] == 52.4
    assert rates["10 Most deprived"] == 40.5


def test_england_runs_straight_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "mirror.json"
    done = CliRunner().invoke(evenhand.cli.app, ["mirror", str(england()), "--json", str(out)])
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "52.4 %" in said
    assert "−12.6 points" in said
    assert "nothing intersectional" in said
    assert json.loads(out.read_text(encoding="utf-8"))["kind"] == "counts"


def test_a_group_whose_spelling_changes_is_one_group(nhs: dict) -> None:
    lines = pick(nhs["trends"], axis="ethnicity, finer", outcome="recovery", among="finishers")
    found = [one for one in lines if "other asian" in one["group"].lower()]
    assert [one["years"] for one in found] == [8]


def test_a_direction_that_nobody_says_is_asked_for(tmp_path: Path) -> None:
    path = counts(tmp_path, ["1", "2", "3", "4", "5"])
    with pytest.raises(EvenhandError) as error:
        mirror(path)
    assert error.value.code == Exit.QUESTION
    assert "--direction deprivation=1-least" in error.value.remedy


@pytest.mark.parametrize(
    ("direction", "sign"),
    [("1-least", -1), ("5-most", -1), ("1-most", 1), ("5-least", 1)],
)
def test_a_declared_direction_turns_the_slope(tmp_path: Path, direction: str, sign: int) -> None:
    path = counts(tmp_path, ["1", "2", "3", "4", "5"])
    found = mirror(path, direction={"deprivation": direction}).found
    (gap,) = pick(found.gaps, outcome="recovery")
    assert gap["slope"] * sign > 0


def test_without_a_direction_on_purpose_there_is_no_ladder(tmp_path: Path) -> None:
    found = mirror(counts(tmp_path, ["1", "2", "3"]), direction={"deprivation": "none"}).found
    assert found.gaps == []
    assert found.odds_ratios


def test_labels_that_name_both_ends_declare_the_direction(tmp_path: Path) -> None:
    result = mirror(counts(tmp_path, ["1 most deprived", "2 middle", "3 least deprived"]))
    (gap,) = pick(result.found.gaps, outcome="recovery")
    assert (gap["first"], gap["last"]) == ("3 least deprived", "1 most deprived")
    assert any("as the labels say" in note for note in result.notes)


@pytest.mark.parametrize(
    "direction",
    [
        {"deprivation": "1-most"},
        {"deprivation": "7-least"},
        {"deprivation": "1"},
        {"age": "1-least"},
    ],
)
def test_a_direction_that_cannot_be_is_refused(tmp_path: Path, direction: dict[str, str]) -> None:
    path = counts(tmp_path, ["1 least deprived", "2 middle", "3 most deprived"])
    with pytest.raises(EvenhandError) as error:
        mirror(path, direction=direction)
    assert error.value.code == Exit.USAGE


def test_ladder_groups_without_numbers_are_not_put_in_an_order(tmp_path: Path) -> None:
    with pytest.raises(EvenhandError, match="bear no numbers"):
        mirror(counts(tmp_path, ["poor", "middle", "rich"]))


def test_columns_of_another_table_are_named(tmp_path: Path) -> None:
    path = counts(tmp_path, ["women", "men"], axis="gender")
    text = path.read_text(encoding="utf-8").replace("period,axis,group", "when,what,who")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvenhandError, match="no table of counts"):
        mirror(path)
    found = mirror(path, columns={"period": "when", "axis": "what", "group": "who"}).found
    assert {row["group"] for row in found.rates} == {"women", "men"}


def test_counts_that_are_no_numbers_are_all_named(tmp_path: Path) -> None:
    path = counts(tmp_path, ["women", "men"], axis="gender")
    path.write_text(path.read_text(encoding="utf-8").replace(",220,", ",many,"), encoding="utf-8")
    with pytest.raises(EvenhandError, match="finished in line 2, finished in line 3"):
        mirror(path)


def test_suppressed_counts_stay_missing(tmp_path: Path) -> None:
    path = counts(tmp_path, ["women", "men"], axis="gender")
    path.write_text(path.read_text(encoding="utf-8").replace(",97,", ",*,"), encoding="utf-8")
    result = mirror(path)
    assert [r["group"] for r in pick(result.found.rates, outcome="recovery")] == ["women"]
    assert any("suppressed" in note for note in result.notes)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(EvenhandError, match="no such file"):
        mirror("nowhere.csv")


def test_what_is_printed_beside_the_table_is_compared(tmp_path: Path) -> None:
    path = counts(tmp_path, ["women", "men"], axis="gender")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [lines[0] + ",percentage_recovery", lines[1] + ",50.0", lines[2] + ",47.0"]
    path.write_text("\n".join(lines), encoding="utf-8")
    (compared,) = mirror(path).published
    assert (compared["rows"], compared["differ"]) == (2, 1)
    assert compared["largest_points"] == pytest.approx(1.5)
