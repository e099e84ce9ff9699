"""Text from folders, TextVectorization, an export model."""

import tensorflow as tf, numpy as np, os, re, string, shutil

for s in ("train", "test"):
    for c in ("neg", "pos"):
        os.makedirs(f"aclImdb/{s}/{c}", exist_ok=True)
        for i in range(10):
            open(f"aclImdb/{s}/{c}/{i}_1.txt", "w").write(("bad awful " if c == "neg" else "great fun<br />!! ") * 3)
batch_size, seed = 4, 42
raw_train_ds = tf.keras.utils.text_dataset_from_directory(
    "aclImdb/train", batch_size=batch_size, validation_split=0.2, subset="training", seed=seed
)
raw_val_ds = tf.keras.utils.text_dataset_from_directory(
    "aclImdb/train", batch_size=batch_size, validation_split=0.2, subset="validation", seed=seed
)
for text_batch, label_batch in raw_train_ds.take(1):
    for i in range(2):
        print("Review", text_batch.numpy()[i][:20])
        print("Label", label_batch.numpy()[i])
print(raw_train_ds.class_names)


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, "<br />", " ")
    return tf.strings.regex_replace(stripped_html, "[%s]" % re.escape(string.punctuation), "")


vectorize_layer = tf.keras.layers.TextVectorization(
    standardize=custom_standardization, max_tokens=100, output_mode="int", output_sequence_length=10
)
train_text = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(train_text)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(tf.data.AUTOTUNE)
val_ds = raw_val_ds.map(vectorize_text)
model = tf.keras.Sequential(
    [
        tf.keras.layers.Embedding(101, 8),
        tf.keras.layers.Dropout(0.2),
        tf.keras.layers.GlobalAveragePooling1D(),
        tf.keras.layers.Dense(1),
    ]
)
model.compile(
    loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
    optimizer="adam",
    metrics=[tf.metrics.BinaryAccuracy(threshold=0.0)],
)
h = model.fit(train_ds, validation_data=val_ds, epochs=3, verbose=0)
history_dict = h.history
acc = history_dict["binary_accuracy"]
export_model = tf.keras.Sequential([vectorize_layer, model, tf.keras.layers.Activation("sigmoid")])
export_model.compile(loss=tf.keras.losses.BinaryCrossentropy(from_logits=False), optimizer="adam", metrics=["accuracy"])
print(export_model.predict(tf.constant(["The movie was great!", "bad"])).shape)
loss, a = export_model.evaluate(raw_val_ds, verbose=0)
assert acc[-1] > 0.4
