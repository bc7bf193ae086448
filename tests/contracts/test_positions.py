"""What every axis, code system and preset promises, over all that are found."""

from importlib.resources import files

import pytest

from evenhand.positions import (
    SAID_BY,
    STATUSES,
    Axis,
    CodeSystem,
    Preset,
    all_axes,
    all_presets,
    all_systems,
    map_code,
    read_hierarchy,
)

AXES, SYSTEMS, PRESETS = all_axes(), all_systems(), all_presets()
every_axis = pytest.mark.parametrize("one", AXES.values(), ids=AXES)
every_system = pytest.mark.parametrize("one", SYSTEMS.values(), ids=SYSTEMS)
every_preset = pytest.mark.parametrize("one", PRESETS.values(), ids=PRESETS)


def test_all_columns_of_people_are_axes() -> None:
    columns = (
        "age gender ethnicity education occupation income deprivation ladder orientation "
        "disability faith language migration"
    ).split()
    assert set(columns) <= set(AXES)
    assert {"training", "practice"} <= set(AXES)  # of therapists


def test_all_code_systems_of_the_plan_are_there() -> None:
    planned = (
        "us-spd15-2024 us-omb-1997 nhs-ethnicity england-census-2021 gender-harmony "
        "nhs-gender-identity dcb2094 isco-08 isced-11 ns-sec imd-decile us-adi macarthur-ladder "
        "washington-group"
    ).split()
    assert set(planned) <= set(SYSTEMS)


@every_axis
def test_the_person_may_always_say_it_themself(one: Axis) -> None:
    assert "self" in one.said_by
    assert set(one.said_by) <= set(SAID_BY)
    assert "staff" not in one.said_by  # what staff suppose of somebody is no position
    assert not one.sensitive or one.said_by[0] == "self"


@every_axis
def test_systems_of_an_axis_code_it(one: Axis) -> None:
    assert [name for name in one.systems if one.key not in SYSTEMS[name].axes] == []
    codes = {name for name, system in SYSTEMS.items() if one.key in system.axes}
    assert set(one.systems) == codes


@every_axis
def test_a_number_has_a_scale(one: Axis) -> None:
    kinds = {SYSTEMS[name].kind for name in one.systems}
    assert kinds <= ({"number"} if one.kind == "number" else {"codes"})


@every_system
def test_a_system_says_its_version_and_its_source(one: CodeSystem) -> None:
    assert one.version
    assert len(one.source) > 7
    assert one.file == f"{one.key.replace('-', '_')}.toml" or one.key in ("dcb2094",)


@every_system
def test_every_code_finds_itself_and_no_two_answers_are_one_word(one: CodeSystem) -> None:
    for code in one.codes:
        assert one.find(code.code) is code
        assert one.find(f"  {code.label.upper()} ") is code
        assert code.status in STATUSES
    labels = [c.label.casefold() for c in one.codes]
    aliases = [a.casefold() for c in one.codes for a in c.aliases]
    assert len({*labels, *aliases}) == len(labels) + len(aliases)


@every_system
def test_a_mapping_is_whole_and_says_what_is_lost(one: CodeSystem) -> None:
    for crossing in one.crossings:
        target = SYSTEMS[crossing.to]
        assert set(target.axes) & set(one.axes)
        assert len(crossing.lost) > 20
        for code in one.codes:
            there, lost = map_code(one.key, code.code, crossing.to)
            assert all(any(c.code == to for c in target.codes) for to in there)
            assert there or len(lost) == 2  # what has no answer there says so itself


@every_system
def test_two_answers_that_become_one_are_told(one: CodeSystem) -> None:
    for crossing in one.crossings:
        homes: dict[tuple[str, ...], list[str]] = {}
        for code, there in crossing.codes.items():
            homes.setdefault(there, []).append(code)
        for there, codes in homes.items():
            told = [code for code in codes if code in crossing.lost_of]
            assert len(codes) == 1 or not there or len(told) >= len(codes) - 1


@every_system
def test_a_scale_of_deprivation_must_be_told_which_end_is_which(one: CodeSystem) -> None:
    if "deprivation" in one.axes:
        assert {"index", "direction"} <= set(one.must_declare)


@every_preset
def test_a_preset_shows_its_source_and_its_limits(one: Preset) -> None:
    assert len(one.source) > 20
    assert len(one.limits) > 20


@every_preset
def test_a_preset_is_used_only_when_it_is_named(one: Preset) -> None:
    systems = {ladder.axis: SYSTEMS[ladder.system] for ladder in one.ladders}
    positions = {
        axis: {"system": system.key}
        | {name: "1-most" if name == "direction" else "2019" for name in system.must_declare}
        for axis, system in systems.items()
    }
    assert read_hierarchy({"positions": positions}) is None
    claim = {"reason": "the society of this study", "presets": [one.key]}
    found = read_hierarchy({"positions": positions, "hierarchy": claim})
    assert found is not None
    assert found.presets == (one,)


@every_preset
def test_a_preset_ranks_answers_that_its_system_has(one: Preset) -> None:
    for ladder in one.ladders:
        system = SYSTEMS[ladder.system]
        assert ladder.axis in system.axes
        assert all(system.find(a) for step in ladder.order for a in step)
        if not ladder.order:
            assert {ladder.low, ladder.high} == {system.low, system.high}


def test_no_file_holds_an_address() -> None:
    for folder in ("axes", "systems", "hierarchies"):
        for path in (files("evenhand.positions") / folder).iterdir():
            assert "://" not in path.read_text(encoding="utf-8"), path.name
