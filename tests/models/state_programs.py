"""Programs, as in `programs`, that take a model as a function of its variables, or their tree."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.models.programs import FEATURES, X, Y, compiled, fit, program, start


def _given(variables: Any, seed: int) -> list[Any]:
    """Values for variables of floats; those of seeds as they are."""
    stream = np.random.default_rng(seed)
    return [
        stream.uniform(0.5, 1.5, v.shape).astype("float32")
        if str(v.dtype).endswith("float32") else np.asarray(v) for v in variables
    ]  # fmt: skip


def _normalising(k: Any) -> Any:
    """A model with a state that training changes, and a penalty; compiled."""
    model = k.Sequential(
        [
            k.layers.Input((FEATURES,)),
            # Without the tanh its bias would change nothing, and move by roundings alone.
            k.layers.Dense(5, activation="tanh", kernel_regularizer="l2", name="first"),
            k.layers.BatchNormalization(name="norm"),
            k.layers.Dense(3, activation="softmax", name="last"),
        ],
        name="net",
    )
    return compiled(k, start(model), optimizer="adam")


@program
def a_call_without_effects(k: Any) -> Any:
    model = _normalising(k)
    before = model.get_weights()
    given = _given(model.trainable_variables, 3), _given(model.non_trainable_variables, 4)
    found = []
    for training in (False, True):
        y, after, losses = model.stateless_call(*given, X, training=training, return_losses=True)
        found.append([np.asarray(y), [np.asarray(v) for v in after], [float(v) for v in losses]])
    for variables in ((given[0][:-1], given[1]), (given[0], given[1][:-1])):
        try:
            model.stateless_call(*variables, X)
        except ValueError:
            found.append("ValueError")
    same = all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    return [found, str(same)]


@program
def a_layer_called_without_effects(k: Any) -> Any:
    layer = k.layers.Dense(2, activation="tanh")
    try:
        layer.stateless_call([], [], X)
    except ValueError:
        layer.build((None, FEATURES))
    y, others = layer.stateless_call(_given(layer.trainable_variables, 5), [], X)
    return [np.asarray(y), others]


@program
def losses_without_effects(k: Any) -> Any:
    model = _normalising(k)
    fit(model)
    metrics = _given(model.metrics_variables, 6)
    given = _given(model.trainable_variables, 3), _given(model.non_trainable_variables, 4), metrics
    y_pred = np.full((len(X), 3), 1 / 3, "float32")
    weights = np.linspace(0, 1, len(X)).astype("float32")
    loss, state = model.stateless_compute_loss(*given, x=X, y=Y, y_pred=y_pred,
                                               sample_weight=weights)  # fmt: skip
    found = [float(loss), [[np.asarray(v) for v in part] for part in state]]
    for training in (False, True):
        total, (loss, y_pred, others, metrics) = model.compute_loss_and_updates(
            *given, X, Y, None, training=training,
            optimizer_variables=[v.value for v in model.optimizer.variables],
        )  # fmt: skip
        found.append([float(total), float(loss), np.asarray(y_pred)])
        found += [[np.asarray(v) for v in others], [np.asarray(v) for v in metrics]]
    return found


@program
def trees_of_state(k: Any) -> Any:
    model = _normalising(k)
    fit(model)
    tree = model.get_state_tree("numpy_array")
    other = _normalising(k)
    other.optimizer.build(other.trainable_variables)
    parts = {key: tree[key] for key in ("trainable_variables", "non_trainable_variables")}
    optimizer = {"adam": {"iteration": 7}, "nobody": {"at": 1.0}}
    other.set_state_tree({**parts, "optimizer_variables": optimizer})
    wrong = []
    for call in (lambda: model.get_state_tree("pickle"), lambda: model.set_state_tree({"x": {}})):
        try:
            call()
        except ValueError:
            wrong.append("ValueError")
    return [
        _counts_apart(tree), other.get_weights(), int(np.asarray(other.optimizer.iterations)),
        np.asarray(model.get_state_tree()["trainable_variables"]["net"]["last"]["bias"]), wrong,
    ]  # fmt: skip


def _counts_apart(tree: Any) -> Any:
    """The tree with whole numbers as such."""
    if isinstance(tree, dict):
        return {key: _counts_apart(value) for key, value in tree.items()}
    return np.asarray(tree)


@program
def loops_of_recurrent_layers(k: Any) -> Any:
    x = np.random.default_rng(7).normal(size=(3, 5, 2)).astype("float32")
    mask = np.arange(5) < np.array([[5], [3], [1]])
    found = []
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        for whole in (False, True):
            layer = getattr(k.layers, kind)(4, return_sequences=whole)
            layer.build((None, 5, 2))
            stream = np.random.default_rng(8)
            layer.set_weights([stream.normal(size=w.shape) for w in layer.get_weights()])
            states = layer.get_initial_state(batch_size=3)
            for given in (None, mask):
                last, outputs, after = layer.inner_loop(x, states, given)
                shown = outputs if whole else last
                found.append([np.asarray(last), np.asarray(shown), [np.asarray(s) for s in after]])
    return found


@program
def a_loop_of_ones_own(k: Any) -> Any:
    class Doubled(k.layers.GRU):
        def inner_loop(self, sequences, initial_state, mask, training=False):
            return super().inner_loop(2.0 * sequences, initial_state, mask, training=training)

    model = k.Sequential([k.layers.Input((5, 2)), Doubled(3)])
    return start(model).predict(np.ones((2, 5, 2), "float32"), verbose=0)


@program
def weights_of_a_spectral_norm(k: Any) -> Any:
    layer = k.layers.SpectralNormalization(k.layers.Dense(3), power_iterations=2)
    layer.build((None, FEATURES))
    stream = np.random.default_rng(9)
    layer.set_weights([stream.normal(size=w.shape) for w in layer.get_weights()])
    before = [np.asarray(w) for w in layer.get_weights()]
    u, kernel = layer.normalized_weights()
    return [np.asarray(u), np.asarray(kernel), before, layer.get_weights()]


@program
def the_area_under_precision_and_recall(k: Any) -> Any:
    metric = k.metrics.AUC(num_thresholds=7, curve="PR")
    stream = np.random.default_rng(10)
    metric.update_state(stream.integers(0, 2, 30), stream.uniform(size=30))
    return [float(metric.interpolate_pr_auc()), float(metric.result())]


@program
def specs_as_configurations(k: Any) -> Any:
    found = []
    for spec in (
        k.layers.InputSpec("float32", (None, 3)), k.layers.InputSpec(min_ndim=2, axes={-1: 4}),
        k.layers.InputSpec(max_ndim=4, optional=True),
    ):  # fmt: skip
        again = k.layers.InputSpec.from_config(spec.get_config())
        found += [str(sorted(s.get_config().items())) for s in (spec, again)]
    return found


@program
def weights_added_as_variables(k: Any) -> Any:
    class Scale(k.layers.Layer):
        def build(self, shape):
            self.scale = self.add_variable((shape[-1],), "ones", regularizer="l2", name="scale")
            self.shift = self.add_variable((1,), "zeros", "float32", trainable=False)

        def call(self, x):
            return x * self.scale + self.shift

    layer = Scale(name="scales")
    y = layer(X)
    return [np.asarray(y), [w.path for w in layer.weights], len(layer.trainable_weights),
            float(layer.losses[0])]  # fmt: skip
