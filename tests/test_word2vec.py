"""MeanWordVectors as a scikit-learn citizen, and loading by every road."""

import gzip
import hashlib
import re

import numpy as np
import pandas as pd
import pytest
from faulty import GENRES, always, films
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from genre_tutorial.core.settings import CourseError
from genre_tutorial.models.mean_vectors import MeanWordVectors
from genre_tutorial.models.vectors import (
    GENSIM_DATA,
    _download,
    load_word_vectors,
    save_word_vectors,
)
from genre_tutorial.sources.practice import practice_server
from genre_tutorial.word2vec import PlotMean, direction, lean, skip_gram_pairs

PLOTS = pd.Series(
    ["A cowboy robs a bank.", "", "Detectives hunt a murderer", "xqzt"], index=[4, 3, 2, 1]
)


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
    assert np.allclose(
        MeanWordVectors(vectors).fit_transform(["A cowboy robs a bank."])[0],
        np.mean(known, axis=0),
        atol=1e-5,
    )


def test_the_first_word_of_a_file_counts():
    from gensim.models import KeyedVectors

    made = KeyedVectors(2)
    made.add_vectors(["ghost", "castle"], np.array([[1, 0], [0, 1]], dtype=np.float32))
    means = MeanWordVectors(made).fit_transform(["ghost", "ghost castle", "clown"])
    assert np.allclose(means, [[1, 0], [0.5, 0.5], [0, 0]])


def test_no_words_at_all(vectors):
    assert not MeanWordVectors(vectors).fit_transform(["", "!"]).any()


def test_coverage_and_names(vectors):
    model = MeanWordVectors(vectors).fit(PLOTS)
    table = model.coverage(PLOTS)
    assert (
        list(table.index) == [4, 3, 2, 1]
        and table.loc[1, "known"] == 0
        and table.loc[4, "known"] == 3
    )
    assert list(model.get_feature_names_out()[:2]) == ["wv0", "wv1"]


def test_an_unknown_weighting(vectors):
    with pytest.raises(CourseError, match="median"):
        MeanWordVectors(vectors, "median").fit(PLOTS)


def test_saved_vectors_come_back_mapped(vectors, tmp_path):
    back = load_word_vectors(save_word_vectors(vectors, tmp_path / "v.npy"))
    assert isinstance(back.vectors, np.memmap) and list(back.index_to_key) == vectors.index_to_key
    assert np.array_equal(back["king"], vectors["king"])
    assert (
        back.index_to_key[-1] == vectors.index_to_key[-1]
        and back.index_to_key[2:5] == vectors.index_to_key[2:5]
    )
    assert back.most_similar("cowboy", topn=3) == vectors.most_similar("cowboy", topn=3)
    assert all(
        back.key_to_index[word] == row for word, row in list(vectors.key_to_index.items())[::97]
    )
    assert not {"qwertyfilm", "", "king\nqueen", "zzzzzz", 7} & set(
        filter(back.key_to_index.__contains__, ["qwertyfilm", "", "king\nqueen", "zzzzzz", 7])
    )


def test_words_of_any_script_and_an_index_that_is_lost(tmp_path):
    from gensim.models import KeyedVectors

    words = ["zebra", "Ärger", "北京", "a", "naïve", "zoë"]
    made = KeyedVectors(3)
    made.add_vectors(words, np.arange(18, dtype=np.float32).reshape(6, 3))
    path = save_word_vectors(made, tmp_path / "any.npy")
    for change in (
        lambda index: None,
        lambda index: index.unlink(),
        lambda index: np.save(index, np.zeros((2, 6), dtype=np.int64)),
    ):
        change(path.with_suffix(".index.npy"))
        back = load_word_vectors(path)
        assert [back.key_to_index[word] for word in words] == list(range(6)) and list(
            back.index_to_key
        ) == words
        assert np.array_equal(back["北京"], made["北京"])


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


GLOVE = "glove-wiki-gigaword-50"
WORDS, NUMBERS = (
    [f"word{i}" for i in range(2000)],
    np.random.default_rng(0).normal(size=(2000, 4)).round(6),
)
PACKED = gzip.compress(
    "\n".join(
        [
            "2000 4",
            *(" ".join([word, *map(str, row)]) for word, row in zip(WORDS, NUMBERS, strict=True)),
            "",
        ]
    ).encode(),
    mtime=0,
)


@pytest.fixture
def online(tmp_path, monkeypatch):
    """Leave to download into an empty home; the publisher's checksum is that of our small file."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    monkeypatch.setitem(GENSIM_DATA, GLOVE, hashlib.md5(PACKED).hexdigest())
    return tmp_path / "vectors"


def download_from(answer):
    """Fetch GloVe from a local server that answers so; returns (path, what was asked: the Range
    headers).
    """
    asked = []

    def reply(handler):
        asked.append(handler.headers.get("Range"))
        answer(handler, len(asked))

    with practice_server(films(3), GENRES, every=0, fault=always(reply)) as (url, _):
        return _download(GLOVE, url=url + "/{name}/{name}.gz"), asked


def whole(handler, n):
    """The file, or the rest of it."""
    handler._file(PACKED)


def cut_short(handler, n):
    """The first time half of the file, then the line is dead; later the rest."""
    if n > 1:
        return whole(handler, n)
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PACKED)))
    handler.send_header("ETag", f'"{len(PACKED)}"')
    handler.end_headers()
    handler.wfile.write(PACKED[: len(PACKED) // 2])
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer, asked",
    [(whole, r"None"), (cut_short, r"None bytes=[1-9]\d{3,}-")],
    ids=["whole", "cut short"],
)
def test_downloaded_vectors_are_checked_and_saved_once(online, answer, asked):
    path, ranges = download_from(answer)
    assert re.fullmatch(asked, " ".join(map(str, ranges))), "after a cut only the rest is asked for"
    assert path == online / f"{GLOVE}.npy" and {p.suffix for p in online.iterdir()} == {
        ".npy",
        ".txt",
    }, "the archive goes"
    loaded = load_word_vectors(GLOVE)
    assert (
        isinstance(loaded.vectors, np.memmap)
        and [loaded.index_to_key[i] for i in range(2000)] == WORDS
    )
    assert np.allclose(loaded.vectors, NUMBERS, atol=1e-6) and np.array_equal(
        loaded["word7"], loaded.vectors[7]
    )
    assert download_from(whole)[1] == [], "what is there is not fetched again"


def test_downloaded_vectors_with_a_wrong_checksum_are_not_kept(online, monkeypatch):
    monkeypatch.setitem(GENSIM_DATA, GLOVE, "0" * 32)
    with pytest.raises(CourseError, match=f"{GLOVE}.gz is damaged.*checksum") as caught:
        download_from(whole)
    assert "\n" not in str(caught.value) and not list(online.iterdir())


def test_the_embedded_vectors_are_small(vectors):
    from genre_tutorial.core.files import data_file

    assert data_file("openvectors.npz").stat().st_size <= 6_000_000


@pytest.mark.real
def test_real_plots_are_covered(real_data, vectors):
    from genre_tutorial.data.films import clean_movies, load_movies

    plots = clean_movies(load_movies(real_data / "posters" / "index.csv"))["overview"]
    table = MeanWordVectors(vectors).fit(plots).coverage(plots)
    assert table["known"].sum() / table["words"].sum() > 0.87
    assert load_word_vectors(next((real_data / "vectors").glob("*.bin"))).vector_size == 50


def test_pairs_of_a_window():
    assert skip_gram_pairs(["a", "b", "c"], 1) == [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]
    assert len(skip_gram_pairs(list("abcdef"), 2)) == 18
    assert skip_gram_pairs(["alone"]) == [] and skip_gram_pairs([]) == []
    assert ("x", "x") in skip_gram_pairs(["x", "x"]), "a word may be its own neighbour"


@pytest.fixture
def compass():
    from gensim.models import KeyedVectors

    made = KeyedVectors(2)
    arrows = {
        "north": [0, 2],
        "east": [3, 0],
        "south": [0, -1],
        "west": [-5, 0],
        "northeast": [1, 1],
    }
    made.add_vectors(list(arrows), np.array(list(arrows.values()), dtype=np.float32))
    return made


def test_the_small_mean_and_maximum(compass):
    plots = pd.Series(["North, the north; EAST!", "", "xqzt"], index=[7, 5, 3])
    assert np.allclose(PlotMean(compass).fit_transform(plots), [[1, 4 / 3], [0, 0], [0, 0]])
    assert np.allclose(PlotMean(compass, "max").fit_transform(plots), [[3, 2], [0, 0], [0, 0]])
    assert clone(PlotMean(compass, "max")).combine == "max"


def test_the_small_mean_is_the_large_one(vectors):
    plots = ["A cowboy and a king.", "The ghost", "", "king king queen"]
    small, large = (m(vectors).fit_transform(plots) for m in (PlotMean, MeanWordVectors))
    assert np.allclose(small, large, atol=1e-5)


def test_words_lean_along_a_direction(compass):
    along = direction(compass, ["west", "xqzt"], ["east"])
    assert np.allclose(along, [2, 0]), "each word has length 1, and unknown ones don't count"
    leans = lean(compass, ["west", "north", "xqzt", "northeast"], along)
    assert leans.index.tolist() == ["west", "north", "northeast"]
    assert np.allclose(leans, [-2, 0, 2**0.5])


def test_a_direction_needs_known_words(compass):
    with pytest.raises(CourseError, match="xqzt"):
        direction(compass, ["xqzt"], ["east"])
