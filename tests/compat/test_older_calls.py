"""Calls as Keras 1, Keras 2 and tf.keras took them, in a program of which nothing is changed.

What each gives is said beside it: formulas of NumPy, and what those Keras' documents say.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lamina

SOURCE = Path(lamina.__file__).resolve().parent.parent
BEGIN = """
import json, sys, warnings
import numpy as np
import keras
import tensorflow as tf
from keras import layers as L, backend as K
from keras.models import Sequential, Model
from keras.utils import conv_utils, generic_utils, np_utils
warnings.simplefilter("ignore")
x3 = np.arange(12.0).reshape(4, 3).astype("float32")
y3 = np.ones((4, 1), "float32")

def said(value):
    if isinstance(value, (list, tuple)):
        return [said(v) for v in value]
    if isinstance(value, dict):
        return {k: said(v) for k, v in value.items()}
    return np.asarray(value).tolist() if hasattr(value, "shape") else value

def net(*layers, **kwargs):
    model = Sequential([L.Dense(1, input_dim=3, kernel_initializer="ones"), *layers])
    model.compile(kwargs.pop("optimizer", "sgd"), kwargs.pop("loss", "mse"), **kwargs)
    return model

class Own(L.Layer):
    def build(self, input_shape):
        self.w = self.add_weight("w", shape=(1,), initializer="ones", use_resource=True)
        super().build(input_shape)
    def call(self, x, mask=None):
        self.add_loss(K.sum(x), inputs=x)
        self.add_loss(K.sum(x), x)
        self.add_metric(tf.reduce_mean(x), name="seen", aggregation="mean")
        return x * self.w

class Doubled(keras.metrics.Metric):
    def __init__(self, name="doubled", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight("total", initializer="zeros", aggregation="sum")
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(2.0 * tf.reduce_sum(y_true))
    def result(self):
        return self.total
    def reset_states(self):
        self.total.assign(1.0)

class Cell(L.AbstractRNNCell):
    state_size = output_size = 2
    def call(self, inputs, states):
        out = inputs[:, :2] + states[0]
        return out, [out]

def stateful():
    layer = L.LSTM(2, stateful=True)
    layer(L.Input(batch_shape=(2, 3, 4)))
    layer.reset_states(states=[np.full((2, 2), 3.0), np.full((2, 2), 4.0)])
    return layer.states

def minimized():
    v = tf.Variable(3.0)
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.minimize(lambda: v * v, var_list=[v])
    with tf.GradientTape() as tape:
        loss = v * v + 1.0
    optimizer.minimize(loss, [v], tape=tape)
    optimizer.apply_gradients([(tf.constant(2.0), v)], experimental_aggregate_gradients=False)
    return v

def with_metric():
    inputs = L.Input((3,))
    outputs = L.Dense(1, kernel_initializer="ones")(inputs)
    model = Model(inputs, outputs)
    model.add_metric(K.mean(outputs), name="level", aggregation="mean")
    model.add_loss(K.mean(outputs))
    model.compile("sgd")
    return model.evaluate(x3, batch_size=4, verbose=0)[1:]

def own_layer():
    inputs = L.Input((3,))
    model = Model(inputs, Own()(inputs))
    model.compile("sgd", "mse")
    return model.evaluate(x3, x3, batch_size=4, verbose=0)

def rate():
    model = net()
    return model.optimizer._decayed_lr(tf.float32), model.optimizer.lr

def masks():
    ids = L.Input((4,))
    layer = L.Embedding(5, 2, mask_zero=True)
    out = layer(ids)
    return [layer.input_mask is None, K.int_shape(layer.output_mask),
            K.int_shape(layer.get_output_mask_at(0)), layer.get_input_mask_at(0) is None]

def on_batch():
    model = net(metrics=["mae"])
    first = model.test_on_batch(x3, y3)
    model.test_on_batch(x3, y3 + 5.0, reset_metrics=False)
    return np.allclose(first, model.test_on_batch(x3, y3, reset_metrics=True))

def captured():
    # What is trained is settled by compile.
    model = net()
    model.trainable = False
    before = model.get_weights()[0]
    model.train_on_batch(x3, y3)
    changed = not np.allclose(before, model.get_weights()[0])
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.train_on_batch(x3, y3)
    return changed, np.allclose(before, model.get_weights()[0])

class Mixed(keras.layers.merge._Merge):
    # Written for four rows.
    def _merge_function(self, inputs):
        return np.ones((4, 1), "float32") * inputs[0] - inputs[1]

def rows_of_four():
    a, b = L.Input((3,)), L.Input((3,))
    model = Model([a, b], Mixed()([a, b]))
    model.compile("sgd", "mse")
    return model.train_on_batch([x3, x3], x3) > 0

def product(y_true, y_pred):
    return K.sum(y_true * y_pred)

def kernel(layer):
    layer.build((None, 8, 8, 1))
    return layer.kernel.shape

def weighed(class_weight, **kwargs):
    # The loss of rows whose errors are 4 and 1, each of the classes 0 and 1 twice.
    model = Sequential([L.Dense(1, input_dim=1, kernel_initializer="zeros",
                                bias_initializer="ones", use_bias=True)])
    model.compile("sgd", loss=lambda y, p: K.square(p + y))
    x, y = np.zeros((4, 1)), np.array([1, 0, 1, 0])
    return model.fit(x, y, batch_size=4, class_weight=class_weight, verbose=0,
                     **kwargs).history["loss"][0]

def weighed_outputs(class_weight):
    x = L.Input((1,))
    ones = dict(kernel_initializer="zeros", bias_initializer="ones")
    model = Model(x, [L.Dense(1, name="a", **ones)(x), L.Dense(1, name="b", **ones)(x)])
    model.compile("sgd", loss=lambda y, p: K.square(p + y))
    y = np.array([1, 0, 1, 0])
    return model.train_on_batch(np.zeros((4, 1)), [y, y], class_weight=class_weight)

def groups():
    import h5py
    from keras.engine import saving, topology
    one, other = net(L.Dense(2)), net(L.Dense(2))
    one.set_weights([np.full(w.shape, 7.0) for w in one.get_weights()])
    one.save("groups.h5")
    with h5py.File("groups.h5", mode="r") as f:
        topology.load_weights_from_hdf5_group(f["model_weights"], other.layers)
        saving.load_weights_from_hdf5_group_by_name(f["model_weights"], one.layers)
    with h5py.File("written.h5", "w") as f:
        saving.save_weights_to_hdf5_group(f, other.layers)
    one.load_weights("written.h5")
    return [float(w.min()) for w in one.get_weights()]

def partly_masked():
    # A mask beside none: every step counts of the one, the mask of the other.
    seen = L.Concatenate()([L.Masking()(L.Input((4, 2))), L.Input((4, 3))])
    return K.int_shape(seen._keras_mask)

class OfKeras1(L.Layer):
    # As layers were written before Keras 1.2.
    def __init__(self, W_regularizer=None, W_constraint=None, activity_regularizer=None, **kwargs):
        self.W_regularizer = keras.regularizers.get(W_regularizer)
        self.activity_regularizer = keras.regularizers.get(activity_regularizer)
        self.W_constraint = W_constraint
        super().__init__(**kwargs)
    def build(self, input_shape):
        self.W = keras.initializations.get("one")((input_shape[1],), name="W")
        self.trainable_weights = [self.W]
        self.regularizers = []
        self.W_regularizer.set_param(self.W)
        self.regularizers.append(self.W_regularizer)
        self.constraints = {}
        self.constraints[self.W] = self.W_constraint
    def call(self, x, mask=None):
        return x * self.W
    def get_output_shape_for(self, input_shape):
        return input_shape

def of_keras_1():
    layer = OfKeras1("l2", keras.constraints.maxnorm(0.5), "l1", input_shape=(3,))
    model = Sequential([layer])
    model.compile("sgd", "mse")
    # The mean square of nothing, 0.01 times 3, and 0.01 times the mean sum of |x|, 66 / 4.
    loss = model.evaluate(x3, x3, verbose=0)
    model.train_on_batch(x3, x3)
    return loss, float(np.linalg.norm(layer.get_weights()[0]))

def files_by_accuracy():
    import glob
    model = net(loss="binary_crossentropy", metrics=["accuracy"])
    saver = keras.callbacks.ModelCheckpoint(
        "improvement-{epoch:02d}-{val_acc:.1f}.hdf5", monitor="val_acc", mode="max")
    model.fit(x3, y3, validation_data=(x3, y3), callbacks=[saver], verbose=0)
    return glob.glob("improvement*")

class Following(L.Layer):
    # Its shape and its update are known by the call alone.
    def build(self, input_shape):
        self.kept = self.add_weight("kept", shape=(1,), initializer="zeros", trainable=False)
        self.counted = self.add_weight("counted", shape=(1,), initializer="zeros", trainable=False)
        super().build(input_shape)
    def call(self, x, mask=None):
        self.add_update((self.kept, self.kept + 2.0), x)
        self.add_update([K.update_add(self.counted, K.ones(1))], x)
        self.result = x[0] - x[1]
        return self.result
    def compute_output_shape(self, input_shape):
        return K.int_shape(self.result)

def following():
    a, b = L.Input((3,)), L.Input((3,))
    layer = Following()
    model = Model([a, b], layer([a, b]))
    model.compile("sgd", "mse")
    model.predict([x3, x3], verbose=0)
    model.evaluate([x3, x3], x3, verbose=0)
    before = [float(w.numpy()[0]) for w in (layer.kept, layer.counted)]
    model.train_on_batch([x3, x3], x3)
    return before, [float(w.numpy()[0]) for w in (layer.kept, layer.counted)], model.output_shape

def doubled_sizes():
    x = L.Input((None, None, 2))
    sizes = L.Lambda(lambda z: K.cast(K.shape(z)[1:3] * 2, "float32") + 0.0 * K.sum(z))(x)
    return K.function([x], [sizes])([np.zeros((1, 4, 5, 2), "float32")])

def alike():
    # The scores of steps by steps, times the steps: both open axes are the number of steps.
    x = L.Input((None, 2))
    scores = L.Lambda(lambda z: K.batch_dot(z, z, axes=[2, 2]))(x)
    model = Model(x, L.Lambda(lambda z: K.batch_dot(z[0], z[1]))([scores, x]))
    return model.output_shape, model.predict(np.ones((1, 3, 2)), verbose=0)

def looking():
    # A loss that needs values: TensorFlow has them when it runs eagerly.
    model = Sequential([L.Dense(1, input_dim=3, kernel_initializer="ones")])
    model.compile("sgd", lambda y, p: K.mean(K.square(p - np.asarray(y))))
    return model.evaluate(x3, x3[:, :1] * 3.0, batch_size=4, verbose=0)

def left_out():
    from keras.callbacks import RemoteMonitor
    try:
        RemoteMonitor()
    except AttributeError as error:
        return "sends logs over the network" in str(error)

def global_steps():
    x, step = tf.placeholder(tf.float32, (None, 1)), tf.train.get_or_create_global_step()
    loss = tf.reduce_mean(L.Dense(1)(x))
    once = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    with tf.Session() as session:
        for _ in range(3):
            session.run(once, {x: np.ones((2, 1))})
    return int(tf.train.get_or_create_global_step().numpy())

def flags():
    tf.app.flags.DEFINE_integer("rows", 3, "100% of them")
    tf.app.flags.DEFINE_boolean("loud", True, "")
    found = tf.app.flags.FLAGS
    found.rows += 1
    return found.rows, found.loud, found(["program", "--noloud", "more"]), found.loud

def of_folders():
    rows = keras.preprocessing.image.ImageDataGenerator().flow(np.zeros((3, 4, 4, 1)))
    return rows.N

def named():
    model = net(metrics=["mae", "mse"])
    return model.metrics_names, len(model.train_on_batch(x3, y3))

def time_major():
    step = lambda x, states: (x + states[0], [x + states[0]])
    last, outputs, states = K.rnn(step, K.ones((3, 2, 1)), [K.zeros((2, 1))], time_major=True)
    return [last, outputs]
"""
# A call, and what it gives.
CALLS = {
    "K.clip(np.array([-1.0, 3.0]), min_value=0, max_value=1)": [0.0, 1.0],
    "K.reshape(x3, shape=(3, 4)).shape": [3, 4],
    "K.permute_dimensions(x3, pattern=(1, 0)).shape": [3, 4],
    "K.repeat_elements(K.ones((1, 2)), rep=2, axis=1).shape": [1, 4],
    "K.reverse(np.array([1, 2, 3]), axes=0)": [3, 2, 1],
    "K.tile(np.array([1, 2]), n=2)": [1, 2, 1, 2],
    "K.equal(x=np.array([1, 2]), y=np.array([1, 3]))": [True, False],
    "K.maximum(x=1.0, y=2.0)": 2.0,
    "K.dot(x=x3, y=np.ones((3, 1), 'float32'))": [[3.0], [12.0], [21.0], [30.0]],
    "K.pow(x=np.array([2.0, 3.0]), a=2)": [4.0, 9.0],
    "K.stop_gradient(variables=K.ones(2))": [1.0, 1.0],
    "K.expand_dims(K.ones(2), dim=0).shape": [1, 2],
    "K.one_hot(np.array([1]), nb_classes=3)": [[0.0, 1.0, 0.0]],
    "K.conv2d(x=K.ones((1, 4, 4, 1)), kernel=K.ones((2, 2, 1, 1)), border_mode='same').shape":
        [1, 4, 4, 1],
    "K.conv1d(K.ones((1, 4, 1)), K.ones((2, 1, 1)), strides=2).shape": [1, 2, 1],
    "K.pool2d(K.ones((1, 4, 4, 1)), (2, 2), strides=(2, 2), border_mode='valid').shape":
        [1, 2, 2, 1],
    "K.resize_images(X=K.ones((1, 2, 2, 1)), height_factor=2, width_factor=3, dim_ordering='tf')"
    ".shape": [1, 4, 6, 1],
    "K.random_uniform((2,), low=1.0, high=1.0)": [1.0, 1.0],
    "K.sparse_categorical_crossentropy(np.array([1, 0]), np.full((2, 2), .5), ignore_class=1)":
        [0.0, 0.6931471805599453],
    "time_major()": [[[3.0], [3.0]], [[[1.0], [1.0]], [[2.0], [2.0]], [[3.0], [3.0]]]],
    "K.batch_get_value(ops=[K.variable(2.0)])": [2.0],
    "keras.backend.tensorflow_backend.ctc_batch_cost.__name__": "ctc_batch_cost",
    "keras.utils.to_categorical(y=[1, 0], num_classes=2, dtype='int32')": [[0, 1], [1, 0]],
    "np_utils.to_categorical([1], nb_classes=2).dtype.name": "float32",
    "conv_utils.normalize_tuple(2, 3, 'kernel_size')": [2, 2, 2],
    "conv_utils.normalize_padding('SAME')": "same",
    "conv_utils.normalize_data_format(None)": "channels_last",
    "conv_utils.conv_output_length(10, 3, 'valid', 2, dilation=2)": 3,
    "np_utils.conv_output_length(10, 3, border_mode='same', stride=3)": 4,
    "conv_utils.conv_input_length(4, 3, 'same', 2)": 7,
    "conv_utils.deconv_length(4, 2, 3, 'same', None)": 8,
    "conv_utils.deconv_length(4, 2, 3, 'valid', None)": 9,
    "conv_utils.deconv_output_length(4, 3, 'valid', output_padding=1, stride=2)": 10,
    "generic_utils.transpose_shape((16, 128, 64, 32), 'channels_first', spatial_axes=(1, 2))":
        [16, 32, 128, 64],
    "generic_utils.unpack_singleton([3])": 3,
    "generic_utils.is_all_none([None, None])": True,
    "own_layer()": [132.0, 5.5],
    "with_metric()": [16.5],
    "net(metrics=[Doubled()]).fit(x3, y3, epochs=2, verbose=0).history['doubled']": [9.0, 9.0],
    "keras.metrics.Mean().reset_states()": None,
    "L.RNN(Cell(), return_sequences=True)(K.ones((1, 2, 3)))": [[[1.0, 1.0], [2.0, 2.0]]],
    "stateful()": [[[3.0, 3.0], [3.0, 3.0]], [[4.0, 4.0], [4.0, 4.0]]],
    "L.LSTMCell(3).get_initial_state(inputs=K.ones((2, 3)), dtype='float32')[0].shape": [2, 3],
    "L.GRUCell(3).get_initial_state(batch_size=2, dtype=tf.float32)[0].shape": [2, 3],
    "L.LSTM(3, time_major=False, implementation=1).units": 3,
    "minimized()": -1.0,
    "rate()": [0.009999999776482582, 0.009999999776482582],
    "masks()": [True, [None, 4], [None, 4], True],
    "on_batch()": True,
    "L.Dense(2, input_dim=3).get_output_shape_for((None, 3))": [None, 2],
    "L.Dense(2, use_bias=False, kernel_initializer='ones').apply(x3[:1])": [[3.0, 3.0]],
    "keras.constraints.maxnorm(m=2).max_value": 2,
    "keras.optimizers.Nadam(lr=0.1, schedule_decay=0.004, jit_compile=True).name": "nadam",
    "keras.losses.huber_loss(np.array([0.0, 0.0]), np.array([2.0, 2.0]))": 1.5,
    "keras.losses.MeanSquaredError(reduction=keras.losses.Reduction.NONE)(x3, x3 + 2.0)": [4.0] * 4,
    "keras.losses.MeanSquaredError(reduction='auto')(x3, x3 + 2.0)": 4.0,
    "keras.preprocessing.text.text_to_word_sequence(text='a b')": ["a", "b"],
    "net(experimental_run_tf_function=False, sample_weight_mode=None).flattened_layers[0].units": 1,
    "net().evaluate_generator(iter([(x3, 3.0 * x3[:, :1] + 3.0)] * 2), val_samples=8, nb_worker=2)":
        0.0,
    "L.LocallyConnected1D(2, 2, implementation=1).filters": 2,
    "keras.callbacks.ProgbarLogger(count_mode='steps').seen": 0,
    "keras.layers.core.Network is Model": True,
    "captured()": [True, True],
    "weighed(None)": 2.5,
    "weighed({0: 1.0, 1: 3.0})": 6.5,
    "weighed([1.0, 3.0])": 6.5,
    "weighed(np.array([1.0, 3.0]))": 6.5,
    "weighed('auto')": 2.5,
    "weighed({})": 2.5,
    "weighed({0: 1.0, 1: 3.0}, sample_weight=np.array([1.0, 0.0, 1.0, 2.0]))": 6.5,
    "weighed_outputs([{0: 1.0, 1: 3.0}, {0: 1.0, 1: 1.0}])": [9.0, 6.5, 2.5],
    "weighed_outputs({'b': {0: 1.0, 1: 3.0}})": [9.0, 2.5, 6.5],
    "of_keras_1()[0]": 0.195,
    "of_keras_1()[1]": 0.5,
    "files_by_accuracy()": ["improvement-01-1.0.hdf5"],
    "left_out()": True,
    "tf.python.ops.array_ops.newaxis": None,
    "following()": [[0.0, 0.0], [2.0, 1.0], [None, 3]],
    "doubled_sizes()": [[8.0, 10.0]],
    "alike()": [[None, None, 2], [[[6.0, 6.0]] * 3]],
    "looking()": 9.0,
    "global_steps()": 3,
    "flags()": [4, True, ["program", "more"], False],
    "of_folders()": 3,
    "(K.ones((2,)) * np.array([1.0, 2.0])).dtype.name": "float32",
    "(np.array([1.0, 2.0]) - K.constant([1.0, 1.0])).dtype.name": "float32",
    "Sequential([L.Dense(1, input_shape=np.array([3]))]).input_shape": [None, 3],
    "groups()": [7.0, 7.0, 7.0, 7.0],
    "partly_masked()": [None, 4],
    "net(metrics=['mae']).fit(X=x3, y=y3, show_accuracy=True, nb_epoch=1, verbose=0).epoch": [0],
    "keras.backend.common._EPSILON": 1e-7,
    "K.tensorflow_backend._to_tensor(1, tf.float32).dtype.name": "float32",
    "__import__('keras_applications.imagenet_utils').imagenet_utils.__name__":
        "keras_applications.imagenet_utils",
    "K.function([L.Input((2,), name='z')], [K.constant(1.0)])([np.ones((1, 2)), 1])": [1.0],
    "rows_of_four()": True,
    "net(metrics=[product]).evaluate(x3, y3[:, 0], batch_size=4, verbose=0)[1]": 66.0,
    "K.sum(x3, axis=np.arange(1, 2))": [3.0, 12.0, 21.0, 30.0],
    "kernel(L.Convolution2D(2, (3, 5), W_regularizer='l2', use_bias=False))": [3, 5, 1, 2],
    "kernel(L.Convolution2D(2, 3, 5, W_regularizer='l2'))": [3, 5, 1, 2],
    "kernel(L.Conv2D(2, 3, W_regularizer='l2'))": [3, 3, 1, 2],
}  # fmt: skip


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """What every call gave, or its error, from one process."""
    script = tmp_path_factory.mktemp("script") / "calls.py"
    lines = [BEGIN, "found = {}"]
    for call in CALLS:
        lines += [
            "try:", f"    found[{call!r}] = said({call})", "except Exception as error:",
            f"    found[{call!r}] = repr(error)",
        ]  # fmt: skip
    script.write_text("\n".join([*lines, "print(json.dumps(found))"]), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "run", str(script)], capture_output=True, text=True,
        check=False, cwd=script.parent, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_a_call_gives_what_it_gave(call, given):
    # Sums of at most twelve float32 numbers: their rounding.
    if isinstance(CALLS[call], float):
        assert given[call] == pytest.approx(CALLS[call], rel=1e-6, abs=1e-6)
    else:
        assert given[call] == CALLS[call]
