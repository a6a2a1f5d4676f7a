"""Chapter 0: what learners answer, and the mutants that change nothing."""

from collections import Counter

import numpy as np
import pandas as pd
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.data.films import label_matrix

cheats("0.1", "a", "b", "d", "abcd", "c or d", "", ["c"], 3)


@learner("0.2")
def lists_counted_as_they_are(movies):
    return movies["genres"].value_counts()


@learner("0.2", "order")
def ties_as_they_come(movies):
    return movies["genres"].explode().value_counts()


@learner("0.2")
def ties_backwards(movies):
    counts = movies["genres"].explode().value_counts().sort_index(ascending=False)
    return counts.sort_values(ascending=False, kind="stable")


@learner("0.2")
def the_rarest_first(movies):
    counts = movies["genres"].explode().value_counts().sort_index()
    return counts.sort_values(kind="stable")


@learner("0.2")
def as_shares(movies):
    counts = movies["genres"].explode().value_counts(normalize=True).sort_index()
    return counts.sort_values(ascending=False, kind="stable")


@learner("0.2")
def films_without_genres_counted(movies):
    counts = movies["genres"].explode().fillna("none").value_counts().sort_index()
    return counts.sort_values(ascending=False, kind="stable")


@learner("0.2", "dict")
def as_a_dict(movies):
    return dict(Counter(name for names in movies["genres"] for name in names).most_common())


@learner("0.2")
def how_many_genres_a_film_has(movies):
    return movies["genres"].str.len().sort_values(ascending=False, kind="stable")


@learner("0.3", "True and False")
def reindexed_with_zeros(labels, test):
    return label_matrix(test).reindex(columns=labels.columns, fill_value=0)


@learner("0.3", "NaN")
def reindexed_without_filling(labels, test):
    return label_matrix(test).reindex(columns=labels.columns)


@learner("0.3")
def the_common_columns(labels, test):
    mine = label_matrix(test)
    return mine[[name for name in labels.columns if name in mine]]


@learner("0.3")
def zeros_and_ones(labels, test):
    return label_matrix(test, labels.columns).astype(int)


@learner("0.3", "order")
def columns_sorted(labels, test):
    return label_matrix(test, sorted(labels.columns))


@learner("0.3")
def all_false(labels, test):
    return pd.DataFrame(False, index=test.index, columns=labels.columns)


@learner("0.3")
def the_training_films(labels, test):
    return labels


@learner("0.3")
def one_row_left_out(labels, test):
    table = label_matrix(test, labels.columns)
    return table[table.any(axis=1)]


@learner("0.4", "separately")
def title_and_year_apart(train, test):
    twins = test["title"].isin(train["title"]) & test["year"].isin(train["year"])
    return sorted(test.index[twins | test.index.isin(train.index)])


@learner("0.4")
def title_or_year(train, test):
    twins = test["title"].isin(train["title"]) | test["year"].isin(train["year"])
    return sorted(test.index[twins | test.index.isin(train.index)])


@learner("0.4", "title and year only")
def twins_only(train, test):
    known = set(zip(train["title"], train["year"], strict=True))
    films = zip(test.index, test["title"], test["year"], strict=True)
    return sorted(i for i, *film in films if tuple(film) in known)


@learner("0.4")
def a_film_twice(train, test):
    both = test.reset_index().merge(train, on=["title", "year"])["index"]
    return sorted([*both, *test.index[test.index.isin(train.index)]])


@learner("0.4")
def once_for_each_copy(train, test):
    both = test.reset_index().merge(train, on=["title", "year"])["index"]
    return sorted([*both, *set(test.index.intersection(train.index)).difference(both)])


@learner("0.4", "titles alone")
def titles_and_ids(train, test):
    known = set(train["title"])
    return sorted(i for i, title in test["title"].items() if title in known or i in train.index)


@learner("0.4", "ids are lost")
def places_after_a_merge(train, test):
    return sorted(pd.merge(test, train, on=["title", "year"]).index)


@learner("0.4")
def ids_of_both_sides(train, test):
    both = pd.concat([train, test])
    return sorted(set(both.index[both.duplicated(["title", "year"], keep=False)]))


@learner("0.4")
def in_the_order_of_the_table(train, test):
    known = set(zip(train["title"], train["year"], strict=True))
    films = zip(test.index, test["title"], test["year"], strict=True)
    return [i for i, *film in films if i in train.index or tuple(film) in known]


@learner("0.4", "set")
def as_a_set(train, test):
    known = set(zip(train["title"], train["year"], strict=True))
    films = zip(test.index, test["title"], test["year"], strict=True)
    return {i for i, *film in films if i in train.index or tuple(film) in known}


@learner("0.4", "Each thing in it is a text")
def the_titles(train, test):
    return sorted(test["title"][test["title"].isin(train["title"])])


same_function(
    "0.3", "a table, walked through, gives its columns' names", "return label_matrix(test, labels)"
)
same_function(
    "0.4",
    "`in` finds the same pairs in a list, only more slowly",
    "known = list(zip(train['title'], train['year'], strict=True))",
)

LINE = np.linspace(-3, 3, 40)
cheats(
    "0.5",
    np.zeros((40, 2)),
    np.column_stack([LINE, LINE]),
    np.column_stack([LINE, np.zeros(40)]),
    np.column_stack([LINE, np.where(np.arange(40) % 2, 3, -3)]),
    np.random.default_rng(0).uniform(-3, 3, size=(150, 2)),
    np.random.default_rng(0).uniform(-30, 30, size=(40, 2)),
    np.full((40, 2), np.nan),
    [(0, 0)] * 39 + [(1,)],
    np.meshgrid(np.linspace(-3, 3, 8), np.linspace(-3, 3, 5)),
    np.full((40, 2), np.nan),
    "a grid",
)
CORNERS = [np.random.default_rng(seed).uniform(-3, 0, size=(40, 2)) for seed in range(12)]
cheats("0.5", *CORNERS)
