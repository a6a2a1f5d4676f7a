"""Chapter 4: what learners answer, and the mutants that change nothing."""

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from tools.exercise_mutants import cheats, learner, same_function

from genre_tutorial.data.films import load_movies

cheats("4.1", "a", "c", "ac", "b or c", "", ["b"], 1)


@learner("4.5", "stays without")
def only_what_reaches(scores, threshold):
    return scores >= threshold


@learner("4.5", "announce both")
def every_largest_score(scores, threshold):
    predicted = scores >= threshold
    return predicted | scores.eq(scores.max(axis=1), axis=0)


@learner("4.5")
def the_last_of_equals(scores, threshold):
    predicted = scores >= threshold
    for film, genre in scores.iloc[:, ::-1].idxmax(axis=1).items():
        predicted.loc[film, genre] = True
    return predicted


@learner("4.5")
def below_the_threshold(scores, threshold):
    predicted = scores < threshold
    for film, genre in scores.idxmax(axis=1).items():
        predicted.loc[film, genre] = True
    return predicted


@learner("4.5")
def likeliest_film_of_each_genre(scores, threshold):
    predicted = scores >= threshold
    for genre, film in scores.idxmax().items():
        predicted.loc[film, genre] = True
    return predicted


@learner("4.5")
def everything_where_nothing(scores, threshold):
    predicted = scores >= threshold
    return predicted | ~predicted.any(axis=1).to_numpy()[:, None]


@learner("4.5")
def zeros_and_ones(scores, threshold):
    predicted = scores >= threshold
    for film, genre in scores.idxmax(axis=1).items():
        predicted.loc[film, genre] = True
    return predicted.astype(int)


@learner("4.5")
def lists_of_names(scores, threshold):
    return (scores >= threshold).apply(lambda row: list(row.index[row]), axis=1)


def _best(average, strict=False):
    """The lowest best step by one of scikit-learn's averages."""

    def best_threshold(labels, scores, steps):
        def quality(step):
            predicted = scores > step if strict else scores >= step
            return f1_score(labels, predicted, average=average, zero_division=0)

        return max(sorted(steps), key=quality)

    best_threshold.__name__ = f"by_{average}{'_strictly' * strict}"
    return best_threshold


learner("4.6", "macro")(_best("macro"))
learner("4.6", "equal to the step")(_best("micro", strict=True))
learner("4.6")(_best("samples"))
learner("4.6")(_best("weighted"))


def _micro(labels, scores, step):
    return f1_score(labels, scores >= step, average="micro", zero_division=0)


@learner("4.6", "you gave the highest")
def the_highest_of_equals(labels, scores, steps):
    return max(sorted(steps, reverse=True), key=lambda step: _micro(labels, scores, step))


@learner("4.6", "takes the first")
def the_first_of_equals(labels, scores, steps):
    return steps[int(np.argmax([_micro(labels, scores, step) for step in steps]))]


@learner("4.6")
def its_place(labels, scores, steps):
    return int(np.argmax([_micro(labels, scores, step) for step in sorted(steps)]))


@learner("4.6", "itself")
def the_best_f1(labels, scores, steps):
    return max(_micro(labels, scores, step) for step in steps)


@learner("4.6", "place of the best step")
def its_place_in_the_list(labels, scores, steps):
    return int(np.argmax([_micro(labels, scores, step) for step in steps]))


@learner("4.6")
def by_whole_films(labels, scores, steps):
    return max(sorted(steps), key=lambda step: ((scores >= step) == labels).all(axis=1).mean())


@learner("4.6")
def always_the_middle(labels, scores, steps):
    return float(np.median(steps))


CONSTANT = "each step's figure is multiplied by the same number, so the best stays the best"
BELOW = "(predicted.to_numpy().sum() + labels.to_numpy().sum())"
HITS = "(labels & predicted).to_numpy()"
same_function(
    "4.6",
    CONSTANT,
    f"return {HITS}.sum() / {BELOW}",
    f"return 1 * {HITS}.sum() / {BELOW}",
    f"return 3 * {HITS}.sum() / {BELOW}",
    f"return 4 * {HITS}.sum() / {BELOW}",
)


def _odds(one, other, logarithm=np.log):
    return logarithm((one / one.sum()) / (other / other.sum()))


@learner("4.3", "minus infinity")
def without_the_one(counts, is_genre):
    with np.errstate(divide="ignore"):
        return _odds(counts[is_genre].sum(), counts[~is_genre].sum())


@learner("4.3", "in every plot")
def one_in_each_plot(counts, is_genre):
    return _odds((counts[is_genre] + 1).sum(), (counts[~is_genre] + 1).sum())


@learner("4.3")
def one_after_dividing(counts, is_genre):
    one, other = counts[is_genre].sum(), counts[~is_genre].sum()
    return np.log((one / one.sum() + 1) / (other / other.sum() + 1))


@learner("4.3", "totals")
def total_without_the_ones(counts, is_genre):
    one, other = counts[is_genre].sum(), counts[~is_genre].sum()
    return np.log(((one + 1) / one.sum()) / ((other + 1) / other.sum()))


@learner("4.3", "all *words*")
def plots_with_the_word(counts, is_genre):
    return _odds((counts[is_genre] > 0).sum() + 1, (counts[~is_genre] > 0).sum() + 1)


@learner("4.3", "*others*")
def against_all_plots(counts, is_genre):
    return _odds(counts[is_genre].sum() + 1, counts.sum() + 1)


@learner("4.3", "log-odds of a word")
def odds_within_the_genre(counts, is_genre):
    one = counts[is_genre].sum() + 1
    p = one / one.sum()
    return np.log(p / (1 - p))


@learner("4.3")
def to_base_two(counts, is_genre):
    return _odds(counts[is_genre].sum() + 1, counts[~is_genre].sum() + 1, np.log2)


@learner("4.3", "Its logarithm")
def no_logarithm(counts, is_genre):
    return np.exp(_odds(counts[is_genre].sum() + 1, counts[~is_genre].sum() + 1))


@learner("4.3", "sign")
def the_others_first(counts, is_genre):
    return _odds(counts[~is_genre].sum() + 1, counts[is_genre].sum() + 1)


TEXT = "haunted cellar creature woods house night curse evil scream doll"
WORDS = TEXT.split()
MOVIES = load_movies("openplots")
HORROR = MOVIES["overview"][MOVIES["genres"].map(lambda names: "Horror" in names)]
cheats(
    "4.7",
    WORDS,
    TEXT,
    ", ".join(WORDS) + ".",
    "haunted " * 10,
    "The haunted house, the haunted house, the haunted house, the haunted house.",
    "A funny clown and his clumsy dog open a bakery by the sea and fall in love.",
    "A ghost in the cellar of an old house in the woods haunts a family at night.",
    "A killer in the cellar of an old house in the woods hunts a family at night.",
    "The family in the old house in the woods dies at night, and nobody laughs at all.",
    *HORROR.iloc[:5],
    "",
    8,
)


cheats("4.2", 0, 1, "0", "half", 0.62, 0.88, -0.5, [0.5])
cheats(
    "4.4",
    [True, True, True, False],
    [False, False, True, False],
    [False, True, True, True],
    [True, True, True, True],
    [False, True],
    "FTTF",
    [0, 1, 1, 0],
)


def _answering(features, model=None):
    """A pipeline of features and a yes/no model for each genre."""
    return make_pipeline(features, OneVsRestClassifier(model or LogisticRegression()))


@learner("4.8", "it gave int")
def a_number_given_back():
    return 3


cheats("4.8", _answering(TfidfVectorizer()), "logistic regression", None)


@learner("4.8", "it gave Pipeline")
def distances_only():
    return _answering(TfidfVectorizer(), LinearSVC())


@learner("4.8", "it gave TfidfVectorizer")
def only_the_features():
    return TfidfVectorizer()


@learner("4.8", "mAP")
def the_shares_of_genres():
    return _answering(CountVectorizer(max_features=50), DummyClassifier(strategy="prior"))


@learner("4.8", "mAP")
def ten_common_words():
    return _answering(CountVectorizer(max_features=10))


@learner("4.8", "mAP")
def hardly_learns():
    return _answering(CountVectorizer(min_df=0.2), LogisticRegression(C=1e-4))


@learner("4.8", "Hand over a model")
def with_two_arguments(plots, labels):
    return TfidfVectorizer()
