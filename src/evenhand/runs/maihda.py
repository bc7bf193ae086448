"""`evenhand maihda`: MAIHDA on any table, from a path or a data frame."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from evenhand.core.errors import EvenhandError, Exit
from evenhand.models.maihda import Maihda, Method, fit_maihda
from evenhand.models.maihda_said import Part
from evenhand.models.maihda_table import STRATUM, Family, Question
from evenhand.runs._maihda_words import UNRELEASED, as_html, sentences

NULLS = ["", "NA", "NaN", "nan", "null", "NULL"]
SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class MaihdaResult(Maihda):
    """What `maihda` found; prints as sentences, shows as a table in a notebook."""

    def as_dict(self) -> dict[str, Any]:
        """For a machine: the keys of ``--json``."""
        crossed = bool(self.question.cluster)
        found: dict[str, Any] = {
            "n": self.n,
            "n_strata": self.n_strata,
            "family": self.family,
            "method": self.method,
            "null": _part_dict(self.null, crossed),
            "adjusted": _part_dict(self.adjusted, crossed) if self.adjusted else None,
            "pcv": self.pcv,
            "strata": self.strata.select(
                "name", "n", "effect", "low", "high", "predicted"
            ).to_dicts(),
        }
        if self.family == "binomial":
            found |= {"mor": self.mor, "auc": self.auc, "vpc_response": self.vpc_response}
        return found | {"warnings": list(self.warnings), "release": UNRELEASED}

    def __str__(self) -> str:
        """What the numbers say, in sentences."""
        return "\n".join(sentences(self))

    def _repr_html_(self) -> str:
        """For a notebook: sentences, both models, the strata, and their picture; unreleased."""
        from evenhand.runs._maihda_page import picture_of

        return f"{as_html(self)}{picture_of(self)}"


def _part_dict(part: Part, crossed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "fixed": {name: list(pair) for name, pair in part.fixed.items()},
        "var_stratum": part.var_stratum,
    }
    if part.var_residual is not None:
        found["var_residual"] = part.var_residual
    if crossed:
        found["var"] = {
            name: [part.fit.variances[name], _known(part.fit.variance_se[name])]
            for name in sorted(part.fit.levels, key=lambda name: name != STRATUM)
        }
    return found | {
        "vpc": part.vpc,
        "loglik": part.fit.loglik,
        "singular": part.fit.singular,
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def maihda(
    table: pl.DataFrame | str | Path | Any,
    *,
    outcome: str,
    strata: Sequence[str] | str,
    covariates: Sequence[str] | str = (),
    family: Family | None = None,
    method: Method | None = None,
    cluster: Sequence[str] | str = (),
    bootstrap: int | None = 0,
    seed: int = 1,
) -> MaihdaResult:
    """Do strata differ, and is it more than the sum of their axes?

    Why it bears on power: a society ranks people on several axes at once, and a treatment may
    fail where they meet although no axis alone shows it. A difference between strata is an
    association; it says neither why nor whose doing it is.

    Args:
        table: a data frame (Polars, pandas or Arrow), or the path of a CSV or Parquet file, or of
            a folder of such parts.
        outcome: a column of numbers, or one with two values; text is read as 0 and 1 in sorted
            order.
        strata: the axes whose combinations are the strata.
        covariates: columns that enter the null and the adjusted model.
        family: ``gaussian`` or ``binomial``; where left out, a yes-or-no outcome is binomial.
        method: ``reml`` (the default for numbers), ``ml``, or ``laplace`` (for yes or no).
        cluster: further random factors, crossed with the strata or above them.
        bootstrap: replicates of a parametric bootstrap, which gives the PCV its interval; None:
            200 where they are quick.
        seed: of the bootstrap.

    Returns:
        Null and adjusted model, PCV, effects of strata with 95 % intervals, warnings.

    Raises:
        EvenhandError: a column is missing or cannot be used, or there are too few strata.

    Source: as `models.maihda.fit_maihda`.
    """
    question = Question(
        outcome=outcome,
        strata=_names(strata),
        covariates=_names(covariates),
        cluster=_names(cluster),
        family=family,
    )
    parts: Any
    if isinstance(table, str | Path):
        parts = TableParts(Path(table), question.columns)
    else:
        parts = [table if isinstance(table, pl.DataFrame) else _as_polars(table)]
    found = fit_maihda(parts, question, method, bootstrap=bootstrap, seed=seed)
    return MaihdaResult(**{f.name: getattr(found, f.name) for f in fields(found)})


def _names(given: Sequence[str] | str) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _as_polars(table: Any) -> pl.DataFrame:
    if hasattr(table, "to_dict") and hasattr(table, "columns"):  # pandas, without its name
        return pl.DataFrame({str(c): table[c].to_numpy() for c in table.columns}, strict=False)
    try:
        return pl.DataFrame(table)
    except (TypeError, ValueError) as error:
        raise EvenhandError(
            "This is neither a data frame nor a path.",
            type(table).__name__,
            "Give a Polars or pandas data frame, or the path of a CSV or Parquet file.",
            Exit.USAGE,
        ) from error


class TableParts:
    """The parts of a table on disk, read one after the other, used columns only."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Find the files; nothing is read yet."""
        self.columns = columns
        self.files = _files(path)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Each file's used columns."""
        for file in self.files:
            yield _read(file, self.columns)


def _files(path: Path) -> list[Path]:
    found = [path]
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.name.lower().endswith(SUFFIXES))
    if not found or not all(p.is_file() for p in found):
        raise EvenhandError(
            "There is no such table.", str(path), "Give the path of a CSV or Parquet file."
        )
    return found


def _read(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    try:
        parquet = path.name.lower().endswith(".parquet")
        lazy = pl.scan_parquet(path) if parquet else _scan_csv(path)
        there = [c for c in columns if c in lazy.collect_schema().names()]
        if len(there) < len(set(columns)):
            return lazy.head(0).collect()  # whose columns the error will name
        return lazy.select(there).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise EvenhandError(
            f"The table cannot be read ({type(error).__name__}).",
            str(path),
            "Save it as CSV in UTF-8 with a line of headings, or as Parquet.",
        ) from None


def _scan_csv(path: Path) -> pl.LazyFrame:
    import gzip

    from evenhand.readers.table import delimiter_of  # for CSV only: readers take memory to load

    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        head = file.readline()
    return pl.scan_csv(
        path,
        separator=delimiter_of(head) if any(s in head for s in ",;\t|") else ",",
        null_values=NULLS,
        infer_schema_length=None,
        encoding="utf8-lossy",
    )


def write_json(found: MaihdaResult, path: Path) -> None:
    """Write the JSON file.

    Raises:
        EvenhandError: it cannot be written.
    """
    try:
        path.write_text(as_json(found) + "\n", encoding="utf-8")
    except OSError as error:
        raise EvenhandError(
            "The file cannot be written.", str(path), "Look at the folder.", Exit.DISK
        ) from error


def as_json(found: MaihdaResult) -> str:
    """The keys of ``--json``, as text."""
    kept: Mapping[str, Any] = found.as_dict()
    return json.dumps(kept, ensure_ascii=False, indent=1, allow_nan=False)
