'''Keras 3: BackupAndRestore, a schedule, an own callback, a model that is a subclass, get_config and from_config.'''
import numpy as np
import keras
from keras import layers, ops

keras.utils.set_random_seed(1)
x = np.random.rand(64, 6).astype("float32")
y = x @ np.arange(6, dtype="float32")[:, None]


@keras.saving.register_keras_serializable(package="mine")
class Residual(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = layers.Dense(units, activation="gelu")
        self.outer = layers.Dense(units)

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.outer.build((*input_shape[:-1], self.units))
        self.gain = self.add_weight(shape=(), initializer="ones", name="gain")

    def call(self, inputs):
        return inputs + self.gain * self.outer(self.inner(inputs))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Watch(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.rates = []

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))


def build():
    model = keras.Sequential([keras.Input((6,)), Residual(6), layers.Dense(1)])
    rate = keras.optimizers.schedules.CosineDecay(0.02, 200)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-4, clipnorm=1.0), keras.losses.Huber(), metrics=["mae"])
    return model


watch = Watch()
model = build()
history = model.fit(x, y, epochs=25, batch_size=16, verbose=0,
                    callbacks=[watch, keras.callbacks.BackupAndRestore("backup")])
assert watch.rates == sorted(watch.rates, reverse=True)
assert history.history["mae"][-1] < history.history["mae"][0] / 3
model.save("residual.keras")
again = keras.saving.load_model("residual.keras")
assert np.allclose(again.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)
assert isinstance(again.layers[0], Residual) and again.layers[0].get_config()["units"] == 6
print(float(ops.mean(ops.abs(model(x) - y))))
