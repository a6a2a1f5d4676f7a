"""What the lessons say of data that the course may not ship, counted again where that data is."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors
from scipy.stats import permutation_test

from genre_tutorial.data.genres import genre_list
from genre_tutorial.scraping import compare_genres
from genre_tutorial.word2vec import analogy, direction, lean

NOTEBOOKS = Path(__file__).parent.parent / "nbs"
pytestmark = pytest.mark.real


def lesson(chapter, kind="markdown"):
    [path] = NOTEBOOKS.glob(f"{chapter}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == kind]


def test_chapter_1_counts_where_two_databases_agree(real_data):
    films = pd.read_csv(real_data / "posters" / "index.csv").drop_duplicates("imdb_id")
    films = films.dropna(subset=["tmdb_genres", "imdb_genres"]).set_index("imdb_id")
    ours, theirs = (films[f"{name}_genres"].map(genre_list) for name in ("tmdb", "imdb"))
    table, text = compare_genres(ours, theirs), "\n".join(lesson("01"))
    equal = (ours.map(set) == theirs.map(set)).mean()
    assert f"Of {len(films):,} real films, only {equal:.0%}".replace("%", " %") in text
    for genre in ("Documentary", "Horror", "Science Fiction", "Thriller"):
        both, one, other = table.loc[genre]
        row = f"| {genre} | {both} | {one} | {other} | {both / (both + one + other):.2f} |"
        assert row in text


@pytest.fixture
def glove(real_data):
    path = real_data / "vectors" / "glove6B50d_top20k_w2v.bin"
    return KeyedVectors.load_word2vec_format(path, binary=True)


def test_chapter_8_says_what_glove_finds(glove):
    text = "\n".join(lesson("08"))
    for c, b in (("woman", "king"), ("woman", "doctor"), ("woman", "boss")):
        king, man, woman = (glove.get_vector(word, norm=True) for word in (b, "man", c))
        nearest = glove.similar_by_vector(king - man + woman, topn=1)[0][0]
        assert f"| {b}, {c} | {nearest} | {analogy(glove, 'man', b, c)[0]} |" in text
    near = {
        word: [glove.similarity(word, who) for who in ("woman", "man")]
        for word in ("doctor", "nurse", "boss")
    }
    for word, before, after in (
        ("doctor", "in GloVe, too (", ")"),
        ("nurse", "(GloVe: ", ")"),
        ("boss", "*boss* to *man* (", ")"),
    ):
        said = text.split(before)[1].split(after)[0].split(" and ")
        assert np.array(said, dtype=float) == pytest.approx(near[word], abs=0.00501), word


def test_chapter_8_says_how_glove_leans(glove):
    [cell] = [source for source in lesson("08", "code") if "women, men, his_list" in source]
    names = {"direction": direction, "lean": lean, "vectors": glove}
    exec(cell, names)
    his, hers, along = names["his"], names["hers"], names["towards_women"]
    [cell] = [source for source in lesson("08", "code") if "instruments = clean_text" in source]
    instruments, tools = (
        line.split('"')[1].split() for line in cell.splitlines() if "= clean_text(" in line
    )
    free = hers.drop(["maid", "seamstress", "governess"], errors="ignore")
    rows = []
    for one, two in (
        (his, hers),
        (his, free),
        [lean(glove, words, along) for words in (instruments, tools)],
    ):
        test = permutation_test(
            (one, two), lambda a, b: b.mean() - a.mean(), n_resamples=1999, rng=0
        )
        rows += [test.statistic / pd.concat([one, two]).std(), test.pvalue]
    assert list(hers.index.difference(free.index)) == ["maid"]
    d, p, d_free, p_free, d_control, p_control = rows
    assert p <= 0.001
    assert (
        f"GloVe, which knows {len(his) + len(hers)} of the 30, *d* is {d:.2f} (p at most 0.001), "
        f"{d_free:.2f} without *maid* (p = {p_free:.3f}), "
        f"{d_control:.2f} for the control (p = {p_control:.1f})"
    ) in "\n".join(lesson("08"))
