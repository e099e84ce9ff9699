"""Models of each family of layers as files of ONNX, run by onnxruntime.

The judge of the file is onnxruntime, an engine of its own, which must predict what lamina predicts
(what Keras predicts is compared in tests/layers). Both compute in float32 and add in orders of
their own: 1e-5 of the size of the outputs is some hundred roundings.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import onnx
import onnxruntime
import pytest

import lamina as keras
from lamina import layers, ops
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    DependencyError,
    NotBuiltError,
    UnsupportedError,
)

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}
SIZES = (1, 2, 5)


def _stack(*parts, shape, dtype="float32"):
    return lambda: keras.Sequential([keras.Input(shape, dtype=dtype), *[part() for part in parts]])


def _one(layer, *shapes, **kwargs):
    def make():
        inputs = [keras.Input(shape) for shape in shapes]
        x = inputs[0] if len(inputs) == 1 else inputs
        return keras.Model(x, layer()(x, **kwargs))

    return make


def _several():
    a, b = keras.Input((5,), name="a"), keras.Input((3, 2), name="b")
    x = layers.Concatenate()([layers.Dense(4, activation="relu")(a), layers.Flatten()(b)])
    y = layers.Dense(3, activation="softmax", name="classes")(x)
    z = layers.Dense(1, name="score")(layers.Add()([x, x]))
    return keras.Model({"a": a, "b": b}, [y, z])


def _shared():
    """One layer called twice, a model in the model, and an output that is an input."""
    a, b = keras.Input((6,)), keras.Input((6,))
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="tanh")])
    return keras.Model([a, b], [layers.Subtract()([inner(a), inner(b)]), a])


def _masked():
    x = keras.Input((7,), dtype="int32")
    y = layers.LSTM(4, return_sequences=True)(layers.Embedding(9, 3, mask_zero=True)(x))
    return keras.Model(x, layers.GRU(3, go_backwards=True)(y))


def _attention():
    x = keras.Input((5, 6))
    return keras.Model(x, layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True))


def _residual():
    x = keras.Input((8, 8, 3))
    y = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = layers.Activation("relu")(layers.BatchNormalization()(y))
    y = layers.add([y, layers.Conv2D(4, 1)(x)])
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(y)))


def _with_ops():
    x = keras.Input((4, 3))
    y = ops.softmax(ops.matmul(x, ops.transpose(x, (0, 2, 1))), axis=-1)
    y = ops.where(y > 0.3, y, ops.zeros_like(y))
    return keras.Model(x, [ops.sort(y, axis=-1), ops.argmax(y, axis=1), ops.cumsum(y, axis=1),
                           ops.mean(ops.take(x, [2, 0], axis=1), axis=(1, 2))])  # fmt: skip


ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "sigmoid", "silu", "softmax", "softplus", "soft_shrink", "softsign", "sparse_plus",
    "sparsemax", "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink",
)  # fmt: skip

MODELS = {
    "dense": _stack(
        lambda: layers.Dense(7, activation="relu"), lambda: layers.Dense(3), shape=(5,)
    ),
    "dense of sequences": _stack(lambda: layers.Dense(3, activation="gelu"), shape=(4, 2, 5)),
    "einsum dense": _stack(lambda: layers.EinsumDense("abc,cde->abde", (None, 2, 3)), shape=(4, 5)),
    "conv 1": _stack(lambda: layers.Conv1D(4, 3, strides=2, padding="causal"), shape=(9, 2)),
    "conv 1 dilated": _stack(lambda: layers.Conv1D(4, 3, dilation_rate=2), shape=(9, 2)),
    "conv 2": _stack(lambda: layers.Conv2D(4, (3, 2), strides=2, padding="same"), shape=(7, 6, 3)),
    "conv 2 flat": _stack(lambda: layers.Conv2D(4, (3, 1), padding="same"), shape=(7, 6, 3)),
    "conv 2 groups": _stack(lambda: layers.Conv2D(6, 3, groups=2), shape=(7, 6, 4)),
    "conv 2 first": _stack(
        lambda: layers.Conv2D(4, 3, data_format="channels_first"), shape=(3, 7, 6)
    ),
    "conv 3": _stack(lambda: layers.Conv3D(2, 2, padding="same"), shape=(4, 5, 3, 2)),
    "depthwise": _stack(lambda: layers.DepthwiseConv2D(3, depth_multiplier=2), shape=(6, 5, 3)),
    "depthwise 1": _stack(lambda: layers.DepthwiseConv1D(3, padding="same"), shape=(6, 3)),
    "separable": _stack(lambda: layers.SeparableConv2D(5, 3, padding="same"), shape=(6, 5, 3)),
    "transposed 1": _stack(lambda: layers.Conv1DTranspose(3, 3, strides=2), shape=(5, 2)),
    "transposed 2": _stack(
        lambda: layers.Conv2DTranspose(3, 3, strides=2, padding="same"), shape=(4, 5, 2)
    ),
    "transposed 2 apart": _stack(lambda: layers.Conv2DTranspose(3, 2, strides=3), shape=(4, 5, 2)),
    "transposed 3": _stack(lambda: layers.Conv3DTranspose(2, 3), shape=(3, 4, 2, 2)),
    "max pools": _stack(
        lambda: layers.MaxPooling2D(3, strides=2, padding="same"),
        lambda: layers.Reshape((12, 2)),
        lambda: layers.MaxPooling1D(2),
        shape=(7, 6, 2),
    ),
    "mean pools": _stack(
        lambda: layers.AveragePooling2D(3, strides=2, padding="same"),
        lambda: layers.Reshape((12, 2)),
        lambda: layers.AveragePooling1D(2),
        shape=(7, 6, 2),
    ),
    "pools 3": _stack(
        lambda: layers.MaxPooling3D(2),
        lambda: layers.AveragePooling3D((2, 1, 1)),
        shape=(4, 5, 3, 2),
    ),
    "global max": _stack(lambda: layers.GlobalMaxPooling2D(keepdims=True), shape=(4, 5, 2)),
    "global mean": _stack(lambda: layers.GlobalAveragePooling1D(), shape=(4, 5)),
    "up sampling": _stack(
        lambda: layers.UpSampling2D(2),
        lambda: layers.UpSampling2D(2, interpolation="bilinear"),
        shape=(3, 4, 2),
    ),
    "padding": _stack(
        lambda: layers.ZeroPadding2D(((1, 2), (0, 1))),
        lambda: layers.Cropping2D(1),
        shape=(4, 5, 2),
    ),
    "batch normalization": _stack(lambda: layers.BatchNormalization(), shape=(4, 5)),
    "layer normalization": _stack(lambda: layers.LayerNormalization(), shape=(4, 5)),
    "group normalization": _stack(lambda: layers.GroupNormalization(2), shape=(3, 3, 4)),
    "unit normalization": _stack(lambda: layers.UnitNormalization(), shape=(4, 5)),
    "rms normalization": _stack(lambda: layers.RMSNormalization(), shape=(4, 5)),
    "lstm": _stack(
        lambda: layers.LSTM(4, return_sequences=True), lambda: layers.LSTM(3), shape=(6, 2)
    ),
    "lstm unrolled": _stack(lambda: layers.LSTM(3, unroll=True), shape=(6, 2)),
    "gru": _stack(
        lambda: layers.GRU(4, return_sequences=True, reset_after=False),
        lambda: layers.GRU(3, go_backwards=True),
        shape=(6, 2),
    ),
    "simple rnn": _stack(lambda: layers.SimpleRNN(4), shape=(6, 2)),
    "states": _one(lambda: layers.LSTM(3, return_state=True), (6, 2)),
    "bidirectional": _stack(
        lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True)), shape=(6, 2)
    ),
    "conv lstm": _stack(lambda: layers.ConvLSTM2D(2, 2), shape=(3, 4, 5, 2)),
    "time distributed": _stack(
        lambda: layers.TimeDistributed(layers.Conv1D(2, 2)), shape=(3, 5, 2)
    ),
    "embedding": _stack(lambda: layers.Embedding(11, 4), shape=(5,), dtype="int32"),
    "embedding of floats": _stack(
        lambda: layers.Embedding(11, 4),
        lambda: layers.Flatten(),
        lambda: layers.Dense(2),
        shape=(5,),
    ),
    "masks": _masked,
    "dropout": _stack(
        lambda: layers.Dropout(0.5),
        lambda: layers.GaussianNoise(1.0),
        lambda: layers.Dense(2),
        shape=(5,),
    ),
    "attention": _one(lambda: layers.Attention(), (4, 3), (5, 3)),
    "additive attention": _one(lambda: layers.AdditiveAttention(), (4, 3), (5, 3)),
    "multi-head attention": _attention,
    "merging": _one(lambda: layers.Dot(axes=2, normalize=True), (4, 3), (5, 3)),
    "maximum": _one(lambda: layers.Maximum(), (4, 3), (4, 3)),
    "shapes": _stack(
        lambda: layers.Permute((2, 1)),
        lambda: layers.Reshape((2, 6)),
        lambda: layers.Flatten(),
        lambda: layers.RepeatVector(3),
        shape=(4, 3),
    ),
    "prelu": _stack(lambda: layers.PReLU(), lambda: layers.ReLU(max_value=1.0), shape=(4, 3)),
    "numbers": _stack(
        lambda: layers.Rescaling(0.1, offset=2.0),
        lambda: layers.Normalization(mean=1.0, variance=4.0),
        shape=(4, 3),
    ),
    "discretization": _stack(
        lambda: layers.Discretization(bin_boundaries=[-0.5, 0.0, 0.7]), shape=(4,)
    ),
    "resizing": _stack(lambda: layers.Resizing(5, 3), shape=(4, 6, 2)),
    "lambda": _stack(lambda: layers.Lambda(lambda x: ops.exp(x) / 2), shape=(4,)),
    "several inputs and outputs": _several,
    "shared": _shared,
    "residual": _residual,
    "ops": _with_ops,
    "activations": lambda: keras.Model(
        x := keras.Input((6,)), [layers.Activation(name)(x) for name in ACTIVATIONS]
    ),
}


def data_for(model, rows: int, seed: int = 0):
    """Random rows for each input; whole numbers below 7 where an embedding takes them."""
    rng = np.random.default_rng(seed)
    names = [type(layer).__name__ for layer in model.layers]
    found = []
    for x in model.inputs:
        if "Embedding" in names:
            found.append(rng.integers(0, 7, (rows, *x.shape[1:])).astype(x.dtype))
        else:
            found.append(rng.normal(size=(rows, *x.shape[1:])).astype(x.dtype))
    return found


def randomise(model, seed: int = 1):
    """Weights that are all different, and positive where a variance may be."""
    rng = np.random.default_rng(seed)
    model.set_weights([
        rng.uniform(0.2, 1.0, w.shape) * (1 if w.ndim == 1 else rng.choice([-1, 1], w.shape))
        if w.dtype.kind == "f" else w for w in model.get_weights()
    ])  # fmt: skip


def exported(model, path, **kwargs):
    """The file of a model, checked by onnx with the shapes that follow from it, and a session."""
    model.export(path, format="onnx", verbose=False, **kwargs)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def run(session, arrays):
    """The outputs for these arrays in the order of the inputs."""
    names = [x.name for x in session.get_inputs()]
    return session.run(None, dict(zip(names, arrays, strict=True)))


def agrees(model, session, rows, **tolerance):
    """onnxruntime predicts what lamina predicts."""
    arrays = data_for(model, rows, seed=rows)
    expected = model.predict(arrays if len(arrays) > 1 else arrays[0], verbose=0)
    expected = keras.tree.flatten(expected)
    found = run(session, arrays)
    assert len(found) == len(expected)
    for y, wanted in zip(found, expected, strict=True):
        assert y.dtype == wanted.dtype
        np.testing.assert_allclose(y, wanted, **{**TOLERANCE, **tolerance})


@pytest.mark.parametrize("name", MODELS)
def test_predicts_the_same(name, tmp_path):
    model = MODELS[name]()
    randomise(model)
    session = exported(model, tmp_path / "model.onnx")
    for rows in SIZES:
        agrees(model, session, rows)


class Computes(layers.Layer):
    """A function as a layer of the user's."""

    def __init__(self, function):
        super().__init__(name="computes")
        self.function = function

    def call(self, x):
        return self.function(x)


FUNCTIONS = {
    "mean of the batch": lambda x: x - ops.mean(x, axis=0),
    "rows of the batch": lambda x: x * ops.cast(ops.shape(x)[0], "float32"),
    "reshape": lambda x: ops.reshape(x, (ops.shape(x)[0], 2, 2)),
    "products of rows": lambda x: ops.einsum("bi,bj->bij", x, x),
    "cond": lambda x: ops.cond(ops.sum(x) > 0, lambda: x + 1, lambda: x - 1),
    "while_loop": lambda x: ops.while_loop(
        lambda i, y: i < 3, lambda i, y: (i + 1, y * 1.5), (0, x)
    )[1],
    "fori_loop": lambda x: ops.fori_loop(0, 4, lambda i, y: y + ops.cast(i, "float32"), x),
    "top_k": lambda x: ops.top_k(x, 2)[0],
    "one_hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 4),
    "whole numbers": lambda x: ops.cast(x * 3, "int32") // 2,
    "remainders": lambda x: ops.mod(ops.cast(x * 3, "int32"), 3),
    "resize": lambda x: ops.image.resize(ops.reshape(x, (-1, 2, 2, 1)), (4, 3)),
    "inverse": lambda x: ops.inv(ops.reshape(x, (-1, 2, 2)) + 3 * ops.eye(2)),
    "fourier": lambda x: ops.rfft(x)[0],
    "reflected": lambda x: ops.pad(x, ((0, 0), (1, 1)), mode="reflect"),
    "patches": lambda x: ops.image.extract_patches(
        ops.reshape(x, (-1, 2, 2, 1)), (2, 2), 1, padding="same"
    ),
    "scatter": lambda x: ops.scatter_update(ops.zeros((4,)), [[1]], [2.0]) + x,
    "truth": lambda x: ops.logical_or(x > 0, x < -1),
    "seeded": lambda x: x + keras.random.normal((4,), seed=3),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_layers_of_ones_own(name, tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, Computes(FUNCTIONS[name])(x))
    session = exported(model, tmp_path / "model.onnx")
    assert os.path.basename(__file__) not in str(onnx.load(tmp_path / "model.onnx"))
    for rows in SIZES:
        (given,) = data_for(model, rows, seed=rows)
        wanted = np.asarray(model(given))  # not every one gives a row for each row
        np.testing.assert_allclose(run(session, [given])[0], wanted, **TOLERANCE)


# ── what the files say, and what cannot be written ──


def test_a_file_names_the_inputs_and_outputs_of_the_model(tmp_path, capsys):
    _several().export(tmp_path / "model.onnx", format="onnx")
    assert capsys.readouterr().out == f"Saved artifact at '{tmp_path / 'model.onnx'}'.\n"
    graph = onnx.load(tmp_path / "model.onnx").graph
    assert [x.name for x in graph.input] == ["a", "b"]
    assert [x.name for x in graph.output] == ["classes", "score"]
    assert graph.output[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert os.fspath(tmp_path) not in str(graph)


def test_one_node_for_what_onnx_has_one_for(tmp_path):
    model = keras.Sequential([
        keras.Input((8, 8, 2)), layers.Conv2D(3, 3, padding="same", activation="relu"),
        layers.Conv2D(3, (1, 3)), layers.Conv2D(4, 1), layers.MaxPooling2D(),
        layers.Conv2DTranspose(2, 3, strides=2), layers.AveragePooling2D(2, padding="same"),
        layers.Flatten(), layers.Dense(2), layers.Reshape((2, 1)), layers.LSTM(2),
    ])  # fmt: skip
    model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    counts = Counter(node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node)
    wanted = {"Conv": 2, "MaxPool": 1, "ConvTranspose": 1, "AveragePool": 1, "Scan": 1, "Relu": 1}
    assert {op: counts[op] for op in wanted} == wanted
    assert counts["Gather"] == 0


@pytest.mark.parametrize("opset", [13, 15, 17, 20, None])
def test_versions_of_the_operators(opset, tmp_path):
    model = _residual()
    session = exported(model, tmp_path / "model.onnx", opset_version=opset)
    assert onnx.load(tmp_path / "model.onnx").opset_import[0].version == (opset or 18)
    agrees(model, session, 3)


class Own(keras.Model):
    """A model of a class of its own, of two inputs."""

    def __init__(self):
        super().__init__()
        self.first, self.second = layers.Dense(4, activation="relu"), layers.Dense(2)

    def call(self, inputs):
        x, y = inputs
        return {"sum": self.second(self.first(x) + y), "x": x}


def test_a_model_of_an_own_class(tmp_path):
    model, arrays = Own(), [np.ones((3, 4), "float32"), np.eye(3, 4, dtype="float32")]
    with pytest.raises(NotBuiltError, match="needs to know the shapes of the inputs"):
        model.export(tmp_path / "model.onnx", format="onnx")
    expected = model.predict(arrays, verbose=0)
    specs = [[keras.InputSpec("float32", (None, 4), name=n) for n in ("u", "v")]]
    for signature, names in ((None, ["input_0", "input_1"]), (specs, ["u", "v"])):
        session = exported(model, tmp_path / "model.onnx", input_signature=signature)
        assert [x.name for x in session.get_inputs()] == names
        for y, key in zip(run(session, arrays), ("sum", "x"), strict=True):
            np.testing.assert_allclose(y, expected[key], **TOLERANCE)


def test_axes_of_a_sequence_take_their_sizes_from_the_signature(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layers.LSTM(4), layers.Dense(2)])
    with pytest.raises(ArgumentError, match="needs the sizes of all axes but the first"):
        model.export(tmp_path / "model.onnx", format="onnx")
    signature = [keras.InputSpec("float32", (None, 6, 3))]
    session = exported(model, tmp_path / "model.onnx", input_signature=signature)
    x = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
    np.testing.assert_allclose(run(session, [x])[0], model.predict(x, verbose=0), **TOLERANCE)


def test_rows_that_an_op_binds_together_need_a_fixed_batch(tmp_path):
    around = layers.Lambda(lambda x: ops.flip(x, 0), name="around")
    model = keras.Sequential([keras.Input((3,)), around], name="net")
    with pytest.raises(UnsupportedError) as caught:
        model.export(tmp_path / "model.onnx", format="onnx")
    assert re.sub(r" \(.*:\d+\)", "", str(caught.value)) == (
        "net.export cannot leave the batch open: flip turns the batch round\n"
        "  received: inputs of shapes [(None, 3)], an op of 'net/around'\n"
        "  mend:     give the number of rows: "
        "input_signature=[keras.InputSpec(shape=(32, ...), ...)]"
    )
    assert not (tmp_path / "model.onnx").exists()
    signature = [keras.InputSpec("float32", (4, 3))]
    session = exported(model, tmp_path / "model.onnx", input_signature=signature)
    x = np.arange(12, dtype="float32").reshape(4, 3)
    np.testing.assert_array_equal(run(session, [x])[0], x[::-1])


def test_what_onnx_has_no_op_for_is_named_with_its_layer(tmp_path):
    x = keras.Input((3,))
    model = keras.Model(x, layers.Lambda(ops.erfinv, name="backwards")(x), name="net")
    with pytest.raises(UnsupportedError) as caught:
        model.export(tmp_path / "model.onnx", format="onnx")
    assert "op 'erfinv' of 'net/backwards" in str(caught.value)
    assert "has no counterpart in ONNX\n  received: float32[101, 3]" in str(caught.value)


@pytest.mark.parametrize("format", ["tf_saved_model", "openvino", "litert", "torch"])
def test_other_formats_are_not_offered(format, tmp_path):
    model = MODELS["dense"]()
    with pytest.raises(
        UnsupportedError, match=f"writes 'onnx' files alone\n  received: '{format}'"
    ):
        model.export(tmp_path / "model", format=format)
    assert list(tmp_path.iterdir()) == []


def test_arguments_that_mean_nothing(tmp_path):
    model = MODELS["dense"]()
    with pytest.raises(ArgumentError, match="is one of Keras' formats"):
        model.export(tmp_path / "model", format="onyx")
    with pytest.raises(ArgumentError, match="is a whole number from 13 to"):
        model.export(tmp_path / "model", format="onnx", opset_version=9)
    with pytest.raises(ArgumentTypeError, match="does not know this argument"):
        model.export(tmp_path / "model", format="onnx", quantise=True)
    signature = [keras.InputSpec("float32", (None, 5))] * 2
    with pytest.raises(ArgumentError, match="needs 1 inputs"):
        model.export(tmp_path / "model", format="onnx", input_signature=signature)
    with pytest.raises(ArgumentTypeError, match="takes InputSpecs with a shape and a dtype"):
        model.export(tmp_path / "model", format="onnx", input_signature=[3])
    assert list(tmp_path.iterdir()) == []


def test_state_that_changes_and_layers_of_strings_are_not_written(tmp_path):
    stateful = keras.Sequential([keras.Input(batch_shape=(2, 3, 1)), layers.LSTM(2, stateful=True)])
    with pytest.raises(UnsupportedError, match="writes models whose state stands still"):
        stateful.export(tmp_path / "model", format="onnx")
    lookup = keras.Sequential([
        keras.Input((1,), dtype="string"), layers.StringLookup(vocabulary=["a", "b"]),
    ])  # fmt: skip
    with pytest.raises(UnsupportedError, match="writes models of numbers"):
        lookup.export(tmp_path / "model", format="onnx")


def test_without_the_package_the_error_says_how_to_have_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(DependencyError, match=r"pip install 'lamina\[onnx\]'"):
        MODELS["dense"]().export(tmp_path / "model", format="onnx")


def test_lamina_imports_onnx_only_to_export():
    code = (
        "import lamina, sys; lamina.Sequential([lamina.layers.Dense(1)])(lamina.ops.ones((1, 1)))"
    )
    show = f"{code}; print([n for n in sys.modules if n.startswith('onnx')])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
