"""A rebuild folds every fact: one that it left out would be empty when the rebuilt tables are put in place."""

import re

from services.reporting import folds, rebuild


def test_a_rebuild_folds_every_table_once() -> None:
    statements = (
        *rebuild._FOLD_FIRST,
        *rebuild._FOLD_WITH_CONSENT,
        *rebuild._FOLD_REST,
        *rebuild._FOLD_LAST,
    )
    folded = [re.findall(r"INSERT INTO (\w+)", each)[0] for each in statements]
    assert sorted(folded) == sorted(folds.TABLES)
