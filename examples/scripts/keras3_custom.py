import numpy as np
import keras
from keras import ops

keras.utils.set_random_seed(3)


@keras.saving.register_keras_serializable(package="example")
class Linear(keras.layers.Layer):
    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Huberish(keras.losses.Loss):
    def call(self, y_true, y_pred):
        error = ops.abs(y_true - y_pred)
        return ops.mean(ops.where(error < 1, 0.5 * error**2, error - 0.5), axis=-1)


class WithinTenth(keras.metrics.Metric):
    def __init__(self, name="within", **kwargs):
        super().__init__(name=name, **kwargs)
        self.hits = self.add_variable(shape=(), initializer="zeros", name="hits")
        self.rows = self.add_variable(shape=(), initializer="zeros", name="rows")

    def update_state(self, y_true, y_pred, sample_weight=None):
        near = ops.cast(ops.abs(ops.cast(y_true, "float32") - y_pred) < 0.1, "float32")
        self.hits.assign(self.hits + ops.sum(near))
        self.rows.assign(self.rows + ops.cast(ops.size(near), "float32"))

    def result(self):
        return self.hits / self.rows


class Stopping(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs["within"] > 0.9:
            self.model.stop_training = True


x = np.random.randn(200, 3).astype("float32")
y = (x @ np.array([[1.0], [2.0], [-1.0]])).astype("float32")
model = keras.Sequential([keras.Input((3,)), Linear(8), keras.layers.LeakyReLU(), Linear(1)])
model.compile(keras.optimizers.Adam(0.02), Huberish(), metrics=[WithinTenth()])
history = model.fit(x, y, epochs=100, batch_size=20, verbose=0, callbacks=[Stopping()])
print(len(history.history["loss"]), "epochs,", round(history.history["within"][-1], 2))
assert history.history["within"][-1] > 0.9
clone = keras.models.clone_model(model)
clone.set_weights(model.get_weights())
np.testing.assert_allclose(clone.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)
