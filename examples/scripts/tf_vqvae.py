"""Vectors from a code book with the gradient straight through, trained by a wrapper."""

import tensorflow as tf, numpy as np
from tensorflow import keras
from tensorflow.keras import layers

tf.keras.utils.set_random_seed(3)


class VectorQuantizer(layers.Layer):
    def __init__(self, num_embeddings, embedding_dim, beta=0.25, **kw):
        super().__init__(**kw)
        self.embedding_dim = embedding_dim
        self.num_embeddings = num_embeddings
        self.beta = beta
        w_init = tf.random_uniform_initializer()
        self.embeddings = tf.Variable(
            initial_value=w_init(shape=(embedding_dim, num_embeddings), dtype="float32"),
            trainable=True,
            name="embeddings_vqvae",
        )

    def call(self, x):
        input_shape = tf.shape(x)
        flat = tf.reshape(x, [-1, self.embedding_dim])
        idx = self.get_code_indices(flat)
        enc = tf.one_hot(idx, self.num_embeddings)
        q = tf.matmul(enc, self.embeddings, transpose_b=True)
        q = tf.reshape(q, input_shape)
        cl = tf.reduce_mean((tf.stop_gradient(q) - x) ** 2)
        cb = tf.reduce_mean((q - tf.stop_gradient(x)) ** 2)
        self.add_loss(self.beta * cl + cb)
        return x + tf.stop_gradient(q - x)

    def get_code_indices(self, f):
        s = tf.matmul(f, self.embeddings)
        d = tf.reduce_sum(f**2, axis=1, keepdims=True) + tf.reduce_sum(self.embeddings**2, axis=0) - 2 * s
        return tf.argmin(d, axis=1)


i = keras.Input((8, 8, 1))
x = layers.Conv2D(8, 3, activation="relu", strides=2, padding="same")(i)
eo = layers.Conv2D(4, 1, padding="same")(x)
enc = keras.Model(i, eo, name="encoder")
li = keras.Input(shape=enc.output.shape[1:])
do = layers.Conv2DTranspose(1, 3, strides=2, padding="same")(li)
dec = keras.Model(li, do, name="decoder")
vq = VectorQuantizer(16, 4, name="vector_quantizer")
inp = keras.Input((8, 8, 1))
rec = dec(vq(enc(inp)))
vv = keras.Model(inp, rec, name="vq_vae")


class Trainer(keras.models.Model):
    def __init__(self, v, **kw):
        super().__init__(**kw)
        self.train_variance = v
        self.vqvae = vv
        self.t = keras.metrics.Mean(name="loss")
        self.r = keras.metrics.Mean(name="rl")
        self.q = keras.metrics.Mean(name="vq")

    @property
    def metrics(self):
        return [self.t, self.r, self.q]

    def train_step(self, x):
        with tf.GradientTape() as tape:
            rc = self.vqvae(x)
            rl = tf.reduce_mean((x - rc) ** 2) / self.train_variance
            tl = rl + sum(self.vqvae.losses)
        g = tape.gradient(tl, self.vqvae.trainable_variables)
        self.optimizer.apply_gradients(zip(g, self.vqvae.trainable_variables))
        self.t.update_state(tl)
        self.r.update_state(rl)
        self.q.update_state(sum(self.vqvae.losses))
        return {
            "loss": self.t.result(),
            "reconstruction_loss": self.r.result(),
            "vqvae_loss": self.q.result(),
        }


d = np.random.rand(64, 8, 8, 1).astype("float32")
t = Trainer(np.var(d))
t.compile(optimizer=keras.optimizers.Adam(0.01))
h = t.fit(d, epochs=20, batch_size=16, verbose=0).history
assert len(vv.trainable_variables) == 7
e = enc.predict(d[:4], verbose=0)
codes = vq.get_code_indices(e.reshape(-1, e.shape[-1])).numpy()

table = vq.embeddings.numpy()
distances = ((e.reshape(-1, 4)[:, :, None] - table[None]) ** 2).sum(axis=1)
np.testing.assert_array_equal(codes, distances.argmin(axis=1))
print({name: round(values[-1], 3) for name, values in h.items()})
assert h["reconstruction_loss"][-1] < h["reconstruction_loss"][0]
