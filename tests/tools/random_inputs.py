"""Random inputs for the exercises that ask for a function, of the kind that each question promises.

Two things are tried on them with each run. A mutant that `tests/wrong_answers/` calls the same
function as the solution must give the same. And a wrong answer that is told of a named mistake
must make that mistake everywhere, not in the exercise's own cases alone. Where an answer hangs on
a tie between two floating-point numbers, which no question settles, there is none.
"""

import numpy as np
import pandas as pd

from genre_tutorial.data.films import label_matrix

NAMES = ["Action", "Comedy", "Crime", "Drama", "Horror", "War", "Western"]


def _films(rng, n, start=0):
    """Films with up to three genres."""
    genres = [sorted(rng.choice(NAMES, rng.integers(0, 4), replace=False)) for _ in range(n)]
    ids = pd.Index(start + rng.permutation(3 * n)[:n], name="movie_id")
    return pd.DataFrame({"title": "x", "overview": "x", "genres": genres}, index=ids)


def _labels(rng, films=None, genres=None):
    """A label matrix in which every genre has a film and lacks one."""
    films, genres = films or int(rng.integers(4, 30)), genres or int(rng.integers(2, 7))
    while True:
        labels = rng.random((films, genres)) < rng.uniform(0.1, 0.7)
        if labels.any(axis=0).all() and not labels.all(axis=0).any():
            return pd.DataFrame(labels, columns=NAMES[:genres])


def _scores(rng, labels):
    """Scores for a label matrix."""
    return pd.DataFrame(rng.random(labels.shape), labels.index, labels.columns)


def _ways(rng):
    """Yes and no, of each at least one."""
    while True:
        late = rng.random(rng.integers(2, 20)) < 0.5
        if late.any() and not late.all():
            return late


def _normal(rng, *shapes):
    """Arrays of numbers."""
    return tuple(rng.normal(size=shape) for shape in shapes)


# %% chapters 0 to 3


def _genre_counts(rng):
    return (_films(rng, int(rng.integers(1, 12))),)


def _same_columns(rng):
    columns = list(rng.permutation(NAMES)[: rng.integers(1, 7)])
    return label_matrix(_films(rng, 5), columns), _films(rng, int(rng.integers(1, 6)))


def _leaked(rng):
    def films():
        ids = rng.permutation(20)[:8]
        return pd.DataFrame(
            {"title": rng.choice(list("ABC"), 8), "year": rng.integers(1990, 1993, 8)}, index=ids
        )

    return films(), films()


def _pages(rng):
    return int(rng.integers(1, 300)), float(rng.choice([0.5, 1, 4, 5, 40]))


def _waits(rng):
    return (
        float(rng.choice([0.5, 1, 2, 3])),
        float(rng.choice([4, 30, 60])),
        int(rng.integers(1, 9)),
    )


def _two_genres(rng):
    labels = _labels(rng)
    return labels, *map(str, rng.choice(labels.columns, 2, replace=False))


def _label_matrix(rng):
    return (_labels(rng),)


PLOTS = "The robot, the moon. Robots! a moonlit night; THE Robot an army of the moon ghost"


def _plot_and_words(rng):
    vocabulary = list(rng.permutation(["a", "army", "ghost", "moon", "robot", "robots", "the"]))
    words = rng.choice(PLOTS.split(), rng.integers(0, 12))
    return " ".join(words), list(map(str, vocabulary[: rng.integers(1, 8)]))


def _counts(rng):
    counts = rng.poisson(0.7, size=rng.integers(1, 8, size=2))
    return (pd.DataFrame(counts, columns=["the", "moon", *NAMES][: counts.shape[1]]),)


def _best_partner(rng):
    while True:
        labels = _labels(rng, genres=int(rng.integers(3, 7)))
        genre = str(rng.choice(labels.columns))
        lifts = (labels[labels[genre]].mean() / labels.mean()).drop(genre).sort_values()
        if lifts.diff().min() > 1e-9:
            return labels, genre


# %% chapters 4 to 6


def _announced(rng):
    scores = _scores(rng, _labels(rng))
    return scores.round(int(rng.integers(1, 4))), float(rng.choice([0.2, 0.5, 0.7, 0.9]))


def _word_odds(rng):
    is_genre = _ways(rng)
    counts = rng.poisson(1, size=(len(is_genre), rng.integers(1, 6)))
    return pd.DataFrame(counts, columns=NAMES[: counts.shape[1]]), is_genre


def _truth_and_predicted(rng):
    labels = _labels(rng)
    labels.loc[:, labels.columns[-1]] &= rng.random() < 0.7
    return labels, _scores(rng, labels) > rng.uniform(0.2, 0.9)


def _better_share(rng):
    n = int(rng.integers(1, 9))
    rows = [rng.integers(0, n, n) for _ in range(rng.integers(1, 30))]
    return *(rng.integers(0, 5, (2, n)) / 4), rows


def _two_layers(rng):
    films, inputs, hidden, genres = map(int, rng.integers(1, 6, 4))
    return _normal(rng, (films, inputs), (inputs, hidden), hidden, (hidden, genres), genres)


def _sizes(rng):
    return (list(map(int, rng.integers(1, 400, rng.integers(2, 6)))),)


def _losses(rng):
    return [round(float(x), 1) for x in rng.random(rng.integers(1, 12))], int(rng.integers(1, 5))


def _places(rng):
    n, kernel = int(rng.integers(5, 230)), int(rng.integers(1, 6))
    return n, kernel, int(rng.integers(1, 4)), int(rng.integers(0, kernel))


def _best_threshold(rng):
    """Few films and steps of one digit, so that steps are often equally good."""
    labels = _labels(rng, films=int(rng.integers(3, 8)), genres=int(rng.integers(2, 4)))
    scores = pd.DataFrame(rng.integers(0, 11, labels.shape) / 10, columns=labels.columns)
    steps = rng.permutation(np.arange(1, 10))[: rng.integers(1, 6)] / 10
    return labels, scores, list(map(float, steps))


def _one_step(rng):
    films, inputs = int(rng.integers(1, 9)), int(rng.integers(1, 5))
    y = (rng.random(films) < 0.5).astype(rng.choice([int, float, bool]))
    rate = float(rng.choice([0.01, 0.5, 2.0]))
    return rng.normal(size=(films, inputs)), y, rng.normal(size=inputs), float(rng.normal()), rate


def _arrows(rng, dimensions=None):
    """Words with vectors of any length; a dict has an order, and it should not matter."""
    words = rng.permutation(["cowboy", "day", "ghost", "moon", "robot", "ship", "sun", "the"])
    dimensions = dimensions or int(rng.integers(2, 6))
    return {
        str(word): rng.normal(size=dimensions) * rng.choice([0.1, 1, 7])
        for word in words[: rng.integers(5, 9)]
    }


def _neighbours(rng):
    vectors = _arrows(rng)
    return vectors, str(rng.choice(list(vectors))), int(rng.integers(1, len(vectors)))


def _completes(rng):
    vectors = _arrows(rng)
    return vectors, *map(str, rng.choice(list(vectors), 3, replace=False))


def _zero_shot_genres(rng):
    vectors = _arrows(rng, dimensions=4)
    return rng.normal(size=4), vectors, int(rng.integers(1, len(vectors) + 1))


def _plot_mean(rng):
    vectors = _arrows(rng)
    words = rng.choice([*vectors, "ROBOT,", "Ghost.", "a", "xqzt"], rng.integers(0, 10))
    return " ".join(words), vectors


def _attend(rng):
    words, d, m = map(int, rng.integers(1, 7, 3))
    return _normal(rng, d, (words, d), (words, m))


def _masked_weights(rng):
    real = rng.random(rng.integers(1, 7)) < 0.6
    real[rng.integers(len(real))] = True
    return rng.normal(size=len(real)), real


def _features_covered(rng):
    share = rng.choice([1, 0.5, 0.25, 0.1, 0.05, 0.01, float(rng.uniform(0.001, 1))])
    examples = rng.choice([int(rng.integers(1, 10**7)), 2 ** int(rng.integers(0, 24))])
    return int(examples), float(share)


def _pooled(rng):
    return (rng.normal(size=rng.integers(1, 5, size=4)),)


def _top_genres(rng):
    labels = _labels(rng)
    return _scores(rng, labels), int(rng.integers(1, labels.shape[1] + 1))


def _importance(rng):
    cells, size = (int(x) for x in rng.integers(1, 4, size=2))
    picture, weights = rng.normal(size=(2, cells * size, cells * size))
    return lambda covered: float((weights * covered).sum()), picture, cells


# %% chapters 10 to 14


def _fuse(rng):
    a = _scores(rng, _labels(rng))
    b = _scores(rng, a)
    b[rng.random(len(b)) < 0.3] = np.nan
    return a, b, float(rng.choice([0, 0.25, 0.5, 0.9, 1]))


def _gated(rng):
    films, words, colours, out = map(int, rng.integers(1, 5, 4))
    shapes = (films, words), (films, colours), (words, out), (colours, out), (words + colours, out)
    return _normal(rng, *shapes)


def _missing_labels(rng):
    labels = _labels(rng)
    labels.iloc[:, 0] &= rng.random() < 0.7
    return labels, _scores(rng, labels).round(int(rng.integers(1, 5)))


def _who_helps(rng):
    """Scores of few digits, too, so that both experts are often equally good."""
    labels = _labels(rng)
    text, poster = _scores(rng, labels), _scores(rng, labels)
    return (
        (labels, text, poster) if rng.random() < 0.5 else (labels, text.round(1), poster.round(1))
    )


def _discoveries(rng):
    p = rng.random(rng.integers(1, 9)) ** rng.integers(1, 5)
    p = np.round(p, 2) if rng.random() < 0.5 else p
    return list(map(float, p * (rng.random() < 0.95))), float(rng.choice([0.05, 0.1, 0.3, 1.0]))


def _permutation_p(rng):
    n = 2 * int(rng.integers(2, 10)) + 1  # odd: no shuffle gives the effect with its sign turned
    y = rng.permutation(n) < rng.integers(1, n)  # both sides have a film
    x = 2.0 ** rng.permutation(n)  # no rounding: a gap computed in another order is the same
    return x, y, [rng.permutation(n) for _ in range(rng.integers(1, 30))]


def _share_gap(rng):
    late = _ways(rng)
    labels = _labels(rng, films=max(len(late), 4))
    return labels[: len(late)], str(rng.choice(labels.columns)), late


def _p_value(rng):
    chance = np.round(rng.normal(size=rng.integers(1, 12)), 1)
    return float(np.round(rng.normal(), 1)), list(map(float, chance))


def _predicted_seconds(rng):
    n1, n2 = map(int, rng.choice([100, 250, 1000, 4000], 2, replace=False))
    t1, t2 = rng.uniform(0.1, 90, 2)
    return n1, float(t1), n2, float(t2), int(rng.integers(50, 10**6))


def _sparse(rng):
    return int(rng.integers(1, 10**6)), int(rng.integers(0, 200)), int(rng.choice([1, 4, 8]))


def _joined(rng):
    sizes = rng.integers(1, 400, rng.integers(1, 6))
    return ([(int(n), float(rng.uniform(5, 90)), int(rng.integers(90, 400))) for n in sizes],)


def _rows_needed(rng):
    return float(np.round(rng.uniform(0.02, 0.98), 2)), float(rng.choice([0.01, 0.03, 0.05, 0.07]))


INPUTS = {
    "0.2": _genre_counts,
    "0.3": _same_columns,
    "0.4": _leaked,
    "1.2": _pages,
    "1.3": _waits,
    "2.2": _two_genres,
    "2.3": _label_matrix,
    "2.4": _best_partner,
    "3.2": _plot_and_words,
    "3.3": _counts,
    "3.4": _features_covered,
    "4.3": _word_odds,
    "4.5": _announced,
    "4.6": _best_threshold,
    "5.2": _truth_and_predicted,
    "5.3": _truth_and_predicted,
    "5.6": _better_share,
    "6.2": _two_layers,
    "6.5": _one_step,
    "6.6": _sizes,
    "6.7": _losses,
    "6.9": _places,
    "7.2": _pooled,
    "7.3": _top_genres,
    "7.4": _importance,
    "8.2": _neighbours,
    "8.3": _plot_mean,
    "8.4": _completes,
    "9.3": _attend,
    "9.4": _masked_weights,
    "9.6": _zero_shot_genres,
    "10.2": _fuse,
    "10.3": _gated,
    "10.4": _who_helps,
    "11.4": _missing_labels,
    "12.2": _share_gap,
    "12.3": _p_value,
    "12.4": _discoveries,
    "12.7": _permutation_p,
    "13.2": _predicted_seconds,
    "13.3": _sparse,
    "13.4": _joined,
    "14.3": _rows_needed,
}
