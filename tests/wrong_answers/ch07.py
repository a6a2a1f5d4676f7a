"""Chapter 7: what learners answer, and the mutants that change nothing."""

import numpy as np
import pandas as pd
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.course.answers.ch07 import _covering, _mean

cheats("7.1", "a", "c", "abc", "b and c", "", {"b"}, 2)


@learner("7.2", "channels")
def over_channels(maps):
    return maps.mean(axis=3).reshape(len(maps), -1)


@learner("7.2", "strongest")
def strongest(maps):
    return maps.max(axis=(1, 2))


@learner("7.2", "own row")
def over_posters(maps):
    return maps.mean(axis=(0, 1, 2))


@learner("7.2", "number of places")
def sums(maps):
    return maps.sum(axis=(1, 2))


@learner("7.2", "wrong number")
def always_nine_places(maps):
    return maps.sum(axis=(1, 2)) / 9


@learner("7.2", "height alone")
def divided_by_the_height(maps):
    return maps.sum(axis=(1, 2)) / maps.shape[1]


@learner("7.2")
def divided_by_the_height_twice(maps):
    return maps.sum(axis=(1, 2)) / maps.shape[1] ** 2


@learner("7.2")
def medians(maps):
    return np.median(maps, axis=(1, 2))


@learner("7.2", "mixed")
def cut_the_wrong_way(maps):
    return maps.reshape(len(maps), maps.shape[3], -1).mean(axis=2)


@learner("7.2")
def the_last_axes(maps):
    return maps.mean(axis=(2, 3))


@learner("7.2")
def over_the_height_only(maps):
    return maps.mean(axis=1)


@learner("7.2")
def axes_kept(maps):
    return maps.mean(axis=(1, 2), keepdims=True)


@learner("7.2")
def squeezed(maps):
    return maps.mean(axis=(1, 2)).squeeze()


same_function(
    "7.2",
    "the mean over two axes doesn't depend on which of them is named first",
    "return maps.mean(axis=(2, 1))",
)


def _for_each(scores, best):
    """A Series of what a function makes of each row."""
    return pd.Series({i: best(row) for i, row in scores.iterrows()})


@learner("7.3", "least likely")
def the_least_likely(scores, k):
    return _for_each(scores, lambda row: list(row.nsmallest(k).index))


@learner("7.3", "stands last")
def the_likeliest_last(scores, k):
    return _for_each(scores, lambda row: list(row.sort_values().index[-k:]))


@learner("7.3", "ids")
def without_ids(scores, k):
    return pd.Series([list(row.nlargest(k).index) for _, row in scores.iterrows()])


@learner("7.3", "order of the columns")
def in_the_order_of_the_columns(scores, k):
    return _for_each(scores, lambda row: [name for name in row.index if name in row.nlargest(k)])


@learner("7.3")
def in_the_order_of_the_alphabet(scores, k):
    return _for_each(scores, lambda row: sorted(row.nlargest(k).index))


@learner("7.3", "three genres")
def always_three(scores, k):
    return _for_each(scores, lambda row: list(row.nlargest(3).index))


@learner("7.3")
def only_above_a_half(scores, k):
    return _for_each(scores, lambda row: list(row[row >= 0.5].nlargest(k).index))


@learner("7.3", "names of the genres")
def the_scores(scores, k):
    return _for_each(scores, lambda row: list(row.nlargest(k)))


@learner("7.3")
def places_of_the_columns(scores, k):
    return _for_each(scores, lambda row: list(np.argsort(-row.to_numpy())[:k]))


@learner("7.3")
def sorted_by_id(scores, k):
    return _for_each(scores, lambda row: list(row.nlargest(k).index)).sort_index()


@learner("7.3")
def the_genres_of_the_whole(scores, k):
    best = list(scores.mean().nlargest(k).index)
    return pd.Series([best] * len(scores), index=scores.index)


@learner("7.3", "one text")
def in_one_text(scores, k):
    return _for_each(scores, lambda row: ", ".join(row.nlargest(k).index))


@learner("7.3", "dict")
def as_a_dict(scores, k):
    return {i: list(row.nlargest(k).index) for i, row in scores.iterrows()}


same_function(
    "7.3",
    "an Index counts as a list of names, and it holds the same names in the same order",
    "return pd.Series({i: row.nlargest(k).index for i, row in scores.iterrows()})",
)


def _named(name, function):
    """The function under a name of its own."""
    function.__name__ = name
    return function


learner("7.4", "black")(_named("black", _covering(lambda picture, square: 0)))
learner("7.4", "own mean")(
    _named("mean_of_the_square", _covering(lambda picture, square: square.mean()))
)
learner("7.4")(_named("white", _covering(lambda picture, square: picture.max())))
learner("7.4")(_named("the_median", _covering(lambda picture, square: np.median(picture))))
learner("7.4")(_named("column_means", _covering(lambda picture, square: square.mean(axis=0))))
learner("7.4", "sign")(_named("turned", _covering(_mean, lambda whole, covered: covered - whole)))
learner("7.4")(_named("never_negative", _covering(_mean, lambda a, b: max(a - b, 0))))
learner("7.4")(_named("how_far_either_way", _covering(_mean, lambda a, b: abs(a - b))))
learner("7.4", "divided")(_named("relative", _covering(_mean, lambda a, b: (a - b) / a)))
learner("7.4", "subtract")(_named("answer_when_covered", _covering(_mean, lambda a, b: b)))


@learner("7.4", "uncover")
def piling_up(predict, picture, cells):
    size, result, covered = len(picture) // cells, np.zeros((cells, cells)), picture.copy()
    for i, j in np.ndindex(cells, cells):
        covered[i * size : (i + 1) * size, j * size : (j + 1) * size] = picture.mean()
        result[i, j] = predict(picture) - predict(covered)
    return result


@learner("7.4", "changed places")
def rows_and_columns_changed(predict, picture, cells):
    return _covering(_mean)(predict, picture, cells).T


@learner("7.4")
def everything_but_the_square(predict, picture, cells):
    size, result = len(picture) // cells, np.zeros((cells, cells))
    for i, j in np.ndindex(cells, cells):
        rows, columns = (slice(k * size, (k + 1) * size) for k in (i, j))
        covered = np.full(picture.shape, picture.mean())
        covered[rows, columns] = picture[rows, columns]
        result[i, j] = predict(picture) - predict(covered)
    return result


@learner("7.4", "how many squares")
def squares_of_that_size(predict, picture, cells):
    return _covering(_mean)(predict, picture, len(picture) // cells)


@learner("7.4")
def in_one_row(predict, picture, cells):
    return _covering(_mean)(predict, picture, cells).ravel()


same_function(
    "7.4",
    "every cell of the result is written over, so it doesn't matter what stood there before",
    "size, result = (len(picture) // cells, np.ones((cells, cells)))",
)


def _dealt(picture):
    """Numbers that look like chance, but are the same for the same picture."""
    return np.random.default_rng(int(picture.sum()))


@learner("7.5", "brightness alone")
def brightness(picture):
    return [picture.mean()]


@learner("7.5", "brightness alone")
def brightness_and_chance(picture):
    return [picture.mean(), *_dealt(picture).normal(size=5)]


@learner("7.5", "same for every poster")
def its_size(picture):
    return [*picture.shape, 1.0]


@learner("7.5", "same poster again")
def new_each_time(picture):
    return np.random.default_rng().normal(size=12)


@learner("7.5", "no number")
def divided_by_nothing(picture):
    return [picture[..., 0].mean() / 0.0, picture.mean()]


@learner("7.5", "no number")
def logarithms_of_dark_pixels(picture):
    return [float(np.log(picture.min())), float("nan")]


@learner("7.5", "at most 12")
def a_row_of_pixels(picture):
    return picture[0].ravel()


@learner("7.5", "at most 12")
def nothing_at_all(picture):
    return []


@learner("7.5", "at most 12")
def a_table(picture):
    return picture.mean(axis=0)[:4]


@learner("7.5", "could be read as numbers")
def a_word(picture):
    return "dark" if picture.mean() < 128 else "bright"


@learner("7.5", "could be read as numbers")
def forgotten_return(picture):
    picture.mean(axis=(0, 1))


cheats("7.5", [1.0, 2.0], "brightness")

cheats("7.6", [True] * 5, [False] * 5, [True, False, False, True], "TFFTF", [1, 0, 0, 1, 0])
cheats("7.7", "block7a", "block6", "block1a", "block9", "", "top", 6, ["block6d"], 1.7)
