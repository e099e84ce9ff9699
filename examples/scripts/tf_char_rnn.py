"""Text generation letter by letter: lookups of characters, ragged rows, a model that holds a model."""

import os

import numpy as np
import tensorflow as tf

tf.random.set_seed(0)
text = "First Citizen: Before we proceed any further, hear me speak.\nAll: Speak, speak.\n" * 15
vocab = sorted(set(text))
ids_from_chars = tf.keras.layers.StringLookup(vocabulary=list(vocab), mask_token=None)
chars_from_ids = tf.keras.layers.StringLookup(
    vocabulary=ids_from_chars.get_vocabulary(), invert=True, mask_token=None
)


def text_from_ids(ids):
    return tf.strings.reduce_join(chars_from_ids(ids), axis=-1)


chars = tf.strings.unicode_split(["Speak", "me"], input_encoding="UTF-8")
assert [word.decode() for word in text_from_ids(ids_from_chars(chars)[0]).numpy().split()] == ["Speak"]

all_ids = ids_from_chars(tf.strings.unicode_split(text, "UTF-8"))
ids_dataset = tf.data.Dataset.from_tensor_slices(all_ids)
seq_length = 20
sequences = ids_dataset.batch(seq_length + 1, drop_remainder=True)
assert next(iter(sequences)).shape == (21,)


def split_input_target(sequence):
    return sequence[:-1], sequence[1:]


dataset = (
    sequences.map(split_input_target)
    .shuffle(100)
    .batch(8, drop_remainder=True)
    .prefetch(tf.data.experimental.AUTOTUNE)
)


class MyModel(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, rnn_units):
        super().__init__(self)
        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = tf.keras.layers.GRU(rnn_units, return_sequences=True, return_state=True)
        self.dense = tf.keras.layers.Dense(vocab_size)

    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embedding(inputs, training=training)
        if states is None:
            states = self.gru.get_initial_state(x)
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        if return_state:
            return x, states
        else:
            return x


model = MyModel(len(ids_from_chars.get_vocabulary()), embedding_dim=8, rnn_units=24)
loss = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
for input_example_batch, target_example_batch in dataset.take(1):
    example_batch_predictions = model(input_example_batch)
    first = float(tf.exp(loss(target_example_batch, example_batch_predictions)))
assert abs(first - len(vocab) - 1) < 2

model.compile(optimizer=tf.keras.optimizers.Adam(0.02), loss=loss)
checkpoint_prefix = os.path.join("./training_checkpoints", "ckpt_{epoch}")
checkpoint_callback = tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_prefix, save_weights_only=True)
history = model.fit(dataset, epochs=6, callbacks=[checkpoint_callback], verbose=0)
assert history.history["loss"][-1] < 1.5


class OneStep(tf.keras.Model):
    def __init__(self, model, chars_from_ids, ids_from_chars, temperature=1.0):
        super().__init__()
        self.temperature = temperature
        self.model = model
        self.chars_from_ids = chars_from_ids
        self.ids_from_chars = ids_from_chars
        skip_ids = self.ids_from_chars(["[UNK]"])[:, None]
        sparse_mask = tf.SparseTensor(
            values=[-float("inf")] * len(skip_ids),
            indices=skip_ids,
            dense_shape=[len(ids_from_chars.get_vocabulary())],
        )
        self.prediction_mask = tf.sparse.to_dense(sparse_mask)

    @tf.function
    def generate_one_step(self, inputs, states=None):
        input_chars = tf.strings.unicode_split(inputs, "UTF-8")
        input_ids = self.ids_from_chars(input_chars).to_tensor()
        predicted_logits, states = self.model(inputs=input_ids, states=states, return_state=True)
        predicted_logits = predicted_logits[:, -1, :] / self.temperature
        predicted_logits = predicted_logits + self.prediction_mask
        predicted_ids = tf.random.categorical(predicted_logits, num_samples=1)
        predicted_ids = tf.squeeze(predicted_ids, axis=-1)
        return self.chars_from_ids(predicted_ids), states


one_step_model = OneStep(model, chars_from_ids, ids_from_chars, temperature=0.5)
states = None
next_char = tf.constant(["First Citizen:"])
result = [next_char]
for n in range(30):
    next_char, states = one_step_model.generate_one_step(next_char, states=states)
    result.append(next_char)
result = tf.strings.join(result)
generated = result[0].numpy().decode("utf-8")
print(generated)
assert len(generated) == len("First Citizen:") + 30 and set(generated) <= set(vocab)
