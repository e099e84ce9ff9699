"""A network that solves u'' = -pi^2 sin(pi x): second derivatives by nested tapes."""

import tensorflow as tf, numpy as np

tf.keras.backend.set_floatx("float32")
tf.random.set_seed(0)
model = tf.keras.Sequential(
    [
        tf.keras.layers.InputLayer(input_shape=(1,)),
        tf.keras.layers.Dense(16, activation="tanh"),
        tf.keras.layers.Dense(16, activation="tanh"),
        tf.keras.layers.Dense(1),
    ]
)
opt = tf.keras.optimizers.Adam(learning_rate=0.01)
x = tf.reshape(tf.linspace(0.0, 1.0, 20), (-1, 1))


@tf.function
def residual(x):
    with tf.GradientTape() as t2:
        t2.watch(x)
        with tf.GradientTape() as t1:
            t1.watch(x)
            u = model(x)
        u_x = t1.gradient(u, x)
    u_xx = t2.gradient(u_x, x)
    return u_xx + np.pi**2 * tf.sin(np.pi * x)


@tf.function
def step():
    with tf.GradientTape() as tape:
        r = residual(x)
        b = model(tf.constant([[0.0], [1.0]]))
        loss = tf.reduce_mean(tf.square(r)) + 10 * tf.reduce_mean(tf.square(b))
    g = tape.gradient(loss, model.trainable_variables)
    opt.apply_gradients(zip(g, model.trainable_variables))
    return loss


ls = [float(step()) for _ in range(60)]
print(ls[0], ls[-1])
assert ls[-1] < ls[0] * 0.5
