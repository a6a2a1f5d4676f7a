"""Chapter 11: what learners answer, and the mutants that change nothing."""

import numpy as np
from tools.exercise_mutants import cheats, learner

cheats("11.1", "a", "c", "d", "abcd", "b?", "", ("b",), 2)
cheats("11.2", "A", "C", "worst", 1.6, ["B"], {"B": 1.6}, "")
cheats(
    "11.3",
    ["plot"] * 6,
    ["label"] * 6,
    ["plot", "model", "label", "plot", "label"],
    ["Plot", "Model", "Label", "Plot", "Label", "Model"],
    "plot model label plot label model",
    [1, 2, 0, 1, 0, 2],
    {"plot": [1, 4], "model": [2, 6], "label": [3, 5]},
    3,
)
cheats("11.5", [True] * 4, [False] * 4, [True, False, True], ["True"] * 4, [1, 0, 1, 1], "True")
cheats(
    "11.6",
    "same author",
    "The same the same the same the same the same the same the same.",
    "Why does our model score better on test films of OpenPlots than on real films? Because.",
    "same hand author style publish outside other stranger new differ alike share hands",
    "Because the model was trained for longer on these films and has learned a lot of words.",
    3,
)


@learner("11.4", "one threshold for all")
def threshold_of_all_genres_together(labels, scores):
    return ~labels & scores.ge(np.nanmean(scores.where(labels).to_numpy()))


@learner("11.4", "the median")
def median_of_those_that_carry_it(labels, scores):
    return ~labels & scores.ge(scores.where(labels).median())


@learner("11.4")
def highest_of_those_that_carry_it(labels, scores):
    return ~labels & scores.ge(scores.where(labels).max())


@learner("11.4")
def lowest_of_those_that_carry_it(labels, scores):
    return ~labels & scores.ge(scores.where(labels).min())


@learner("11.4", "count as zeros")
def zeros_count(labels, scores):
    return ~labels & scores.ge((scores * labels).mean())


@learner("11.4", "don't carry the genre")
def mean_of_those_that_do_not(labels, scores):
    return ~labels & scores.ge(scores.where(~labels).mean())


@learner("11.4", "Where no film carries a genre")
def zero_for_a_genre_of_no_film(labels, scores):
    return ~labels & scores.ge(scores.where(labels).mean().fillna(0))


@learner("11.4")
def wrong_ones_instead(labels, scores):
    return labels & scores.lt(scores.where(labels).mean())


@learner("11.4")
def mean_of_the_film(labels, scores):
    return ~labels & scores.ge(scores.where(labels).mean(axis=1), axis=0)


@learner("11.4")
def as_an_array(labels, scores):
    return (~labels & scores.ge(scores.where(labels).mean())).to_numpy()


def pairs(table, k):
    """The k smallest entries as pairs (film, genre)."""
    return list(table.stack().nsmallest(k).index)


@learner("11.7", "were planted")
def missing_ones_only(labels, scores, k):
    return pairs((1 - scores).where(~labels), k)


@learner("11.7", "were planted")
def least_likely_of_all(labels, scores, k):
    return pairs(scores, k)


@learner("11.7", "were planted")
def likeliest_of_all(labels, scores, k):
    return pairs(-scores, k)


@learner("11.7", "were planted")
def drawn_by_chance(labels, scores, k):
    drawn = np.random.default_rng(0).random(labels.shape)
    return pairs(scores * 0 + drawn, k)


@learner("11.7", "were planted")
def rarest_genres(labels, scores, k):
    return pairs((scores * 0 + labels.mean()).where(labels), k)


@learner("11.7", "were planted")
def nearest_to_a_half(labels, scores, k):
    return pairs((scores - 0.5).abs(), k)


@learner("11.7", "pairs (film, genre)")
def films_only(labels, scores, k):
    return list(labels.index[:k])


@learner("11.7", "pairs (film, genre)")
def a_number(labels, scores, k):
    return k


@learner("11.7", "turned round")
def turned_round(labels, scores, k):
    return [(genre, film) for film, genre in pairs(scores.where(labels, 1 - scores), k)]


@learner("11.7", "isn't in the tables")
def places_for_names(labels, scores, k):
    return [(place, place) for place in range(k)]


@learner("11.7", "different ones")
def too_many(labels, scores, k):
    return pairs(scores.where(labels, 1 - scores), k + 1)


@learner("11.7", "different ones")
def all_of_them(labels, scores, k):
    return list(scores.stack().index)


@learner("11.7", "nothing back")
def forgotten_return(labels, scores, k):
    pairs(scores.where(labels, 1 - scores), k)


cheats("11.7", 0.5, [("Drama", 1)])
