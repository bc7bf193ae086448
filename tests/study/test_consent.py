"""One rule of consent, for words, readings and ratings alike."""

from pathlib import Path

import polars as pl

import evenhand
from evenhand.study.consent import consented, of_consenting_pairs


def sessions(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    names = ("session_id", "client_id", "consent")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(therapist_id=pl.lit("t"))


def test_only_yes_is_consent() -> None:
    said = ["yes", " Yes ", "no", "", None, "y", "unknown"]
    frame = sessions(*((f"s{n}", "c", word) for n, word in enumerate(said)))
    assert consented(frame).to_list() == [True, True, False, False, False, False, False]


def test_without_the_column_nothing_is_left_out() -> None:
    frame = sessions(("a", "c", None), ("b", "d", "no")).drop("consent")
    assert consented(frame).to_list() == [True, True]
    assert of_consenting_pairs(frame).equals(frame)


def test_a_pair_that_consented_once_keeps_its_rows_and_others_are_not_there() -> None:
    frame = sessions(("a", "c", "yes"), ("b", "c", None), ("d", "d", "no"), ("e", "d", None))
    assert of_consenting_pairs(frame)["session_id"].to_list() == ["a", "b"]


def test_a_table_without_pairs_stays_as_it_is() -> None:
    frame = sessions(("a", "c", "no")).drop("client_id")
    assert of_consenting_pairs(frame).equals(frame)


def test_scores_and_ready_readings_of_sessions_without_consent_are_nowhere(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir()
    (study / "study.toml").write_text('title = "t"\n')
    (study / "people.csv").write_text("person_id,role\nc,client\nt,therapist\n")
    sessions = "session_id,client_id,therapist_id,number,consent\ns1,c,t,1,yes\ns2,c,t,2,\n"
    (study / "sessions.csv").write_text(sessions)
    head = "session_id,rater,instrument,scale,value,status\n"
    rows = "".join(f"s{n},client,PHQ-9,total,{n},answered\n" for n in (1, 2))
    (study / "ratings.csv").write_text(head + rows)
    amounts = {f"{x}_{r}": [2.0, 3.0] for x in "ke" for r in ("therapist", "client")}
    ready = {"session_id": ["s1", "s2"], "indicator": ["directives"] * 2} | amounts
    pl.DataFrame(ready).write_parquet(study / "readings.parquet")
    for _ in range(2):  # and once more, from what lies there
        found = evenhand.examine(study, report=False)
        assert found.ratings["score"].to_list() == [1.0]
        assert set(found.readings["session_id"]) == {"s1"}
    (study / "sessions.csv").write_text(sessions.replace("s2,c,t,2,\n", "s2,c,t,2,yes\n"))
    given = evenhand.examine(study, report=False)
    assert given.ratings["score"].to_list() == [1.0, 2.0]
    assert set(given.readings["session_id"]) == {"s1", "s2"}
