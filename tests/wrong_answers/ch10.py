"""Chapter 10: what learners answer, and the mutants that change nothing."""

import numpy as np
import pandas as pd
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.evaluation import evaluate

cheats("10.1", "b", "c", "ac", "a and c", "", {"a"}, 0.6)


@learner("10.2", "for zero")
def missing_is_zero(a, b, weight):
    return weight * a + (1 - weight) * b.fillna(0)


@learner("10.2", "belongs to a")
def weights_swapped(a, b, weight):
    return ((1 - weight) * a + weight * b).fillna(a)


@learner("10.2", "without an answer")
def stays_missing(a, b, weight):
    return weight * a + (1 - weight) * b


@learner("10.2")
def the_average(a, b, weight):
    return ((a + b) / 2).fillna(a)


@learner("10.2")
def zero_is_missing(a, b, weight):
    return (weight * a + (1 - weight) * b).where(b > 0, a)


@learner("10.2")
def row_of_zeros_is_missing(a, b, weight):
    mixed = (weight * a + (1 - weight) * b).fillna(a)
    unseen = b.sum(axis=1) == 0
    mixed[unseen] = a[unseen]
    return mixed


@learner("10.2")
def the_films_mean_for_missing(a, b, weight):
    return weight * a + (1 - weight) * b.fillna(b.mean())


@learner("10.2")
def the_film_above_for_missing(a, b, weight):
    return (weight * a + (1 - weight) * b).ffill().fillna(a)


@learner("10.2")
def unseen_films_left_out(a, b, weight):
    return (weight * a + (1 - weight) * b).dropna()


@learner("10.2")
def weighted_where_missing(a, b, weight):
    return (weight * a + (1 - weight) * b).fillna(weight * a)


@learner("10.2")
def the_surer_one(a, b, weight):
    return (weight * a).combine((1 - weight) * b, np.fmax)


@learner("10.2", "array")
def as_an_array(a, b, weight):
    return (weight * a + (1 - weight) * b).fillna(a).to_numpy()


def _gate(T, P, Wz):
    return 1 / (1 + np.exp(-(np.hstack([T, P]) @ Wz)))


@learner("10.3", "belongs to the text")
def gate_and_opposite_swapped(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz)
    return (1 - z) * np.tanh(T @ Wt) + z * np.tanh(P @ Wp)


@learner("10.3", "shares between 0 and 1")
def tanh_for_the_gate(T, P, Wt, Wp, Wz):
    z = np.tanh(np.hstack([T, P]) @ Wz)
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3", "lack their tanh")
def no_tanh(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz)
    return z * (T @ Wt) + (1 - z) * (P @ Wp)


@learner("10.3", "poster's columns first")
def poster_first(T, P, Wt, Wp, Wz):
    z = _gate(P, T, Wz)
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3", "tanh of the mixture")
def tanh_of_the_mixture(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz)
    return np.tanh(z * (T @ Wt) + (1 - z) * (P @ Wp))


@learner("10.3")
def sigmoids_for_the_views(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz)
    return z / (1 + np.exp(-(T @ Wt))) + (1 - z) / (1 + np.exp(-(P @ Wp)))


@learner("10.3", "lacks its sigmoid")
def gate_without_a_sigmoid(T, P, Wt, Wp, Wz):
    z = np.hstack([T, P]) @ Wz
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3")
def sign_of_the_exponent(T, P, Wt, Wp, Wz):
    z = 1 / (1 + np.exp(np.hstack([T, P]) @ Wz))
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3")
def gate_that_sees_the_text_only(T, P, Wt, Wp, Wz):
    z = 1 / (1 + np.exp(-(T @ Wz[: T.shape[1]])))
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3")
def gate_open_or_shut(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz) >= 0.5
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3", "one gate for a whole film")
def one_gate_a_film(T, P, Wt, Wp, Wz):
    z = _gate(T, P, Wz).mean(axis=1, keepdims=True)
    return z * np.tanh(T @ Wt) + (1 - z) * np.tanh(P @ Wp)


@learner("10.3")
def no_gate(T, P, Wt, Wp, Wz):
    return (np.tanh(T @ Wt) + np.tanh(P @ Wp)) / 2


@learner("10.3", "share is 1 - z")
def both_at_full_strength(T, P, Wt, Wp, Wz):
    return _gate(T, P, Wz) * np.tanh(T @ Wt) + np.tanh(P @ Wp)


def _gap(scores, labels):
    return scores.where(labels).mean() - scores.where(~labels).mean()


def _known(labels):
    return labels.columns[labels.any() & ~labels.all()]


def _better(is_poster, labels):
    """The Series of whoever is better, for the genres that tell something apart."""
    named = pd.Series(np.where(is_poster, "poster", "text"), index=labels.columns)
    return named[_known(labels)]


@learner("10.4", "louder")
def by_loudness(labels, text, poster):
    return _better(poster.where(labels).mean() > text.where(labels).mean(), labels)


@learner("10.4", "every film carries, or none")
def every_genre(labels, text, poster):
    is_poster = _gap(poster, labels) > _gap(text, labels)
    return pd.Series(np.where(is_poster, "poster", "text"), index=labels.columns)


@learner("10.4")
def genres_of_no_film_kept(labels, text, poster):
    return every_genre(labels, text, poster)[~labels.all()]


@learner("10.4")
def genres_of_all_films_kept(labels, text, poster):
    return every_genre(labels, text, poster)[labels.any()]


@learner("10.4", "changed places")
def text_and_poster_swapped(labels, text, poster):
    return _better(_gap(text, labels) > _gap(poster, labels), labels)


@learner("10.4", "equally well")
def equal_means_poster(labels, text, poster):
    return _better(_gap(poster, labels) >= _gap(text, labels), labels)


@learner("10.4", "sign of the gap")
def gaps_either_way(labels, text, poster):
    return _better(_gap(poster, labels).abs() > _gap(text, labels).abs(), labels)


@learner("10.4")
def against_all_scores(labels, text, poster):
    inside = (poster.where(labels) > text.where(labels)).sum()
    return _better(inside > labels.sum() / 2, labels)


@learner("10.4", "medians")
def by_medians(labels, text, poster):
    def gap(scores):
        return scores.where(labels).median() - scores.where(~labels).median()

    return _better(gap(poster) > gap(text), labels)


@learner("10.4")
def by_sums(labels, text, poster):
    def gap(scores):
        return scores.where(labels).sum() - scores.where(~labels).sum()

    return _better(gap(poster) > gap(text), labels)


@learner("10.4")
def zeros_in_the_means(labels, text, poster):
    def gap(scores):
        return (scores * labels).mean() - (scores * ~labels).mean()

    return _better(gap(poster) > gap(text), labels)


@learner("10.4")
def the_gaps(labels, text, poster):
    return (_gap(poster, labels) - _gap(text, labels))[_known(labels)]


@learner("10.4", "dict")
def as_a_dict(labels, text, poster):
    return _better(_gap(poster, labels) > _gap(text, labels), labels).to_dict()


LEADS = "'poster', 'text'), index={}.columns)[known]"
same_function(
    "10.4",
    "all three tables have the same columns in the same order, else pandas would not compare them",
    "known = poster.columns[labels.any() & ~labels.all()]",
    "known = text.columns[labels.any() & ~labels.all()]",
    "return pd.Series(np.where(gap(poster) > gap(text), " + LEADS.format("poster"),
    "return pd.Series(np.where(gap(poster) > gap(text), " + LEADS.format("text"),
)


@learner("10.5", "loses no weight")
def all_alike(labels, held):
    return dict.fromkeys(held, 1.0)


@learner("10.5", "loses no weight")
def one_alone(labels, held):
    return {name: float(name == "svm") for name in held}


@learner("10.5", "loses no weight")
def by_the_name(labels, held):
    return {name: float(len(name)) for name in held}


@learner("10.5", "loses no weight")
def only_the_svm_is_measured(labels, held):
    return {
        name: evaluate(labels, scores)["map"] if name == "svm" else 0.4
        for name, scores in held.items()
    }


@learner("10.5", "mixes up the films")
def by_the_height_of_the_scores(labels, held):
    return {name: 1 - scores.to_numpy().mean() for name, scores in held.items()}


@learner("10.5", "loses no weight")
def the_worst_gets_most(labels, held):
    return {name: 1 - evaluate(labels, scores)["map"] for name, scores in held.items()}


@learner("10.5", "loses no weight")
def the_worst_alone(labels, held):
    precision = {name: evaluate(labels, scores)["map"] for name, scores in held.items()}
    worst = min(precision, key=precision.get)
    return {name: float(name == worst) for name in held}


@learner("10.5", "loses no weight")
def rounded_away(labels, held):
    return {name: round(evaluate(labels, scores)["map"] + 1) for name, scores in held.items()}


@learner("10.5", "negative")
def nobody(labels, held):
    return dict.fromkeys(held, 0.0)


@learner("10.5", "negative")
def below_a_half_is_negative(labels, held):
    return {name: evaluate(labels, scores)["map"] - 0.5 for name, scores in held.items()}


@learner("10.5", "no number")
def not_a_number(labels, held):
    return dict.fromkeys(held, float("nan"))


@learner("10.5", "With an expert that")
def nothing_for_anybody_if_one_is_bad(labels, held):
    precision = {name: evaluate(labels, scores)["map"] for name, scores in held.items()}
    return precision if min(precision.values()) > 0.25 else dict.fromkeys(held, 0.0)


@learner("10.5", "no number")
def as_texts(labels, held):
    return {name: f"{evaluate(labels, scores)['map']:.2f}" for name, scores in held.items()}


@learner("10.5", "dict with the keys")
def a_list(labels, held):
    return [evaluate(labels, scores)["map"] for scores in held.values()]


@learner("10.5", "dict with the keys")
def one_left_out(labels, held):
    return {name: evaluate(labels, held[name])["map"] for name in list(held)[:2]}


@learner("10.5", "nothing back")
def forgotten_return(labels, held):
    dict.fromkeys(held, 1.0)


cheats("10.5", {"svm": 1.0, "naive Bayes": 0.0, "logistic regression": 0.0}, 0.5)
