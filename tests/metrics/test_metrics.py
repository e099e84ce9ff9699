"""Every metric against real Keras: several batches, weights, traced and partial, configurations."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from one_step import run_step
from recorded import Answers, flat

from lamina import metrics, ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Array

# Keras' own Variable.numpy() is behind NumPy 2's protocol, and its IoU asks JAX for int64; both say
# so.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64:UserWarning"),
]

# float32 on both sides, sums of some tens of terms in other orders.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
BATCHES = (7, 5, 1)


@dataclass(frozen=True)
class Case:
    """A metric's class and arguments, and what kind of targets and outputs it takes."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    targets: str = "real"
    outputs: str = "real"

    def ours(self, **more: Any) -> Any:
        """lamina's metric."""
        return getattr(metrics, self.name)(**self.options, **more)

    def theirs(self, **more: Any) -> Any:
        """Keras' metric."""
        return getattr(keras.metrics, self.name)(**self.options, **more)


def binary(name: str, **options: Any) -> Case:
    """A case of labels and probabilities."""
    return Case(name, options, "binary", "probability")


CASES = [
    Case("MeanSquaredError"), Case("RootMeanSquaredError"), Case("MeanAbsoluteError"),
    Case("MeanAbsolutePercentageError"), Case("MeanSquaredLogarithmicError"),
    Case("LogCoshError"), Case("CosineSimilarity"), Case("R2Score"),
    Case("R2Score", {"class_aggregation": None}),
    Case("R2Score", {"class_aggregation": "variance_weighted_average", "num_regressors": 2}),
    Case("PearsonCorrelation"), Case("ConcordanceCorrelation"),
    Case("KLDivergence", {}, "distribution", "distribution"),
    Case("Poisson", {}, "positive", "positive"),
    Case("Hinge"), Case("SquaredHinge", {}, "binary"), Case("CategoricalHinge", {}, "one_hot"),
    binary("BinaryCrossentropy"), binary("BinaryCrossentropy", label_smoothing=0.1),
    Case("BinaryCrossentropy", {"from_logits": True}, "binary"),
    Case("CategoricalCrossentropy", {}, "one_hot", "distribution"),
    Case("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "one_hot"),
    Case("SparseCategoricalCrossentropy", {}, "class", "distribution"),
    Case("SparseCategoricalCrossentropy", {"from_logits": True}, "class_column"),
    Case("SparseCategoricalCrossentropy", {"ignore_class": 1}, "class", "distribution"),
    Case("Accuracy", {}, "digit", "digit"), binary("BinaryAccuracy"),
    binary("BinaryAccuracy", threshold=0.7), Case("CategoricalAccuracy", {}, "one_hot"),
    Case("SparseCategoricalAccuracy", {}, "class"),
    Case("SparseCategoricalAccuracy", {}, "class_column"),
    Case("TopKCategoricalAccuracy", {"k": 2}, "one_hot"),
    Case("SparseTopKCategoricalAccuracy", {"k": 3}, "class"),
    Case("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "class", "digit"),
    binary("Precision"), binary("Precision", thresholds=[0.2, 0.6]), binary("Precision", top_k=2),
    binary("Precision", class_id=1), binary("Precision", thresholds=[0.0, 0.5, 1.0]),
    binary("Recall"), binary("Recall", thresholds=0.3), binary("Recall", top_k=3, class_id=0),
    binary("TruePositives"), binary("FalsePositives", thresholds=[0.1, 0.9]),
    binary("TrueNegatives"), binary("FalseNegatives", thresholds=[0.0, 0.25, 0.5, 0.75, 1.0]),
    binary("SensitivityAtSpecificity", specificity=0.4),
    binary("SpecificityAtSensitivity", sensitivity=0.5, num_thresholds=11),
    binary("PrecisionAtRecall", recall=0.6), binary("PrecisionAtRecall", recall=0.6, class_id=2),
    binary("RecallAtPrecision", precision=0.5, num_thresholds=1),
    binary("AUC"), binary("AUC", num_thresholds=11, summation_method="minoring"),
    binary("AUC", curve="PR"), binary("AUC", curve="PR", summation_method="majoring"),
    binary("AUC", curve="PRGAIN"), binary("AUC", thresholds=[0.2, 0.5, 0.6]),
    Case("AUC", {"from_logits": True}, "binary"), binary("AUC", multi_label=True),
    binary("AUC", multi_label=True, num_labels=5, label_weights=[1.0, 0.0, 2.0, 0.5, 1.0]),
    binary("AUC", label_weights=[1.0, 0.0, 2.0, 0.5, 1.0], num_thresholds=20),
    binary("AUC", multi_label=True, curve="PR", label_weights=[1.0, 0.0, 2.0, 0.5, 1.0]),
    Case("F1Score", {}, "one_hot", "probability"), binary("F1Score", threshold=0.5),
    binary("F1Score", average="micro", threshold=0.4), binary("F1Score", average="macro"),
    binary("FBetaScore", average="weighted", beta=2.0, threshold=0.5),
    Case("IoU", {"num_classes": 5, "target_class_ids": [0, 3]}, "class", "class"),
    Case("IoU", {"num_classes": 4, "target_class_ids": [1], "ignore_class": 2}, "class", "class"),
    Case("MeanIoU", {"num_classes": 5, "dtype": "float32"}, "class", "class"),
    binary("BinaryIoU", target_class_ids=[1], threshold=0.4, dtype="float32"),
    Case("OneHotIoU", {"num_classes": 5, "target_class_ids": [0, 1], "dtype": "float32"},
         "one_hot"),
    Case("OneHotMeanIoU", {"num_classes": 5, "dtype": "float32"}, "one_hot"),
]  # fmt: skip
IDS = [f"{c.name}-{i}" for i, c in enumerate(CASES)]


def draw(kind: str, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Targets or outputs of this kind, five columns."""
    normal = rng.normal(size=(rows, 5)).astype("float32")
    hot = np.eye(5, dtype="float32")[rng.integers(0, 5, rows)]
    return {
        "real": normal,
        "positive": np.abs(normal) + 0.1,
        "binary": (normal > 0).astype("float32"),
        "probability": (1 / (1 + np.exp(-normal))).astype("float32"),
        "distribution": (np.exp(normal) / np.exp(normal).sum(-1, keepdims=True)),
        "one_hot": hot,
        "class": rng.integers(0, 5, rows).astype("int32"),
        "class_column": rng.integers(0, 5, (rows, 1)).astype("int32"),
        "digit": rng.integers(0, 3, (rows, 5)).astype("float32"),
    }[kind]


def batches(case: Case) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Targets, outputs and weights of some batches."""
    rng = np.random.default_rng(7)
    return [
        (draw(case.targets, n, rng), draw(case.outputs, n, rng),
         rng.uniform(0.2, 2.0, n).astype("float32"))
        for n in BATCHES
    ]  # fmt: skip


def numbers(metric: Any) -> list[np.ndarray]:
    """The variables' values, in order."""
    return [np.asarray(v.numpy()) for v in metric.variables]


def weightable(case: Case) -> bool:
    """Integer confusion matrices truncate weights; Keras' BinaryIoU takes none per row."""
    if case.name == "BinaryIoU":
        return False
    return "IoU" not in case.name or case.options.get("dtype") == "float32"


def history(case: Case, metric: Any, update: Any, weighted: bool) -> np.ndarray:
    """The variables and the result after each batch, all numbers one after another."""
    found = []
    for y_true, y_pred, weight in batches(case):
        given = [weight] if weighted and weightable(case) else []
        update(metric, y_true, y_pred, *given)
        found += [*numbers(metric), metric.result()]
    return flat(*found)


def eagerly(metric: Any, *batch: np.ndarray) -> None:
    """One update of either library."""
    metric.update_state(*batch)


def traced(metric: Any, *batch: np.ndarray) -> None:
    """One update as a step of a program."""
    run_step(lambda *a: metric.update_state(*a) or (), batch)


def keras_history(case: Case, weighted: bool) -> np.ndarray:
    """What Keras' metric goes through."""
    return history(case, case.theirs(), eagerly, weighted)


ANSWERS = Answers(__file__, {
    f"{name} {weighted}": functools.partial(keras_history, case, weighted)
    for name, case in zip(IDS, CASES, strict=True) for weighted in (False, True)
})  # fmt: skip


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(3, seed=4, **CLOSE)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", IDS)
def test_results_and_variables_are_those_of_keras(name: str, weighted: bool) -> None:
    case = CASES[IDS.index(name)]
    answer = ANSWERS[f"{name} {weighted}"]
    ours = case.ours()
    for metric, update in ((case.ours(), traced), (ours, eagerly)):
        np.testing.assert_allclose(history(case, metric, update, weighted), answer, **CLOSE)
    given = numbers(ours)
    ours.reset_state()
    result = flat(ours.result_of(given))
    np.testing.assert_allclose(result, answer[len(answer) - len(result) :], **CLOSE)
    assert all(not value.any() for value in numbers(ours))
    assert all(not v.reset.any() and v.reset.dtype == v.dtype for v in ours.variables)


@pytest.mark.parametrize("case", [case for case in CASES if "multi_label" not in case.options])
def test_variables_have_keras_names_shapes_and_dtypes(case: Case) -> None:
    """Those that exist before the first batch, which is most."""
    ours, theirs = case.ours(name="m"), case.theirs(name="m")
    assert [(v.path, v.shape, v.dtype) for v in ours.variables] == [
        (v.path, tuple(v.shape), v.dtype) for v in theirs.variables
    ]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_partial_batch_counts_only_its_rows(case: Case) -> None:
    whole, partial = case.ours(), case.ours()
    y_true, y_pred, weight = batches(case)[0]
    given = [weight] if weightable(case) else []
    run_step(
        lambda *a: partial.update_state(*a) or (), [y_true, y_pred, *given], valid=4, native=True
    )
    whole.update_state(y_true[:4], y_pred[:4], *(w[:4] for w in given))
    for a, b in zip(numbers(partial), numbers(whole), strict=True):
        np.testing.assert_allclose(a, b, **CLOSE)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_configuration_makes_an_equal_metric_here_and_in_keras(case: Case) -> None:
    ours, theirs = case.ours(name="mine"), case.theirs(name="mine")
    config = metrics.serialize(ours)
    expected = keras.metrics.serialize(theirs)
    same = {k: v for k, v in expected["config"].items() if k != "label_weights"}
    assert {k: config["config"][k] for k in same} == same
    assert {**config, "config": 0} == {**expected, "config": 0}
    again = metrics.deserialize(config)
    assert again.get_config() == ours.get_config()
    y_true, y_pred, _ = batches(case)[0]
    for metric in (again, ours):
        metric.update_state(y_true, y_pred)
    np.testing.assert_allclose(again.result(), ours.result(), rtol=0)
    in_keras = type(theirs).from_config(dict(config["config"])).get_config()
    assert {k: in_keras[k] for k in same} == same


CLASSES = sorted(n for n in dir(keras.metrics) if n[0].isupper())
FUNCTIONS = sorted(n for n in dir(keras.metrics) if n[0].islower())


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_every_name_of_keras_is_here_with_its_signature(name: str) -> None:
    ours = inspect.signature(getattr(metrics, name)).parameters
    theirs = inspect.signature(getattr(keras.metrics, name)).parameters
    assert [(k, p.default) for k, p in ours.items()] == [(k, p.default) for k, p in theirs.items()]


def test_every_class_has_a_case() -> None:
    by_hand = {"Mean", "Sum", "MeanMetricWrapper", "Metric"}
    assert {case.name for case in CASES} | by_hand == set(CLASSES)


@pytest.mark.parametrize("kind", ["Mean", "Sum"])
@pytest.mark.parametrize("shape", [(), (4,), (4, 3)])
@pytest.mark.parametrize("weights", [None, (), (4,), (4, 3)])
def test_mean_and_sum_of_any_rank(
    kind: str, shape: tuple[int, ...], weights: tuple[int, ...] | None
) -> None:
    rng = np.random.default_rng(2)
    ours, theirs = getattr(metrics, kind)(), getattr(keras.metrics, kind)()
    values = rng.normal(size=shape).astype("float32")
    if weights is not None and len(weights) > len(shape):
        weights = shape
    weight = None if weights is None else rng.uniform(size=weights).astype("float32")
    for metric in (ours, theirs):
        metric.update_state(values, weight)
        metric.update_state(2 * values, weight)
    np.testing.assert_allclose(ours.result(), theirs.result(), **CLOSE)
    np.testing.assert_allclose(ours.result_of(numbers(ours)), theirs.result(), **CLOSE)


def test_the_size_of_a_partial_batch_is_a_weight() -> None:
    """How `fit` weighs the loss of a batch: by the rows that are there."""
    mean, x = metrics.Mean(), np.arange(9.0, dtype="float32")
    for valid in (4, 9):
        run_step(
            lambda x: mean.update_state(ops.mean(x), sample_weight=x.shape[0]) or (),
            [x], valid=valid, native=True,
        )  # fmt: skip
    np.testing.assert_allclose(numbers(mean), [6.0 + 36.0, 13.0])


def test_the_mean_of_nothing_is_zero() -> None:
    mean = metrics.Mean()
    assert float(mean.result()) == 0.0
    assert float(mean.result_of(numbers(mean))) == 0.0


@pytest.mark.parametrize("weighted", [False, True])
def test_masked_entries_do_not_count(weighted: bool) -> None:
    rng = np.random.default_rng(5)
    y_true, y_pred = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    mask = rng.uniform(size=(4, 5)) > 0.4
    weight = rng.uniform(size=(4, 5)).astype("float32") if weighted else None
    marked, theirs_marked = Array(y_pred), keras.ops.convert_to_tensor(y_pred)
    marked._keras_mask = Array(mask)
    theirs_marked._keras_mask = mask
    ours, theirs = metrics.MeanSquaredError(), keras.metrics.MeanSquaredError()
    ours.update_state(y_true, marked, weight)
    theirs.update_state(y_true, theirs_marked, weight)
    np.testing.assert_allclose(ours.result(), theirs.result(), **CLOSE)


SHAPES = [
    ((None, 1), (None, 1)), ((None,), (None, 1)), ((None,), (None, 3)), ((None, 1), (None, 3)),
    ((None, 3), (None, 3)), ((None, 4), (None, 4, 3)), ((None, 4, 3), (None, 4, 3)), ((8,), (8,)),
]  # fmt: skip


@pytest.mark.parametrize(("y_true", "y_pred"), SHAPES)
@pytest.mark.parametrize("kind", ["accuracy", "acc", "crossentropy", "ce"])
def test_accuracy_and_crossentropy_resolve_as_in_keras(
    y_true: tuple[Any, ...], y_pred: tuple[Any, ...], kind: str
) -> None:
    from keras.src.trainers import compile_utils

    tensors = [keras.KerasTensor(shape) for shape in (y_true, y_pred)]
    found = metrics.resolve_accuracy(y_true, y_pred, kind)
    assert found.name == kind
    if kind in ("accuracy", "acc"):
        assert type(found).__name__ == type(compile_utils.get_metric(kind, *tensors)).__name__
    else:
        chosen = compile_utils.get_loss(kind, *tensors).fn.__name__
        assert found._fn.__name__ == chosen


def test_weights_per_row_count_for_every_label_of_the_row() -> None:
    y_true, y_pred, weight = batches(binary("BinaryIoU"))[0]
    per_row, per_label = metrics.BinaryIoU(dtype="float32"), metrics.BinaryIoU(dtype="float32")
    per_row.update_state(y_true, y_pred, weight)
    per_label.update_state(y_true, y_pred, np.repeat(weight[:, None], 5, 1))
    np.testing.assert_allclose(numbers(per_row), numbers(per_label))
    theirs = keras.metrics.BinaryIoU(dtype="float32")
    theirs.update_state(y_true, y_pred, np.repeat(weight[:, None], 5, 1))
    np.testing.assert_allclose(per_row.result(), theirs.result(), **CLOSE)


class Spread(metrics.Metric):
    """A user's metric: largest minus smallest, from variables that do not start at zero."""

    def __init__(self, name: str = "spread") -> None:
        super().__init__(name=name)
        self.high = self.add_weight((), lambda shape, dtype: np.full(shape, -9.0, dtype), name="h")
        self.low = self.add_weight((), lambda shape, dtype: np.full(shape, 9.0, dtype), name="l")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.high.assign(ops.maximum(self.high, ops.max(y_pred)))
        self.low.assign(ops.minimum(self.low, ops.min(y_pred)))

    def reset_state(self) -> None:
        self.high.assign(-9.0)
        self.low.assign(9.0)

    def result(self) -> Any:
        return {"spread": self.high - self.low, "high": self.high}


def test_a_metric_of_ones_own_has_its_state_reset_and_traced() -> None:
    metric = Spread()
    metric.settle_resets()
    assert [float(v.reset) for v in metric.variables] == [-9.0, 9.0]
    y = np.asarray([1.0, -2.0, 4.0, 100.0], "float32")
    run_step(lambda y: metric.update_state(y, y) or (), [y], valid=3)
    assert {k: float(v) for k, v in metric.result().items()} == {"spread": 6.0, "high": 4.0}
    given = metric.result_of([np.float32(3.0), np.float32(1.0)])
    assert {k: float(v) for k, v in given.items()} == {"spread": 2.0, "high": 3.0}
    assert float(metric.high) == 4.0
    metric.reset_state()
    assert [float(v) for v in metric.variables] == [-9.0, 9.0]


def test_stateless_calls_leave_the_variables_alone() -> None:
    mean = metrics.MeanSquaredError()
    first = mean.stateless_reset_state()
    after = mean.stateless_update_state(first, np.ones((2, 3)), np.zeros((2, 3)))
    assert [float(v) for v in after] == [2.0, 2.0]
    assert float(mean.stateless_result(after)) == 1.0
    assert [float(v) for v in mean.variables] == [0.0, 0.0]
    with pytest.raises(ShapeError, match="has 2 variables"):
        mean.stateless_result([np.float32(1.0)])


def test_metrics_inside_metrics_share_their_variables() -> None:
    class Pair(metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="pair")
            self.inner = metrics.Mean()
            self.last = self.add_variable((), "zeros", name="last")

    pair = Pair()
    assert [v.path for v in pair.variables] == ["pair/last", "mean/total", "mean/count"]


def test_a_wrapped_function_keeps_its_options_and_name() -> None:
    wrapped = metrics.MeanMetricWrapper(metrics.huber, name="bent", delta=0.4)
    again = metrics.MeanMetricWrapper.from_config(wrapped.get_config())
    y_true, y_pred, _ = batches(CASES[0])[0]
    assert again.name == "bent"
    assert float(again(y_true, y_pred)) == float(wrapped(y_true, y_pred))


@pytest.mark.parametrize("name", ["accuracy", "mse", "MAE", "AUC", "auc", "f1_score", "bce"])
def test_get_finds_what_keras_finds(name: str) -> None:
    assert type(metrics.get(name)).__name__ == type(keras.metrics.get(name)).__name__


ERRORS = [
    (lambda: metrics.get("acuracy"), ArgumentError, "did you mean 'accuracy'"),
    (lambda: metrics.Precision(thresholds=[2.0]), ArgumentError, "between 0 and 1"),
    (lambda: metrics.AUC(curve="roc2"), ArgumentError, "ROC, PR, PRGAIN"),
    (lambda: metrics.AUC(num_thresholds=1), ArgumentError, "above 1"),
    (lambda: metrics.AUC(num_labels=3), ArgumentError, "multi_label=True"),
    (lambda: metrics.F1Score(average="mean"), ArgumentError, "average"),
    (lambda: metrics.F1Score(threshold=2.0), ArgumentError, "threshold"),
    (lambda: metrics.R2Score(num_regressors=-1), ArgumentError, "0 or more"),
    (lambda: metrics.IoU(2, [2]), ArgumentError, "below 2"),
    (lambda: metrics.PrecisionAtRecall(1.5), ArgumentError, "between 0 and 1"),
    (lambda: metrics.F1Score().update_state(np.ones(3), np.ones(3)), ShapeError, "batch, classes"),
    (lambda: metrics.R2Score().update_state(np.ones(3), np.ones(3)), ShapeError, "batch, outputs"),
    (
        lambda: metrics.Precision(class_id=9).update_state(np.ones((3, 2)), np.ones((3, 2))),
        ShapeError,
        "with that class",
    ),
    (lambda: metrics.resolve_accuracy((1,), (1,), "auc"), ArgumentError, "no such kind"),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_errors_say_what_is_wrong(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()
