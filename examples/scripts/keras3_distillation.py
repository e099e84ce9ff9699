"""Knowledge distillation by compute_loss."""

import numpy as np, keras
from keras import layers, ops

keras.utils.set_random_seed(0)


class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.teacher = teacher
        self.student = student

    def compile(self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.student_loss_fn, self.distillation_loss_fn, self.alpha, self.temperature = (
            student_loss_fn,
            distillation_loss_fn,
            alpha,
            temperature,
        )

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False):
        teacher_pred = self.teacher(x, training=False)
        student_loss = self.student_loss_fn(y, y_pred)
        d = self.distillation_loss_fn(
            ops.softmax(teacher_pred / self.temperature, axis=1), ops.softmax(y_pred / self.temperature, axis=1)
        ) * (self.temperature**2)
        return self.alpha * student_loss + (1 - self.alpha) * d

    def call(self, x):
        return self.student(x)


mk = lambda n: keras.Sequential([keras.Input((5,)), layers.Dense(n, activation="relu"), layers.Dense(3)])
teacher, student = mk(32), mk(8)
x = np.random.RandomState(0).randn(90, 5).astype("float32")
y = x[:, :3].argmax(1)
teacher.compile(
    optimizer=keras.optimizers.Adam(0.02),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
teacher.fit(x, y, epochs=20, verbose=0)
d = Distiller(student=student, teacher=teacher)
d.compile(
    optimizer=keras.optimizers.Adam(0.02),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
    student_loss_fn=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    distillation_loss_fn=keras.losses.KLDivergence(),
    alpha=0.1,
    temperature=10,
)
w = teacher.get_weights()[0].copy()
d.fit(x, y, epochs=60, verbose=0)
r = d.evaluate(x, y, verbose=0)
print(r)
assert r[1] > 0.8
