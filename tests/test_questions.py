"""Questions answered with data: what is planted is found, what is not there is not, and real posters say what they say."""
import numpy as np
import pandas as pd
import pytest

from genre_tutorial.movies import clean_movies, label_matrix, load_movies
from genre_tutorial.questions import answered, company_change, loyalty, mean_gap, poster_colours, rank_correlation, season_gaps, measured
from genre_tutorial.settings import CourseError


def test_p_values_are_honest_about_noise():
    """Among questions about nothing, one in twenty has p below 0.05."""
    rng = np.random.default_rng(0)
    p = [measured(mean_gap, rng.normal(size=40), rng.random(40) > 0.5, repeats=99, seed=n)["p"] for n in range(200)]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.1


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    inside = 0
    for n in range(100):
        y = rng.random(80) > 0.5
        result = measured(mean_gap, rng.normal(size=80) + y, y, repeats=199, seed=n)
        inside += result["low"] <= 1 <= result["high"]
    assert inside >= 86


@pytest.mark.parametrize("repeats", [19, 199])
def test_p_is_never_zero(repeats):
    x = np.arange(30)
    assert measured(rank_correlation, x, x, repeats)["p"] == pytest.approx(1 / (repeats + 1))


def test_too_few_rows_is_one_sentence():
    with pytest.raises(CourseError, match="9 rows are too few"):
        measured(mean_gap, np.arange(9), np.arange(9) > 3)


def test_an_empty_side_is_left_out_of_the_answers():
    rows = {"nobody": measured(mean_gap, np.arange(20.0), np.zeros(20, dtype=bool), repeats=19), "some": measured(mean_gap, np.arange(20.0), np.arange(20) > 9, repeats=19)}
    assert list(answered(rows).index) == ["some"]


def test_rank_correlation_agrees_with_scipy():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 5, 100), rng.normal(size=100)
    assert rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic) and rank_correlation(x, np.ones(100)) == 0.0


def test_seasons_need_dates():
    movies = load_movies("openplots")
    with pytest.raises(CourseError, match="nothing can be said about seasons"):
        season_gaps(movies, label_matrix(movies))


def test_a_broken_poster_is_left_out(tmp_path):
    (tmp_path / "page.jpg").write_text("<html>")
    assert poster_colours(pd.Series({1: tmp_path / "page.jpg", 2: None})).empty


def test_people_and_company_ignore_order():
    genres, people = [["A"], ["A", "B"], ["C"], ["C"]], ["x", "x", "y", "y"]
    assert loyalty(genres, people) == loyalty(genres[::-1], people[::-1]) == 0.75
    labels = pd.DataFrame(np.random.default_rng(3).random((40, 4)) > 0.5, columns=list("ABCD"))
    late = np.arange(40) % 2 == 0
    assert np.allclose(company_change(labels, late), -company_change(labels, ~late), equal_nan=True)


@pytest.mark.real
def test_horror_posters_are_darker(real_data):
    movies = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    labels, colours = label_matrix(movies), poster_colours(movies["poster"])
    for other in ("Romance", "Comedy"):
        one = (labels["Horror"] ^ labels[other]).loc[colours.index]
        result = measured(mean_gap, colours.loc[one, "brightness"].to_numpy(), labels.loc[colours.index[one], "Horror"], repeats=199)
        print(other, result.round(3).to_dict())
        assert result["high"] < 0 and result["p"] < 0.05


@pytest.mark.real
def test_tmdb_has_dates_and_horror_its_season(real_data):
    movies = clean_movies(load_movies(real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"))
    table = season_gaps(movies, label_matrix(movies)[["Horror", "Drama", "Family"]], repeats=99)
    print(table.round(3).head(4))
    assert len(table) == 12 and table["effect"].abs().max() < 0.2
