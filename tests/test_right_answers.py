"""No right answer is refused: other ways to a solution, as learners write them.

Some compute in another order, so that a tie between two floating-point numbers may fall otherwise;
an exercise's cases must not hang on that.
"""

import math
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from sklearn.metrics import f1_score
from tools.exercise_mutants import judged
from tools.random_inputs import INPUTS

from genre_tutorial.course.answers.ch09 import _no_description
from genre_tutorial.course.compare import same
from genre_tutorial.course.exercises import find

WAYS = []


def way(number):
    """Put a function on the list of right answers."""

    def keep(function):
        WAYS.append((number, function))
        return function

    return keep


@way("0.2")
def counted_by_hand(movies):
    counts = Counter(genre for genres in movies["genres"] for genre in genres)
    return pd.Series(dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))))


@way("0.4")
def merged_with_its_ids(train, test):
    twins = test.reset_index().merge(train, on=["title", "year"])
    return sorted(set(twins.iloc[:, 0]) | set(train.index.intersection(test.index)))


@way("1.3")
def doubled_in_a_loop(first, longest, tries):
    waits, wait = [], first
    for _ in range(tries - 1):
        waits.append(min(wait, longest))
        wait *= 2
    return waits


@way("2.3")
def by_numpy(labels):
    Y = labels.to_numpy().astype(float)
    return pd.DataFrame(Y.T @ Y, labels.columns, labels.columns)


@way("2.4")
def pair_by_pair(labels, genre):
    lift = {
        other: (labels[genre] & labels[other]).mean()
        / (labels[genre].mean() * labels[other].mean())
        for other in labels
        if other != genre
    }
    return max(lift, key=lift.get)


@way("3.2")
def with_an_expression(plot, vocabulary):
    counts = Counter(re.findall(r"[a-z']+", plot.lower()))
    return [counts[word] for word in vocabulary]


@way("3.4")
def one_feature_more(examples, share):
    features = 0
    while examples / 2 ** (features + 1) >= share:
        features += 1
    return features


@way("4.5")
def without_a_loop(scores, threshold):
    predicted = scores >= threshold
    best = scores.eq(scores.max(axis=1), axis=0)
    alone = ~predicted.any(axis=1)
    predicted[alone] = (best & (best.cumsum(axis=1) == 1))[alone]
    return predicted


@way("4.6")
def from_precision_and_recall(labels, scores, steps):
    def micro_f1(step):
        predicted = scores >= step
        hits = (labels & predicted).sum().sum()
        if hits == 0:
            return 0
        precision, recall = hits / predicted.sum().sum(), hits / labels.sum().sum()
        return 2 * precision * recall / (precision + recall)

    return max(sorted(steps), key=micro_f1)


@way("4.6")
def by_scikit_learn(labels, scores, steps):
    figures = [
        f1_score(labels, scores >= step, average="micro", zero_division=0) for step in sorted(steps)
    ]
    return sorted(steps)[int(np.argmax(figures))]


@way("4.3")
def logarithms_apart(counts, is_genre):
    one = counts.to_numpy()[is_genre].sum(axis=0) + 1
    other = counts.to_numpy()[~is_genre].sum(axis=0) + 1
    odds = np.log(one) - np.log(one.sum()) - np.log(other) + np.log(other.sum())
    return pd.Series(odds, counts.columns)


@way("5.3")
def genre_after_genre(truth, predicted):
    known = truth.columns[truth.any()]
    return np.mean([f1_score(truth[g], predicted[g], zero_division=0) for g in known])


@way("5.6")
def by_sums(a, b, draws):
    return sum(a[draw].sum() > b[draw].sum() for draw in draws) / len(draws)


@way("6.7")
def with_a_counter(losses, patience):
    best, kept, waited = math.inf, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss < best:
            best, kept, waited = loss, epoch, 0
        else:
            waited += 1
            if waited == patience:
                break
    return kept, epoch


@way("6.5")
def the_sign_of_both_steps(X, y, w, b, learning_rate):
    error = y - 1 / (1 + np.exp(-(X @ w + b)))
    return w + learning_rate * X.T @ error / len(y), b + learning_rate * error.mean()


@way("7.3")
def sorted_rows(scores, k):
    def best(row):
        return row.sort_values(ascending=False, kind="stable").index[:k].tolist()

    return scores.apply(best, axis=1)


@way("8.3")
def word_by_word(plot, vectors):
    from genre_tutorial.bag_of_words import clean_text

    total, known = np.zeros(len(next(iter(vectors.values())))), 0
    for word in clean_text(plot).split():
        if word in vectors:
            total, known = total + vectors[word], known + 1
    return total / known if known else total


@way("8.4")
def from_a_set(vectors, a, b, c):
    unit = {word: vector / np.linalg.norm(vector) for word, vector in vectors.items()}
    target = unit[b] - unit[a] + unit[c]
    cosine = {word: unit[word] @ target / np.linalg.norm(target) for word in vectors}
    return max(set(vectors) - {a, b, c}, key=cosine.get)


@way("9.3")
def steady_softmax(query, keys, values):
    scores = np.array([key @ query for key in keys]) / len(query) ** 0.5
    powers = np.exp(scores - scores.max())
    return (powers / powers.sum()) @ values


@way("9.4")
def minus_infinity(scores, real):
    powers = np.exp(np.where(real, scores, -np.inf))
    return powers / powers.sum()


@way("9.6")
def distance_of_unit_vectors(plot, descriptions, k):
    def distance(genre):
        vector = descriptions[genre]
        return np.linalg.norm(plot / np.linalg.norm(plot) - vector / np.linalg.norm(vector))

    return sorted(descriptions, key=distance)[:k]


@way("10.4")
def genre_by_genre(labels, text, poster):
    def gap(scores, genre):
        y = labels[genre].to_numpy()
        return scores[genre].to_numpy()[y].mean() - scores[genre].to_numpy()[~y].mean()

    known = [genre for genre in labels if labels[genre].any() and not labels[genre].all()]
    return pd.Series(
        {g: "poster" if gap(poster, g) > gap(text, g) else "text" for g in known}, dtype=object
    )


@way("12.3")
def as_an_array(effect, chance):
    sizes = np.abs([effect, *chance])
    return (sizes >= abs(effect)).mean()


@way("13.2")
def a_fitted_line(n1, t1, n2, t2, n):
    slope, start = np.polyfit(np.log([n1, n2]), np.log([t1, t2]), 1)
    return math.exp(start + slope * math.log(n))


@way("14.3")
def tried_one_by_one(share, h):
    rows = 1
    while 2 * math.sqrt(share * (1 - share) / rows) > h:
        rows += 1
    return rows


@pytest.mark.parametrize("number, function", WAYS, ids=lambda x: getattr(x, "__name__", x))
def test_another_way_is_right_too(number, function):
    status, message = judged(find(number), function)
    assert status == "right", message


IN_OTHER_WORDS = [
    (
        "9.7",
        "It may remember the genres of famous films. Tune the prompt on validation films and "
        "freeze it. Then measure ours and theirs on equal terms, on films that are new to both.",
    ),
    (
        "9.7",
        "It has learned these films by heart, and the prompt was picked on them: that needs a "
        "separate set. Compare on identical films.",
    ),
    (
        "11.6",
        "It learned the habits of the people who wrote OpenPlots, and its test plots have these "
        "habits, too; elsewhere thousands of people write.",
    ),
    (
        "14.5",
        "None of the seven rows asks for a high score, and a negative outcome that was measured "
        "with care saves others the effort.",
    ),
]


@pytest.mark.parametrize("number, text", IN_OTHER_WORDS)
def test_an_answer_in_other_words_is_right_too(number, text):
    assert judged(find(number), text)[0] == "right", judged(find(number), text)[1]


def test_the_last_column_that_a_learner_finds_is_as_good_as_the_first():
    """By another test its p may be just below 0.05, where the judge's shuffles give 0.050."""

    def last_below(noise):
        numbers = noise.drop(columns="y")
        p = ttest_ind(numbers[noise["y"]], numbers[~noise["y"]]).pvalue
        return numbers.columns[p < 0.05][-1]

    assert judged(find("12.9"), last_below)[0] == "right"


def test_a_genre_inside_another_word_is_not_its_name():
    assert _no_description("War", "soldiers march towards the front") == ""
    assert _no_description("War", "the wars of Rome") == "War: describe it without its own name."


HANG_ON_ROUNDING = {"4.6", "10.4", "14.3"}  # on inputs with ties; the cases hold those that don't


@pytest.mark.parametrize("number, function", WAYS, ids=lambda x: getattr(x, "__name__", x))
def test_another_way_gives_the_same_on_random_inputs(number, function):
    if number in HANG_ON_ROUNDING:
        pytest.skip("two floating-point numbers that should be equal")
    rng = np.random.default_rng(3)
    for _ in range(20):
        arguments = INPUTS[number](rng)
        assert same(function(*arguments), find(number).solution(*arguments))
