"""Random inputs for the exercises whose changed solutions are said to be the same function.

`tests/wrong_answers/` gives a reason why a mutant is the same function as the solution. A second
pair of eyes has read each reason; what it tried is here, so that it is tried again with each run.
Inputs are those that the question allows; where the answer hangs on a tie between two floating-
point numbers, which no question settles, there is none.
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


def _best_partner(rng):
    while True:
        labels = _labels(rng, genres=int(rng.integers(3, 7)))
        genre = str(rng.choice(labels.columns))
        lifts = (labels[labels[genre]].mean() / labels.mean()).drop(genre).nlargest(2)
        if lifts.iloc[0] - lifts.iloc[1] > 1e-9:
            return labels, genre


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


INPUTS = {
    "0.3": _same_columns,
    "0.4": _leaked,
    "2.4": _best_partner,
    "3.4": _features_covered,
    "4.3": _best_threshold,
    "6.7": _one_step,
    "7.2": _pooled,
    "7.3": _top_genres,
    "7.4": _importance,
    "8.2": _neighbours,
    "8.4": _completes,
    "9.6": _zero_shot_genres,
    "10.4": _who_helps,
    "12.4": _discoveries,
}
