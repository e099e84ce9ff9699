"""A normalising flow, a differential equation, a mixture of densities, weights that are drawn."""

import tensorflow as tf, numpy as np
from tensorflow import keras
from tensorflow.keras import layers, regularizers


def Coupling(n):
    i = keras.layers.Input(shape=(n,))
    t = layers.Dense(16, activation="relu", kernel_regularizer=regularizers.l2(0.01))(i)
    t = layers.Dense(n, activation="linear")(t)
    s = layers.Dense(16, activation="relu")(i)
    s = layers.Dense(n, activation="tanh")(s)
    return keras.Model(inputs=i, outputs=[s, t])


class RealNVP(keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.masks = np.array([[0, 1], [1, 0]] * (k // 2), dtype="float32")
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.layers_list = [Coupling(2) for _ in range(k)]

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, x, training=True):
        ld = 0
        direction = -1 if training else 1
        for i in range(self.k)[::direction]:
            xm = x * self.masks[i]
            rm = 1 - self.masks[i]
            s, t = self.layers_list[i](xm)
            s *= rm
            t *= rm
            g = (direction - 1) / 2
            x = rm * (x * tf.exp(direction * s) + direction * t * tf.exp(g * s)) + xm
            ld += g * tf.reduce_sum(s, [1])
        return x, ld

    def log_loss(self, x):
        y, ld = self(x)
        lp = -0.5 * tf.reduce_sum(y**2, 1) - np.log(2 * np.pi) + ld
        return -tf.reduce_mean(lp)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.log_loss(data)
        g = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.trainable_variables))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        self.loss_tracker.update_state(self.log_loss(data))
        return {"loss": self.loss_tracker.result()}


tf.keras.utils.set_random_seed(0)
m = RealNVP(4)
m.compile(optimizer=keras.optimizers.Adam(1e-3))
flow = m.fit(
    np.random.randn(128, 2).astype("float32"), batch_size=32, epochs=4, verbose=0, validation_split=0.2
).history
assert flow["loss"][-1] < flow["loss"][0]
z, _ = m(np.random.randn(4, 2).astype("float32"))
assert z.shape == (4, 2)
f = keras.Sequential([layers.Dense(16, "tanh", input_shape=(2,)), layers.Dense(2)])


def rk4(f, y, h):
    k1 = f(y)
    k2 = f(y + h / 2 * k1)
    k3 = f(y + h / 2 * k2)
    k4 = f(y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


opt = keras.optimizers.Adam(0.01)
y0 = tf.constant([[1.0, 0.0]])
tgt = tf.constant(
    np.stack([np.cos(np.arange(5) * 0.3), np.sin(np.arange(5) * 0.3)], 1)[:, None].astype("float32")
)


@tf.function
def step():
    with tf.GradientTape() as tape:
        y = y0
        tr = [y]
        for _ in range(4):
            y = rk4(f, y, 0.3)
            tr.append(y)
        l = tf.reduce_mean(tf.square(tf.stack(tr) - tgt))
    g = tape.gradient(l, f.trainable_variables)
    opt.apply_gradients(zip(g, f.trainable_variables))
    return l


ode = [step().numpy() for _ in range(10)]
assert ode[-1] < ode[0]


class MDN(layers.Layer):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.mu = layers.Dense(k)
        self.sig = layers.Dense(k, activation=lambda x: tf.nn.elu(x) + 1.0 + 1e-6)
        self.pi = layers.Dense(k, activation="softmax")

    def call(self, x):
        return tf.concat([self.pi(x), self.mu(x), self.sig(x)], -1)


def nll(y, p):
    pi, mu, sg = tf.split(p, 3, axis=-1)
    g = tf.exp(-0.5 * ((y - mu) / sg) ** 2) / (sg * np.sqrt(2 * np.pi))
    return -tf.math.log(tf.reduce_sum(pi * g, -1) + 1e-8)


q = keras.Sequential([layers.Dense(8, "relu"), MDN(3)])
q.compile("adam", nll)
mixture = q.fit(np.random.rand(64, 1), np.random.rand(64, 1), epochs=4, verbose=0).history
assert mixture["loss"][-1] < mixture["loss"][0]


class BayesDense(layers.Layer):
    def __init__(self, u, kl_weight, **kw):
        super().__init__(**kw)
        self.u = u
        self.kl = kl_weight

    def build(self, s):
        self.mu = self.add_weight(
            "mu", (s[-1], self.u), initializer=keras.initializers.RandomNormal(stddev=0.1), trainable=True
        )
        self.rho = self.add_weight(
            name="rho", shape=(s[-1], self.u), initializer=keras.initializers.Constant(-3.0)
        )

    def call(self, x):
        sg = tf.math.softplus(self.rho)
        w = self.mu + sg * tf.random.normal(tf.shape(self.mu))
        self.add_loss(self.kl * tf.reduce_sum(-tf.math.log(sg) + 0.5 * (sg**2 + self.mu**2) - 0.5))
        return tf.matmul(x, w)


b = keras.Sequential([BayesDense(8, 1e-3, input_shape=(1,)), layers.ReLU(), BayesDense(1, 1e-3)])
b.compile("adam", "mse")
drawn = b.fit(np.random.rand(64, 1), np.random.rand(64, 1), epochs=1, verbose=0).history

x = np.random.randn(8, 2).astype("float32")
there, log_det = m(x, training=True)
back, log_det_back = m(there, training=False)
np.testing.assert_allclose(back, x, atol=1e-4)
print(flow["loss"], drawn["loss"])
assert not np.allclose(b.layers[0](x[:1, :1]), b.layers[0](x[:1, :1]))
