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


def boards_of_the_linear_models(folder, *options):
    """The scoreboard of chapter 5, whose models are trained the same way everywhere."""
    code = "import sys; from genre_tutorial.apps.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", "--only", "05", "--offline"]
    command += ["--out", str(folder), *options]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)
    return pd.read_csv(folder / "scoreboard.csv")


def apart(found, name):
    """What differs from the kept board, which may have more rows than the one found."""
    kept = pd.read_csv(HERE / f"{name}.csv")
    both = kept["model"].isin(found["model"]) & kept["data"].isin(found["data"])
    assert len(found) >= 3
    return differences(found, kept[both], 1e-6)


def test_the_linear_models_score_as_before(tmp_path):
    found = boards_of_the_linear_models(tmp_path, "--scale", "tiny")
    assert apart(found, "tiny") == []


@pytest.mark.real
def test_the_linear_models_score_as_before_on_tmdbs_films(tmp_path, real_data):
    films = real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"
    found = boards_of_the_linear_models(tmp_path, "--scale", "tiny", "--data", str(films))
    assert apart(found, "tmdb5000") == []


def test_the_comparison_can_fail():
    kept = pd.read_csv(HERE / "tiny.csv")
    assert differences(kept, kept) == []
    moved = kept.assign(map=kept["map"] + 0.001)
    assert len(differences(moved, kept, 1e-6)) == len(kept)
    assert differences(kept.iloc[1:], kept) == [
        f"{kept['model'][0]} on {kept['data'][0]}: only in the kept one"
    ]
