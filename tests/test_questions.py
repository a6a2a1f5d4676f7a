"""Questions answered with data: what is planted is found, what is not there is not, and real
posters say what they say.
"""

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.course.figures.ch12 import draw_changes, draw_overlaps, public_answers
from genre_tutorial.data.films import clean_movies, label_matrix, load_films, load_movies
from genre_tutorial.questions import (
    adjust_p_values,
    colour_gaps,
    common_genres,
    company_change,
    draw_answers,
    drifts,
    films_with,
    genre_gaps,
    known_dates,
    known_numbers,
    loyalty,
    loyalty_gap,
    mean_angle,
    mean_gap,
    overlaps,
    permutation_test,
    poster_colours,
    rank_correlation,
    season_gaps,
    shuffles_for,
)


def test_p_values_are_honest_about_noise():
    """Among questions about nothing, one in twenty has p below 0.05."""
    rng = np.random.default_rng(0)
    p = [
        permutation_test(mean_gap, rng.normal(size=40), rng.random(40) > 0.5, repeats=99, seed=n)[
            "p"
        ]
        for n in range(200)
    ]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.1


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    inside = 0
    for n in range(100):
        y = rng.random(80) > 0.5
        result = permutation_test(mean_gap, rng.normal(size=80) + y, y, repeats=199, seed=n)
        inside += result["low"] <= 1 <= result["high"]
    assert inside >= 86


@pytest.mark.parametrize("repeats", [19, 199])
def test_p_is_never_zero(repeats):
    x = np.arange(30)
    assert permutation_test(rank_correlation, x, x, repeats)["p"] == pytest.approx(
        1 / (repeats + 1)
    )


def test_too_few_rows_is_one_sentence():
    with pytest.raises(CourseError, match="9 rows are too few"):
        permutation_test(mean_gap, np.arange(9), np.arange(9) > 3)


def test_an_empty_side_is_left_out_of_the_answers():
    rows = {
        "nobody": permutation_test(mean_gap, np.arange(20.0), np.zeros(20, dtype=bool), repeats=19),
        "some": permutation_test(mean_gap, np.arange(20.0), np.arange(20) > 9, repeats=19),
    }
    assert list(adjust_p_values(rows).index) == ["some"]
    assert np.isnan(rows["nobody"]["p"]), "what has no effect has no p"


def correlation_of_ranks(x, y):
    """Spearman's from its definition: Pearson's of the ranks, ties sharing their mean rank."""
    return np.corrcoef(pd.Series(x).rank(), pd.Series(y).rank())[0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_rank_correlation_is_that_of_the_ranks(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 5, 100), rng.normal(size=100)
    assert rank_correlation(x, y) == pytest.approx(correlation_of_ranks(x, y), abs=1e-12)


def test_what_never_changes_correlates_with_nothing(recwarn):
    x = np.arange(20)
    assert rank_correlation(x, np.ones(20)) == rank_correlation(np.zeros(20), x) == 0.0
    assert not recwarn.list, "and no warning comes of it"


def test_the_mean_angle_is_that_of_the_mean_arrow():
    for angles in np.random.default_rng(4).random((50, 40)) * 360:
        arrow = np.exp(1j * np.radians(angles)).mean()
        assert mean_angle(angles) == pytest.approx(np.degrees(np.angle(arrow)) % 360, abs=1e-9)


def test_p_is_scipy_s_but_for_the_shuffles():
    from scipy import stats

    rng = np.random.default_rng(6)
    y = rng.random(60) > 0.6
    x = rng.exponential(size=60) + 0.4 * y
    theirs = stats.permutation_test(
        (y,),
        lambda y: abs(mean_gap(x, y)),
        permutation_type="pairings",
        vectorized=False,
        n_resamples=3000,
        alternative="greater",
        random_state=0,
    )
    ours = permutation_test(mean_gap, x, y, repeats=3000)
    assert ours["p"] == pytest.approx(theirs.pvalue, abs=0.03)


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


@pytest.mark.parametrize(
    "cast",
    [
        [["Ann", "Bob"], ["Ann"], ["Bob", "Cy"], ["Cy"]],
        ["Ann, Bob", "Ann", "Bob, Cy", "Cy"],
        [
            '[{"name": "Ann", "order": 0}, {"name": "Bob", "order": 1}]',
            '[{"name": "Ann"}]',
            '[{"name": "Bob"}, {"name": "Cy"}]',
            '[{"name": "Cy"}]',
        ],
    ],
)
def test_a_cast_is_read_in_every_form(cast):
    table = overlaps([["A"], ["A"], ["B"], ["A", "B"]], cast)
    assert table.to_dict() == {"Ann": 1.0, "Bob": 0.0, "Cy": 0.5}


def test_nobody_is_nobody():
    assert (
        np.isnan(loyalty([["A"], ["A"], ["B"]], [None, np.nan, []]))
        and overlaps([["A"]], ["x"]).empty
    )


def test_unreadable_names_are_one_sentence():
    with pytest.raises(CourseError, match="names of people can't be read"):
        overlaps([["A"]], ["['Ann', 'Bo"])


def test_loyalty_is_found_where_planted_and_not_in_noise():
    rng = np.random.default_rng(4)
    people = [f"person {n % 40}" for n in range(160)]
    noise = pd.Series([["A"] if yes else ["B"] for yes in rng.random(160) > 0.5])
    planted = pd.Series([["A"] if n % 40 < 20 else ["B"] for n in range(160)])
    assert loyalty_gap(planted, people, repeats=199)["low"] > 0.3 and loyalty_gap(
        planted, people, repeats=199
    )["p"] == pytest.approx(1 / 200)
    p = [
        loyalty_gap(noise.sample(frac=1, random_state=n), people, repeats=99)["p"]
        for n in range(60)
    ]
    assert np.mean(np.array(p) < 0.05) < 0.15
    with pytest.raises(CourseError, match="fewer than ten"):
        loyalty_gap(planted[:8], people[:8])


def test_a_drift_agrees_with_the_change_of_company():
    rng = np.random.default_rng(5)
    late = np.arange(400) % 2 == 0
    labels = pd.DataFrame(rng.random((400, 3)) > 0.6, columns=list("ABC"))
    labels["C"] = np.where(late, labels["A"], labels["C"])
    table, change = drifts(labels, late, most=4), company_change(labels, late)
    assert (
        len(table) == 4
        and table.loc["A with C", "p_adjusted"] < 0.05
        and all(
            np.isclose(row.effect, change.loc[*pair.split(" with ")])
            for pair, row in table.iterrows()
        )
    )


def test_a_number_must_be_known_for_enough_films():
    movies = pd.DataFrame({"popularity": ["3", None, "x"]})
    assert list(known_numbers(movies, "popularity", least=1)) == [3.0]
    for column in ("popularity", "vote_average"):
        with pytest.raises(CourseError, match=f"column {column}"):
            known_numbers(movies, column)


def test_a_date_must_be_known_for_enough_films():
    movies = pd.DataFrame({"release_date": ["1979-05-25", None, "?"]})
    assert known_dates(movies, least=1).dt.month.tolist() == [5]
    for films in (movies, movies.drop(columns="release_date")):
        dated = int("release_date" in films)
        with pytest.raises(CourseError) as problem:
            known_dates(films)
        assert str(problem.value) == (
            f"Films with a release date: {dated}. With fewer than 100 nothing can be said about "
            "seasons. A source with dates can: TMDB, or Wikidata."
        )


def test_missing_values_are_left_out_of_a_gap():
    values, labels = (
        pd.Series([1.0, 3.0, np.nan] * 10),
        pd.DataFrame({"A": [True, False, True] * 10, "nobody": False}),
    )
    table = genre_gaps(values, labels, repeats=99)
    assert (
        list(table.index) == ["A"] and table.loc["A", "effect"] == -2 and table.loc["A", "n"] == 20
    )


@pytest.mark.parametrize("angles, mean", [([350, 10], 0), ([80, 100], 90), ([170, 200], 185)])
def test_angles_are_averaged_around_the_circle(angles, mean):
    assert np.cos(np.radians(mean_angle(angles) - mean)) == pytest.approx(1)


def test_colours_need_both_genres():
    colours = pd.DataFrame({"brightness": np.r_[np.zeros(20), np.ones(20)]})
    labels = pd.DataFrame({"Horror": np.arange(40) < 20, "Comedy": np.arange(40) >= 20})
    table = colour_gaps(colours, labels, repeats=99)
    assert (
        list(table.index) == ["brightness, Horror against Comedy"] and table["effect"].iloc[0] == -1
    )
    assert colour_gaps(colours, labels[["Comedy"]]).empty


@pytest.mark.parametrize(
    "rows", [{}, {"one": pd.Series({"effect": 1.0, "low": 0.5, "high": 1.5, "p": 0.01, "n": 20})}]
)
def test_answers_are_drawn_even_if_there_are_none(rows):
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    draw_answers(ax, adjust_p_values(rows), "unit", "title")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(
        rows
    ) and ax.get_xlabel() == "unit"


@pytest.mark.parametrize("questions", [1, 2, 19, 30, 76])
def test_a_single_true_answer_can_be_believed(questions):
    rows = {n: pd.Series({"effect": 0.1, "p": 1.0}) for n in range(questions)}
    rows[0]["p"] = 1 / (shuffles_for(questions) + 1)
    adjusted = adjust_p_values(rows)["p_adjusted"]
    assert adjusted[0] < 0.05 and (adjusted < 0.05).sum() == 1
    rows[0]["p"] = (1 + 3) / (shuffles_for(questions) + 1)  # three shuffles came as far
    assert adjust_p_values(rows)["p_adjusted"][0] < 0.05


def test_dependent_questions_pay_more():
    rows = {n: pd.Series({"effect": 0.1, "p": p}) for n, p in enumerate([0.01, 0.02, 0.04, 0.6])}
    bh, by = (adjust_p_values(rows, method)["p_adjusted"] for method in ("bh", "by"))
    assert bh.round(3).tolist() == [0.04, 0.04, 0.053, 0.6]
    assert np.allclose(by, np.minimum(bh * 25 / 12, 1)), "1 + 1/2 + 1/3 + 1/4 is 25/12"


def test_a_table_without_years_is_replaced_aloud(capsys):
    films = load_films("openplots")
    films.table["year"] = np.nan
    assert films_with(films, "year").table["year"].notna().all()
    assert "asked of the embedded films" in "".join(capsys.readouterr())


QUESTIONS = ["horror by month", "seasons", "titles", "ratings", "popularity", "decades"]


@pytest.mark.parametrize("question", [*QUESTIONS, "real posters"])
def test_public_answers_are_whole_and_honest(question):
    table = public_answers(question)
    assert len(table) >= 6 and table.index.is_unique and table.notna().all(axis=None)
    assert (table["p"] >= 0.0001).all() and (table["p_adjusted"] >= table["p"]).all()
    assert ((table["low"] <= table["effect"]) & (table["effect"] <= table["high"])).all()
    assert (table["p_adjusted"] <= 1).all() and table["source"].str.contains("answers only").all()


def test_figures_of_the_chapter_bear_little_data():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    draw_overlaps(ax, pd.Series(dtype=float), np.array([]))
    draw_changes(ax, pd.DataFrame([[np.nan]], index=["A"], columns=["A"]))


@pytest.mark.real
def test_horror_posters_are_darker(real_data):
    movies = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    labels, colours = label_matrix(movies), poster_colours(movies["poster"])
    for other in ("Romance", "Comedy"):
        one = (labels["Horror"] ^ labels[other]).loc[colours.index]
        result = permutation_test(
            mean_gap,
            colours.loc[one, "brightness"].to_numpy(),
            labels.loc[colours.index[one], "Horror"],
            repeats=199,
        )
        print(other, result.round(3).to_dict())
        assert result["high"] < 0 and result["p"] < 0.05


@pytest.mark.real
def test_tmdb_has_dates_and_horror_its_season(real_data):
    movies = clean_movies(load_movies(real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"))
    table = season_gaps(movies, label_matrix(movies)[["Horror", "Drama", "Family"]], repeats=99)
    print(table.round(3).head(4))
    assert len(table) == 12 and table["effect"].abs().max() < 0.2


@pytest.fixture
def tmdb(real_data):
    movies = clean_movies(load_movies(real_data / "tmdb5000" / "tmdb_5000_movies.csv.zip"))
    return movies, common_genres(movies)


@pytest.mark.real
def test_horror_has_its_october_but_not_its_quarter(tmdb):
    movies, labels = tmdb
    horror = labels[["Horror"]]
    month = season_gaps(movies, horror, repeats=199, seasons={"October": (10,)}).iloc[0]
    quarter = season_gaps(movies, horror, repeats=199).loc["Horror, Oct–Dec"]
    print(month.round(3).to_dict(), quarter.round(3).to_dict())
    assert month["low"] > 0.03 and month["p"] < 0.05 and quarter["low"] < 0 < quarter["high"]


@pytest.mark.real
def test_gaps_of_title_length_come_back_in_films_that_openplots_lacks(tmdb):
    movies, labels = tmdb
    others = movies[~movies.index.isin(load_movies("openplots").index)]
    assert 4000 < len(others) < len(movies)
    words = others["title"].str.split().str.len()
    gaps = genre_gaps(words, labels.loc[others.index, ["Thriller", "Adventure"]], repeats=199)
    print(gaps.round(2))
    assert gaps.loc["Thriller", "high"] < -0.2 and gaps.loc["Adventure", "low"] > 0.2
    assert (gaps["p_adjusted"] < 0.05).all()


@pytest.mark.real
def test_ratings_and_popularity_go_with_genres(tmdb):
    movies, labels = tmdb
    votes = known_numbers(movies, "vote_average")[known_numbers(movies, "vote_count") >= 10]
    ratings = genre_gaps(votes, labels[["Horror", "Documentary", "Drama"]], repeats=199)
    looked_at = genre_gaps(
        known_numbers(movies, "popularity").rank(pct=True) * 100,
        labels[["Documentary"]],
        repeats=199,
    )
    print(ratings.round(2), looked_at.round(1))
    assert (
        ratings.loc["Horror", "high"] < -0.4
        and ratings.loc["Documentary", "low"] > 0.4
        and ratings.loc["Drama", "low"] > 0.4
    )
    assert looked_at.loc["Documentary", "high"] < -25


@pytest.mark.real
def test_the_committed_answers_are_those_of_the_public_table(tmdb, real_data):
    """Effects to the last digit; shuffles and draws differ, so p and interval are not compared."""
    movies, labels = tmdb
    ranks = known_numbers(movies, "popularity").rank(pct=True) * 100
    decade = pd.get_dummies((movies["year"] // 10 * 10).map("{:.0f}s".format))
    votes = known_numbers(movies, "vote_count").loc[lambda n: n >= 10]
    posters = clean_movies(load_movies(real_data / "posters" / "index.csv"))
    colours = poster_colours(posters["poster"])[["brightness", "saturation", "warmth"]]
    poster_labels = label_matrix(posters).loc[colours.index]
    months = {name: (n,) for n, name in enumerate(public_answers("horror by month").index, 1)}
    again = {
        "horror by month": season_gaps(movies, labels[["Horror"]], repeats=19, seasons=months),
        "seasons": season_gaps(movies, labels, repeats=19),
        "titles": genre_gaps(movies["title"].str.split().str.len(), labels, 19),
        "ratings": genre_gaps(known_numbers(movies.loc[votes.index], "vote_average"), labels, 19),
        "popularity": genre_gaps(ranks, labels, 19),
        "decades": genre_gaps(ranks, decade[public_answers("decades").index], 19),
        "real posters": colour_gaps(colours, poster_labels, repeats=19),
    }
    again["horror by month"].index = again["horror by month"].index.str.removeprefix("Horror, ")
    for question, table in again.items():
        kept = public_answers(question)
        assert set(kept.index) == set(table.index), question
        gap = kept["effect"] - table["effect"].reindex(kept.index)
        assert gap.abs().max() < 0.0001, question
        assert (kept["n"] == table["n"].reindex(kept.index)).all(), question
