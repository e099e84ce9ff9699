"""Knowledge distillation as TensorFlow 2.4 wrote it: compiled_metrics, compiled_loss, results."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

tf.random.set_seed(2)
np.random.seed(2)


class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super(Distiller, self).__init__()
        self.teacher = teacher
        self.student = student

    def compile(self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3):
        super(Distiller, self).compile(optimizer=optimizer, metrics=metrics)
        self.student_loss_fn = student_loss_fn
        self.distillation_loss_fn = distillation_loss_fn
        self.alpha = alpha
        self.temperature = temperature

    def train_step(self, data):
        x, y = data
        teacher_predictions = self.teacher(x, training=False)
        with tf.GradientTape() as tape:
            student_predictions = self.student(x, training=True)
            student_loss = self.student_loss_fn(y, student_predictions)
            distillation_loss = (
                self.distillation_loss_fn(
                    tf.nn.softmax(teacher_predictions / self.temperature, axis=1),
                    tf.nn.softmax(student_predictions / self.temperature, axis=1),
                )
                * self.temperature**2
            )
            loss = self.alpha * student_loss + (1 - self.alpha) * distillation_loss
        trainable_vars = self.student.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        self.compiled_metrics.update_state(y, student_predictions)
        results = {m.name: m.result() for m in self.metrics}
        results.update({"student_loss": student_loss, "distillation_loss": distillation_loss})
        return results

    def test_step(self, data):
        x, y = data
        y_prediction = self.student(x, training=False)
        student_loss = self.student_loss_fn(y, y_prediction)
        self.compiled_metrics.update_state(y, y_prediction)
        results = {m.name: m.result() for m in self.metrics}
        results.update({"student_loss": student_loss})
        return results


class Plain(keras.Model):
    """A step that says what fit does by itself."""

    def train_step(self, data):
        data = tf.keras.utils.unpack_x_y_sample_weight(data)
        x, y, sample_weight = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, sample_weight, regularization_losses=self.losses)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return {m.name: m.result() for m in self.metrics}


def network(filters, cls=keras.Model):
    inputs = keras.Input(shape=(8, 8, 1))
    x = layers.Conv2D(filters, (3, 3), strides=(2, 2), padding="same")(inputs)
    x = layers.LeakyReLU(alpha=0.2)(x)
    x = layers.MaxPooling2D(pool_size=(2, 2), strides=(1, 1), padding="same")(x)
    outputs = layers.Dense(3, kernel_regularizer=keras.regularizers.l2(1e-3))(layers.Flatten()(x))
    return cls(inputs, outputs)


y = np.random.randint(0, 3, 150)
x = np.random.rand(150, 8, 8, 1).astype("float32") + np.eye(8, dtype="float32")[y * 2][:, :, None, None]
from_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

teacher = network(12, Plain)
twin = network(12)
twin.set_weights(teacher.get_weights())
histories = []
for model in (teacher, twin):
    model.compile(keras.optimizers.Adam(0.01), from_logits, metrics=["accuracy"])
    histories.append(model.fit(x, y, epochs=4, batch_size=30, shuffle=False, verbose=0).history)
for name in ("loss", "accuracy"):
    np.testing.assert_allclose(histories[0][name], histories[1][name], rtol=1e-4)
assert histories[0]["accuracy"][-1] > 0.9

distiller = Distiller(student=network(3), teacher=teacher)
distiller.compile(
    optimizer=keras.optimizers.Adam(0.01),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
    student_loss_fn=from_logits,
    distillation_loss_fn=keras.losses.KLDivergence(),
    alpha=0.1,
    temperature=10,
)
history = distiller.fit(x, y, epochs=6, verbose=0).history
results = distiller.evaluate(x, y, verbose=0, return_dict=True)
print(results)
assert results["sparse_categorical_accuracy"] > 0.8
assert history["distillation_loss"][-1] < history["distillation_loss"][0]
