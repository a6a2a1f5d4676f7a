"""Lesson 0: the split keeps a film on one side and deals by genre."""

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import label_matrix, load_movies
from genre_tutorial.movies import same_film, split_movies


@pytest.fixture(scope="module")
def films():
    return load_movies("openplots")


def test_a_random_split_is_the_seeds_permutation(films):
    """Every number of the course stands on it."""
    order = np.random.default_rng(3).permutation(len(films))
    train, test = split_movies(films, seed=3)
    n = round(0.2 * len(films))
    assert test.index.equals(films.index[order[:n]])
    assert train.index.equals(films.index[order[n:]])


@pytest.mark.parametrize("stratify", [False, True])
def test_a_film_listed_twice_stays_on_one_side(films, stratify):
    again = films.sample(200, random_state=1)
    again = again.assign(title=again["title"].str.upper()).set_axis(again.index + 10_000_000)
    twice = pd.concat([films, again])
    train, test = split_movies(twice, stratify=stratify)
    assert len(train) + len(test) == len(twice)
    assert not set(same_film(twice)[train.index]) & set(same_film(twice)[test.index])


def test_rows_without_title_or_year_are_films_of_their_own():
    movies = pd.DataFrame({"title": ["A", None, None, "A", "a"], "year": [1, 1, 1, None, 1]})
    assert same_film(movies).tolist() == [0, 1, 2, 3, 0]
    assert same_film(movies.drop(columns="year")).tolist() == [0, 1, 2, 3, 4]
    assert same_film(movies.assign(title=None)).tolist() == [0, 1, 2, 3, 4]


def test_remakes_are_two_films():
    movies = pd.DataFrame({"title": ["King Kong"] * 2, "year": [1933, 2005]})
    assert same_film(movies).nunique() == 2


def dealt_by_hand(movies, seed, test_size=0.2):
    """Iterative stratification as the first edition wrote it."""
    Y = label_matrix(movies).to_numpy()
    order = np.random.default_rng(seed).permutation(len(movies))
    want = np.array([1 - test_size, test_size])
    need, room = np.outer(want, Y.sum(axis=0)), want * len(movies)
    side = np.full(len(movies), -1)
    while (left := side < 0).any():
        counts = Y[left].sum(axis=0)
        rarest = np.argmin(np.where(counts > 0, counts, np.inf))
        for movie in [m for m in order if left[m] and (Y[m, rarest] or not counts.any())]:
            side[movie] = max((0, 1), key=lambda s: (need[s, rarest], room[s]))
            need[side[movie]] -= Y[movie]
            room[side[movie]] -= 1
    return movies[side == 0], movies[side == 1]


@pytest.mark.parametrize("seed", range(3))
def test_stratified_every_genre_has_its_share(films, seed):
    labels = label_matrix(films)
    _, test = split_movies(films, seed=seed, stratify=True)
    shares = labels.loc[test.index].sum() / labels.sum()
    assert shares.between(0.185, 0.215).all()
    assert abs(len(test) - 0.2 * len(films)) <= 20
    assert set(test.index) == set(dealt_by_hand(films, seed)[1].index)


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("test_size", [0, 1, 0.001])
def test_an_empty_side_is_one_sentence(films, test_size, stratify):
    with pytest.raises(CourseError, match="leaves one side empty"):
        split_movies(films.head(20), test_size, stratify=stratify)


def test_one_film_in_many_rows_cannot_be_split(films):
    copies = pd.DataFrame({"title": ["Heat"] * 9, "year": [1995] * 9})
    with pytest.raises(CourseError, match="leaves one side empty"):
        split_movies(copies)


def test_a_number_listed_twice_is_refused(films):
    with pytest.raises(CourseError, match="listed twice"):
        split_movies(pd.concat([films.head(9), films.head(1)]))
