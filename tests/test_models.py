"""The models: nothing leaks from test to training, names stay with numbers, missing sides are answered, and the plain interfaces hold."""
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from genre_tutorial.bag_of_words import clean_text, word_pieces
from genre_tutorial.evaluation import commonest, confusion, evaluate, stratified_split, top_k
from genre_tutorial.movies import clean_movies, label_matrix, load_movies, split_movies
from genre_tutorial.multimodal import both_sides, joint_regression, late_fusion
from genre_tutorial.svm_naive_bayes import fold_scores, genre_scores, genre_words, logistic_regression, naive_bayes, plot_words, svm, tune_threshold
from genre_tutorial.word2vec import words_and_vectors

MODELS = {"svm": svm, "naive Bayes": naive_bayes, "logistic regression": logistic_regression, "words and vectors": words_and_vectors}


@pytest.fixture(scope="module")
def films():
    """300 films, split, with labels."""
    movies = clean_movies(load_movies("openplots")).sample(300, random_state=1)
    train, test = split_movies(movies)
    labels = label_matrix(train)
    return train, test, labels, label_matrix(test, labels.columns)


@pytest.mark.parametrize("split", [split_movies, stratified_split])
@pytest.mark.parametrize("seed", range(4))
def test_no_movie_is_on_both_sides(films, split, seed):
    movies = pd.concat(films[:2])
    train, test = split(movies, seed=seed)
    assert not set(train.index) & set(test.index) and set(train.index) | set(test.index) == set(movies.index)


@pytest.mark.parametrize("name", MODELS)
def test_the_vocabulary_is_from_training_plots_only(films, name):
    train, test, labels, _ = films
    strange = test.assign(overview=test["overview"] + " qwertyfilm qwertyfilm")
    model = MODELS[name]().fit(train["overview"], labels)
    before = genre_scores(model, test)
    assert not any("qwert" in feature for feature in model.vectorizer_.get_feature_names_out())
    known = {word for plot in train["overview"] for word in clean_text(plot).split()}
    vocabulary = [f.split("__")[-1] for f in model.vectorizer_.get_feature_names_out() if "letters__" not in f and "beginning__" not in f and "vectors__" not in f]
    assert set(vocabulary) <= known and len(vocabulary) > 100
    assert genre_scores(model, strange).shape == before.shape


def test_scaling_is_from_training_rows_only(films):
    train, test, labels, _ = films
    posters = pd.DataFrame(np.random.default_rng(0).normal(5, 2, (300, 4)), index=[*train.index, *test.index])
    model = joint_regression().fit(both_sides(train, posters), labels)
    scaler = model.vectorizer_.named_transformers_["poster"][0]
    assert np.allclose(scaler.mean_, posters.loc[train.index].mean())


def test_predictions_don_t_depend_on_the_other_test_movies(films):
    train, test, labels, _ = films
    for make in MODELS.values():
        model = make().fit(train["overview"], labels)
        assert np.allclose(genre_scores(model, test).iloc[:5], genre_scores(model, test.iloc[:5]))


@pytest.mark.parametrize("name", MODELS)
def test_models_know_something_and_keep_their_names(films, name):
    train, test, labels, truth = films
    scores = genre_scores(MODELS[name]().fit(train["overview"], labels), test)
    assert scores.index.equals(test.index) and list(scores.columns) == list(labels.columns)
    assert evaluate(truth, scores)["map"] > evaluate(truth, commonest(labels, test.index))["map"] + 0.03


def test_labels_shuffled_leave_nothing_to_know(films):
    """A pipeline that scores well on nonsense leaks."""
    train, test, labels, truth = films
    nonsense = pd.DataFrame(np.random.default_rng(0).permutation(labels.to_numpy()), index=labels.index, columns=labels.columns)
    scores = genre_scores(logistic_regression(pieces=False).fit(train["overview"], nonsense), test)
    rng = np.random.default_rng(1)
    dice = np.mean([evaluate(truth, pd.DataFrame(rng.random(truth.shape), index=truth.index, columns=truth.columns))["map"] for _ in range(20)])
    assert evaluate(truth, scores)["map"] < dice + 0.06


def test_models_clone_and_refit_alike(films):
    train, test, labels, _ = films
    model = logistic_regression()
    a = genre_scores(clone(model).fit(train["overview"], labels), test)
    b = genre_scores(model.fit(train["overview"], labels).fit(train["overview"], labels), test)
    assert np.allclose(a, b)


def test_fold_scores_come_from_models_that_did_not_see_the_movie(films):
    train, _, labels, _ = films
    seen = genre_scores(naive_bayes().fit(train["overview"], labels), train)
    held = fold_scores(naive_bayes(), train, labels)
    assert evaluate(labels, seen)["map"] > evaluate(labels, held)["map"] + 0.2, "the gap is what leaking would be worth"
    assert 0.05 <= tune_threshold(labels, held) <= 0.95


@pytest.mark.parametrize("pieces", [True, False])
def test_words_are_explained_by_whole_words(films, pieces):
    train, test, labels, _ = films
    model = logistic_regression(pieces=pieces).fit(train["overview"], labels)
    table = genre_words(model, "Drama")
    assert all(word == clean_text(word) and "__" not in word for word in [*table["for"], *table["against"]])
    plot = test["overview"].iloc[0]
    assert set(plot_words(model, plot, "Drama").index) <= set(clean_text(plot).split())


def test_missing_sides_are_answered(films):
    train, test, labels, _ = films
    posters = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 6)), index=[*train.index, *test.index])
    model = joint_regression().fit(both_sides(train, posters), labels)
    nothing = both_sides(test.assign(overview=None), posters.iloc[:0])
    answer = model.predict_proba(nothing)
    assert np.isfinite(answer).all() and np.allclose(answer, answer[0]), "who knows nothing gives everybody the same answer"


def test_fusion_ignores_who_did_not_see(films):
    *_, truth = films
    a = truth * 0.8
    b = (truth * 0.2).iloc[:10]
    mixed = late_fusion({"a": a, "b": b}, {"a": 0.5, "b": 0.5})
    assert np.allclose(mixed.iloc[10:], a.iloc[10:]) and np.allclose(mixed.iloc[:10], truth.iloc[:10] * 0.5)


def test_confusion_by_hand():
    labels = pd.DataFrame([[1, 0, 0], [1, 1, 0], [0, 0, 1]], columns=list("ABC"), dtype=bool)
    said = pd.DataFrame([[1, 1, 0], [1, 1, 0], [0, 1, 1]], columns=list("ABC"), dtype=bool)
    table = confusion(labels, said)
    assert table.loc["A", "B"] == 1 and table.loc["C", "B"] == 1 and table.loc["A", "C"] == 0 and np.isnan(table.loc["B", "A"])


def test_pieces_find_relatives():
    plots = ["the killer kills"] * 5 + ["a garden in spring"] * 5 + ["two friends", "one dog"] * 5
    pieces = word_pieces().fit(plots)
    one, other = pieces.transform(["killing", "gardens"]).toarray()
    assert one @ pieces.transform(["the killer"]).toarray()[0] > 0 and other @ pieces.transform(["the killer"]).toarray()[0] == 0


def test_top_k_announces_exactly_k(films):
    *_, truth = films
    assert (top_k(truth.astype(float), 3).sum(axis=1) == 3).all()
