"""A study to import into, and what it holds afterwards."""

from pathlib import Path

from evenhand.runs.forms import Imported, import_ratings
from evenhand.runs.new import write_new_study
from evenhand.study.folder import load_study

Row = tuple[str | None, ...]


def new_study(folder: Path) -> Path:
    write_new_study(folder / "study")
    return folder / "study"


def imported(study: Path, text: str, name: str = "file.csv", **options: object) -> Imported:
    """Import a file of this text."""
    path = study.parent / name
    path.write_text(text, encoding="utf-8")
    return import_ratings(path, study, **options)  # type: ignore[arg-type]


def rows(study: Path, *columns: str) -> list[Row]:
    """Rows of ratings.csv, of these columns."""
    ratings = load_study(study).ratings
    assert ratings is not None
    return ratings.select(columns or ("session_id", "rater", "instrument", "item", "value")).rows()


def outside(done: Imported) -> dict[str, int]:
    """What stayed outside, with its count."""
    return {one.what: one.count for one in done.left_out}
