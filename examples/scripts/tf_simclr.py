"""Contrastive learning on unequal batches: many pictures without labels, few with."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np

keras.utils.set_random_seed(1)


class ContrastiveModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.temperature = 0.1
        self.augmenter = keras.Sequential(
            [
                keras.Input(shape=(8, 8, 1)),
                layers.RandomFlip("horizontal"),
                layers.RandomTranslation(0.1, 0.1),
            ]
        )
        self.encoder = keras.Sequential(
            [
                keras.Input(shape=(8, 8, 1)),
                layers.Conv2D(6, 3, strides=2, activation="relu"),
                layers.Flatten(),
                layers.Dense(16, activation="relu"),
            ]
        )
        self.projection_head = keras.Sequential([keras.Input(shape=(16,)), layers.Dense(8)])
        self.linear_probe = keras.Sequential([keras.Input(shape=(16,)), layers.Dense(2)])

    def compile(self, contrastive_optimizer, probe_optimizer, **kwargs):
        super().compile(**kwargs)
        self.contrastive_optimizer = contrastive_optimizer
        self.probe_optimizer = probe_optimizer
        self.probe_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.contrastive_loss_tracker = keras.metrics.Mean(name="c_loss")
        self.contrastive_accuracy = keras.metrics.SparseCategoricalAccuracy(name="c_acc")
        self.probe_loss_tracker = keras.metrics.Mean(name="p_loss")
        self.probe_accuracy = keras.metrics.SparseCategoricalAccuracy(name="p_acc")

    @property
    def metrics(self):
        return [
            self.contrastive_loss_tracker,
            self.contrastive_accuracy,
            self.probe_loss_tracker,
            self.probe_accuracy,
        ]

    def contrastive_loss(self, projections_1, projections_2):
        projections_1 = tf.math.l2_normalize(projections_1, axis=1)
        projections_2 = tf.math.l2_normalize(projections_2, axis=1)
        similarities = tf.matmul(projections_1, projections_2, transpose_b=True) / self.temperature
        labels = tf.range(tf.shape(projections_1)[0])
        self.contrastive_accuracy.update_state(labels, similarities)
        self.contrastive_accuracy.update_state(labels, tf.transpose(similarities))
        loss_1_2 = keras.losses.sparse_categorical_crossentropy(labels, similarities, from_logits=True)
        loss_2_1 = keras.losses.sparse_categorical_crossentropy(
            labels, tf.transpose(similarities), from_logits=True
        )
        return (loss_1_2 + loss_2_1) / 2

    def train_step(self, data):
        (unlabeled_images, _), (labeled_images, labels) = data
        images = tf.concat((unlabeled_images, labeled_images), axis=0)
        augmented_1 = self.augmenter(images, training=True)
        augmented_2 = self.augmenter(images, training=True)
        with tf.GradientTape() as tape:
            projections_1 = self.projection_head(self.encoder(augmented_1, training=True))
            projections_2 = self.projection_head(self.encoder(augmented_2, training=True))
            loss = self.contrastive_loss(projections_1, projections_2)
        weights = self.encoder.trainable_weights + self.projection_head.trainable_weights
        self.contrastive_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.contrastive_loss_tracker.update_state(loss)
        with tf.GradientTape() as tape:
            logits = self.linear_probe(self.encoder(labeled_images, training=False), training=True)
            probe_loss = self.probe_loss(labels, logits)
        weights = self.linear_probe.trainable_weights
        self.probe_optimizer.apply_gradients(zip(tape.gradient(probe_loss, weights), weights))
        self.probe_loss_tracker.update_state(probe_loss)
        self.probe_accuracy.update_state(labels, logits)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        labeled_images, labels = data
        logits = self.linear_probe(self.encoder(labeled_images, training=False), training=False)
        self.probe_loss_tracker.update_state(self.probe_loss(labels, logits))
        self.probe_accuracy.update_state(labels, logits)
        return {m.name: m.result() for m in self.metrics[2:]}


def pictures(count, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, 2, count)
    images = 0.3 * rng.rand(count, 8, 8, 1)
    images[labels == 1, :4] += 1.0
    return images.astype("float32"), labels


unlabeled, labeled = pictures(120, 0), pictures(40, 1)
unlabeled_ds = tf.data.Dataset.from_tensor_slices(unlabeled).shuffle(120).batch(30)
labeled_ds = tf.data.Dataset.from_tensor_slices(labeled).shuffle(40).batch(10)
train_dataset = tf.data.Dataset.zip((unlabeled_ds, labeled_ds)).prefetch(tf.data.AUTOTUNE)
test_dataset = tf.data.Dataset.from_tensor_slices(pictures(40, 2)).batch(20)
model = ContrastiveModel()
model.compile(contrastive_optimizer=keras.optimizers.Adam(), probe_optimizer=keras.optimizers.Adam(0.02))
history = model.fit(train_dataset, epochs=6, validation_data=test_dataset, verbose=0)
print("Maximal validation accuracy: {:.2f}%".format(max(history.history["val_p_acc"]) * 100))
assert max(history.history["val_p_acc"]) > 0.9
assert history.history["c_loss"][-1] < history.history["c_loss"][0]
