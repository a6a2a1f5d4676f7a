"""Word vectors in every format that people have, and in files that are damaged."""

import gzip

import numpy as np
import pytest

from genre_tutorial.core.settings import CourseError
from genre_tutorial.models.vectors import load_word_vectors

WORDS = ["the", "ghost", "new york", "Ärger"]
ROWS = np.random.default_rng(1).normal(size=(4, 5)).astype("<f4").round(3)
LINES = [" ".join([word, *map(str, row)]) for word, row in zip(WORDS, ROWS, strict=True)]


def binary(said=4, end=b""):
    """word2vec's binary format, in which a word can't have blanks."""
    words = [word.replace(" ", "_").encode() for word in WORDS]
    parts = [word + b" " + row.tobytes() for word, row in zip(words, ROWS, strict=True)]
    return f"{said} 5\n".encode() + b"".join(part + end for part in parts)


GLOVE = "\n".join([*LINES, ""]).encode()
WORD2VEC = b"4 5\n" + GLOVE


@pytest.mark.parametrize(
    "name, content",
    [
        ("glove.txt", GLOVE),
        ("glove.txt.gz", gzip.compress(GLOVE)),
        ("windows.txt", GLOVE.replace(b"\n", b"\r\n")),
        ("tabs.txt", "\n".join(line.replace(" -", "\t-") for line in LINES).encode()),
        ("fast.vec", WORD2VEC),
        ("fast.vec.gz", gzip.compress(WORD2VEC)),
        ("text.bin", WORD2VEC),
        ("plain.bin", binary()),
        ("newlines.bin", binary(end=b"\n")),
        ("google.bin.gz", gzip.compress(binary())),
        ("binary.txt", binary()),
    ],
)
def test_every_format_under_any_ending(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    vectors = load_word_vectors(tmp_path / name)
    assert [word.replace("_", " ") for word in vectors.index_to_key] == WORDS
    assert np.allclose(vectors.vectors, ROWS, atol=1e-3)
    assert np.allclose(vectors["Ärger"], ROWS[3], atol=1e-3)


@pytest.mark.parametrize("said", [3, 9])
@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_wrong_count_is_said_and_everything_is_read(tmp_path, capsys, kind, said):
    content = binary(said) if kind == "binary" else WORD2VEC.replace(b"4 5", f"{said} 5".encode())
    (tmp_path / "v.bin").write_bytes(content)
    vectors = load_word_vectors(tmp_path / "v.bin")
    assert [word.replace("_", " ") for word in vectors.index_to_key] == WORDS
    assert f"says that it holds {said} words; it holds 4" in capsys.readouterr().out


@pytest.mark.parametrize("width", [2, 3, 4, 5])
def test_short_vectors_without_a_count_before_them_are_read(tmp_path, width):
    rows = {"ghost": range(width), "castle": range(1, width + 1)}
    lines = [" ".join([word, *map(str, numbers)]) for word, numbers in rows.items()]
    (tmp_path / "short.txt").write_text("\n".join(lines) + "\n")
    vectors = load_word_vectors(tmp_path / "short.txt")
    assert {word: vectors[word].tolist() for word in rows} == {w: list(n) for w, n in rows.items()}


def test_a_word_that_comes_again_keeps_its_first_vector(tmp_path, capsys):
    (tmp_path / "v.txt").write_bytes(GLOVE + b"the 9 9 9 9 9\n")
    vectors = load_word_vectors(tmp_path / "v.txt")
    assert list(vectors.index_to_key) == WORDS and vectors["the"][0] != 9
    assert "1 word comes again" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "neither two counts"),
        (b"garbage", "neither two counts"),
        (binary()[:-3], "ends in the middle of a vector"),
        (GLOVE[:-20], "line 4"),
        (WORD2VEC.replace(LINES[1].encode(), b"ghost 1 2"), "line 3: "),
        (WORD2VEC.replace(LINES[1].encode(), b"ghost 1 2 x 4 5"), "line 3: "),
        (b"\xba\x16\x4f\x2f" + b"\0" * 40, "fastText model; take the .vec file"),
        (b"PK\x03\x04 a zip", "is a zip; unpack it"),
        (gzip.compress(GLOVE)[:-12], "can't be read as word vectors"),
        (b"4 5\n", "holds no words"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path, content, reason):
    (tmp_path / "v.txt").write_bytes(content)
    with pytest.raises(CourseError, match=reason) as caught:
        load_word_vectors(tmp_path / "v.txt")
    assert "v.txt" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words, reason",
    [
        (None, "has no word list beside it"),
        ("the\nghost\nship", "4 × 5 numbers, but its word list v.txt has 3 words"),
        ("\n".join([*WORDS, "one more"]), "has 5 words"),
        ("", "can't be read"),
    ],
)
def test_an_array_without_its_own_word_list(tmp_path, words, reason):
    np.save(tmp_path / "v.npy", ROWS)
    if words is not None:
        (tmp_path / "v.txt").write_text(words, encoding="utf-8")
    with pytest.raises(CourseError, match=reason):
        load_word_vectors(tmp_path / "v.npy")


@pytest.mark.parametrize("between, end", [("\n", "\n"), ("\r\n", "\r\n"), ("\r\n", "")])
def test_a_word_list_from_an_editor(tmp_path, between, end):
    np.save(tmp_path / "v.npy", ROWS)
    (tmp_path / "v.txt").write_bytes((between.join(WORDS) + end).encode())
    vectors = load_word_vectors(tmp_path / "v.npy")
    assert list(vectors.index_to_key) == WORDS and np.array_equal(vectors["Ärger"], ROWS[3])


def test_an_array_of_objects_is_never_unpickled(tmp_path):
    np.save(tmp_path / "v.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (tmp_path / "v.txt").write_text("the")
    with pytest.raises(CourseError, match="can't be read as word vectors"):
        load_word_vectors(tmp_path / "v.npy")
