"""`train_step`s of TensorFlow 2.2 to 2.15: the compiled loss and metrics called by name."""

from __future__ import annotations

import numpy as np
import pytest

from lamina import compat
from lamina.graph import policies


@pytest.fixture
def tf(clean_process):
    compat.install()
    import tensorflow

    return tensorflow


def _model(tf, cls):
    tf.keras.utils.set_random_seed(0)
    inputs = tf.keras.Input((3,))
    hidden = tf.keras.layers.Dense(4, "tanh", kernel_regularizer="l2")(inputs)
    model = cls(inputs, tf.keras.layers.Dense(1)(hidden))
    model.compile(tf.keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def test_a_step_with_compiled_loss_trains_as_fit_does(tf):
    class Own(tf.keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
            weights = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            self.compiled_metrics.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)).astype("float32"), rng.normal(size=(20, 1)).astype("float32")
    found = [
        _model(tf, cls).fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
        for cls in (Own, tf.keras.Model)
    ]
    # The metrics of a step of the user's own see the masked last batch by another graph.
    for name in ("loss", "mae"):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-6)


def test_a_batch_may_hold_arrays_of_unequal_rows(tf):
    """As contrastive learning has them: many pictures without, few with a label."""

    class Sums(tf.keras.Model):
        def train_step(self, data):
            (many, _), (few, labels) = data
            return {
                "many": tf.reduce_sum(many), "few": tf.reduce_sum(few * labels[:, None]),
                "rows": tf.shape(many)[0] + tf.shape(few)[0],
            }  # fmt: skip

    slices = tf.data.Dataset.from_tensor_slices
    many, few = np.arange(36.0).reshape(12, 3), np.arange(8.0).reshape(4, 2)
    labels = np.arange(4.0)
    first = slices((many, np.zeros(12))).batch(6)
    data = tf.data.Dataset.zip((first, slices((few, labels)).batch(2)))
    model = Sums()
    model.compile()
    history = model.fit(data, epochs=1, shuffle=False, verbose=0).history
    # The logs are those of the last batch.
    assert history == {
        "many": [many[6:].sum()], "few": [(few * labels[:, None])[2:].sum()], "rows": [8.0]
    }  # fmt: skip


def test_a_model_that_only_its_steps_run_keeps_its_weights(tf, tmp_path):
    class Pair(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.one = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])

    first, second = Pair(), Pair()
    first.save_weights(str(tmp_path / "checkpoints" / "pair.001"))
    second.load_weights(str(tmp_path / "checkpoints" / "pair.001")).expect_partial()
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_folder_holds_a_model(tf, tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    for name in ("1/", "2", "3"):
        (tmp_path / "2").mkdir(exist_ok=True)
        model.save(f"{tmp_path}/{name}")
        found = tf.keras.models.load_model(f"{tmp_path}/{name}")
        np.testing.assert_array_equal(found.get_weights()[0], model.get_weights()[0])
        assert (tmp_path / name).is_dir() == (name != "3")


def test_data_from_arrays_and_folders_are_datasets(tf):
    """Windows of a series, mapped, taken and gone through by hand as any data set."""
    series = np.arange(10.0)
    windows = tf.keras.utils.timeseries_dataset_from_array(
        series[:-3], series[3:], sequence_length=3, batch_size=2
    )
    data = windows.map(lambda x, y: (x * 2, y)).cache().prefetch(tf.data.AUTOTUNE)
    x, y = data.as_numpy_iterator().next()
    np.testing.assert_array_equal(x, [[0, 2, 4], [2, 4, 6]])
    np.testing.assert_array_equal(y, [3, 4])
    assert isinstance(next(iter(windows))[0], tf.Tensor)
    assert len(windows.take(2)) == 2
    assert windows.element_spec[0].shape.as_list() == [None, 3]


def test_padded_batches_hold_scalars_too(tf):
    rows = tf.data.Dataset.from_generator(
        lambda: iter([([1, 2], 3), ([4], 5)]), output_types=(tf.int32, tf.int32)
    )
    x, y = next(iter(rows.padded_batch(2, padded_shapes=([None], []))))
    np.testing.assert_array_equal(x, [[1, 2], [4, 0]])
    np.testing.assert_array_equal(y, [3, 5])


@pytest.mark.parametrize("eager", [False, True])
def test_compute_loss_reports_the_loss(tf, eager):
    """As in TensorFlow 2.9 to 2.15; and where the step reports it itself, once."""

    class Newer(tf.keras.Model):
        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred)
            self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
            for metric in self.metrics:
                if metric.name == "loss" and self.reports:
                    metric.update_state(loss)
            return self.compute_metrics(x, y, y_pred, None)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 3)).astype("float32"), rng.normal(size=(20, 1)).astype("float32")

    def fit(cls, reports=False):
        model = _model(tf, cls)
        model.run_eagerly, model.reports = eager, reports
        return model.fit(x, y, batch_size=5, epochs=2, validation_data=(x, y), verbose=0).history

    expected = fit(tf.keras.Model)
    for reports in (False, True):  # batches of one size: both means are the same
        found = fit(Newer, reports)
        for name in ("loss", "mae", "val_loss"):
            # Another graph, and so another order of float32 sums.
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)


def test_mixed_policies_are_computed_in_float32(tf, monkeypatch):
    monkeypatch.setattr(policies, "_policy", None)  # What was set is forgotten after the test.
    with pytest.warns(UserWarning, match="mixed_float16: computed in float32"):
        tf.keras.mixed_precision.set_global_policy("mixed_float16")
    assert tf.keras.layers.Dense(2)(np.ones((1, 2))).dtype == tf.float32
    optimizer = tf.keras.mixed_precision.LossScaleOptimizer(tf.keras.optimizers.SGD(0.5))
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        scaled = optimizer.get_scaled_loss(v * v)
    gradients = optimizer.get_unscaled_gradients(tape.gradient(scaled, [v]))
    assert float(gradients[0]) == 6.0
    optimizer.apply_gradients([(gradients[0], v)])
    assert float(v) == 0.0
