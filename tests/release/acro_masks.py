"""Run by a Python that has ACRO: which of its primary checks each cell of some tables fails.

Reads tables as JSON (rows, columns, values or null), writes for each a list of
[row, column, checks that failed].
"""

import contextlib
import io
import json
import logging
import sys
import warnings


def main() -> None:
    warnings.filterwarnings("ignore")
    told = []
    with contextlib.redirect_stdout(io.StringIO()):
        import acro
        import pandas as pd

        logging.disable(logging.CRITICAL)
        checker = acro.ACRO(suppress=False)
        for number, table in enumerate(json.load(sys.stdin)):
            frame = pd.DataFrame(table)
            means = frame["values"].notna().all()
            more = {"values": frame["values"].astype(float), "aggfunc": "mean"} if means else {}
            checker.crosstab(frame["rows"], frame["columns"], **more)
            outcome = checker.results.get_index(number).outcome
            told.append(
                [
                    [str(row), str(column), str(outcome.loc[row, column])]
                    for row in outcome.index
                    for column in outcome.columns
                ]
            )
    json.dump(told, sys.stdout)


main()
