"""Files that lie: what they promise, or unpack to, is looked at before it fills the memory.

Limits are made small here, so that a lie of kilobytes passes them as gigabytes would.
"""

import bz2
import gzip
import io
import json
import lzma
import zipfile
import zlib

import h5py
import numpy as np
import pytest
from PIL import Image

from genre_tutorial.apps import chapters, copies
from genre_tutorial.core.downloads import Damaged, read_download
from genre_tutorial.core.settings import CourseError
from genre_tutorial.data import archives, limits, pictures
from genre_tutorial.data.films import load_movies
from genre_tutorial.data.pictures import read_picture
from genre_tutorial.models import backbones, features, store, vector_files, vectors
from genre_tutorial.models.backbones import load_backbone
from genre_tutorial.models.features import poster_features
from genre_tutorial.models.store import fit_or_load, load_model, model_file
from genre_tutorial.models.vectors import load_word_vectors, save_word_vectors
from genre_tutorial.sources import imdb
from genre_tutorial.sources.base import Wanted

WORDS = ["the", "ghost", "ship", "Ärger"]
ROWS = np.random.default_rng(1).normal(size=(4, 5)).astype(np.float32)


def in_zip(**files):
    """A zip with these files; an underline stands for a dot."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return whole.getvalue()


def one_sentence(error):
    """The text of an error that is no traceback."""
    text = str(error.value)
    assert text and "\n" not in text
    return text


# --- Word vectors


def array(folder, rows, words=WORDS):
    """An array with its word list."""
    np.save(folder / "v.npy", rows, allow_pickle=rows.dtype == object)
    content = words if isinstance(words, bytes) else "\n".join(words).encode()
    (folder / "v.txt").write_bytes(content)
    return folder / "v.npy"


ARRAYS = {
    "one dimension": (ROWS[:, 0], "holds 4 numbers, not a row of numbers for each word"),
    "no dimension": (np.array(1.0), "holds no numbers, not a row"),
    "three dimensions": (ROWS[:, :, None], "holds 4 × 5 × 1 numbers, not a row"),
    "no numbers a word": (ROWS[:, :0], "can't be read"),
    "no words": (ROWS[:0], "can't be read"),
    "texts": (ROWS.astype(str), "no numbers"),
    "bytes": (ROWS.astype("S5"), "no numbers"),
    "complex numbers": (ROWS.astype(complex), "no numbers"),
    "yes and no": (ROWS > 0, "no numbers"),
    "dates": (ROWS.astype(int).astype("M8[s]"), "no numbers"),
    "records": (np.zeros(4, dtype=[("a", "f4")]), "not a row of numbers"),
    "objects": (ROWS.astype(object), "can't be read"),
    "nothing but NaN": (ROWS * np.nan, "none of them is made of numbers"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_holds_no_word_vectors_is_one_sentence(tmp_path, name):
    rows, reason = ARRAYS[name]
    with pytest.raises(CourseError, match=reason) as caught:
        load_word_vectors(array(tmp_path, rows))
    assert "v.npy" in one_sentence(caught)


def npy(text, shape="(4, 5)", descr="'<f4'", body=b""):
    """The bytes of an array with a header of one's own."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, {text}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff{",
        npy("", body=b"\0" * 79),
        npy("", shape="(10**12, 300)"),
        npy("", shape="(1000000000000, 300)"),
        npy("", shape="(10" + "0" * 40 + ", 5)"),
        npy("", shape="(-4, 5)", body=b"\0" * 80),
        npy("", shape="(True, 5)", body=b"\0" * 80),
        npy("", descr="'O'", body=b"\0" * 80),
        npy("", descr="'|V5'", body=b"\0" * 80),
        npy("", descr="[", body=b"\0" * 80),
        npy("'more': 1", body=b"\0" * 80),
        npy("__import__('os')", body=b"\0" * 80),
        in_zip(a_npy=b"x"),
    ],
)
def test_bytes_that_are_no_array_are_one_sentence(tmp_path, content):
    path = array(tmp_path, ROWS)
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"v.npy can't be read as word vectors") as caught:
        load_word_vectors(path)
    one_sentence(caught)


@pytest.mark.parametrize("kind", ["<f2", ">f4", "<f8", "<i4", "u1"])
def test_numbers_of_any_kind_are_word_vectors(tmp_path, kind):
    rows = np.arange(20).reshape(4, 5)
    found = load_word_vectors(array(tmp_path, rows.astype(kind)))
    assert found.vectors.dtype == np.float32 and np.array_equal(found.vectors, rows)
    assert found["Ärger"].tolist() == [15, 16, 17, 18, 19]


@pytest.mark.parametrize("words", [b"the\nghost\nship\n\xc4rger", "the\nghost".encode("utf-16")])
def test_a_word_list_that_is_no_utf_8_is_one_sentence(tmp_path, words):
    with pytest.raises(CourseError, match="can't be read as word vectors") as caught:
        load_word_vectors(array(tmp_path, ROWS, words))
    one_sentence(caught)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("kind", ["npy", "txt", "bin"])
def test_words_whose_vectors_are_no_numbers_are_left_out_aloud(tmp_path, capsys, kind, bad):
    rows = ROWS.astype(np.float64 if kind == "npy" else np.float32)
    with np.errstate(over="ignore"):
        rows[1, 2] = bad
    path = tmp_path / f"v.{kind}"
    if kind == "npy":
        array(tmp_path, rows)
    elif kind == "txt":
        pairs = zip(WORDS, rows, strict=True)
        path.write_text("".join(f"{w} {' '.join(map(str, row))}\n" for w, row in pairs), "utf-8")
    else:
        pairs = zip(WORDS, rows, strict=True)
        path.write_bytes(b"4 5\n" + b"".join(w.encode() + b" " + r.tobytes() for w, r in pairs))
    found = load_word_vectors(path)
    assert list(found.index_to_key) == ["the", "ship", "Ärger"]
    assert np.allclose(found["Ärger"], ROWS[3]) and np.isfinite(found.vectors).all()
    said = capsys.readouterr().out
    assert "1 word has a vector without numbers" in said and "'ghost'" in said


def test_vectors_that_are_no_numbers_are_not_saved(tmp_path):
    bad = load_word_vectors(array(tmp_path, ROWS))
    bad.vectors = ROWS * np.inf
    with pytest.raises(CourseError, match="no numbers"):
        save_word_vectors(bad, tmp_path / "saved.npy")
    assert not list(tmp_path.glob("saved*"))


@pytest.mark.parametrize(
    "content", [b"", b"junk", npy("", descr="'O'"), npy("", shape="(2, 4)", body=b"\0" * 64)]
)
def test_a_damaged_index_is_made_anew(tmp_path, content):
    path = save_word_vectors(load_word_vectors(array(tmp_path, ROWS)), tmp_path / "saved.npy")
    path.with_suffix(".index.npy").write_bytes(content)
    assert np.array_equal(load_word_vectors(path)["Ärger"], ROWS[3])


def test_an_index_that_points_elsewhere_is_made_anew(tmp_path):
    path = save_word_vectors(load_word_vectors(array(tmp_path, ROWS)), tmp_path / "saved.npy")
    index = np.load(path.with_suffix(".index.npy"))
    for change in (np.array([[0], [9]]), np.array([[1], [0]]), np.array([[0], [0]])):
        np.save(path.with_suffix(".index.npy"), index * (change != 0) + change)
        back = load_word_vectors(path)
        assert [back.key_to_index[word] for word in WORDS] == [0, 1, 2, 3]
        assert list(back.index_to_key) == WORDS


def test_a_folder_where_word_vectors_are_wanted(tmp_path):
    for name in ("v.npy", "v.txt"):
        (tmp_path / name).mkdir()
        with pytest.raises(CourseError, match="is a folder"):
            load_word_vectors(tmp_path / name)


def test_only_an_array_as_we_saved_it_is_not_read_whole(tmp_path, monkeypatch, capsys):
    path = save_word_vectors(load_word_vectors(array(tmp_path, ROWS)), tmp_path / "saved.npy")
    index = path.with_suffix(".index.npy")
    while path.stat().st_ctime_ns == index.stat().st_ctime_ns:  # clocks of files tick slowly
        index.write_bytes(index.read_bytes())
    asked, check = [], vectors.finite_rows
    monkeypatch.setattr(vectors, "finite_rows", lambda *a: asked.append(a) or check(*a))
    assert len(load_word_vectors(path)) == 4 and not asked
    np.save(path, np.where(np.isclose(ROWS, ROWS[1, 2]), np.nan, ROWS))
    assert len(load_word_vectors(path)) == 3 and "'ghost'" in capsys.readouterr().out
    index.unlink()
    assert len(load_word_vectors(path)) == 3 and len(asked) == 2


@pytest.mark.parametrize("damage", [b"", b"junk", None])
def test_fetched_vectors_that_are_damaged_are_fetched_again(tmp_path, monkeypatch, capsys, damage):
    whole, fetched = load_word_vectors(array(tmp_path, ROWS)), []

    def fetch(name):
        if not (tmp_path / "kept.npy").exists():
            fetched.append(save_word_vectors(whole, tmp_path / "kept.npy"))
        return tmp_path / "kept.npy"

    monkeypatch.setattr(vectors, "_download", fetch)
    assert len(load_word_vectors("glove-wiki-gigaword-50")) == 4
    content = fetched[0].read_bytes()
    fetched[0].write_bytes(content[:-20] if damage is None else damage)
    assert np.array_equal(load_word_vectors("glove-wiki-gigaword-50")["Ärger"], ROWS[3])
    assert len(fetched) == 2 and "they are fetched again" in capsys.readouterr().out


TEXT = "".join(f"{w} {' '.join(map(str, r))}\n" for w, r in zip(WORDS, ROWS, strict=True)).encode()
BINARY = b"".join(w.encode() + b" " + r.tobytes() for w, r in zip(WORDS, ROWS, strict=True))


@pytest.mark.parametrize("body", [TEXT, BINARY])
def test_a_billion_words_are_promised_and_what_is_there_is_read(tmp_path, capsys, body):
    (tmp_path / "v.bin").write_bytes(b"1000000000 5\n" + body)
    assert np.allclose(load_word_vectors(tmp_path / "v.bin").vectors, ROWS)
    assert "says that it holds 1,000,000,000 words; it holds 4" in capsys.readouterr().out


@pytest.mark.parametrize("first", ["4 1000000000", "1000000000 1000000000", "4 0", "9" * 30 + " 5"])
def test_a_first_line_that_can_not_be(tmp_path, first):
    (tmp_path / "v.bin").write_bytes(f"{first}\n".encode() + b"x" * 2000)
    with pytest.raises(CourseError, match="can't be read as word vectors") as caught:
        load_word_vectors(tmp_path / "v.bin")
    one_sentence(caught)


@pytest.mark.parametrize("start", [b"4 5\n", b"1000 300\n", b"the 1 2 3\n"])
@pytest.mark.parametrize("filling", [b"\0", b" ", b"\n", b"a", b"a 1 2 3\n"])
def test_a_gzip_of_vectors_that_unpacks_without_end_is_left(tmp_path, monkeypatch, start, filling):
    monkeypatch.setattr(vector_files, "SMALL", 300_000)
    (tmp_path / "v.gz").write_bytes(gzip.compress(start + filling * (3_000_000 // len(filling))))
    with pytest.raises(CourseError, match="can't be read as word vectors") as caught:
        load_word_vectors(tmp_path / "v.gz")
    one_sentence(caught)


# --- Tables

CSV = "title,overview,genres\n" + "A,A plot.,Drama\n" * 20_000
SMALL_LIMIT = 200_000


@pytest.mark.parametrize(
    "name, content",
    [
        ("films.csv", CSV.encode()),
        ("films.zip", in_zip(films_csv=CSV)),
        ("films.csv.gz", gzip.compress(CSV.encode())),
        ("films.csv", gzip.compress(CSV.encode())),
        ("films.csv.bz2", bz2.compress(CSV.encode())),
        ("films.csv.xz", lzma.compress(CSV.encode())),
        ("films.zip", in_zip(films_csv_gz=gzip.compress(CSV.encode()))),
        ("films.zip", in_zip(films_csv="title\nA", readme_txt=CSV)),
    ],
)
def test_a_table_that_is_larger_than_the_limit_is_one_sentence(
    tmp_path, monkeypatch, name, content
):
    for module in (archives, limits):
        monkeypatch.setattr(module, "MOST_BYTES", SMALL_LIMIT)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CourseError, match="more than .* MB.*") as caught:
        load_movies(tmp_path / name)
    assert name in one_sentence(caught)


def test_a_zip_whose_list_says_less_than_it_unpacks_to(tmp_path, monkeypatch):
    for module in (archives, limits):
        monkeypatch.setattr(module, "MOST_BYTES", SMALL_LIMIT)
    content = bytearray(in_zip(films_csv=CSV))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + place
        content[at : at + 4] = (1000).to_bytes(4, "little")
    (tmp_path / "films.zip").write_bytes(content)
    with pytest.raises(CourseError, match="can't be read as a table") as caught:
        load_movies(tmp_path / "films.zip")
    one_sentence(caught)


def test_a_gzip_that_lies_about_its_size(tmp_path, monkeypatch):
    """Its last four bytes are its length, as it says."""
    for module in (archives, limits):
        monkeypatch.setattr(module, "MOST_BYTES", SMALL_LIMIT)
    (tmp_path / "films.csv.gz").write_bytes(gzip.compress(CSV.encode())[:-4] + b"\x10\0\0\0")
    with pytest.raises(CourseError, match="packed or unpacked"):
        load_movies(tmp_path / "films.csv.gz")


def test_a_gigabyte_of_nothing_is_refused_by_its_list(tmp_path):
    """The real limit, and a real bomb: a zip of a megabyte with a gigabyte in it."""
    with zipfile.ZipFile(tmp_path / "films.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("films.csv", b"\0" * 1000)
    content = bytearray((tmp_path / "films.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(mark) + place
        content[at : at + 4] = (10**9).to_bytes(4, "little")
    (tmp_path / "films.zip").write_bytes(content)
    with pytest.raises(CourseError, match="unpacked it has more than 500 MB"):
        load_movies(tmp_path / "films.zip")


def test_a_parquet_file_of_one_value(tmp_path):
    """Ten million times the same plot are a few kilobytes."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    names = ["title", "overview", "genres", "a", "b", "c"]
    part = pa.table({name: pa.nulls(1_000_000, pa.string()) for name in names})
    with ParquetWriter(tmp_path / "films.parquet", part.schema) as file:
        for _ in range(10):
            file.write_table(part)
    assert (tmp_path / "films.parquet").stat().st_size < 1_000_000
    with pytest.raises(CourseError, match="10,000,000 rows × 6 columns are more than 50 million"):
        load_movies(tmp_path / "films.parquet")


def test_a_workbook_that_unpacks_to_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("genre_tutorial.data.dialects.MOST_BYTES", SMALL_LIMIT)
    book = {"[Content_Types].xml": "<x/>", "xl/worksheets/sheet1.xml": " " * 300_000}
    with zipfile.ZipFile(tmp_path / "films.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in book.items():
            archive.writestr(name, content)
    with pytest.raises(CourseError, match="unpacked it has more than"):
        load_movies(tmp_path / "films.xlsx")


@pytest.mark.parametrize(
    "name, content",
    [
        ("wide.csv", ",".join(f"c{n}" for n in range(20_000)) + "\n" + "x\n" * 20_000),
        ("wide.jsonl", "\n".join(json.dumps({f"c{n}": n}) for n in range(20_000))),
        ("wide.json", json.dumps([{f"c{n}": n} for n in range(20_000)])),
    ],
)
def test_few_bytes_that_name_millions_of_cells(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(CourseError, match="more than 50 million cells"):
        load_movies(tmp_path / name)


@pytest.mark.parametrize("name", ["deep.json", "deep.jsonl"])
def test_json_that_is_nested_without_end(tmp_path, name):
    (tmp_path / name).write_text('{"title": ' + "[" * 100_000)
    with pytest.raises(CourseError, match="can't be read as a table") as caught:
        load_movies(tmp_path / name)
    one_sentence(caught)


@pytest.mark.parametrize("filling", [b"\0", b"tt7\tmovie\n"])
def test_a_file_of_imdb_that_unpacks_without_end(tmp_path, monkeypatch, filling):
    monkeypatch.setattr(imdb, "MOST_TEXT", 2_000_000)
    head = b"tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"
    path = tmp_path / "title.basics.tsv.gz"
    path.write_bytes(gzip.compress(head + filling * (4_000_000 // len(filling))))
    with pytest.raises(Damaged, match="is damaged"):
        imdb._read_file(path, Wanted(), lambda *_: None)


def test_a_folder_where_a_download_belongs(tmp_path):
    (tmp_path / "corpus.gz").mkdir()
    with pytest.raises(CourseError, match="is a folder where a downloaded file belongs"):
        read_download("http://127.0.0.1:9/", tmp_path / "corpus.gz", lambda path: path)


# --- Pictures


def png(width, height):
    """The first bytes of a PNG that says it is so large."""
    whole = io.BytesIO()
    Image.new("1", (8, 8)).save(whole, "PNG")
    content = bytearray(whole.getvalue())
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    crc = zlib.crc32(content[12:29])
    content[29:33] = crc.to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize("width, height", [(12_000, 12_000), (60_000, 60_000), (2, 30_000_000)])
def test_a_picture_is_refused_by_its_size_before_it_is_decoded(
    tmp_path, monkeypatch, width, height
):
    """Were it decoded it would be broken: behind its head come 8 × 8 pixels."""
    decoded = []
    monkeypatch.setattr(pictures, "_as_seen", decoded.append)
    (tmp_path / "p.png").write_bytes(png(width, height))
    with pytest.raises(CourseError, match=r"p.png is too large \([\d,]+ pixels.* 50 million"):
        read_picture(tmp_path / "p.png")
    assert not decoded


def test_a_picture_is_refused_by_its_bytes_before_it_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures.Image, "open", None)
    with (tmp_path / "p.png").open("wb") as file:
        file.truncate(pictures.MOST_BYTES + 1)
    with pytest.raises(CourseError, match=r"p.png is too large \(100,000,001 bytes"):
        read_picture(tmp_path / "p.png")


def test_a_picture_is_never_handed_to_another_program(tmp_path, monkeypatch):
    def run(*_, **__):
        raise AssertionError("a program was started")

    monkeypatch.setattr("subprocess.check_call", run)
    Image.new("L", (8, 8)).save(tmp_path / "p.jpg", "EPS")
    with pytest.raises(CourseError, match="p.jpg is not a whole picture"):
        read_picture(tmp_path / "p.jpg")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "TGA", "PPM"])
def test_a_picture_with_changed_bytes_is_read_or_is_one_sentence(tmp_path, kind):
    whole = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert("RGB").save(whole, kind)
    draw = np.random.default_rng(0)
    for _ in range(60):
        content = bytearray(whole.getvalue())
        for place in draw.integers(0, min(len(content), 300), 3):
            content[place] = draw.integers(256)
        (tmp_path / "p").write_bytes(content)
        try:
            assert read_picture(tmp_path / "p").mode == "RGB"
        except CourseError as error:
            assert "\n" not in str(error)


# --- Networks and models

NETWORK = ("MobileNet", 64, (("alpha", 0.25),))


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights for the small MobileNet."""
    from keras.applications import MobileNet

    model = MobileNet(include_top=False, weights=None, input_shape=(64, 64, 3), alpha=0.25)
    path = tmp_path_factory.mktemp("weights") / "good.weights.h5"
    model.save_weights(path)
    return path


def load(path):
    """The small MobileNet with the weights of a file."""
    name, size, options = NETWORK
    return load_backbone(name, str(path), size, options)


def changed(path, target, change):
    """A copy of an HDF5 file after a function has been at its first array of four dimensions."""
    target.write_bytes(path.read_bytes())
    with h5py.File(target, "r+") as file:
        found = []
        file.visititems(lambda _, item: found.append(item) if hasattr(item, "shape") else None)
        change(next(item for item in found if len(item.shape) == 4))
    return target


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_one_sentence(tmp_path, weights, bad):
    def change(item):
        item[0, 0, 0, 0] = bad

    with pytest.raises(CourseError, match="bad.weights.h5 holds weights that are no num") as caught:
        load(changed(weights, tmp_path / "bad.weights.h5", change))
    one_sentence(caught)
    assert load(weights)[2] == "good.weights.h5"


@pytest.mark.filterwarnings("error")
def test_weights_of_another_shape_are_one_sentence(tmp_path, weights):
    def change(item):
        parent, name = item.parent, item.name.rsplit("/", 1)[-1]
        del parent[name]
        parent[name] = np.zeros((2, 2, 2, 2))

    with pytest.raises(CourseError, match="bad.weights.h5") as caught:
        load(changed(weights, tmp_path / "bad.weights.h5", change))
    one_sentence(caught)


def test_weights_that_promise_a_terabyte_are_refused(tmp_path, weights):
    def change(item):
        parent, name = item.parent, item.name.rsplit("/", 1)[-1]
        del parent[name]
        parent.create_dataset(name, shape=(10**6, 10**5), dtype="f4", chunks=(1000, 1000))

    path = changed(weights, tmp_path / "bad.weights.h5", change)
    assert path.stat().st_size < 5_000_000
    with pytest.raises(CourseError, match="more than 3,000 MB"):
        load(path)


def test_a_keras_file_that_unpacks_to_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(backbones, "MOST_BYTES", SMALL_LIMIT)
    (tmp_path / "bad.keras").write_bytes(in_zip(model_weights_h5=b"\0" * 300_000))
    with pytest.raises(CourseError, match="unpacked it has more than"):
        load(tmp_path / "bad.keras")


@pytest.mark.parametrize("content", [b"", b"junk", in_zip(a_txt=b"x")])
def test_weights_that_are_none_are_one_sentence(tmp_path, content):
    for name in ("w.weights.h5", "w.h5", "w.keras"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CourseError, match=name) as caught:
            load(tmp_path / name)
        one_sentence(caught)


class Steady:
    """Stands for a trained model."""

    def scores(self, X):
        return X


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Where the model of some films is kept; models are kept in this test's own home."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    films = tmp_path / "films.csv"
    films.write_text("title\nA\n")
    return films, model_file("plot", films)


@pytest.mark.parametrize(
    "bomb",
    [
        {"schema_json": b" " * 300_000},
        {"schema_json": b"{}", "a_npy": b"\0" * 300_000},
        {"schema_json": b"{}", "a_npz": in_zip(data_npy=b"\0" * 300_000)},
    ],
)
def test_a_saved_model_that_unpacks_to_more_than_the_limit(saved, monkeypatch, capsys, bomb):
    monkeypatch.setattr(store, "MOST_BYTES", SMALL_LIMIT)
    monkeypatch.setattr("skops.io.load", None)
    films, path = saved
    path.write_bytes(in_zip(**bomb))
    with pytest.raises(ValueError, match="unpacked it has more than"):
        load_model(path)
    made = Steady()
    monkeypatch.setattr(store, "save_model", lambda model, path: model)
    assert fit_or_load("plot", lambda: made, films) is made
    assert "unpacked it has more than" in capsys.readouterr().err


def test_a_folder_where_a_model_is_wanted(saved):
    films, path = saved
    path.mkdir()
    with pytest.raises(CourseError, match="is a folder where a saved model belongs"):
        fit_or_load("plot", Steady, films)


@pytest.mark.parametrize(
    "row", [np.zeros(7), np.zeros((2, 256)), np.array(["a"]), np.full(256, np.nan)]
)
def test_saved_features_of_another_shape_are_computed_again(tmp_path, monkeypatch, capsys, row):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    Image.new("RGB", (30, 45), (9, 90, 200)).save(tmp_path / "p.png")
    ask = {"size": 32, "pooling": "avg", "alpha": 0.25}
    first = poster_features([tmp_path / "p.png"], "MobileNet", **ask).table
    (file,) = (tmp_path / "features").rglob("*.npy")
    np.save(file, row.astype(np.float32) if row.dtype == float else row)
    assert poster_features([tmp_path / "p.png"], "MobileNet", **ask).table.equals(first)
    assert "1 saved feature row is damaged" in capsys.readouterr().out
    file.unlink()
    file.mkdir()
    with pytest.raises(CourseError, match="is a folder where saved features belong"):
        poster_features([tmp_path / "p.png"], "MobileNet", **ask)


@pytest.mark.parametrize("shape", [(2, 2, 256), (7, 7, 512)])
@pytest.mark.parametrize("pooling", [None, "avg", "max", "views"])
def test_the_width_of_features_is_what_pooling_makes(shape, pooling):
    maps = np.zeros((features.VIEWS if pooling == "views" else 1, *shape), dtype=np.float32)
    assert features._pool(maps, pooling).shape == (1, features._width(shape, pooling))


# --- The record of handed-out notebooks

RECORDS = [b"", b"[1]", b"5", b"null", b'"files"', b"{}", b"\xff\xfe\x00", b'{"edition": 2}']
RECORDS += [b'{"edition": 2, "files": [1]}', b'{"edition": 2, "files": null}', b"[" * 100_000]


@pytest.mark.parametrize("content", RECORDS, ids=lambda content: repr(content[:30]))
def test_a_damaged_record_is_told_and_written_anew(tmp_path, monkeypatch, capsys, content):
    original, folder = tmp_path / "nbs", tmp_path / "mine"
    original.mkdir()
    for name in ("00_movies.ipynb", "01_scraping.ipynb"):
        (original / name).write_text(name)
    monkeypatch.setattr(chapters, "notebooks_folder", lambda: original)
    chapters.working_copy(folder)
    (folder / "00_movies.ipynb").write_text("my answers")
    (folder / copies.RECORD).write_bytes(content)
    assert copies.copy_folder(folder) == folder
    new = chapters.working_copy(folder)
    assert capsys.readouterr().out.count("is damaged and written anew") == 1
    assert (folder / "00_movies.ipynb").read_text() == "my answers"
    assert [path.read_text() for path in new] == ["00_movies.ipynb"], "put beside the changed one"
    assert json.loads((folder / copies.RECORD).read_text())["edition"] == copies.EDITION
    assert chapters.working_copy(folder) == []
    assert not capsys.readouterr().out
