"""Records, examples, summaries, tables and arrays of tensors, against bytes and values by hand.

TensorFlow's own bytes are written out where its format is the claim.
"""

from __future__ import annotations

import struct

import numpy as np
import pytest

from lamina import compat
from lamina.errors import ArgumentError, DataError


@pytest.fixture
def tf(clean_process):
    compat.install()
    import tensorflow

    return tensorflow


def _example(tf):
    feature = {
        "f": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5, -1.0])),
        "i": tf.train.Feature(int64_list=tf.train.Int64List(value=[-1])),
        "s": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"a\x00"])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature))


def test_an_example_is_the_message_of_the_proto(tf):
    """Fields of feature.proto written out: a map entry is (1: name, 2: feature)."""

    def part(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    floats = part(2, part(1, struct.pack("<2f", 0.5, -1.0)))
    whole = part(3, part(1, b"\xff" * 9 + b"\x01"))
    text = part(1, part(1, b"a\x00"))
    entries = [(b"f", floats), (b"i", whole), (b"s", text)]
    expected = b"".join(part(1, part(1, name) + part(2, feature)) for name, feature in entries)
    assert _example(tf).SerializeToString() == part(1, expected)


@pytest.mark.parametrize("packing", ["", "GZIP", "ZLIB"])
def test_records_come_back(tf, tmp_path, packing):
    path = str(tmp_path / "some.tfrecord")
    with tf.io.TFRecordWriter(path, packing) as writer:
        for _ in range(3):
            writer.write(_example(tf).SerializeToString())
    described = {
        "f": tf.io.FixedLenFeature([2], tf.float32), "i": tf.io.FixedLenFeature([], tf.int64),
        "s": tf.io.FixedLenFeature([], tf.string), "n": tf.io.VarLenFeature(tf.int64),
        "d": tf.io.FixedLenFeature([], tf.int64, default_value=7),
    }  # fmt: skip
    data = tf.data.TFRecordDataset([path], compression_type=packing)

    def parsed(record, parse=tf.io.parse_single_example):
        row = parse(record, described)
        return row | {"n": tf.sparse.to_dense(row["n"])}

    found = list(data.map(parsed))
    assert len(found) == 3
    row = found[0]
    np.testing.assert_array_equal(row["f"], np.float32([0.5, -1.0]))
    assert (int(row["i"]), row["s"].numpy(), int(row["d"])) == (-1, b"a\x00", 7)
    assert row["n"].shape == (0,)
    batch = next(iter(data.batch(3).map(lambda r: parsed(r, tf.io.parse_example))))
    assert batch["f"].shape == (3, 2)


def test_a_damaged_record_is_found(tf, tmp_path):
    path = tmp_path / "some.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"hello")
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:13] + b"x" + whole[14:]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="damaged record"):
            list(tf.data.TFRecordDataset(str(path)))


def test_tensors_as_bytes(tf):
    x = np.arange(6, dtype="float32").reshape(2, 3)
    written = tf.io.serialize_tensor(x)
    # TensorProto: 1: dtype 1 (float32), 2: shape (2, 3), 4: content.
    head = b"\x08\x01\x12\x08\x12\x02\x08\x02\x12\x02\x08\x03\x22\x18"
    assert written.numpy() == head + x.tobytes()
    np.testing.assert_array_equal(tf.io.parse_tensor(written, tf.float32), x)
    with pytest.raises(ArgumentError, match="holds float32"):
        tf.io.parse_tensor(written, tf.int32)
    words = tf.constant(["a", "bc"])
    assert tf.io.parse_tensor(tf.io.serialize_tensor(words), tf.string).tolist() == [b"a", b"bc"]


def test_bytes_keep_their_last_zeros(tf):
    assert tf.io.decode_raw(tf.constant(b"\x01\x00"), tf.uint8).numpy().tolist() == [1, 0]


def test_tables_look_up(tf):
    keys, values = tf.constant(["a", "b"]), tf.constant([1, 2], tf.int64)
    pairs = tf.lookup.KeyValueTensorInitializer(keys, values)
    table = tf.lookup.StaticHashTable(pairs, default_value=-1)
    np.testing.assert_array_equal(table.lookup(tf.constant([["b"], ["z"]])), [[2], [-1]])
    assert table[tf.constant("a")].dtype == tf.int64
    assert int(table.size()) == 2
    spare = tf.lookup.StaticVocabularyTable(pairs, num_oov_buckets=2)
    assert int(spare.lookup(tf.constant("other"))) in (2, 3)
    changing = tf.lookup.experimental.MutableHashTable(tf.int64, tf.string, "none")
    changing.insert([5], ["five"])
    assert changing.lookup([5, 6]).tolist() == [b"five", b"none"]


def test_arrays_of_tensors(tf):
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
    for i in tf.range(3):
        array = array.write(array.size(), [float(i), 1.0])
    np.testing.assert_array_equal(array.stack(), [[0, 1], [1, 1], [2, 1]])
    np.testing.assert_array_equal(array.concat(), [0, 1, 1, 1, 2, 1])
    np.testing.assert_array_equal(array.gather([2, 0]), [[2, 1], [0, 1]])
    again = tf.TensorArray(tf.float32, size=3).unstack(array.stack())
    np.testing.assert_array_equal(again.read(1), [1, 1])
    with pytest.raises(ArgumentError, match="places 0 to 2"):
        again.write(3, [0.0, 0.0])

    def body(i, held):
        return i + 1, held.write(i, tf.cast(i * i, tf.float32))

    squares = tf.TensorArray(tf.float32, size=4)
    _, squares = tf.while_loop(lambda i, _: i < 4, body, (tf.constant(0), squares))
    np.testing.assert_array_equal(squares.stack(), [0, 1, 4, 9])


def test_an_array_of_tensors_inside_a_model(tf):
    """The gradient goes through it: a running sum of squares, differentiated by hand."""
    x = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        held = tf.TensorArray(tf.float32, size=2)
        total = tf.zeros(2)
        for i in tf.range(2):
            total = total + x[i] ** 2
            held = held.write(i, total)
        loss = tf.reduce_sum(held.stack())
    np.testing.assert_array_equal(tape.gradient(loss, x), [[4, 8], [6, 8]])


def test_summaries_are_event_files(tf, tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    with writer.as_default():
        assert tf.summary.scalar("loss", tf.constant(0.5), step=3)
        tf.summary.histogram("w", tf.ones(4), step=3)
        tf.summary.image("picture", np.zeros((1, 2, 2, 1), "float32"), step=3)
        tf.summary.text("note", "hello", step=3)
        with tf.summary.record_if(False):
            assert not tf.summary.scalar("loss", 1.0, step=4)
        with pytest.raises(ArgumentError, match="number of the step"):
            tf.summary.scalar("loss", 1.0)
    writer.close()
    assert not tf.summary.scalar("loss", 1.0, step=3)
    (file,) = (tmp_path / "logs").iterdir()
    events = list(tf.compat.v1.python_io.tf_record_iterator(str(file)))
    assert len(events) == 5
    assert b"loss" in events[1]
    assert struct.pack("<f", 0.5) in events[1]
    assert b"hello" in events[4]


def test_saved_models(tf, tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    tf.saved_model.save(model, str(tmp_path / "one"))
    assert tf.saved_model.contains_saved_model(str(tmp_path / "one"))
    x = np.ones((4, 2), "float32")
    np.testing.assert_array_equal(tf.saved_model.load(str(tmp_path / "one"))(x), model(x))


def test_sparse_tensors_become_dense(tf):
    sparse = tf.SparseTensor(indices=[[1, 0], [0, 2]], values=[5, 6], dense_shape=[2, 3])
    expected = [[0, 0, 6], [5, 0, 0]]
    np.testing.assert_array_equal(tf.sparse.to_dense(sparse), expected)
    ordered = tf.sparse.reorder(sparse)
    np.testing.assert_array_equal(ordered.indices, [[0, 2], [1, 0]])
    np.testing.assert_array_equal(tf.sparse.from_dense(np.array(expected)).values, [6, 5])


def test_ragged_rows_go_through_lookups(tf):
    chars = tf.keras.layers.StringLookup(vocabulary=["a", "b"], mask_token=None)
    ids = chars(tf.strings.unicode_split(["ab", "b"], "UTF-8"))
    assert ids.to_list() == [[1, 2], [2]]


def test_a_model_may_name_itself_and_hold_a_model(tf):
    class Wrapper(tf.keras.Model):
        def __init__(self, model):
            super().__init__(self)
            self.model = model

        def call(self, x):
            return self.model(x)

    inner = tf.keras.layers.Dense(2)
    outer = Wrapper(inner)
    assert outer(np.ones((1, 3), "float32")).shape == (1, 2)
    assert outer.model is inner
    assert len(outer.weights) == 2


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "folder/"])
def test_a_loaded_model_is_compiled(tf, tmp_path, name):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model.fit(x, y, verbose=0)
    expected = model.evaluate(x, y, verbose=0)
    model.save(f"{tmp_path}/{name}")
    assert tf.keras.models.load_model(f"{tmp_path}/{name}").evaluate(x, y, verbose=0) == expected
