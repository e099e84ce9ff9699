"""A loss and a metric of classes of one's own, three quantiles; the numbers are those that Keras 3.15 (JAX) gave."""

import numpy as np, keras
from keras import ops

keras.utils.set_random_seed(0)


@keras.saving.register_keras_serializable(package="my")
class FocalLoss(keras.losses.Loss):
    def __init__(self, gamma=2.0, alpha=0.25, name="focal", **kw):
        super().__init__(name=name, **kw)
        self.gamma = gamma
        self.alpha = alpha

    def call(self, y_true, y_pred):
        y_true = ops.cast(y_true, y_pred.dtype)
        e = keras.backend.epsilon()
        p = ops.clip(y_pred, e, 1 - e)
        pt = ops.where(y_true == 1, p, 1 - p)
        a = ops.where(y_true == 1, self.alpha, 1 - self.alpha)
        return -ops.mean(a * ops.power(1 - pt, self.gamma) * ops.log(pt), axis=-1)

    def get_config(self):
        c = super().get_config()
        c.update({"gamma": self.gamma, "alpha": self.alpha})
        return c


@keras.saving.register_keras_serializable(package="my")
class F1(keras.metrics.Metric):
    def __init__(self, name="f1", **kw):
        super().__init__(name=name, **kw)
        self.tp = self.add_weight(name="tp", initializer="zeros")
        self.fp = self.add_weight(name="fp", initializer="zeros")
        self.fn = self.add_weight(name="fn", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.cast(y_pred > 0.5, "float32")
        y_true = ops.cast(y_true, "float32")
        self.tp.assign_add(ops.sum(y_true * y_pred))
        self.fp.assign_add(ops.sum((1 - y_true) * y_pred))
        self.fn.assign_add(ops.sum(y_true * (1 - y_pred)))

    def result(self):
        p = self.tp / (self.tp + self.fp + 1e-7)
        r = self.tp / (self.tp + self.fn + 1e-7)
        return 2 * p * r / (p + r + 1e-7)

    def reset_state(self):
        for v in self.variables:
            v.assign(0.0)


r = np.random.RandomState(0)
x = r.randn(200, 5).astype("float32")
y = (x @ r.randn(5, 1) > 0).astype("float32")
init = keras.initializers.Constant(0.1)
i = keras.Input((5,))
h = keras.layers.Dense(8, "tanh", kernel_initializer=keras.initializers.Orthogonal(seed=1))(i)
o = keras.layers.Dense(1, "sigmoid", kernel_initializer=init)(h)
m = keras.Model(i, o)
m.set_weights([np.random.RandomState(k).randn(*w.shape) * 0.3 for k, w in enumerate(m.get_weights())])
m.compile(
    keras.optimizers.AdamW(1e-2, weight_decay=1e-3, clipnorm=1.0),
    FocalLoss(),
    metrics=[F1(), keras.metrics.AUC(name="auc"), keras.metrics.Precision(), "accuracy"],
)
history = m.fit(
    x, y, epochs=3, batch_size=32, shuffle=False, verbose=0, validation_data=(x[:50], y[:50])
).history
m.save("m.keras")
l = keras.models.load_model("m.keras")
evaluated = l.evaluate(x, y, verbose=0)


def pin(q):
    return lambda t, p: ops.mean(ops.maximum(q * (t - p), (q - 1) * (t - p)), axis=-1)


i = keras.Input((5,))
h = keras.layers.Dense(8, "relu")(i)
outs = [keras.layers.Dense(1, name=f"q{k}")(h) for k in (10, 50, 90)]
q = keras.Model(i, outs)
q.set_weights([np.random.RandomState(k).randn(*w.shape) * 0.3 for k, w in enumerate(q.get_weights())])
q.compile(
    "adam",
    loss={"q10": pin(0.1), "q50": pin(0.5), "q90": pin(0.9)},
    loss_weights={"q10": 1.0, "q50": 2.0, "q90": 1.0},
    metrics={"q50": ["mae"]},
)
quantiles = q.fit(x, {"q10": y, "q50": y, "q90": y}, epochs=2, shuffle=False, verbose=0).history
d = keras.Sequential([keras.Input((5,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
ps = np.stack([d(x[:4], training=True) for _ in range(10)])
assert (ps.std(0) > 0).all()

expected = {
    "accuracy": [0.51, 0.62, 0.87],
    "auc": [0.5098, 0.84554, 0.95317],
    "f1": [0.65248, 0.70312, 0.86316],
    "loss": [0.18504, 0.09901, 0.06038],
    "precision": [0.48677, 0.55215, 0.84536],
    "val_accuracy": [0.58, 0.8, 0.88],
    "val_auc": [0.73077, 0.92468, 0.96715],
    "val_f1": [0.70423, 0.83333, 0.88],
    "val_loss": [0.11952, 0.07129, 0.04918],
    "val_precision": [0.55556, 0.73529, 0.91667],
}
for name, values in expected.items():
    # Rounded to five places there; counts near the threshold may differ by one row of 200.
    np.testing.assert_allclose(
        history[name], values, atol=2e-5 if name.endswith("loss") else 0.011, err_msg=name
    )
np.testing.assert_allclose(evaluated[0], 0.04806, atol=2e-5)
np.testing.assert_allclose(quantiles["loss"], [1.26555, 1.22688], atol=2e-5)
np.testing.assert_allclose(quantiles["q50_mae"], [0.52884, 0.51507], atol=2e-5)
print(evaluated)
