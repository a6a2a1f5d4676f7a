"""The numbers of the course are what they were: moving code must not change them."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest
from golden.record import HERE, QUICK, differences, quick


@pytest.fixture(scope="module")
def figures():
    """Computed now, and kept: two dicts with the same keys."""
    return quick(), json.loads(QUICK.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "name", ["movies", "labels", "split", "vocabulary", "counts", "tfidf vocabulary", "posters"]
)
def test_what_is_counted_or_drawn_is_the_same_to_the_last_bit(figures, name):
    now, kept = figures
    assert now[name] == kept[name]


@pytest.mark.parametrize("name", ["idf", "means", "mean of all"])
def test_what_is_computed_is_the_same(figures, name):
    now, kept = (pd.DataFrame(f[name] if isinstance(f[name], list) else [f[name]]) for f in figures)
    pd.testing.assert_frame_equal(now, kept, rtol=1e-4, atol=1e-5)


def test_the_linear_models_score_as_before(tmp_path):
    code = "import sys; from genre_tutorial.apps.cli import main; sys.exit(main())"
    command = [
        sys.executable,
        "-c",
        code,
        "run",
        "--only",
        "05",
        "--scale",
        "tiny",
        "--offline",
        "--out",
        str(tmp_path),
    ]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)
    found, kept = pd.read_csv(tmp_path / "scoreboard.csv"), pd.read_csv(HERE / "tiny.csv")
    assert len(found) >= 3
    assert differences(found, kept[kept["model"].isin(found["model"])], 1e-6) == []


def test_the_comparison_can_fail():
    kept = pd.read_csv(HERE / "tiny.csv")
    assert differences(kept, kept) == []
    moved = kept.assign(map=kept["map"] + 0.001)
    assert len(differences(moved, kept, 1e-6)) == len(kept)
    assert differences(kept.iloc[1:], kept) == [
        f"{kept['model'][0]} on {kept['data'][0]}: only in the kept one"
    ]
