"""Chapter 5: what learners answer, and the mutants that change nothing."""

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_fscore_support
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from tools.exercise_mutants import cheats, learner

from genre_tutorial.data.films import label_matrix, load_movies

cheats("5.1", "b", "c", "abc", "a and b", "", ["a"], 0)


def _table(hits, predicted, true):
    return pd.DataFrame({"precision": hits / predicted, "recall": hits / true})


@learner("5.2", "zero by zero")
def divided_by_zero(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1), truth.sum(axis=1))


@learner("5.2", "you gave it 1")
def nothing_said_is_perfect(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1), truth.sum(axis=1)).fillna(1.0)


@learner("5.2")
def such_films_left_out(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1), truth.sum(axis=1)).dropna()


@learner("5.2", "places")
def the_other_way_round(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    return _table(hits, truth.sum(axis=1).clip(lower=1), predicted.sum(axis=1).clip(lower=1))


@learner("5.2", "rightly a no")
def agreement(truth, predicted):
    hits = (truth == predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1).clip(lower=1), truth.sum(axis=1).clip(lower=1))


@learner("5.2", "values differ")  # infinite in another case than the one that is shown
def agreement_by_nothing(truth, predicted):
    hits = (truth == predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1), truth.sum(axis=1)).fillna(0)


@learner("5.2", "`&`, not `|`")
def genres_of_either_table(truth, predicted):
    hits = (truth | predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1).clip(lower=1), truth.sum(axis=1).clip(lower=1))


@learner("5.2")
def at_least_one_hit(truth, predicted):
    hits = (truth & predicted).any(axis=1).astype(int)
    return _table(hits, predicted.sum(axis=1).clip(lower=1), truth.sum(axis=1).clip(lower=1))


@learner("5.2")
def one_added_below(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    return _table(hits, predicted.sum(axis=1) + 1, truth.sum(axis=1) + 1)


@learner("5.2")
def new_row_numbers(truth, predicted):
    hits = (truth & predicted).sum(axis=1)
    table = _table(hits, predicted.sum(axis=1).clip(lower=1), truth.sum(axis=1).clip(lower=1))
    return table.reset_index(drop=True)


@learner("5.2", "tuple")
def the_means(truth, predicted):
    figures = precision_recall_fscore_support(truth, predicted, average="samples", zero_division=0)
    return figures[:2]


def _f1(truth, predicted):
    return 2 * (truth & predicted).sum() / (truth.sum() + predicted.sum()).clip(lower=1)


@learner("5.3", "micro")
def all_answers_together(truth, predicted):
    return f1_score(truth, predicted, average="micro", zero_division=0)


@learner("5.3", "over films")
def film_by_film(truth, predicted):
    both = 2 * (truth & predicted).sum(axis=1)
    return (both / (truth.sum(axis=1) + predicted.sum(axis=1))).mean()


@learner("5.3", "no film carries")
def absent_genres_kept(truth, predicted):
    return f1_score(truth, predicted, average="macro", zero_division=0)


@learner("5.3", "one vote")
def weighted(truth, predicted):
    return f1_score(truth, predicted, average="weighted", zero_division=0)


@learner("5.3")
def missed_genres_left_out(truth, predicted):
    f1 = _f1(truth, predicted)
    return f1[f1 > 0].mean()


@learner("5.3")
def unpredicted_genres_left_out(truth, predicted):
    return _f1(truth, predicted)[predicted.any()].mean()


@learner("5.3", "that is predicted")
def genres_of_either(truth, predicted):
    return _f1(truth, predicted)[truth.any() | predicted.any()].mean()


@learner("5.3", "two means")
def f1_of_the_means(truth, predicted):
    kept = truth.any()
    hits = (truth & predicted).sum()[kept]
    precision = (hits / predicted.sum()[kept].clip(lower=1)).mean()
    recall = (hits / truth.sum()[kept]).mean()
    return 2 * precision * recall / (precision + recall)


@learner("5.3", "Series")
def one_for_each_genre(truth, predicted):
    return _f1(truth, predicted)[truth.any()]


@learner("5.6")
def at_least_as_good(a, b, draws):
    return np.mean([a[draw].mean() >= b[draw].mean() for draw in draws])


@learner("5.6", "films of each draw")
def films_in_the_draws(a, b, draws):
    return np.mean([(a[draw] > b[draw]).mean() for draw in draws])


@learner("5.6")
def most_films_of_a_draw(a, b, draws):
    return np.mean([(a[draw] > b[draw]).mean() > 0.5 for draw in draws])


@learner("5.6")
def by_medians(a, b, draws):
    return np.mean([np.median(a[draw]) > np.median(b[draw]) for draw in draws])


@learner("5.6", "mean difference")
def mean_difference(a, b, draws):
    return np.mean([a[draw].mean() - b[draw].mean() for draw in draws])


@learner("5.6", "number of draws")
def a_number_of_draws(a, b, draws):
    return sum(a[draw].mean() > b[draw].mean() for draw in draws)


@learner("5.6")
def no_draws(a, b, draws):
    return float(a.mean() > b.mean())


@learner("5.6")
def the_rest(a, b, draws):
    return 1 - np.mean([a[draw].mean() > b[draw].mean() for draw in draws])


@learner("5.6")
def each_film_once(a, b, draws):
    return np.mean([a[np.unique(draw)].mean() > b[np.unique(draw)].mean() for draw in draws])


def _rows(row, labels, movies):
    return pd.DataFrame([row] * len(movies), index=movies.index, columns=labels.columns)


@learner("5.5", "announcing everything")
def everything(labels, movies):
    return _rows(labels.mean() * 0 + 1, labels, movies)


@learner("5.5", "One genre finds too few")
def the_commonest_alone(labels, movies):
    return _rows((labels.mean().rank(ascending=False) <= 1).astype(float), labels, movies)


@learner("5.5", "nothing at all")
def nothing(labels, movies):
    return _rows(labels.mean() * 0, labels, movies)


@learner("5.5", "nothing at all")
def the_shares(labels, movies):
    return _rows(labels.mean(), labels, movies)


@learner("5.5", "announcing everything")
def the_rarest(labels, movies):
    return _rows((labels.mean().rank() <= 3).astype(float), labels, movies)


@learner("5.5", "announcing everything")
def by_chance(labels, movies):
    drawn = np.random.default_rng(0).random((len(movies), labels.shape[1]))
    return pd.DataFrame(drawn, index=movies.index, columns=labels.columns)


@learner("5.5", "read off")
def known_by_heart(labels, movies):
    row = labels.columns.isin(["Drama", "Comedy", "Thriller"]).astype(float)
    return _rows(row, labels, movies)


@learner("5.5", "KeyError")
def looked_up(labels, movies):
    return label_matrix(load_movies("openplots"), labels.columns).loc[movies.index].astype(float)


@learner("5.5", "with their names")
def without_names(labels, movies):
    return pd.DataFrame(np.ones((len(movies), labels.shape[1])))


@learner("5.5", "with their names")
def one_row(labels, movies):
    return (labels.mean().rank(ascending=False) <= 3).astype(float)


@learner("5.5", "with their names")
def the_training_films(labels, movies):
    return labels.astype(float)


@learner("5.5", "nothing back")
def forgotten_return(labels, movies):
    _rows(labels.mean(), labels, movies)


cheats("5.5", pd.DataFrame(), 0.5, "three commonest")


cheats("5.4", 0.583, 0.5, 1, 0.375, "three quarters", [0.75], 0.7)
cheats(
    "5.7",
    [True, True, False, True],
    [True, False, True, True],
    [False, False, False, True],
    [True, False, False, False],
    [True, False],
    "TFFT",
)


def _answering(features, model):
    """A pipeline of features and a yes/no model for each genre."""
    return make_pipeline(features, OneVsRestClassifier(model))


@learner("5.8", "it gave int")
def a_number_given_back():
    return 3


cheats("5.8", _answering(TfidfVectorizer(), LogisticRegression()), "logistic regression", None)


@learner("5.8", "it gave Pipeline")
def distances_only():
    return _answering(TfidfVectorizer(), LinearSVC())


@learner("5.8", "it gave TfidfVectorizer")
def only_the_features():
    return TfidfVectorizer()


@learner("5.8", "worse")
def the_shares_of_genres():
    return _answering(CountVectorizer(max_features=50), DummyClassifier(strategy="prior"))


@learner("5.8", "worse")
def ten_common_words():
    return _answering(CountVectorizer(max_features=10), MultinomialNB())


@learner("5.8", "may be luck")
def the_same_again():
    return _answering(CountVectorizer(lowercase=True), MultinomialNB(alpha=1.0))


@learner("5.8", "Hand over a model")
def with_two_arguments(plots, labels):
    return TfidfVectorizer()
