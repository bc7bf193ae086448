"""Ratings go out and come back, as FHIR and as CSV, and nothing is lost or changed on the way."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.instruments import Instrument, Item, all_instruments, canonical_ratings
from evenhand.runs.forms import export_ratings, import_ratings
from evenhand.study.folder import load_study
from evenhand.study.ratings_cells import quoted, unquoted

KNOWN = list(all_instruments().values())
REASONS = ("declined", "not asked", "unknown")
COLUMNS = "session_id,rater,instrument,item,scale,value,date,status,released".split(",")
RISKY = ["=1+1", "+x", "-y", "@z", "'=1", "''@", "'plain", "-3", "a,b", 'say "no"', "two\nlines"]

words = st.one_of(
    st.sampled_from(RISKY),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1).map(
        lambda text: text.strip()
    ),
).filter(lambda text: text.strip() == text and text != "")
names = st.one_of(st.sampled_from(["s 1", "a/b#c", "=x", "é"]), words.map(lambda w: w[:12].strip()))


def answers(item: Item) -> st.SearchStrategy[str]:
    if item.kind == "open":
        return words
    if item.kind == "choice":
        return st.sampled_from(list(item.choices))
    steps = round((item.high - item.low) / item.step)
    return st.integers(0, steps).map(lambda n: f"{round(item.low + n * item.step, 6):g}")


@st.composite
def forms(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A form of any instrument: its items, or one of its scores as a score."""
    one: Instrument = draw(st.sampled_from(KNOWN))
    base = {
        "session_id": draw(names.filter(bool)),
        "rater": draw(st.sampled_from(one.raters)),
        "instrument": one.name,
        "date": draw(st.sampled_from([None, "2025-04-01", "2025-11-30"])),
    }
    rows = []
    scores = [s for s in one.scales if s.scoring != "item"]
    parts: list[Any] = [draw(st.sampled_from(scores))] if scores else []
    if one.items and not (parts and draw(st.booleans())):
        parts = list(one.items)
    for part in parts:
        is_item = isinstance(part, Item)
        kind = answers(part) if is_item else st.floats(part.low or 0, part.high or 9).map(repr)
        reason = draw(st.sampled_from([None, None, None, *REASONS]))
        rows.append(
            base
            | {
                "item": part.key if is_item else None,
                "scale": None if is_item else part.key,
                "value": None if reason else draw(kind),
                "status": reason or "answered",
                "released": draw(st.sampled_from(["no", "theme", "words", "count"])),
            }
        )
    return rows


def study_of(folder: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir()
    (folder / "study.toml").write_text("")
    if rows is not None:
        pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)).write_csv(
            folder / "ratings.csv"
        )
    return folder


def told(study: Path) -> list[tuple[Any, ...]]:
    ratings = load_study(study).ratings
    assert ratings is not None
    return sorted(canonical_ratings(ratings).rows(), key=repr)


several_forms = st.lists(
    forms(), min_size=1, max_size=4, unique_by=lambda f: (f[0]["session_id"], f[0]["instrument"])
)


@settings(max_examples=4, deadline=None)
@given(several_forms)
def test_csv_to_study_to_fhir_to_study_to_csv_loses_nothing(given_forms: list[Any]) -> None:
    there_and_back(given_forms)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(several_forms)
def test_many_more_round_trips_lose_nothing(given_forms: list[Any]) -> None:
    there_and_back(given_forms)


def there_and_back(given_forms: list[Any]) -> None:
    rows = [row for form in given_forms for row in form]
    with TemporaryDirectory() as name:
        root = Path(name)
        pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String)).with_columns(
            quoted(pl.col(pl.String))
        ).write_csv(root / "given.csv")
        first = study_of(root / "first")
        assert import_ratings(root / "given.csv", first).added.answers == len(rows)
        wanted = told(study_of(root / "plain", rows))
        assert told(first) == wanted
        export_ratings(first, "fhir", root / "fhir", everything=True)
        second = study_of(root / "second")
        import_ratings(root / "fhir" / "responses.json", second)
        assert told(second) == wanted
        export_ratings(second, "csv", root / "csv", everything=True)
        third = study_of(root / "third")
        import_ratings(root / "csv" / "ratings.csv", third)
        assert told(third) == wanted
        again = import_ratings(root / "fhir" / "responses.json", third)
        assert (again.added.answers, again.added.already) == (0, len(rows))


@given(st.lists(st.one_of(words, st.sampled_from(RISKY), st.text("'=+-@\t\rab1", max_size=6))))
def test_quoting_of_cells_is_undone_exactly(cells: list[str]) -> None:
    frame = pl.DataFrame({"a": cells}, schema={"a": pl.String})
    there = frame.with_columns(quoted(pl.col("a")))
    assert there.with_columns(unquoted(pl.col("a"))).equals(frame)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-3", "-3"),
        ("+4.5e1", "+4.5e1"),
        ("a=1", "a=1"),
    ],
)
def test_a_cell_that_starts_a_formula_is_quoted_and_a_number_is_not(
    cell: str, written: str
) -> None:
    frame = pl.DataFrame({"a": [cell]})
    assert frame.with_columns(quoted(pl.col("a")))["a"].to_list() == [written]


def test_a_formula_in_an_export_cannot_run(tmp_path: Path) -> None:
    row = dict.fromkeys(COLUMNS) | {
        "session_id": "=cmd", "rater": "client", "instrument": "check-in", "item": "open",
        "value": "@SUM(A1)", "released": "words",
    }  # fmt: skip
    study = study_of(tmp_path / "study", [row])
    export_ratings(study, "csv", tmp_path / "out", everything=True)
    line = (tmp_path / "out" / "ratings.csv").read_text().splitlines()[1]
    assert line.startswith("'=cmd,client,check-in,open,,'@SUM(A1),")


def test_the_bundled_study_comes_back_whole(tmp_path: Path) -> None:
    from importlib.resources import files

    bundled = Path(str(files("evenhand.examples") / "study"))
    export_ratings(bundled, "fhir", tmp_path / "out", everything=True)
    study = study_of(tmp_path / "study")
    import_ratings(tmp_path / "out" / "responses.json", study)
    assert told(study) == told(bundled)
    theirs, ours = load_study(bundled).sessions, load_study(study).sessions
    assert theirs is not None
    assert ours is not None
    about = ["session_id", "client_id", "therapist_id", "number"]
    assert ours.select(about).sort(about).equals(theirs.select(about).sort(about))


def test_very_many_forms_are_written_one_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.resources import files

    from evenhand.study import ratings_fhir_out

    monkeypatch.setattr(ratings_fhir_out, "MOST_IN_A_BUNDLE", 3)
    bundled = Path(str(files("evenhand.examples") / "study"))
    done = export_ratings(bundled, "fhir", tmp_path / "out", everything=True)
    lines = done.files[0].read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["resourceType"] for line in lines} == {"QuestionnaireResponse"}
    study = study_of(tmp_path / "study")
    import_ratings(done.files[0], study)
    assert told(study) == told(bundled)
