"""What chapter 9 exports: attention, positions, zero-shot genres, and what stands in for a missing
encoder. The block against Keras is in the notebook itself.
"""

import numpy as np
import pandas as pd
import pytest

from genre_tutorial import transformers
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data.films import label_matrix, load_movies
from genre_tutorial.models.mean_vectors import MeanWordVectors
from genre_tutorial.models.plots import vector_expert
from genre_tutorial.transformers import (
    attention,
    attention_weights,
    course_encoder,
    hide_names,
    learning_curve,
    nearest_plots,
    positions,
    softmax,
    unit_rows,
    zero_shot,
)


class Toy:
    """An encoder that counts three words."""

    def transform(self, texts):
        return [[text.count(word) for word in ("war", "love", "ghost")] for text in texts]


PLOTS = pd.Series(["war war", "love in war", "a ghost", "nothing"], index=[7, 3, 9, 1])


def test_attention_is_the_formula_word_by_word():
    Q, K, V = np.random.default_rng(0).normal(size=(3, 5, 4))
    for query, given in zip(Q, attention(Q, K, V), strict=True):
        powers = np.exp(K @ query / 2)
        assert np.allclose(given, powers @ V / powers.sum())
    assert np.allclose(attention_weights(Q, K).sum(axis=1), 1)


def test_equal_scores_give_the_plain_mean_and_huge_ones_no_overflow():
    values = np.arange(6.0).reshape(3, 2)
    assert np.allclose(attention(np.zeros((1, 2)), values, values), values.mean(axis=0))
    with np.errstate(over="raise"):
        assert np.allclose(softmax(np.array([5000.0, 0.0])), [1, 0])


def test_positions_are_different_and_of_equal_length():
    table = positions(64, 32)
    assert table.shape == (64, 32) and len(np.unique(table.round(6), axis=0)) == 64
    assert np.allclose((table**2).sum(axis=1), 16)


def test_zero_shot_follows_the_cosine_and_stays_between_0_and_1():
    texts = {"War": "war", "Romance": "love love love", "Horror": "ghost"}
    scores = zero_shot(Toy(), PLOTS, texts, centre=False)
    assert list(scores.index) == [7, 3, 9, 1] and list(scores.columns) == list(texts)
    assert scores.loc[7, "War"] == pytest.approx(1) and scores.loc[7, "Horror"] == 0.5
    assert scores.loc[3, "War"] == scores.loc[3, "Romance"], "lengths don't count"
    centred = zero_shot(Toy(), PLOTS, texts)
    assert (centred.idxmax(axis=1) == scores.idxmax(axis=1)).all()
    assert np.allclose(centred.mean(axis=1), 0.5) and ((centred >= 0) & (centred <= 1)).all(
        axis=None
    )
    assert not np.isnan(unit_rows(np.zeros((2, 3)))).any()


def test_the_nearest_plot_comes_first():
    movies = pd.DataFrame({"title": list("ABCD"), "overview": PLOTS.to_numpy()}, index=PLOTS.index)
    found = nearest_plots(Toy(), "a ghost in love", movies, 3)
    assert list(found["title"][:2]) == ["C", "B"] and found["cosine"].is_monotonic_decreasing


def test_a_learning_curve_uses_the_first_films_only():
    movies = load_movies("openplots").head(120)
    labels, seen = label_matrix(movies), []

    def noted():
        model = vector_expert()
        fit = model.fit
        model.fit = lambda X, y: seen.append((len(X), X.index[0])) or fit(X, y)
        return model

    parts = (movies["overview"], labels, movies["overview"].tail(30), labels.tail(30))
    curve = learning_curve(noted, *parts, [40, 90])
    first = movies.index[0]
    assert seen == [(40, first), (90, first)] and list(curve.index) == [40, 90]
    assert ((curve > 0) & (curve <= 1)).all()


@pytest.mark.parametrize(
    "plot, hidden",
    [
        ("In Rome, Anna meets Bob.", "In someone, someone meets someone."),
        ("They sing. Then they die.", "They sing. Then they die."),
        ("the cyborg Kusanagi-7, and O’Neil", "the cyborg someone, and someone"),
        ("", ""),
    ],
)
def test_names_are_hidden_but_not_beginnings_of_sentences(plot, hidden):
    assert hide_names(plot) == hidden


def without_encoder(folder=""):
    """As `find_encoder` where the extra is missing."""
    raise CourseError("The sentence encoder needs the package onnxruntime, which is missing.")


def test_without_the_extra_word_vectors_stand_in_and_it_is_said(monkeypatch, capsys):
    monkeypatch.setattr(transformers, "find_encoder", without_encoder)
    monkeypatch.delenv("GENRE_TUTORIAL_ENCODER", raising=False)
    name, encoder = course_encoder()
    said = capsys.readouterr().out
    assert isinstance(encoder, MeanWordVectors) and "instead of an encoder" in name
    assert said.startswith("Note: The sentence encoder needs") and "stand in" in said
    assert encoder.transform(["a king"]).any()


def test_an_encoder_asked_for_by_name_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setattr(transformers, "find_encoder", without_encoder)
    monkeypatch.setenv("GENRE_TUTORIAL_ENCODER", str(tmp_path))
    with pytest.raises(CourseError, match="onnxruntime"):
        course_encoder()
