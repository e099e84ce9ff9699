"""All training cases, by family: rows of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.attending import ATTENTION
from tests.oracle.case import Case, inputs, network, random, targets
from tests.oracle.images import IMAGES, NORMALIZED, PICTURES_FLOAT64
from tests.oracle.sequences import IN_FLOAT64, SEQUENCES

Row = Callable[[Any], Any]


def _classify(optimizer: Row) -> Case:
    def build(k: Any) -> Any:
        model = network(k)
        model.compile(optimizer(k), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    return Case(build, inputs(), targets("classes"))


# ── optimizers: every one, and every argument that all share ──

_SHARED: dict[str, dict[str, Any]] = {
    "weight_decay": {"weight_decay": 0.02},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.2},
    "ema": {"use_ema": True, "ema_momentum": 0.9},
    "ema_overwrite": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    "loss_scale": {"loss_scale_factor": 8.0},
    "accumulation": {"gradient_accumulation_steps": 3},
}
_OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "sgd momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "sgd nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "rmsprop momentum": ("RMSprop", {"learning_rate": 0.005, "rho": 0.8, "momentum": 0.5}),
    "rmsprop centered": ("RMSprop", {"learning_rate": 0.005, "centered": True}),
    "adam": ("Adam", {"learning_rate": 0.01}),
    "adam amsgrad": ("Adam", {"learning_rate": 0.01, "beta_1": 0.8, "amsgrad": True}),
    "adam epsilon": ("Adam", {"learning_rate": 0.01, "beta_2": 0.9, "epsilon": 1e-3}),
    **{
        f"sgd {n}": ("SGD", {"learning_rate": 0.1, "momentum": 0.5, **a})
        for n, a in _SHARED.items()
    },
    **{f"adam {n}": ("Adam", {"learning_rate": 0.01, **a}) for n, a in _SHARED.items()},
}
OPTIMIZERS = {
    name: _classify(lambda k, c=cls, a=arguments: getattr(k.optimizers, c)(**a))
    for name, (cls, arguments) in _OPTIMIZERS.items()
} | {
    "by name": _classify(lambda k: "adam"),
    "schedule": _classify(
        lambda k: k.optimizers.SGD(k.optimizers.schedules.ExponentialDecay(0.1, 2, 0.8))
    ),
}  # fmt: skip


# ── losses: by name, by object, by function ──


def _lossy(loss: Any, kind: str, last: str | None, units: int = 3, metrics: Any = None) -> Case:
    def build(k: Any) -> Any:
        model = network(k, units, last=last)
        model.compile(k.optimizers.SGD(0.05), loss(k) if callable(loss) else loss, metrics=metrics)
        return model

    return Case(build, inputs(), targets(kind, units))


def _cubic(y_true: Any, y_pred: Any) -> Any:
    """A loss of the user's own, in operators that both modules understand."""
    gap = y_true - y_pred
    return abs(gap * gap * gap)


LOSSES = {
    "mse": _lossy("mse", "real", None),
    "mean_absolute_error": _lossy("mean_absolute_error", "real", None),
    "MeanSquaredError": _lossy(lambda k: k.losses.MeanSquaredError(), "real", None),
    "mae sum": _lossy(lambda k: k.losses.MeanAbsoluteError(reduction="sum"), "real", None),
    "msle": _lossy("mean_squared_logarithmic_error", "positive", "softplus"),
    "mape": _lossy("mape", "positive", "softplus"),
    "huber": _lossy(lambda k: k.losses.Huber(delta=0.5), "real", None),
    "log_cosh": _lossy("log_cosh", "real", None),
    "hinge": _lossy("hinge", "signs", "tanh"),
    "squared_hinge": _lossy("squared_hinge", "signs", "tanh"),
    "categorical_hinge": _lossy("categorical_hinge", "one_hot", None),
    "kl_divergence": _lossy("kl_divergence", "one_hot", "softmax"),
    "poisson": _lossy("poisson", "positive", "softplus"),
    "cosine_similarity": _lossy(lambda k: k.losses.CosineSimilarity(), "real", None),
    "binary": _lossy("binary_crossentropy", "binary", "sigmoid", metrics=["accuracy"]),
    "binary one unit": _lossy("binary_crossentropy", "binary", "sigmoid", 1, ["accuracy"]),
    "binary logits": _lossy(
        lambda k: k.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        "binary", None,
    ),
    "binary focal": _lossy("binary_focal_crossentropy", "binary", "sigmoid"),
    "categorical": _lossy("categorical_crossentropy", "one_hot", "softmax", metrics=["accuracy"]),
    "categorical logits": _lossy(
        lambda k: k.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2),
        "one_hot", None,
    ),
    "categorical on sigmoid": _lossy("categorical_crossentropy", "one_hot", "sigmoid"),
    "sparse": _lossy("sparse_categorical_crossentropy", "classes", "softmax", metrics=["acc"]),
    "sparse on sigmoid": _lossy("sparse_categorical_crossentropy", "classes", "sigmoid"),
    "sparse logits": _lossy(
        lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True), "classes", None
    ),
    "sparse ignore_class": _lossy(
        lambda k: k.losses.SparseCategoricalCrossentropy(ignore_class=1), "classes", "softmax"
    ),
    "own function": _lossy(lambda k: _cubic, "real", None),
}  # fmt: skip


# ── activations, each on the hidden layers ──

_ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink", "swish",
)  # fmt: skip


def _active(name: str) -> Case:
    def build(k: Any) -> Any:
        model = network(k, hidden=name, last="softmax")
        model.compile(k.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
        return model

    return Case(build, inputs(), targets("classes"))


ACTIVATIONS = {name: _active(name) for name in _ACTIVATIONS}


# ── regularizers and constraints ──


def _kept(**options: Row) -> Case:
    def build(k: Any) -> Any:
        model = network(k, **{name: row(k) for name, row in options.items()})
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        return model

    return Case(build, inputs(), targets("classes"))


REGULARIZERS = {
    "l1": _kept(kernel_regularizer=lambda k: k.regularizers.L1(0.02)),
    "l2": _kept(kernel_regularizer=lambda k: k.regularizers.L2(0.05)),
    "l2 by name": _kept(kernel_regularizer=lambda k: "l2"),
    "l1l2": _kept(kernel_regularizer=lambda k: k.regularizers.L1L2(0.01, 0.03)),
    "bias l2": _kept(bias_regularizer=lambda k: k.regularizers.L2(0.1)),
    "activity l2": _kept(activity_regularizer=lambda k: k.regularizers.L2(0.01)),
    "activity l1": _kept(activity_regularizer=lambda k: k.regularizers.L1(0.01)),
    "orthogonal": _kept(kernel_regularizer=lambda k: k.regularizers.OrthogonalRegularizer(0.02)),
    "orthogonal columns": _kept(
        kernel_regularizer=lambda k: k.regularizers.OrthogonalRegularizer(0.02, mode="columns")
    ),
    "max_norm": _kept(kernel_constraint=lambda k: k.constraints.MaxNorm(0.8)),
    "max_norm axis": _kept(kernel_constraint=lambda k: k.constraints.MaxNorm(0.8, axis=1)),
    "non_neg": _kept(kernel_constraint=lambda k: k.constraints.NonNeg()),
    "unit_norm": _kept(kernel_constraint=lambda k: k.constraints.UnitNorm()),
    "min_max_norm": _kept(kernel_constraint=lambda k: k.constraints.MinMaxNorm(0.3, 0.9, rate=0.5)),
    "bias constraint": _kept(bias_constraint=lambda k: k.constraints.NonNeg()),
}


# ── what `fit` is given ──


def _fitted(fit: dict[str, Any], floatx: str = "float32", metrics: Any = ("accuracy",)) -> Case:
    # Keras' own tanh of float64 is right to 5e-8 only.
    hidden = "tanh" if floatx == "float32" else "relu"

    def build(k: Any) -> Any:
        model = network(k, hidden=hidden)
        model.compile(
            k.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=list(metrics),
            weighted_metrics=["accuracy"] if "sample_weight" in fit else None,
        )  # fmt: skip
        return model

    return Case(build, inputs().astype(floatx), targets("classes"), fit, floatx)


_WEIGHTS = random(5).random(23).astype("float32") * 2
_HELD = (inputs(7, rows=11), targets("classes", rows=11))
FITTING = {
    "sample_weight": _fitted({"sample_weight": _WEIGHTS}),
    "class_weight": _fitted({"class_weight": {0: 0.5, 2: 3.0}}),
    "validation_split": _fitted({"validation_split": 0.3}),
    "validation_data": _fitted({"validation_data": _HELD, "validation_batch_size": 4}),
    "validation weights": _fitted(
        {"validation_data": (*_HELD, random(6).random(11)), "sample_weight": _WEIGHTS}
    ),
    "validation_freq": _fitted({"validation_data": _HELD, "validation_freq": 2, "epochs": 5}),
    "validation_freq list": _fitted(
        {"validation_data": _HELD, "validation_freq": [1, 4], "epochs": 4}
    ),
    "validation_steps": _fitted(
        {"validation_data": _HELD, "validation_batch_size": 4, "validation_steps": 2}
    ),
    "initial_epoch": _fitted({"initial_epoch": 2, "epochs": 5}),
    "batch 1": _fitted({"batch_size": 1, "epochs": 1}),
    "batch larger than data": _fitted({"batch_size": 64}),
    "whole batches": _fitted({"batch_size": 23}),
}
FLOAT64 = {
    "pictures": PICTURES_FLOAT64,
    "plain": _fitted({}, "float64"),
    "validation": _fitted({"validation_split": 0.2, "sample_weight": _WEIGHTS}, "float64"),
    **IN_FLOAT64,
}


# ── metrics ──

_CLASS_METRICS: dict[str, tuple[Row, str, str]] = {
    "binary accuracy": (lambda k: k.metrics.BinaryAccuracy(threshold=0.4), "binary", "sigmoid"),
    "categorical accuracy": (lambda k: k.metrics.CategoricalAccuracy(), "one_hot", "softmax"),
    "sparse accuracy": (lambda k: k.metrics.SparseCategoricalAccuracy(), "classes", "softmax"),
    "top k": (lambda k: k.metrics.TopKCategoricalAccuracy(2), "one_hot", "softmax"),
    "sparse top k": (lambda k: k.metrics.SparseTopKCategoricalAccuracy(2), "classes", "softmax"),
    "binary crossentropy": (lambda k: k.metrics.BinaryCrossentropy(), "binary", "sigmoid"),
    "categorical crossentropy": (
        lambda k: k.metrics.CategoricalCrossentropy(label_smoothing=0.1), "one_hot", "softmax",
    ),
    "sparse crossentropy": (
        lambda k: k.metrics.SparseCategoricalCrossentropy(), "classes", "softmax",
    ),
    "mse": (lambda k: k.metrics.MeanSquaredError(), "real", "linear"),
    "rmse": (lambda k: k.metrics.RootMeanSquaredError(), "real", "linear"),
    "mae by name": (lambda k: "mae", "real", "linear"),
    "mape": (lambda k: k.metrics.MeanAbsolutePercentageError(), "positive", "softplus"),
    "cosine": (lambda k: k.metrics.CosineSimilarity(), "real", "linear"),
    "precision": (lambda k: k.metrics.Precision(), "binary", "sigmoid"),
    "recall": (lambda k: k.metrics.Recall(thresholds=0.3), "binary", "sigmoid"),
    "auc": (lambda k: k.metrics.AUC(), "binary", "sigmoid"),
    "own function": (lambda k: _cubic, "real", "linear"),
}  # fmt: skip
_LOSS_FOR = {
    "binary": "binary_crossentropy", "one_hot": "categorical_crossentropy",
    "classes": "sparse_categorical_crossentropy", "real": "mse", "positive": "mse",
}  # fmt: skip


def _measured(row: Row, kind: str, last: str) -> Case:
    def build(k: Any) -> Any:
        model = network(k, last=last)
        model.compile(
            k.optimizers.SGD(0.05), _LOSS_FOR[kind], metrics=[row(k)], weighted_metrics=[row(k)]
        )
        return model

    return Case(build, inputs(), targets(kind), {"sample_weight": _WEIGHTS})


METRICS = {name: _measured(*row) for name, row in _CLASS_METRICS.items()}


# ── graphs: several inputs and outputs, shared layers, merges ──


def _merged(merge: Row) -> Case:
    def build(k: Any) -> Any:
        a, b = k.Input((4,)), k.Input((4,))
        shared = k.layers.Dense(4, activation="tanh")
        joined = merge(k)([shared(a), shared(b)])
        y = k.layers.Dense(3, activation="softmax")(joined)
        model = k.Model([a, b], y)
        model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        return model

    return Case(build, [inputs(1, 4), inputs(2, 4)], targets("classes"))


def _two_outputs(**compiled: Any) -> Case:
    def build(k: Any) -> Any:
        a, b = k.Input((4,), name="a"), k.Input((2,), name="b")
        body = k.layers.Dense(5, activation="relu")(k.layers.Concatenate()([a, b]))
        first = k.layers.Dense(3, activation="softmax", name="class")(body)
        second = k.layers.Dense(2, name="value")(body)
        model = k.Model({"a": a, "b": b} if compiled.get("named") else [a, b], [first, second])
        given = {key: value for key, value in compiled.items() if key != "named"}
        model.compile(k.optimizers.Adam(0.01), **given)
        return model

    x = [inputs(1, 4), inputs(2, 2)]
    data: Any = {"a": x[0], "b": x[1]} if compiled.get("named") else x
    return Case(build, data, [targets("classes"), targets("real", 2)])


_LOSS_LIST = ["sparse_categorical_crossentropy", "mse"]


def _shaped(k: Any) -> Any:
    model = k.Sequential(
        [
            k.layers.Input((2, 3)),
            k.layers.Dense(4, activation="relu"),
            k.layers.Reshape((4, 2)),
            k.layers.Dense(2),
            k.layers.Activation("tanh"),
            k.layers.Flatten(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def _deferred(k: Any) -> Any:
    model = k.Sequential([k.layers.Dense(4, activation="relu"), k.layers.Dense(3)])
    model.compile(k.optimizers.SGD(0.1), k.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def _nested(k: Any) -> Any:
    inner = k.Sequential([k.layers.Input((5,)), k.layers.Dense(4, activation="tanh")])
    x = k.Input((5,))
    y = k.layers.Dense(3, activation="softmax")(k.layers.Add()([inner(x), inner(x)]))
    model = k.Model(x, y)
    model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def _frozen(k: Any) -> Any:
    model = network(k)
    model.layers[0].trainable = False
    model.compile(k.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


GRAPHS = {
    "add": _merged(lambda k: k.layers.Add()),
    "subtract": _merged(lambda k: k.layers.Subtract()),
    "multiply": _merged(lambda k: k.layers.Multiply()),
    "average": _merged(lambda k: k.layers.Average()),
    "maximum": _merged(lambda k: k.layers.Maximum()),
    "minimum": _merged(lambda k: k.layers.Minimum()),
    "concatenate": _merged(lambda k: k.layers.Concatenate()),
    "dot": _merged(lambda k: k.layers.Dot(axes=1)),
    "dot normalized": _merged(lambda k: k.layers.Dot(axes=1, normalize=True)),
    "two outputs": _two_outputs(loss=_LOSS_LIST, metrics=[["accuracy"], ["mae", "mse"]]),
    "loss dict": _two_outputs(
        loss={"value": "mae", "class": "sparse_categorical_crossentropy"},
        loss_weights={"value": 0.3, "class": 2.0}, metrics={"value": ["mse"]},
    ),
    "dict inputs": _two_outputs(loss=_LOSS_LIST, loss_weights=[1.0, 0.5], named=True),
    "shapes": Case(_shaped, inputs(3, 6).reshape(23, 2, 3), targets("classes")),
    "deferred": Case(_deferred, inputs(), targets("classes")),
    "nested": Case(_nested, inputs(), targets("classes")),
    "frozen": Case(_frozen, inputs(), targets("classes")),
    "column of labels": Case(_deferred, inputs(), targets("classes").reshape(-1, 1)),
    "integer data": Case(
        _deferred, random(4).integers(-3, 4, (23, 5)), targets("classes").astype("uint8")
    ),
    "float64 data": Case(_deferred, inputs().astype("float64"), targets("classes")),
}  # fmt: skip

FAMILIES = {
    "optimizers": OPTIMIZERS, "losses": LOSSES, "activations": ACTIVATIONS,
    "regularizers": REGULARIZERS, "fitting": FITTING, "float64": FLOAT64,
    "metrics": METRICS, "graphs": GRAPHS, "images": IMAGES, "normalized": NORMALIZED,
    "sequences": SEQUENCES, "attention": ATTENTION,
}  # fmt: skip


def all_cases() -> list[tuple[str, str]]:
    """(family, name) of every case."""
    return [(family, name) for family, rows in FAMILIES.items() for name in rows]


def case_of(family: str, name: str) -> Case:
    """The case of a row."""
    return FAMILIES[family][name]
