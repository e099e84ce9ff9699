"""Keras' data sets, read from small files of the same form, against Keras; and downloaded."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from lamina import config, datasets
from lamina.datasets import origins
from lamina.errors import ArgumentError, DataError

RNG = np.random.default_rng(8)


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def texts(count):
    """Lists of word numbers, as they lie in the files: an object array."""
    made = np.empty(count, object)
    made[:] = [RNG.integers(1, 60, RNG.integers(1, 30)).tolist() for _ in range(count)]
    return made


def images(*shape):
    return RNG.integers(0, 256, shape, dtype="uint8")


def labels(count, classes=10):
    return RNG.integers(0, classes, count)


def idx(array):
    head = np.array([0x800 + array.ndim, *array.shape], ">u4").tobytes()
    return gzip.compress(head + array.astype("uint8").tobytes())


def cifar(folder, **files):
    """A tar.gz of pickled dicts with keys of bytes, as a Python 2 wrote them."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as made:
        for name, keys in files.items():
            count = 4
            content = {key: labels(count).tolist() for key in keys}
            content = {key.encode(): value for key, value in content.items()}
            content[b"data"] = images(count, 3072)
            info = tarfile.TarInfo(f"{folder}/{name}")
            raw = pickle.dumps(content, protocol=3)
            info.size = len(raw)
            made.addfile(info, io.BytesIO(raw))
    return file.getvalue()


HOUSES = npz(x=RNG.standard_normal((31, 13)), y=RNG.standard_normal(31))
FILES = {
    "mnist.npz": npz(x_train=images(7, 28, 28), y_train=labels(7), x_test=images(3, 28, 28),
                     y_test=labels(3)),
    "boston_housing.npz": HOUSES,
    "california_housing.npz": npz(x=RNG.standard_normal((611, 8)), y=RNG.standard_normal(611)),
    "imdb.npz": npz(x_train=texts(41), y_train=labels(41, 2), x_test=texts(23), y_test=labels(23)),
    "reuters.npz": npz(x=texts(37), y=labels(37, 46)),
    "imdb_word_index.json": json.dumps({"the": 1, "café": 2}).encode(),
    "reuters_word_index.json": json.dumps({"mdbl": 10996}).encode(),
    "train-images-idx3-ubyte.gz": idx(images(9, 28, 28)),
    "train-labels-idx1-ubyte.gz": idx(labels(9)),
    "t10k-images-idx3-ubyte.gz": idx(images(4, 28, 28)),
    "t10k-labels-idx1-ubyte.gz": idx(labels(4)),
    "cifar-10-python.tar.gz": cifar(
        "cifar-10-batches-py", **{f"data_batch_{i}": ["labels"] for i in range(1, 6)},
        test_batch=["labels"],
    ),
    "cifar-100-python.tar.gz": cifar(
        "cifar-100-python", train=["fine_labels", "coarse_labels"],
        test=["fine_labels", "coarse_labels"],
    ),
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch, server):
    """An empty cache folder, and a server that has every file of the table."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name, content in FILES.items():
        digest = hashlib.sha256(content).hexdigest()
        known = digest if origins.ORIGINS[name][1] else None
        monkeypatch.setitem(origins.ORIGINS, name, (f"{server.url}/named/", known))
    server.named = FILES
    return tmp_path


CALLS = [
    ("mnist", {}),
    ("fashion_mnist", {}),
    ("cifar100", {}),
    ("cifar100", {"label_mode": "coarse"}),
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.35, "seed": 5}),
    ("boston_housing", {"test_split": 0}),
    ("california_housing", {}),
    ("california_housing", {"version": "small", "test_split": 0.1}),
    ("imdb", {}),
    ("imdb", {"num_words": 20, "skip_top": 3}),
    ("imdb", {"num_words": 30, "oov_char": None, "seed": 2}),
    ("imdb", {"maxlen": 12, "start_char": None}),
    ("imdb", {"start_char": None, "index_from": 0, "num_words": 40}),
    ("imdb", {"start_char": 7, "index_from": 9, "oov_char": 8, "maxlen": 20}),
    ("reuters", {}),
    ("reuters", {"num_words": 25, "skip_top": 5, "test_split": 0.5, "seed": 1}),
    ("reuters", {"maxlen": 15, "oov_char": None, "start_char": None}),
]


def keras_answer(name, monkeypatch, function="load_data", **given):
    """What Keras makes of the same files; that it checks their hash is left out."""
    module = importlib.import_module(f"keras.src.datasets.{name}")

    def get_file(fname=None, origin=None, file_hash=None, **options):
        return importlib.import_module("keras").utils.get_file(
            fname, origin=f"http://127.0.0.1:9/{fname}", **options
        )

    monkeypatch.setattr(module, "get_file", get_file)
    return getattr(module, function)(**given)


@pytest.mark.parametrize(("name", "given"), CALLS)
def test_a_data_set_is_what_keras_makes_of_the_file(name, given, home, server, monkeypatch):
    """Downloaded by lamina, and found in the cache folder by Keras."""
    ours = getattr(datasets, name).load_data(**given)
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(home), raising=False)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(home))
    theirs = keras_answer(name, monkeypatch, **given)
    for (x, y), (x_expected, y_expected) in zip(ours, theirs, strict=True):
        assert x.dtype == x_expected.dtype
        assert x.shape == x_expected.shape
        if x.dtype == object:
            assert x.tolist() == x_expected.tolist()
            assert all(type(word) is int for text in x for word in text)
        else:
            np.testing.assert_array_equal(x, x_expected)
        np.testing.assert_array_equal(y, y_expected)
    asked = len(server.asked)
    getattr(datasets, name).load_data(**given)
    assert len(server.asked) == asked, "what is in the cache is not asked for"


def test_cifar10_joins_its_batches(home):
    """Keras insists on 10,000 images a batch, so the judge is the files themselves."""
    (x, y), (x_test, y_test) = datasets.cifar10.load_data()
    assert (x.shape, y.shape, x_test.shape, y_test.shape) == (
        (20, 32, 32, 3), (20, 1), (4, 32, 32, 3), (4, 1),
    )  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(FILES["cifar-10-python.tar.gz"])) as archive:
        raw = archive.extractfile("cifar-10-batches-py/data_batch_2").read()
        second = pickle.loads(raw, encoding="bytes")  # our own file
    np.testing.assert_array_equal(y[4:8, 0], second[b"labels"])
    red, green, blue = second[b"data"][1].reshape(3, 32, 32)
    np.testing.assert_array_equal(x[5], np.stack([red, green, blue], axis=-1))
    config.set_image_data_format("channels_first")
    try:
        np.testing.assert_array_equal(datasets.cifar10.load_data()[0][0][5], [red, green, blue])
    finally:
        config.set_image_data_format("channels_last")


def test_words_and_topics_have_their_names(home, monkeypatch):
    assert datasets.imdb.get_word_index() == {"the": 1, "café": 2}
    assert datasets.reuters.get_word_index() == {"mdbl": 10996}
    theirs = importlib.import_module("keras.src.datasets.reuters").get_label_names()
    assert datasets.reuters.get_label_names() == theirs


def test_addresses_and_checksums_are_those_of_keras():
    source = Path(importlib.import_module("keras.src.datasets").__file__).parent
    told = "".join(path.read_text("utf-8") for path in source.glob("*.py"))
    for name, (folder, digest) in origins.ORIGINS.items():
        assert name in told
        assert folder in told
        assert digest is None or digest in told


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_named(name, home):
    """In the cache, with the checksum of the damaged one: reading it tells."""
    content = FILES[name][: len(FILES[name]) // 2]
    folder, known = origins.ORIGINS[name]
    origins.ORIGINS[name] = folder, known and hashlib.sha256(content).hexdigest()
    special = {"cifar-10-python.tar.gz": "cifar-10-batches-py-target_archive",
               "cifar-100-python.tar.gz": "cifar-100-python-target_archive"}  # fmt: skip
    where = home / "datasets" / ("fashion-mnist" if "ubyte" in name else "")
    where.mkdir(parents=True)
    (where / special.get(name, name)).write_bytes(content)
    module = next((m for m in datasets.OF_KERAS if name.startswith(m)), "fashion_mnist")
    module = {"cifar-10-python.tar.gz": "cifar10", "cifar-100-python.tar.gz": "cifar100"}.get(
        name, module
    )
    call = "get_word_index" if name.endswith("json") else "load_data"
    with pytest.raises(DataError) as caught:
        getattr(getattr(datasets, module), call)()
    assert "again" in caught.value.mend


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [("cifar100", {"label_mode": "all"}, "knows fine and coarse"),
     ("boston_housing", {"test_split": 1}, "needs a share"),
     ("california_housing", {"version": "tiny"}, "knows small and large"),
     ("imdb", {"maxlen": 1}, "leaves no text"), ("reuters", {"maxlen": 1}, "leaves no text")],
)  # fmt: skip
def test_arguments_are_checked(name, given, text, home):
    with pytest.raises((ArgumentError, DataError), match=text):
        getattr(datasets, name).load_data(**given)
