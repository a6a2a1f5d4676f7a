"""Chapter 3: what learners answer, and the mutants that change nothing."""

import math
from collections import Counter

import numpy as np
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.bag_of_words import document_frequency
from genre_tutorial.data.films import load_movies
from genre_tutorial.models.text import clean_text

cheats("3.1", "a", "b", "d", "abcd", "c?", "", ("c",), 2)


@learner("3.2", "letters in a row")
def letters_in_a_row(plot, vocabulary):
    return [plot.lower().count(word) for word in vocabulary]


@learner("3.2", "Clean before")
def as_it_stands(plot, vocabulary):
    return [plot.split().count(word) for word in vocabulary]


@learner("3.2", "full stop was another word")
def lower_case_only(plot, vocabulary):
    return [plot.lower().split().count(word) for word in vocabulary]


@learner("3.2", "small")
def small_letters_forgotten(plot, vocabulary):
    words = plot.replace(",", "").replace(".", "").split()
    return [words.count(word) for word in vocabulary]


@learner("3.2", "letters in a row")
def the_text_as_it_stands(plot, vocabulary):
    return [plot.count(word) for word in vocabulary]


@learner("3.2", "words themselves")
def words_that_are_known(plot, vocabulary):
    return [word for word in clean_text(plot).split() if word in vocabulary]


@learner("3.2", "with its comma")
def full_stops_only(plot, vocabulary):
    return [plot.lower().replace(".", "").split().count(word) for word in vocabulary]


@learner("3.2")
def the_last_full_stop_only(plot, vocabulary):
    words = plot.lower().strip(".").replace(",", "").split()
    return [words.count(word) for word in vocabulary]


@learner("3.2")
def only_words_that_occur(plot, vocabulary):
    words = clean_text(plot).split()
    return [words.count(word) for word in vocabulary if word in words]


@learner("3.2", "dict")
def as_a_dict(plot, vocabulary):
    words = Counter(clean_text(plot).split())
    return {word: words[word] for word in vocabulary}


@learner("3.2")
def in_alphabetical_order(plot, vocabulary):
    words = clean_text(plot).split()
    return [words.count(word) for word in sorted(vocabulary)]


@learner("3.2", "In another case, your answer stopped")
def shares_of_no_words(plot, vocabulary):
    words = clean_text(plot).split()
    return [words.count(word) / len(words) for word in vocabulary]


@learner("3.2", "with its full stop")
def commas_only(plot, vocabulary):
    return [plot.lower().replace(",", "").split().count(word) for word in vocabulary]


@learner("3.2", "whole plot")
def both_ends_only(plot, vocabulary):
    words = plot.strip(",.").lower().split()
    return [words.count(word) for word in vocabulary]


@learner("3.2", "shares")
def shares_of_words(plot, vocabulary):
    words = clean_text(plot).split()
    return [words.count(word) / max(len(words), 1) for word in vocabulary]


@learner("3.3")
def without_smoothing(counts):
    with np.errstate(divide="ignore"):
        return np.log(len(counts) / (counts > 0).sum()) + 1


@learner("3.3", "in how many plots")
def counted_every_time(counts):
    return np.log((1 + len(counts)) / (1 + counts.sum())) + 1


@learner("3.3", "divides by zero")
def without_any_one(counts):
    with np.errstate(divide="ignore"):
        return np.log(counts.shape[0] / counts.astype(bool).sum())


@learner("3.3", "zeros too")
def all_cells(counts):
    return np.log((1 + len(counts)) / (1 + counts.count())) + 1


@learner("3.3", "one number a plot")
def one_for_each_plot(counts):
    return np.log((1 + len(counts)) / (1 + (counts != 0).sum(axis=1))) + 1


@learner("3.3", "share of the plots")
def share_of_plots(counts):
    return np.log((1 + len(counts)) / (1 + (counts != 0).mean())) + 1


@learner("3.3", "the columns")
def words_for_plots(counts):
    return np.log((1 + counts.shape[1]) / (1 + (counts > 0).sum())) + 1


@learner("3.3")
def more_than_once(counts):
    return np.log((1 + len(counts)) / (1 + (counts > 1).sum())) + 1


@learner("3.3", "1 above")
def below_smoothed_only(counts):
    return np.log(len(counts) / (1 + (counts > 0).sum())) + 1


@learner("3.3", "1 below")
def above_smoothed_only(counts):
    with np.errstate(divide="ignore"):
        return np.log((1 + len(counts)) / (counts > 0).sum()) + 1


@learner("3.3", "base 2")
def binary_logarithm(counts):
    return np.log2((1 + len(counts)) / (1 + (counts > 0).sum())) + 1


@learner("3.3", "logarithm is missing")
def no_logarithm(counts):
    return (len(counts) + 1) / ((counts > 0).sum() + 1) + 1


@learner("3.3", "single number")
def logarithm_of_one_number(counts):
    return math.log((1 + len(counts)) / (1 + (counts > 0).sum())) + 1


@learner("3.3", "inside your logarithm")
def one_inside(counts):
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum()) + 1)


@learner("3.3", "n_w itself")
def document_frequency_itself(counts):
    return (counts > 0).sum()


@learner("3.3", "array")
def without_words(counts):
    return (np.log((1 + len(counts)) / (1 + (counts > 0).sum())) + 1).to_numpy()


@learner("3.4", "rounded up")
def one_too_many(examples, share):
    return int(np.ceil(np.log2(examples / share)))


@learner("3.4")
def one_more(examples, share):
    return int(np.log2(examples / share)) + 1


@learner("3.4", "nearest")
def to_the_nearest(examples, share):
    return round(np.log2(examples / share))


@learner("3.4", "whole number")
def not_rounded(examples, share):
    return float(np.log2(examples / share))


@learner("3.4")
def share_forgotten(examples, share):
    return int(np.log2(examples))


@learner("3.4", "natural logarithm")
def natural_logarithm(examples, share):
    return int(np.log(examples / share))


@learner("3.4", "combinations there may be")
def the_combinations(examples, share):
    return examples / share


@learner("3.4", "percent")
def share_in_percent(examples, share):
    return int(np.log2(100 * examples / share))


@learner("3.4", "`<=`")
def never_quite(examples, share):
    features = 0
    while share * 2 ** (features + 1) < examples:
        features += 1
    return features


@learner("3.4", "logarithm")
def in_step(examples, share):
    return int(examples * share)


same_function(
    "3.4",
    "a whole number is the same number as a float; numbers of features are never negative",
    "return np.floor(np.log2(examples / share))",
    "return int(np.log2(examples / share))",
)
same_function(
    "3.4",
    "the next smaller power of two is the same, whether or not the quotient is cut to a whole one",
    "return int(np.floor(np.log2(examples // share)))",
)

COMMON = list(document_frequency(load_movies("openplots")["overview"]).index)
cheats(
    "3.5",
    COMMON[:30],
    COMMON[30:60],
    COMMON[100:130],
    list(np.random.default_rng(0).choice(COMMON[:500], 30, replace=False)),
    list(np.random.default_rng(1).choice(COMMON, 30, replace=False)),
    [f"zyx{i}" for i in range(30)],
    ["sheriff"] * 30,
    COMMON[:29],
    COMMON[:31],
    " ".join(COMMON[:30]),
    "sheriff",
    3,
    list(range(30)),
    ["haunted house", "space ship", *COMMON[:28]],
)
