"""The models: nothing leaks from test to training, names stay with numbers, missing sides are
answered, and the plain interfaces hold.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from joblib.parallel import get_active_backend
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import KFold
from sklearn.naive_bayes import MultinomialNB
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from genre_tutorial.bag_of_words import word_and_char_tfidf
from genre_tutorial.cooccurrence import cooccurrence, lift, shares, strongest_pairs
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import clean_movies, label_matrix, load_movies
from genre_tutorial.evaluation import (
    baselines,
    bootstrap_interval,
    confusion,
    evaluate,
    most_frequent,
    per_genre,
    precision_recall,
    top_k,
)
from genre_tutorial.models import networks
from genre_tutorial.models import search as search_page
from genre_tutorial.models.classifier import GenreClassifier, cross_val_scores
from genre_tutorial.models.text import clean_text
from genre_tutorial.movies import split_movies
from genre_tutorial.multimodal import both_sides, fit_fusion_weights, joint_regression, late_fusion
from genre_tutorial.neural_nets import dense_network
from genre_tutorial.svm_naive_bayes import (
    genre_words,
    logistic_regression,
    naive_bayes,
    plot_words,
    search,
    svm,
    tune_threshold,
)
from genre_tutorial.word2vec import words_and_vectors

MODELS = {
    "svm": svm,
    "naive Bayes": naive_bayes,
    "logistic regression": logistic_regression,
    "words and vectors": words_and_vectors,
}


@pytest.fixture(scope="module")
def films():
    """300 films, split, with labels."""
    movies = clean_movies(load_movies("openplots")).sample(300, random_state=1)
    train, test = split_movies(movies)
    labels = label_matrix(train)
    return train, test, labels, label_matrix(test, labels.columns)


@pytest.mark.parametrize("split", [split_movies, partial(split_movies, stratify=True)])
@pytest.mark.parametrize("seed", range(4))
def test_no_movie_is_on_both_sides(films, split, seed):
    movies = pd.concat(films[:2])
    train, test = split(movies, seed=seed)
    assert not set(train.index) & set(test.index) and set(train.index) | set(test.index) == set(
        movies.index
    )


@pytest.mark.parametrize("name", MODELS)
def test_the_vocabulary_is_from_training_plots_only(films, name):
    train, test, labels, _ = films
    strange = test.assign(overview=test["overview"] + " qwertyfilm qwertyfilm")
    model = MODELS[name]().fit(train["overview"], labels)
    before = model.scores(test["overview"])
    assert not any("qwert" in feature for feature in model.vectorizer_.get_feature_names_out())
    known = {word for plot in train["overview"] for word in clean_text(plot).split()}
    vocabulary = [
        f.split("__")[-1]
        for f in model.vectorizer_.get_feature_names_out()
        if "letters__" not in f and "beginning__" not in f and "vectors__" not in f
    ]
    assert set(vocabulary) <= known and len(vocabulary) > 100
    assert model.scores(strange["overview"]).shape == before.shape


def test_scaling_is_from_training_rows_only(films):
    train, test, labels, _ = films
    posters = pd.DataFrame(
        np.random.default_rng(0).normal(5, 2, (300, 4)), index=[*train.index, *test.index]
    )
    model = joint_regression().fit(both_sides(train, posters), labels)
    scaler = model.vectorizer_.named_transformers_["poster"][0]
    assert np.allclose(scaler.mean_, posters.loc[train.index].mean())


def test_predictions_don_t_depend_on_the_other_test_movies(films):
    train, test, labels, _ = films
    for make in MODELS.values():
        model = make().fit(train["overview"], labels)
        assert np.allclose(
            model.scores(test["overview"]).iloc[:5], model.scores(test["overview"].iloc[:5])
        )


@pytest.mark.parametrize("name", MODELS)
def test_models_know_something_and_keep_their_names(films, name):
    train, test, labels, truth = films
    scores = MODELS[name]().fit(train["overview"], labels).scores(test["overview"])
    assert scores.index.equals(test.index) and list(scores.columns) == list(labels.columns)
    assert (
        evaluate(truth, scores)["map"]
        > evaluate(truth, most_frequent(labels, test.index))["map"] + 0.03
    )


def test_labels_shuffled_leave_nothing_to_know(films):
    """A pipeline that scores well on nonsense leaks."""
    train, test, labels, truth = films
    nonsense = pd.DataFrame(
        np.random.default_rng(0).permutation(labels.to_numpy()),
        index=labels.index,
        columns=labels.columns,
    )
    scores = (
        logistic_regression(pieces=False).fit(train["overview"], nonsense).scores(test["overview"])
    )
    rng = np.random.default_rng(1)
    dice = np.mean(
        [
            evaluate(
                truth,
                pd.DataFrame(rng.random(truth.shape), index=truth.index, columns=truth.columns),
            )["map"]
            for _ in range(20)
        ]
    )
    assert evaluate(truth, scores)["map"] < dice + 0.06


def test_models_clone_and_refit_alike(films):
    train, test, labels, _ = films
    model = logistic_regression()
    a = clone(model).fit(train["overview"], labels).scores(test["overview"])
    again = model.fit(train["overview"], labels).fit(train["overview"], labels)
    b = again.scores(test["overview"])
    assert np.allclose(a, b)


def test_cross_val_scores_come_from_models_that_did_not_see_the_movie(films):
    train, _, labels, _ = films
    seen = naive_bayes().fit(train["overview"], labels).scores(train["overview"])
    held = cross_val_scores(naive_bayes(), train["overview"], labels)
    assert evaluate(labels, seen)["map"] > evaluate(labels, held)["map"] + 0.2, (
        "the gap is what leaking would be worth"
    )


@pytest.mark.parametrize("pieces", [True, False])
def test_words_are_explained_by_whole_words(films, pieces):
    train, test, labels, _ = films
    model = logistic_regression(pieces=pieces).fit(train["overview"], labels)
    table = genre_words(model, "Drama")
    assert all(
        word == clean_text(word) and "__" not in word for word in [*table["for"], *table["against"]]
    )
    plot = test["overview"].iloc[0]
    assert set(plot_words(model, plot, "Drama").index) <= set(clean_text(plot).split())


def test_missing_sides_are_answered(films):
    train, test, labels, _ = films
    posters = pd.DataFrame(
        np.random.default_rng(0).normal(size=(300, 6)), index=[*train.index, *test.index]
    )
    model = joint_regression().fit(both_sides(train, posters), labels)
    nothing = both_sides(test.assign(overview=None), posters.iloc[:0])
    answer = model.predict_proba(nothing)
    assert np.isfinite(answer).all() and np.allclose(answer, answer[0]), (
        "who knows nothing gives everybody the same answer"
    )


def test_fusion_ignores_who_did_not_see(films):
    *_, truth = films
    a = truth * 0.8
    b = (truth * 0.2).iloc[:10]
    mixed = late_fusion({"a": a, "b": b}, {"a": 0.5, "b": 0.5})
    assert np.allclose(mixed.iloc[10:], a.iloc[10:]) and np.allclose(
        mixed.iloc[:10], truth.iloc[:10] * 0.5
    )


def test_the_threshold_is_where_micro_f1_is_best():
    """From 0.44 on, all are right; lower, more is wrong; higher, more is missing."""
    labels = pd.DataFrame({"A": [1, 1, 1, 0, 0, 0], "B": 0}, dtype=bool)
    scores = pd.DataFrame({"A": [0.9, 0.7, 0.45, 0.43, 0.3, 0.1], "B": 0.0})
    assert tune_threshold(labels, scores, steps=np.array([0.2, 0.4, 0.44, 0.5, 0.8])) == 0.44
    assert tune_threshold(labels, scores, steps=np.array([0.8, 0.2])) == 0.2


def test_a_threshold_for_one_genre_alone_is_not_chosen_by_accuracy():
    """scikit-learn takes one column for one answer a film, and its micro-F1 would be accuracy."""
    labels = pd.DataFrame({"A": [1, 0, 0, 0, 0, 0]}, dtype=bool)
    scores = pd.DataFrame({"A": [0.5, 0.5, 0.5, 0.1, 0.1, 0.1]})
    assert tune_threshold(labels, scores, steps=np.array([0.9, 0.4])) == 0.4


def test_precision_and_recall_by_hand():
    """One of one, one of three, none of none; half, all, and nothing to find."""
    truth = pd.DataFrame([[1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    predicted = pd.DataFrame([[1, 0, 0], [1, 1, 1], [0, 0, 0]], dtype=bool)
    precision, recall = precision_recall(truth, predicted)
    assert precision == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert recall == pytest.approx((1 / 2 + 1 + 0) / 3)


def test_top_k_gives_ties_to_the_genre_that_stands_first():
    scores = pd.DataFrame([[0.2, 0.5, 0.5, 0.5]], columns=list("ABCD"))
    assert top_k(scores, 2).iloc[0].tolist() == [False, True, True, False]


def test_lift_and_shares_by_hand():
    """A: 3 of 6 films, B: 2, both: 2; by chance one would carry both."""
    labels = pd.DataFrame({"A": [1, 1, 1, 0, 0, 0], "B": [1, 1, 0, 0, 0, 0], "C": 0}, dtype=bool)
    counts = cooccurrence(labels)
    table = lift(counts, 6)
    assert table.loc["A", "B"] == table.loc["B", "A"] == 2 and table.loc["A", "C"] == 0
    assert shares(counts).loc["A"].tolist() == pytest.approx([1, 2 / 3, 0])
    assert strongest_pairs(table).to_dict() == {("A", "B"): 2.0, ("A", "C"): 0.0, ("B", "C"): 0.0}


def test_a_genre_with_just_enough_examples_is_learned():
    """From five films on: one film fewer, and the genre is answered with its share."""
    plots = pd.Series(["a ghost"] * 5 + ["a clown"] * 7)
    ghostly = plots.str.contains("ghost")
    few = ghostly & (plots.index > 0)
    model = GenreClassifier(CountVectorizer(), MultinomialNB(), min_examples=5)
    model.fit(plots, pd.DataFrame({"Horror": ghostly, "Mystery": few}))
    assert model.usable_.tolist() == [True, False]
    answers = model.scores(["a ghost", "a clown"])
    assert answers["Horror"][0] > 0.7 > 0.3 > answers["Horror"][1]
    assert answers["Mystery"].tolist() == pytest.approx([4 / 12] * 2)


def test_fusion_weights_that_are_alike_go_to_the_first_tried():
    labels = pd.DataFrame([[1, 0], [0, 1]], columns=["A", "B"], dtype=bool)
    right = labels.astype(float)
    weights = fit_fusion_weights(labels, {"one": right, "other": right}, steps=4, k=1)
    assert weights == {"one": 0.0, "other": 1.0}
    weights = fit_fusion_weights(labels, {"one": right, "other": 1 - right}, steps=4, k=1)
    assert weights["one"] > 0.5 and sum(weights.values()) == 1


def test_confusion_by_hand():
    labels = pd.DataFrame([[1, 0, 0], [1, 1, 0], [0, 0, 1]], columns=list("ABC"), dtype=bool)
    predicted = pd.DataFrame([[1, 1, 0], [1, 1, 0], [0, 1, 1]], columns=list("ABC"), dtype=bool)
    table = confusion(labels, predicted)
    assert (
        table.loc["A", "B"] == 1
        and table.loc["C", "B"] == 1
        and table.loc["A", "C"] == 0
        and np.isnan(table.loc["B", "A"])
    )


def test_pieces_find_relatives():
    plots = ["the killer kills"] * 5 + ["a garden in spring"] * 5 + ["two friends", "one dog"] * 5
    pieces = word_and_char_tfidf().fit(plots)
    one, other = pieces.transform(["killing", "gardens"]).toarray()
    assert (
        one @ pieces.transform(["the killer"]).toarray()[0] > 0
        and other @ pieces.transform(["the killer"]).toarray()[0] == 0
    )


def test_top_k_announces_exactly_k(films):
    *_, truth = films
    assert (top_k(truth.astype(float), 3).sum(axis=1) == 3).all()


@pytest.mark.parametrize("how", [{}, {"k": 2}, {"threshold": 0.4}, {"threshold": "per genre"}])
def test_the_report_of_genres_is_scikit_learn_s(films, how):
    *_, labels, truth = films
    scores = pd.DataFrame(
        np.random.default_rng(0).random(truth.shape), index=truth.index, columns=truth.columns
    )
    how = (
        how
        if how.get("threshold") != "per genre"
        else {
            "threshold": pd.Series(np.linspace(0.2, 0.9, len(truth.columns)), index=truth.columns)
        }
    )
    predicted = (
        top_k(scores, how.get("k", 3)) if "threshold" not in how else scores >= how["threshold"]
    )
    report = per_genre(truth, scores, **how)
    theirs = pd.DataFrame(
        classification_report(
            truth, predicted, target_names=list(truth.columns), output_dict=True, zero_division=0
        )
    ).T.loc[report.index]
    assert np.allclose(
        report[["precision", "recall", "f1", "films"]],
        theirs[["precision", "recall", "f1-score", "support"]],
    )
    whole = evaluate(truth, scores, **how)
    assert np.isclose(report["f1"].mean(), whole["macro_f1"]) and np.isclose(
        report["average_precision"].mean(), whole["map"]
    )


def by_hand(truth, predicted):
    """Precision and recall per film, micro-F1 and macro-F1, from counts alone."""
    T, P = truth.to_numpy(), predicted.to_numpy()
    films, genres = (T & P).sum(axis=1), (T & P).sum(axis=0)
    f1 = 2 * genres / np.maximum(T.sum(axis=0) + P.sum(axis=0), 1)
    return {
        "precision": (films / np.maximum(P.sum(axis=1), 1)).mean(),
        "recall": (films / np.maximum(T.sum(axis=1), 1)).mean(),
        "micro_f1": 2 * (T & P).sum() / max(T.sum() + P.sum(), 1),
        "macro_f1": f1[T.any(axis=0)].mean() if T.any() else np.nan,
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_figures_are_those_counted_by_hand(seed):
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 60)), int(rng.integers(1, 20))
    truth = pd.DataFrame(rng.random(shape) > rng.random(shape[1]))
    scores = pd.DataFrame(rng.random(shape))
    expected = by_hand(truth, scores >= 0.7)
    found = evaluate(truth, scores, threshold=0.7)[list(expected)]
    assert np.allclose(found, list(expected.values()), rtol=0, atol=1e-12, equal_nan=True)
    report = per_genre(truth, scores, threshold=0.7)
    assert report["films"].tolist() == truth.sum()[report.index].tolist()
    assert np.allclose(report["share"], truth.mean()[report.index])


def test_silence_has_no_precision_and_one_genre_is_enough():
    truth = pd.DataFrame({"Horror": [True, False, True, False]})
    scores = pd.DataFrame({"Horror": [0.9, 0.2, 0.1, 0.3]})
    found = evaluate(truth, scores, threshold=0.5)
    assert found["precision"] == 0.25 and found["recall"] == 0.25
    assert found["micro_f1"] == found["macro_f1"] == pytest.approx(2 / 3)
    assert evaluate(truth, scores * 0, threshold=0.5)[["precision", "micro_f1"]].eq(0).all()


def test_the_interval_is_scipy_s_but_for_the_draws():
    from scipy.stats import bootstrap

    rng = np.random.default_rng(5)
    truth = pd.DataFrame(rng.random((300, 8)) > 0.8)
    scores = pd.DataFrame(rng.random((300, 8)) + 0.4 * truth)
    T, P = truth.to_numpy(), top_k(scores).to_numpy()

    def micro_f1(hits, predicted):
        return 2 * hits.sum() / predicted.sum()

    counts = (T & P).sum(axis=1), T.sum(axis=1) + P.sum(axis=1)
    theirs = bootstrap(
        counts,
        micro_f1,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        method="percentile",
        random_state=0,
    )
    ours = bootstrap_interval(truth, scores, repeats=2000)
    assert np.allclose(ours, theirs.confidence_interval, atol=0.005)


def test_the_report_leaves_out_absent_genres_and_knows_silence():
    truth = pd.DataFrame(
        [[True, False, True], [False, False, True]], columns=["Comedy", "Drama", "Horror"]
    )
    report = per_genre(
        truth,
        pd.DataFrame([[0.1, 0.9, 0.8], [0.2, 0.9, 0.7]], columns=truth.columns),
        threshold=0.5,
    )
    assert list(report.index) == ["Horror", "Comedy"] and report["films"].tolist() == [2, 1]
    assert (
        report.loc["Comedy", ["precision", "recall", "f1"]].eq(0).all()
        and report.loc["Horror", "f1"] == 1
    )
    with pytest.raises(CourseError, match="same movies"):
        per_genre(truth, truth.iloc[::-1].astype(float))


def test_floors_are_the_three_parrots(films):
    _, test, labels, truth = films
    table = baselines(labels, truth)
    assert list(table.index) == ["the three commonest", "nothing", "everything"]
    assert table.loc["the three commonest"].equals(
        evaluate(truth, most_frequent(labels, test.index)).rename("the three commonest")
    )
    assert table.loc["nothing", ["precision", "recall", "micro_f1", "macro_f1"]].eq(0).all()
    share = truth.to_numpy().mean()
    assert table.loc["everything", "recall"] == 1 and np.isclose(
        table.loc["everything", "micro_f1"], 2 * share / (1 + share)
    )


class Bar:
    """Stands in for a progress bar and remembers what became of it."""

    shown = []

    def __init__(self, items, total=None, **options):
        self.items, self.total, self.options, self.n, self.closed = items, total, options, 0, False
        Bar.shown.append(self)

    def __iter__(self):
        for item in self.items:
            yield item
            self.n += 1
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def update(self):
        self.n += 1


@pytest.fixture
def bars(monkeypatch):
    """The bars shown during a test."""
    monkeypatch.setattr(Bar, "shown", [])
    for module in (search_page, networks):
        monkeypatch.setattr(module, "progress_bar", Bar)
    return Bar.shown


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_the_search_shows_one_bar_over_its_settings(films, bars, backend):
    train, _, labels, _ = films
    with parallel_config(backend=backend, n_jobs=2):
        table = search(naive_bayes, (0.1, 0.5, 2.0), train, labels)
    assert [(bar.total, bar.n, bar.closed, bar.options["desc"]) for bar in bars] == [
        (3, 3, True, "settings")
    ]
    assert set(table.index) == {0.1, 0.5, 2.0} and table["map"].is_monotonic_decreasing


class Listening(GenreClassifier):
    """Notes which joblib backend its fits run on."""

    heard = []

    def fit(self, plots, labels):
        self.heard.append(get_active_backend()[0].__class__.__name__)
        return super().fit(plots, labels)


def test_a_setting_keeps_its_own_work_to_itself(films):
    train, _, labels, _ = films
    made = naive_bayes().get_params(deep=False)
    with parallel_config(backend="threading", n_jobs=2):
        search(lambda value: Listening(**made), (1, 2), train, labels)
    assert Listening.heard == ["SequentialBackend"] * 6


def test_cross_val_scores_are_those_of_a_loop_over_the_folds(films):
    train, _, labels, _ = films
    by_hand = pd.DataFrame(0.0, index=labels.index, columns=labels.columns)
    for rest, part in KFold(4, shuffle=True, random_state=2).split(train):
        model = naive_bayes().fit(train["overview"].iloc[rest], labels.iloc[rest])
        by_hand.iloc[part] = model.scores(train["overview"].iloc[part])
    held = cross_val_scores(naive_bayes(), train["overview"], labels, folds=4, seed=2)
    pd.testing.assert_frame_equal(held, by_hand)


def test_a_genre_that_all_or_none_have_keeps_its_share_out_of_fold(films):
    train, _, labels, _ = films
    constant = labels.assign(Film=True, Book=False)
    held = cross_val_scores(naive_bayes(), train["overview"], constant)
    assert (held["Film"] == 1).all() and (held["Book"] == 0).all()


def test_networks_score_and_cross_validate_like_any_other_model():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, 4)), index=range(7, 127))
    labels = pd.DataFrame({"Drama": X[0] > 0, "Comedy": X[1] > 0})
    build = partial(dense_network, hidden=(16,), learning_rate=5e-2)
    model = networks.NetworkClassifier(build, epochs=15, batch_size=32)
    scores = model.fit(X, labels).scores(X)
    assert scores.index.equals(labels.index) and list(scores) == list(labels)
    assert ((scores >= 0.5) == labels).to_numpy().mean() > 0.9 and "val_loss" in model.history_
    held = cross_val_scores(model, X, labels)
    assert held.index.equals(labels.index) and ((held >= 0.5) == labels).to_numpy().mean() > 0.8


def test_scores_of_a_list_are_numbered():
    model = GenreClassifier(CountVectorizer(), MultinomialNB(), min_examples=1)
    model.fit(["a bee", "see a"] * 3, [[True], [False]] * 3)
    assert list(model.scores(["bee", "see"]).index) == [0, 1]


@pytest.mark.parametrize("patience", [1, 1000])
def test_training_moves_a_bar_and_closes_it_where_it_stops(bars, patience):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(120, 40)), rng.random((120, 3)) > 0.6
    history = networks.train(
        dense_network(40, 3, hidden=(64,), learning_rate=1e-2),
        X,
        Y,
        epochs=15,
        patience=patience,
    )
    (bar,) = bars
    assert bar.n == bar.total == len(history) and bar.closed
    assert len(history) < 15 if patience == 1 else len(history) == 15


@pytest.mark.parametrize(
    "variable",
    [{"GENRE_TUTORIAL_SCALE": "tiny"}, {"GENRE_TUTORIAL_SCALE": "standard", "TQDM_DISABLE": "1"}],
)
def test_bars_are_quiet_where_they_should_be(films, monkeypatch, capfd, variable):
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    train, _, labels, _ = films
    search(naive_bayes, (0.5,), train, labels)
    networks.train(
        dense_network(40, 3, hidden=(8,)),
        np.zeros((20, 40)),
        np.zeros((20, 3)),
        epochs=2,
    )
    shown = capfd.readouterr()
    assert not shown.out and "epoch" not in shown.err and "setting" not in shown.err


# Checks of scikit-learn that ask for what a classifier of plots, with several labels each, is not.
NOT_OURS = {
    "check_n_features_in_after_fitting": "a plot has no columns to count",
    "check_n_features_in": "a plot has no columns to count",
    "check_estimators_dtypes": "its labels are never without or never with the genre",
    "check_classifier_data_not_an_array": "its labels are never without or never with the genre",
    "check_fit2d_1sample": "one film is refused with a sentence",
    "check_fit2d_1feature": "its labels are never without or never with the genre",
    "check_classifiers_one_label": "one class for all films is refused with a sentence",
    "check_classifiers_classes": "classes by name, one a film",
    "check_classifier_multioutput": "asks for a decision_function or 0/1 labels of ints",
    "check_classifiers_train": "asks for one class a film",
    "check_classifiers_regression_target": "numbers count as yes unless they are 0",
    "check_classifiers_multilabel_output_format_predict": "predict gives bool, as labels are",
    "check_classifier_not_supporting_multiclass": "asks for one class a film",
}


def test_scikit_learn_finds_what_it_asks_of_a_classifier():
    model = GenreClassifier(StandardScaler(), LogisticRegression(), min_examples=1)
    results = check_estimator(model, expected_failed_checks=NOT_OURS)
    passed = [result for result in results if result["status"] == "passed"]
    assert len(passed) >= 40
