"""Patches of pictures for attention; augmentation and mixup in a pipeline."""

import tensorflow as tf, numpy as np
from tensorflow.keras import layers


class Patches(layers.Layer):
    def __init__(self, patch_size):
        super(Patches, self).__init__()
        self.patch_size = patch_size

    def call(self, images):
        b = tf.shape(images)[0]
        p = tf.image.extract_patches(
            images=images,
            sizes=[1, self.patch_size, self.patch_size, 1],
            strides=[1, self.patch_size, self.patch_size, 1],
            rates=[1, 1, 1, 1],
            padding="VALID",
        )
        return tf.reshape(p, [b, -1, p.shape[-1]])


class PatchEncoder(layers.Layer):
    def __init__(self, n, d):
        super().__init__()
        self.n = n
        self.projection = layers.Dense(units=d)
        self.pe = layers.Embedding(input_dim=n, output_dim=d)

    def call(self, patch):
        return self.projection(patch) + self.pe(tf.range(start=0, limit=self.n, delta=1))

    def get_random_indices(self, batch_size):
        r = tf.argsort(tf.random.uniform(shape=(batch_size, self.n)), axis=-1)
        k = int(0.75 * self.n)
        return r[:, :k], r[:, k:]


np.random.seed(0)
tf.random.set_seed(0)
y = np.random.randint(0, 4, 32)
x = (0.2 * np.random.rand(32, 16, 16, 3) + 0.2 * y[:, None, None, None]).astype("float32")
p = Patches(4)(x)
assert p.shape == (32, 16, 48)
pe = PatchEncoder(16, 8)
e = pe(p)
mi, ui = pe.get_random_indices(32)
assert tf.gather(e, ui, axis=1, batch_dims=1).shape == (32, 4, 8)


def aug(image, label):
    image = tf.image.random_flip_left_right(image)
    image = tf.image.random_brightness(image, max_delta=0.1)
    image = tf.image.random_contrast(image, 0.8, 1.2)
    image = tf.image.random_saturation(image, 0.5, 1.5)
    image = tf.image.random_hue(image, 0.1)
    image = tf.image.resize_with_crop_or_pad(image, 20, 20)
    image = tf.image.random_crop(image, size=[16, 16, 3])
    image = tf.clip_by_value(image, 0.0, 1.0)
    image = tf.image.rot90(image, tf.random.uniform([], 0, 4, dtype=tf.int32))
    return image, label


def mixup(a, b):
    (i1, l1), (i2, l2) = a, b
    n = tf.shape(i1)[0]
    g1 = tf.random.gamma(shape=[n], alpha=0.2)
    g2 = tf.random.gamma(shape=[n], alpha=0.2)
    l = g1 / (g1 + g2)
    xl = tf.reshape(l, (n, 1, 1, 1))
    yl = tf.reshape(l, (n, 1))
    return i1 * xl + i2 * (1 - xl), l1 * yl + l2 * (1 - yl)


y1 = tf.one_hot(y, 4)
d1 = tf.data.Dataset.from_tensor_slices((x, y1)).map(aug, num_parallel_calls=tf.data.AUTOTUNE).batch(8)
d2 = tf.data.Dataset.from_tensor_slices((x, y1)).shuffle(32).batch(8)
ds = tf.data.Dataset.zip((d1, d2)).map(lambda a, b: mixup(a, b), num_parallel_calls=tf.data.AUTOTUNE)
i = layers.Input((16, 16, 3))
h = PatchEncoder(16, 8)(Patches(4)(i))
h = layers.LayerNormalization(epsilon=1e-6)(h)
a = layers.MultiHeadAttention(num_heads=2, key_dim=8, dropout=0.1)(h, h)
h = layers.Add()([a, h])
h = tf.reduce_mean(h, axis=1)
o = layers.Dense(4, activation="softmax")(h)
m = tf.keras.Model(i, o)
m.compile(
    tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(2e-2, 100)),
    tf.keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    metrics=["accuracy"],
)
h = m.fit(ds, epochs=4, verbose=0)

print(h.history["loss"])
assert h.history["loss"][-1] < h.history["loss"][0]
# A picture that begins with the top left corner of its first patch.
np.testing.assert_array_equal(p[:, 0, :3], x[:, 0, 0])
np.testing.assert_array_equal(p[:, 5, -3:], x[:, 7, 7])
