"""MeanWordVectors as a scikit-learn citizen, and loading by every road."""
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from genre_tutorial.settings import CourseError
from genre_tutorial.word2vec import GENSIM_DATA, MeanWordVectors, load_word_vectors, save_word_vectors

PLOTS = pd.Series(["A cowboy robs a bank.", "", "Detectives hunt a murderer", "xqzt"], index=[4, 3, 2, 1])


@pytest.fixture(scope="module")
def vectors():
    return load_word_vectors("openvectors")


def test_parameters_are_stored_as_given(vectors):
    model = MeanWordVectors("openvectors", weighting="tfidf")
    assert model.get_params() == {"vectors": "openvectors", "weighting": "tfidf"}
    assert clone(model).set_params(weighting="mean").weighting == "mean"


def test_unfitted_is_an_error():
    with pytest.raises(NotFittedError):
        MeanWordVectors().transform(PLOTS)


@pytest.mark.parametrize("weighting", ["mean", "tfidf"])
def test_fit_twice_is_fit_once_and_input_is_unchanged(vectors, weighting):
    before = PLOTS.copy()
    model = MeanWordVectors(vectors, weighting).fit(PLOTS)
    first = model.transform(PLOTS)
    assert np.array_equal(model.fit(PLOTS).transform(PLOTS), first)
    assert PLOTS.equals(before)
    assert first.shape == (4, vectors.vector_size) and first.dtype == np.float32
    assert not first[[1, 3]].any() and first[[0, 2]].any(axis=1).all()


def test_it_equals_a_plain_loop(vectors):
    words = ["cowboy", "robs", "bank"]
    known = [vectors[w] if w in vectors else vectors["rob"] for w in words]
    assert np.allclose(MeanWordVectors(vectors).fit_transform(["A cowboy robs a bank."])[0], np.mean(known, axis=0), atol=1e-5)


def test_no_words_at_all(vectors):
    assert not MeanWordVectors(vectors).fit_transform(["", "!"]).any()


def test_coverage_and_names(vectors):
    model = MeanWordVectors(vectors).fit(PLOTS)
    table = model.coverage(PLOTS)
    assert list(table.index) == [4, 3, 2, 1] and table.loc[1, "known"] == 0 and table.loc[4, "known"] == 3
    assert list(model.get_feature_names_out()[:2]) == ["wv0", "wv1"]


def test_an_unknown_weighting(vectors):
    with pytest.raises(CourseError, match="median"):
        MeanWordVectors(vectors, "median").fit(PLOTS)


def test_saved_vectors_come_back_mapped(vectors, tmp_path):
    back = load_word_vectors(save_word_vectors(vectors, tmp_path / "v.npy"))
    assert isinstance(back.vectors, np.memmap) and back.index_to_key == vectors.index_to_key
    assert np.array_equal(back["king"], vectors["king"])


@pytest.mark.parametrize("binary", [True, False])
def test_word2vec_files(vectors, tmp_path, binary):
    path = tmp_path / ("v.bin" if binary else "v.txt")
    vectors.save_word2vec_format(str(path), binary=binary)
    assert np.allclose(load_word_vectors(path)["dog"], vectors["dog"], atol=1e-5)


def test_unknown_missing_damaged_and_offline(tmp_path):
    with pytest.raises(CourseError, match="no word vectors called"):
        load_word_vectors("fasttext-of-mars")
    (tmp_path / "bad.bin").write_bytes(b"garbage")
    with pytest.raises(CourseError, match="bad.bin"):
        load_word_vectors(tmp_path / "bad.bin")
    with pytest.raises(CourseError, match="offline"):
        load_word_vectors(next(iter(GENSIM_DATA)))


def test_the_embedded_vectors_are_small_and_quick(vectors):
    from genre_tutorial.settings import data_file

    assert data_file("openvectors.npz").stat().st_size <= 6_000_000
    code = "import time, gensim.models; from genre_tutorial.word2vec import load_word_vectors as f; t = time.perf_counter(); f('openvectors'); assert time.perf_counter() - t < 2"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.real
def test_real_plots_are_covered(real_data, vectors):
    from genre_tutorial.movies import clean_movies, load_movies

    plots = clean_movies(load_movies(real_data / "posters" / "index.csv"))["overview"]
    table = MeanWordVectors(vectors).fit(plots).coverage(plots)
    assert table["known"].sum() / table["words"].sum() > 0.87
    assert load_word_vectors(next((real_data / "vectors").glob("*.bin"))).vector_size == 50
