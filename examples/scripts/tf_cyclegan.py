"""A CycleGAN step with four optimizers, instance normalisation and reflection padding."""

import numpy as np, tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class ReflectionPadding2D(layers.Layer):
    def __init__(self, padding=(1, 1), **kwargs):
        self.padding = tuple(padding)
        super().__init__(**kwargs)

    def call(self, input_tensor, mask=None):
        pw, ph = self.padding
        return tf.pad(input_tensor, [[0, 0], [ph, ph], [pw, pw], [0, 0]], mode="REFLECT")


gamma_init = keras.initializers.RandomNormal(mean=0.0, stddev=0.02)


class InstanceNormalization(tf.keras.layers.Layer):
    def __init__(self, epsilon=1e-5):
        super(InstanceNormalization, self).__init__()
        self.epsilon = epsilon

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale", shape=input_shape[-1:], initializer=tf.random_normal_initializer(1.0, 0.02), trainable=True
        )
        self.offset = self.add_weight(name="offset", shape=input_shape[-1:], initializer="zeros", trainable=True)

    def call(self, x):
        mean, variance = tf.nn.moments(x, axes=[1, 2], keepdims=True)
        inv = tf.math.rsqrt(variance + self.epsilon)
        normalized = (x - mean) * inv
        return self.scale * normalized + self.offset


def net(out):
    i = layers.Input((8, 8, 3))
    x = ReflectionPadding2D()(i)
    x = layers.Conv2D(4, 3, kernel_initializer=gamma_init)(x)
    x = InstanceNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(out, 3, padding="same")(x)
    return keras.models.Model(i, x)


class CycleGan(keras.Model):
    def __init__(self, generator_G, generator_F, discriminator_X, discriminator_Y, lambda_cycle=10.0):
        super().__init__()
        self.gen_G, self.gen_F, self.disc_X, self.disc_Y, self.lambda_cycle = (
            generator_G,
            generator_F,
            discriminator_X,
            discriminator_Y,
            lambda_cycle,
        )

    def compile(self, gen_G_optimizer, gen_F_optimizer, disc_X_optimizer, disc_Y_optimizer, gen_loss_fn, disc_loss_fn):
        super().compile()
        self.gen_G_optimizer, self.gen_F_optimizer, self.disc_X_optimizer, self.disc_Y_optimizer = (
            gen_G_optimizer,
            gen_F_optimizer,
            disc_X_optimizer,
            disc_Y_optimizer,
        )
        self.generator_loss_fn, self.discriminator_loss_fn = gen_loss_fn, disc_loss_fn
        self.cycle_loss_fn = keras.losses.MeanAbsoluteError()

    def train_step(self, batch_data):
        real_x, real_y = batch_data
        with tf.GradientTape(persistent=True) as tape:
            fake_y = self.gen_G(real_x, training=True)
            fake_x = self.gen_F(real_y, training=True)
            cycled_x = self.gen_F(fake_y, training=True)
            dx, dfx, dy, dfy = (
                self.disc_X(real_x, training=True),
                self.disc_X(fake_x, training=True),
                self.disc_Y(real_y, training=True),
                self.disc_Y(fake_y, training=True),
            )
            gG = self.generator_loss_fn(dfy)
            gF = self.generator_loss_fn(dfx)
            total_G = gG + self.cycle_loss_fn(real_x, cycled_x) * self.lambda_cycle
            total_F = gF
            lX = self.discriminator_loss_fn(dx, dfx)
            lY = self.discriminator_loss_fn(dy, dfy)
        for loss, net_, opt in (
            (total_G, self.gen_G, self.gen_G_optimizer),
            (total_F, self.gen_F, self.gen_F_optimizer),
            (lX, self.disc_X, self.disc_X_optimizer),
            (lY, self.disc_Y, self.disc_Y_optimizer),
        ):
            grads = tape.gradient(loss, net_.trainable_variables)
            opt.apply_gradients(zip(grads, net_.trainable_variables))
        return {"G_loss": total_G, "F_loss": total_F, "D_X_loss": lX, "D_Y_loss": lY}


adv = keras.losses.MeanSquaredError()
m = CycleGan(net(3), net(3), net(1), net(1))
A = lambda: keras.optimizers.Adam(2e-4, beta_1=0.5)
m.compile(
    A(),
    A(),
    A(),
    A(),
    gen_loss_fn=lambda fake: adv(tf.ones_like(fake), fake),
    disc_loss_fn=lambda r, f: (adv(tf.ones_like(r), r) + adv(tf.zeros_like(f), f)) * 0.5,
)
X = np.random.rand(6, 8, 8, 3).astype("float32")
ds = tf.data.Dataset.zip(
    (tf.data.Dataset.from_tensor_slices(X).batch(2), tf.data.Dataset.from_tensor_slices(X[::-1]).batch(2))
)
h = m.fit(ds, epochs=2, verbose=0)
print({k: round(v[-1], 3) for k, v in h.history.items()})
assert all(np.isfinite(v).all() for v in h.history.values())
