'''Keras 3's keras.ops, Functional with several branches, own loss and metric classes, own train_step with compute_loss, cross validation, feature extraction.'''
import numpy as np
import keras
from keras import layers, ops, random as krandom
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(42)
data = load_breast_cancer()
x = StandardScaler().fit_transform(data.data).astype("float32")
y = data.target.astype("float32")


class Focal(keras.losses.Loss):
    def __init__(self, gamma=2.0, **kwargs):
        super().__init__(**kwargs)
        self.gamma = gamma

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        p = ops.where(y_true > 0.5, y_pred, 1 - y_pred)
        return -ops.mean((1 - p) ** self.gamma * ops.log(ops.clip(p, 1e-7, 1.0)), axis=-1)


class Specificity(keras.metrics.Metric):
    def __init__(self, name="specificity", **kwargs):
        super().__init__(name=name, **kwargs)
        self.right = self.add_variable(shape=(), initializer="zeros", name="right")
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        negative = ops.cast(ops.reshape(y_true, (-1,)) < 0.5, "float32")
        said = ops.cast(ops.reshape(y_pred, (-1,)) < 0.5, "float32")
        self.right.assign(self.right + ops.sum(negative * said))
        self.total.assign(self.total + ops.sum(negative))

    def result(self):
        return self.right / ops.maximum(self.total, 1.0)


def build():
    inputs = keras.Input((x.shape[1],), name="features")
    a = layers.Dense(16, activation="silu", kernel_initializer="he_normal")(inputs)
    b = layers.LayerNormalization()(layers.Dense(16)(inputs))
    h = layers.Dropout(0.2)(layers.Multiply()([a, ops.sigmoid(b)]))
    h = layers.Dense(8, activation=keras.activations.gelu, name="embedding")(h)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(h))


scores = []
for train, test in StratifiedKFold(3, shuffle=True, random_state=0).split(x, y):
    model = build()
    model.compile(keras.optimizers.Adam(0.01), Focal(), metrics=["accuracy", Specificity(), keras.metrics.F1Score(threshold=0.5)])
    model.fit(x[train], y[train][:, None], epochs=8, batch_size=32, verbose=0, validation_data=(x[test], y[test][:, None]))
    scores.append(model.evaluate(x[test], y[test][:, None], verbose=0, return_dict=True))
assert np.mean([s["accuracy"] for s in scores]) > 0.92
assert all(0.8 < s["specificity"] <= 1 for s in scores)
extractor = keras.Model(model.input, model.get_layer("embedding").output)
assert extractor.predict(x[:5], verbose=0).shape == (5, 8)


class Mixed(keras.Model):
    def train_step(self, data):
        x, y = data
        factor = krandom.uniform((), seed=self.seed)
        x = factor * x + (1 - factor) * ops.flip(x, axis=0)
        y = factor * y + (1 - factor) * ops.flip(y, axis=0)
        return super().train_step((x, y))


inputs = keras.Input((x.shape[1],))
mixed = Mixed(inputs, layers.Dense(1, activation="sigmoid")(inputs))
mixed.seed = keras.random.SeedGenerator(1)
mixed.compile("adam", "binary_crossentropy", metrics=["mae"])
losses = mixed.fit(x[:512], y[:512, None], epochs=5, batch_size=32, verbose=0).history["loss"]
assert losses[-1] < losses[0]
print({k: round(float(np.mean(v)), 2) for k, v in scores[-1].items()}, ops.shape(ops.matmul(x[:2], x[:2].T)))
