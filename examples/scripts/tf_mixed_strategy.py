"""A strategy's scope, a distributed step, mixed precision with a scaled loss."""

import os, sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import tensorflow as tf, numpy as np
from tensorflow.keras import mixed_precision

gpus = tf.config.experimental.list_physical_devices("GPU")
if gpus:
    for g in gpus:
        tf.config.experimental.set_memory_growth(g, True)
strategy = tf.distribute.MirroredStrategy()
print("Number of devices: {}".format(strategy.num_replicas_in_sync))
B = 16 * strategy.num_replicas_in_sync
x = np.random.rand(64, 10).astype("float32")
y = np.random.randint(0, 3, (64,))
with strategy.scope():
    m = tf.keras.Sequential([tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(3)])
    opt = tf.keras.optimizers.Adam()
    lo = tf.keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction=tf.keras.losses.Reduction.NONE
    )

    def compute_loss(l, p):
        return tf.nn.compute_average_loss(lo(l, p), global_batch_size=B)

    acc = tf.keras.metrics.SparseCategoricalAccuracy()


def step(inputs):
    a, b = inputs
    with tf.GradientTape() as tape:
        p = m(a, training=True)
        l = compute_loss(b, p)
    g = tape.gradient(l, m.trainable_variables)
    opt.apply_gradients(zip(g, m.trainable_variables))
    acc.update_state(b, p)
    return l


@tf.function
def dist_step(d):
    r = strategy.run(step, args=(d,))
    return strategy.reduce(tf.distribute.ReduceOp.SUM, r, axis=None)


dds = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices((x, y)).batch(B))
tot = 0.0
n = 0
for d in dds:
    tot += dist_step(d)
    n += 1
assert np.isfinite(float(tot / n)) and 0 <= float(acc.result()) <= 1
tf.debugging.assert_equal(1, 1)
tf.debugging.assert_all_finite(tf.constant([1.0]), "bad")
tf.debugging.set_log_device_placement(False)
policy = mixed_precision.Policy("mixed_float16")
mixed_precision.set_global_policy(policy)
i = tf.keras.Input((10,))
h = tf.keras.layers.Dense(16, activation="relu")(i)
o = tf.keras.layers.Dense(3)(h)
o = tf.keras.layers.Activation("softmax", dtype="float32")(o)
mm = tf.keras.Model(i, o)
mm.compile("adam", "sparse_categorical_crossentropy")
h = mm.fit(x, y, epochs=3, verbose=0).history
assert h["loss"][-1] < h["loss"][0]
before = mm.get_weights()
opt = mixed_precision.LossScaleOptimizer(tf.keras.optimizers.Adam())
with tf.GradientTape() as tape:
    l = tf.reduce_mean(tf.keras.losses.sparse_categorical_crossentropy(y, mm(x)))
    sl = opt.get_scaled_loss(l)
sg = tape.gradient(sl, mm.trainable_variables)
g = opt.get_unscaled_gradients(sg)
g, norm = tf.clip_by_global_norm(g, 1.0)
opt.apply_gradients(zip(g, mm.trainable_variables))
mixed_precision.set_global_policy("float32")


# The first step of Adam is its rate for each weight with a gradient.
moved = np.abs(mm.get_weights()[-1] - before[-1])
np.testing.assert_allclose(moved, 1e-3, rtol=0.05)
tf.print("loss", h["loss"][-1], output_stream=sys.stdout)
