"""The list of mutants fits the code; running them is a matter of `tests/tools/mutate.py`."""

import pytest
from tools.mutate import MUTANTS, ROOT, places


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.new[:40]}")
def test_a_mutants_old_text_occurs_exactly_once(mutant):
    assert places(mutant) == 1 and mutant.new != mutant.old
    assert all((ROOT / "tests" / name).is_file() for name in mutant.tests.split())


def test_there_are_twenty_over_all_layers():
    folders = {mutant.file.rpartition("/")[0] for mutant in MUTANTS}
    assert len(set(MUTANTS)) >= 20 and folders == {"core", "data", "sources", "models", ""}
