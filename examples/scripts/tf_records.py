"""Examples written as records and read again, a training loop with summaries, tables of words."""

import os

import numpy as np
import tensorflow as tf

tf.random.set_seed(1)


def _bytes_feature(value):
    if isinstance(value, type(tf.constant(0))):
        value = value.numpy()
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _float_feature(value):
    return tf.train.Feature(float_list=tf.train.FloatList(value=value))


def _int64_feature(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def serialize_example(image, label, kind):
    feature = {
        "image": _bytes_feature(tf.io.serialize_tensor(image)),
        "raw": _bytes_feature(image.tobytes()),
        "label": _int64_feature(label),
        "mean": _float_feature([image.mean()]),
        "kind": _bytes_feature(kind.encode("utf-8")),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


rng = np.random.RandomState(0)
labels = rng.randint(0, 2, 64)
images = (rng.rand(64, 4, 4) + labels[:, None, None]).astype("float32")
kinds = ["dark", "light"]
filename = "some.tfrecord"
with tf.io.TFRecordWriter(filename) as writer:
    for image, label in zip(images, labels):
        writer.write(serialize_example(image, int(label), kinds[label]))

feature_description = {
    "image": tf.io.FixedLenFeature([], tf.string),
    "raw": tf.io.FixedLenFeature([], tf.string),
    "label": tf.io.FixedLenFeature([], tf.int64, default_value=0),
    "mean": tf.io.FixedLenFeature([1], tf.float32),
    "kind": tf.io.FixedLenFeature([], tf.string),
}
table = tf.lookup.StaticHashTable(
    tf.lookup.KeyValueTensorInitializer(tf.constant(kinds), tf.constant([0, 1], tf.int64)), -1
)


def parse(proto):
    example = tf.io.parse_single_example(proto, feature_description)
    image = tf.reshape(tf.io.parse_tensor(example["image"], out_type=tf.float32), (4, 4))
    raw = tf.reshape(tf.io.decode_raw(example["raw"], tf.float32), [4, 4])
    tf.debugging.assert_near(raw, image)
    tf.debugging.assert_equal(table.lookup(example["kind"]), example["label"])
    return image, tf.cast(example["label"], tf.int32)


dataset = tf.data.TFRecordDataset([filename]).map(parse, num_parallel_calls=tf.data.AUTOTUNE)
for raw_record in tf.data.TFRecordDataset(filename).take(1):
    example = tf.train.Example()
    example.ParseFromString(raw_record.numpy())
    assert example.features.feature["label"].int64_list.value[0] == labels[0]

read = np.stack([image.numpy() for image, _ in dataset])
np.testing.assert_array_equal(read, images)
dataset = dataset.cache().shuffle(64, seed=1).batch(16).prefetch(tf.data.AUTOTUNE)

model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(0.05)
train_loss = tf.keras.metrics.Mean("train_loss", dtype=tf.float32)
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy("train_accuracy")


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = loss_object(y, predictions)
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    train_loss(loss)
    train_accuracy(y, predictions)


losses = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
train_summary_writer = tf.summary.create_file_writer("logs/gradient_tape/train")
for epoch in range(20):
    for x_train, y_train in dataset:
        train_step(x_train, y_train)
    with train_summary_writer.as_default():
        tf.summary.scalar("loss", train_loss.result(), step=epoch)
        tf.summary.scalar("accuracy", train_accuracy.result(), step=epoch)
    losses = losses.write(epoch, train_loss.result())
    accuracy = float(train_accuracy.result())
    train_loss.reset_states()
    train_accuracy.reset_states()
history = losses.stack().numpy()
print("Epoch 20, Loss: {}, Accuracy: {}".format(history[-1], accuracy * 100))
assert history.shape == (20,) and history[-1] < history[0]
assert accuracy > 0.95
assert len(os.listdir("logs/gradient_tape/train")) == 1
