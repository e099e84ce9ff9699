"""Programs whose models write their own steps, in the manner of Keras' guides.

Each is given `keras` and a class `Tape`, lamina's or TensorFlow's, and returns named arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ROWS, FEATURES = 22, 3
Arrays = dict[str, Any]


def data(width: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rows and targets, the same each time."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(ROWS, FEATURES)).astype("float32")
    return x, (x @ rng.normal(size=(FEATURES, width))).astype("float32")


def start(*models: Any) -> None:
    """Gives built models weights that do not depend on who makes them."""
    rng = np.random.default_rng(7)
    for model in models:
        model.set_weights([0.4 * rng.normal(size=w.shape) for w in model.get_weights()])


def outcome(model: Any, history: Any = None, **more: Any) -> Arrays:
    """What is compared: the logs of every epoch, the weights at the end."""
    logs = {} if history is None else {f"log {k}": v for k, v in history.history.items()}
    weights = {f"weight {i}": w for i, w in enumerate(model.get_weights())}
    return {**logs, **weights, **more}


def net(keras: Any, *units: int, inputs: int = FEATURES) -> Any:
    """Dense layers, tanh between them."""
    layers = [keras.layers.Dense(n, activation="tanh") for n in units[:-1]]
    return keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(units[-1])])


FIT = {"epochs": 3, "batch_size": 8, "shuffle": False, "verbose": 0}


def compiled_metrics(keras: Any, Tape: Any) -> Arrays:
    """The first example of "Customizing fit": compiled loss and metrics, updated by hand."""

    class Custom(keras.Model):
        def train_step(self, data):
            x, y = data
            with Tape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred)
            weights = self.trainable_variables
            self.optimizer.apply(tape.gradient(loss, weights), weights)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in self.metrics}

    inputs = keras.Input((FEATURES,))
    hidden = keras.layers.Dense(4, activation="tanh")(inputs)
    model = Custom(inputs, keras.layers.Dense(1)(hidden))
    start(model)
    model.compile("adam", "mse", metrics=["mae"])
    x, y = data()
    history = model.fit(x, y, validation_split=0.2, **FIT)
    return outcome(model, history, evaluated=model.evaluate(x, y, verbose=0))


def own_trackers(keras: Any, Tape: Any) -> Arrays:
    """Metrics of the model's own, listed in `metrics`; a test step that returns raw values too."""
    ops = keras.ops

    class Custom(keras.Model):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner
            self.loss_tracker = keras.metrics.Mean(name="loss")
            self.mae_metric = keras.metrics.MeanAbsoluteError(name="mae")

        @property
        def metrics(self):
            return [self.loss_tracker, self.mae_metric]

        def call(self, x):
            return self.inner(x)

        def train_step(self, data):
            x, y = data
            with Tape() as tape:
                y_pred = self(x, training=True)
                loss = ops.mean(keras.losses.mean_squared_error(y, y_pred))
            grads = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
            self.loss_tracker.update_state(loss)
            self.mae_metric.update_state(y, y_pred)
            return {"loss": self.loss_tracker.result(), "mae": self.mae_metric.result()}

        def test_step(self, data):
            x, y = data
            y_pred = self(x, training=False)
            self.mae_metric.update_state(y, y_pred)
            return {"mae": self.mae_metric.result(), "largest": ops.max(y_pred)}

    model = Custom(net(keras, 4, 1))
    start(model.inner)
    model.compile(optimizer=keras.optimizers.SGD(0.05))
    x, y = data()
    history = model.fit(x, y, validation_data=(x[:9], y[:9]), **FIT)
    logs = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    return outcome(model, history, **logs)


def weighted(keras: Any, Tape: Any) -> Arrays:
    """Sample weights that the step takes apart itself; then class weights."""

    class Custom(keras.Model):
        def train_step(self, data):
            if len(data) == 3:
                x, y, sample_weight = data
            else:
                sample_weight, (x, y) = None, data
            with Tape() as tape:
                y_pred = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=y_pred, sample_weight=sample_weight)
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply(grads, self.trainable_variables)
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred, sample_weight=sample_weight)
            return {m.name: m.result() for m in self.metrics}

    inputs = keras.Input((FEATURES,))
    model = Custom(inputs, keras.layers.Dense(1)(inputs))
    start(model)
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    x, y = data()
    history = model.fit(x, y, sample_weight=np.linspace(0, 2, ROWS), **FIT)
    return outcome(model, history)


def gan(keras: Any, Tape: Any) -> Arrays:
    """Two networks, two optimizers, `compile` with arguments of its own; noise that is no noise."""
    ops = keras.ops
    noise = np.random.default_rng(3).normal(size=(8, 2)).astype("float32")

    class GAN(keras.Model):
        def __init__(self, discriminator, generator):
            super().__init__()
            self.discriminator, self.generator = discriminator, generator
            self.d_loss_tracker = keras.metrics.Mean(name="d_loss")
            self.g_loss_tracker = keras.metrics.Mean(name="g_loss")

        @property
        def metrics(self):
            return [self.d_loss_tracker, self.g_loss_tracker]

        def compile(self, d_optimizer, g_optimizer, loss_fn):
            super().compile()
            self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer
            self.loss_fn = loss_fn

        def train_step(self, real):
            if isinstance(real, tuple):
                real = real[0]
            size = ops.shape(real)[0]
            latent = ops.convert_to_tensor(noise)[:size]
            combined = ops.concatenate([self.generator(latent), real], axis=0)
            labels = ops.concatenate([ops.ones((size, 1)), ops.zeros((size, 1))], axis=0)
            with Tape() as tape:
                d_loss = self.loss_fn(labels, self.discriminator(combined))
            weights = self.discriminator.trainable_weights
            grads = tape.gradient(d_loss, weights)
            self.d_optimizer.apply_gradients(zip(grads, weights, strict=True))
            misleading = ops.zeros((size, 1))
            with Tape() as tape:
                predictions = self.discriminator(self.generator(latent))
                g_loss = self.loss_fn(misleading, predictions)
            weights = self.generator.trainable_weights
            grads = tape.gradient(g_loss, weights)
            self.g_optimizer.apply_gradients(zip(grads, weights, strict=True))
            self.d_loss_tracker.update_state(d_loss)
            self.g_loss_tracker.update_state(g_loss)
            return {"d_loss": self.d_loss_tracker.result(), "g_loss": self.g_loss_tracker.result()}

    model = GAN(net(keras, 5, 1), net(keras, 5, FEATURES, inputs=2))
    start(model.discriminator, model.generator)
    model.compile(
        d_optimizer=keras.optimizers.Adam(0.01), g_optimizer=keras.optimizers.Adam(0.01),
        loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
    )  # fmt: skip
    history = model.fit(data()[0], **FIT)
    return outcome(model, history)


def wgan_gp(keras: Any, Tape: Any) -> Arrays:
    """A gradient penalty: the gradient of a gradient, by rows, in a loop of critic steps."""
    ops = keras.ops
    noise = np.random.default_rng(4).normal(size=(8, 2)).astype("float32")

    class WGAN(keras.Model):
        def __init__(self, critic, generator):
            super().__init__()
            self.critic, self.generator = critic, generator

        def compile(self, c_optimizer, g_optimizer):
            super().compile()
            self.c_optimizer, self.g_optimizer = c_optimizer, g_optimizer

        def penalty(self, real, fake):
            middle = real + 0.3 * (fake - real)
            with Tape() as tape:
                tape.watch(middle)
                score = self.critic(middle, training=True)
            slopes = tape.gradient(score, [middle])[0]
            norm = ops.sqrt(ops.sum(ops.square(slopes), axis=1))
            return ops.mean((norm - 1.0) ** 2)

        def train_step(self, real):
            latent = ops.convert_to_tensor(noise)[: ops.shape(real)[0]]
            for _ in range(2):
                with Tape() as tape:
                    fake = self.generator(latent, training=True)
                    cost = ops.mean(self.critic(fake)) - ops.mean(self.critic(real))
                    cost = cost + 10.0 * self.penalty(real, fake)
                weights = self.critic.trainable_variables
                grads = tape.gradient(cost, weights)
                self.c_optimizer.apply_gradients(zip(grads, weights, strict=True))
            with Tape() as tape:
                loss = -ops.mean(self.critic(self.generator(latent, training=True)))
            weights = self.generator.trainable_variables
            self.g_optimizer.apply_gradients(
                zip(tape.gradient(loss, weights), weights, strict=True)
            )
            return {"c_loss": cost, "g_loss": loss}

    model = WGAN(net(keras, 5, 1), net(keras, 5, FEATURES, inputs=2))
    start(model.critic, model.generator)
    model.compile(keras.optimizers.RMSprop(0.01), keras.optimizers.RMSprop(0.01))
    return outcome(model, model.fit(data()[0], **FIT))


def vae(keras: Any, Tape: Any) -> Arrays:
    """A variational autoencoder of three losses; the sample is the mean, as noise differs."""
    ops = keras.ops

    class Sampling(keras.layers.Layer):
        def call(self, inputs):
            mean, log_var = inputs
            return mean + ops.exp(0.5 * log_var) * 0.25

    class VAE(keras.Model):
        def __init__(self, encoder, decoder, **kwargs):
            super().__init__(**kwargs)
            self.encoder, self.decoder = encoder, decoder
            self.total = keras.metrics.Mean(name="total")
            self.reconstruction = keras.metrics.Mean(name="reconstruction")
            self.kl = keras.metrics.Mean(name="kl")

        @property
        def metrics(self):
            return [self.total, self.reconstruction, self.kl]

        def train_step(self, data):
            with Tape() as tape:
                mean, log_var, z = self.encoder(data)
                rebuilt = self.decoder(z)
                rec = ops.mean(ops.sum(ops.square(data - rebuilt), axis=1))
                kl = -0.5 * (1 + log_var - ops.square(mean) - ops.exp(log_var))
                kl = ops.mean(ops.sum(kl, axis=1))
                total = rec + kl
            grads = tape.gradient(total, self.trainable_weights)
            self.optimizer.apply_gradients(zip(grads, self.trainable_weights, strict=True))
            self.total.update_state(total)
            self.reconstruction.update_state(rec)
            self.kl.update_state(kl)
            return {m.name: m.result() for m in self.metrics}

    inputs = keras.Input((FEATURES,))
    h = keras.layers.Dense(5, activation="tanh")(inputs)
    mean, log_var = keras.layers.Dense(2)(h), keras.layers.Dense(2)(h)
    encoder = keras.Model(inputs, [mean, log_var, Sampling()([mean, log_var])])
    model = VAE(encoder, net(keras, 5, FEATURES, inputs=2))
    start(model.encoder, model.decoder)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    history = model.fit(data()[0], **FIT)
    return outcome(model, history, mean=encoder.predict(data()[0], verbose=0)[0])


def distiller(keras: Any, Tape: Any) -> Arrays:
    """Knowledge distillation through compute_loss, with a teacher that stays as it is."""
    ops = keras.ops

    class Distiller(keras.Model):
        def __init__(self, student, teacher):
            super().__init__()
            self.teacher, self.student = teacher, student

        def compile(self, optimizer, metrics, student_loss_fn, alpha=0.3, temperature=3):
            super().compile(optimizer=optimizer, metrics=metrics)
            self.student_loss_fn, self.alpha, self.temperature = student_loss_fn, alpha, temperature

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False):
            soft = ops.softmax(self.teacher(x, training=False) / self.temperature, axis=1)
            own = ops.softmax(y_pred / self.temperature, axis=1)
            far = keras.losses.KLDivergence()(soft, own) * self.temperature**2
            return self.alpha * self.student_loss_fn(y, y_pred) + (1 - self.alpha) * far

        def call(self, x):
            return self.student(x)

    x, y = data(3)
    labels = y.argmax(axis=1)
    model = Distiller(net(keras, 4, 3), net(keras, 8, 3))
    start(model.student, model.teacher)
    model.teacher.trainable = False
    model.compile(
        keras.optimizers.Adam(0.02), [keras.metrics.SparseCategoricalAccuracy()],
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )  # fmt: skip
    history = model.fit(x, labels, **FIT)
    return outcome(model, history, evaluated=model.evaluate(x, labels, verbose=0))


def added_to_super(keras: Any, Tape: Any) -> Arrays:
    """`super().train_step` and more: an exponential mean of the weights, a value of one's own."""

    class Custom(keras.Sequential):
        def train_step(self, data):
            logs = super().train_step(data)
            self.steps.assign_add(1.0)
            return {**logs, "steps": self.steps + 0.0}

    model = Custom([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    model.steps = keras.Variable(0.0, trainable=False, name="steps")
    start(model.layers[0])
    model.compile("sgd", "mse")
    x, y = data()
    history = model.fit(x, y, **FIT)
    return {f"log {k}": v for k, v in history.history.items()}


def predicted(keras: Any, Tape: Any) -> Arrays:
    """A predict step that gives more than the outputs."""
    ops = keras.ops

    class Custom(keras.Sequential):
        def predict_step(self, data):
            y = super().predict_step(data)
            return {"y": y, "class": ops.argmax(y, axis=-1)}

    model = Custom([keras.Input((FEATURES,)), keras.layers.Dense(4, activation="softmax")])
    start(model)
    found = model.predict(data()[0], batch_size=8, verbose=0)
    return {"y": found["y"], "class": found["class"]}


def by_batches(keras: Any, Tape: Any) -> Arrays:
    """An own step through train_on_batch, test_on_batch and a generator."""

    class Custom(keras.Sequential):
        def train_step(self, data):
            x, y = data[:2]  # Keras' train_on_batch adds the weights, None
            with Tape() as tape:
                loss = keras.ops.mean(keras.ops.abs(self(x, training=True) - y))
            weights = self.trainable_variables
            grads = tape.gradient(loss, weights)
            self.optimizer.apply_gradients(zip(grads, weights, strict=True))
            return {"distance": loss, "twice": 2 * loss}

    model = Custom([keras.Input((FEATURES,)), keras.layers.Dense(1)])
    start(model)
    model.compile("sgd", "mse")
    x, y = data()
    one = model.train_on_batch(x[:5], y[:5], return_dict=True)

    def batches():
        while True:
            yield x[:8], y[:8]
            yield x[8:], y[8:]

    history = model.fit(batches(), steps_per_epoch=2, epochs=2, verbose=0)
    return outcome(model, history, **one)


def two_losses(keras: Any, Tape: Any) -> Arrays:
    """A persistent tape, two losses for two parts of one model."""
    ops = keras.ops

    class Two(keras.Model):
        def __init__(self, body, head):
            super().__init__()
            self.body, self.head = body, head

        def call(self, x):
            return self.head(self.body(x))

        def train_step(self, data):
            x, y = data
            with Tape(persistent=True) as tape:
                code = self.body(x, training=True)
                fit = ops.mean((self.head(code) - y) ** 2)
                size = fit + ops.mean(code**2)
            heads, bodies = self.head.trainable_variables, self.body.trainable_variables
            first, second = tape.gradient(fit, heads), tape.gradient(size, bodies)
            del tape
            self.optimizer.apply_gradients(zip([*first, *second], [*heads, *bodies], strict=True))
            return {"fit": fit, "size": size}

    model = Two(net(keras, 4, 2), net(keras, 1, inputs=2))
    start(model.body, model.head)
    model.compile(keras.optimizers.SGD(0.1))
    x, y = data()
    history = model.fit(x, y, **FIT)
    return outcome(model, history, predicted=model.predict(x, verbose=0))


PROGRAMS = {
    f.__name__: f
    for f in (
        compiled_metrics, own_trackers, weighted, gan, wgan_gp, vae, distiller, added_to_super,
        predicted, by_batches, two_losses,
    )
}  # fmt: skip
