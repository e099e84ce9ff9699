"""Structured data: a frame as a dict of columns, preprocessing layers, dict inputs (tf.keras 2.x)."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

try:
    import pandas as pd
except ImportError:
    pd = None
rng = np.random.RandomState(0)
n = 200
columns = {
    "Age": rng.randint(1, 20, n).astype("int64"),
    "Fee": rng.rand(n).astype("float32") * 100,
    "Type": np.array(["Cat", "Dog"])[rng.randint(0, 2, n)],
    "Photo": rng.randint(0, 5, n).astype("int64"),
}
target = ((columns["Type"] == "Dog") & (columns["Age"] > 8)).astype("int64")


def df_to_dataset(columns, labels, shuffle=True, batch_size=32):
    ds = tf.data.Dataset.from_tensor_slices(({k: v[:, np.newaxis] for k, v in columns.items()}, labels))
    if shuffle:
        ds = ds.shuffle(buffer_size=len(labels))
    ds = ds.batch(batch_size)
    ds = ds.prefetch(batch_size)
    return ds


train_ds = df_to_dataset(columns, target, batch_size=20)
[(train_features, label_batch)] = train_ds.take(1)
print("Every feature:", list(train_features.keys()))
assert train_features["Age"].shape == (20, 1)


def get_normalization_layer(name, dataset):
    normalizer = layers.Normalization(axis=None)
    feature_ds = dataset.map(lambda x, y: x[name])
    normalizer.adapt(feature_ds)
    return normalizer


def get_category_encoding_layer(name, dataset, dtype, max_tokens=None):
    if dtype == "string":
        index = layers.StringLookup(max_tokens=max_tokens)
    else:
        index = layers.IntegerLookup(max_tokens=max_tokens)
    feature_ds = dataset.map(lambda x, y: x[name])
    index.adapt(feature_ds)
    encoder = layers.CategoryEncoding(num_tokens=index.vocabulary_size())
    return lambda feature: encoder(index(feature))


all_inputs, encoded_features = {}, []
for header in ["Photo", "Fee"]:
    numeric_col = tf.keras.Input(shape=(1,), name=header)
    encoded_features.append(get_normalization_layer(header, train_ds)(numeric_col))
    all_inputs[header] = numeric_col
age_col = tf.keras.Input(shape=(1,), name="Age", dtype="int64")
encoded_features.append(get_category_encoding_layer("Age", train_ds, "int64", max_tokens=25)(age_col))
all_inputs["Age"] = age_col
type_col = tf.keras.Input(shape=(1,), name="Type", dtype="string")
encoded_features.append(get_category_encoding_layer("Type", train_ds, "string", max_tokens=5)(type_col))
all_inputs["Type"] = type_col
all_features = tf.keras.layers.concatenate(encoded_features)
x = tf.keras.layers.Dense(32, activation="relu")(all_features)
x = tf.keras.layers.Dropout(0.1)(x)
output = tf.keras.layers.Dense(1)(x)
model = tf.keras.Model(all_inputs, output)
model.compile(
    optimizer=tf.keras.optimizers.Adam(0.02),
    loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=["accuracy"],
    run_eagerly=False,
)
model.fit(train_ds, epochs=12, verbose=0)
result = model.evaluate(train_ds, return_dict=True, verbose=0)
print("accuracy %.2f" % result["accuracy"])
assert result["accuracy"] > 0.9
sample = {"Type": "Dog", "Age": 12, "Fee": 100.0, "Photo": 2}
input_dict = {name: tf.convert_to_tensor([value]) for name, value in sample.items()}
predictions = model.predict(input_dict, verbose=0)
prob = tf.nn.sigmoid(predictions[0])
assert prob > 0.5
