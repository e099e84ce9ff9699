"""Every loss against real Keras: values, gradients, reductions, weights, masks, configurations."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from typing import Any

import jax
import keras
import numpy as np
import pytest
from one_step import run_step, value_and_gradient
from recorded import Answers, flat

from lamina import losses
from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.graph.tensor import Array

# Both compute in float32, in other orders: a few units in the last place of sums of tens of terms.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}


@dataclass(frozen=True)
class Case:
    """A loss class, its options, and what kind of targets and outputs it takes."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    targets: str = "real"
    outputs: str = "real"


CASES = [
    Case("MeanSquaredError"),
    Case("MeanAbsoluteError"),
    Case("MeanAbsolutePercentageError"),
    Case("MeanSquaredLogarithmicError", targets="positive", outputs="positive"),
    Case("MeanSquaredLogarithmicError"),
    Case("Huber"),
    Case("Huber", {"delta": 0.3}),
    Case("LogCosh"),
    Case("CosineSimilarity"),
    Case("CosineSimilarity", {"axis": 0}),
    Case("Hinge"),
    Case("Hinge", targets="binary"),
    Case("SquaredHinge", targets="binary"),
    Case("CategoricalHinge", targets="one_hot"),
    Case("KLDivergence", targets="distribution", outputs="distribution"),
    Case("Poisson", targets="positive", outputs="positive"),
    Case("BinaryCrossentropy", targets="binary", outputs="probability"),
    Case("BinaryCrossentropy", {"from_logits": True}, "binary"),
    Case("BinaryCrossentropy", {"label_smoothing": 0.2}, "binary", "probability"),
    Case("BinaryCrossentropy", {"axis": 0}, "binary", "probability"),
    Case("CategoricalCrossentropy", targets="one_hot", outputs="distribution"),
    Case("CategoricalCrossentropy", targets="one_hot", outputs="probability"),
    Case("CategoricalCrossentropy", {"from_logits": True}, "one_hot"),
    Case("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot", "distribution"),
    Case("SparseCategoricalCrossentropy", targets="class", outputs="distribution"),
    Case("SparseCategoricalCrossentropy", targets="class_column", outputs="distribution"),
    Case("SparseCategoricalCrossentropy", {"from_logits": True}, "class"),
    Case("SparseCategoricalCrossentropy", {"ignore_class": 1}, "class", "distribution"),
    Case("SparseCategoricalCrossentropy", {"ignore_class": -1}, "class", "distribution"),
    Case("BinaryFocalCrossentropy", targets="binary", outputs="probability"),
    Case(
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.4, "gamma": 1.5, "label_smoothing": 0.1},
        "binary",
        "probability",
    ),
    Case("BinaryFocalCrossentropy", {"from_logits": True}, "binary"),
    Case("CategoricalFocalCrossentropy", targets="one_hot", outputs="distribution"),
    Case("CategoricalFocalCrossentropy", {"from_logits": True, "alpha": 0.6}, "one_hot"),
    Case("CategoricalFocalCrossentropy", {"label_smoothing": 0.1, "gamma": 3.0}, "one_hot",
         "distribution"),
    Case("Dice", targets="binary", outputs="probability"),
    Case("Dice", {"axis": (1,)}, "binary", "probability"),
    Case("Tversky", {"alpha": 0.3, "beta": 0.6}, "binary", "probability"),
    Case("Tversky", {"axis": (1,)}, "binary", "probability"),
    Case("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "class", "distribution"),
    Case("Circle", {"gamma": 4.0}, "class", "unit"),
    Case("Circle", {"margin": 0.2, "remove_diagonal": False, "gamma": 2.0}, "class", "unit"),
    Case("CTC", {}, "labels", "steps"),
]  # fmt: skip
IDS = [f"{c.name}-{i}" for i, c in enumerate(CASES)]
# One case for each shape of values that losses return: rows, columns, a scalar, rows with a mask.
SHAPES = ("MeanSquaredError-0", "CosineSimilarity-8", "Dice-35", "SparseCategoricalCrossentropy-27")
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


def draw(kind: str, rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Targets or outputs of this kind."""
    normal = rng.normal(size=(rows, columns)).astype("float32")
    if kind == "positive":
        return np.abs(normal) + 0.1
    if kind == "binary":
        return (normal > 0).astype("float32")
    if kind == "probability":
        return (0.02 + 0.96 / (1 + np.exp(-normal))).astype("float32")
    if kind == "distribution":
        powers = np.exp(normal)
        return powers / powers.sum(-1, keepdims=True)
    if kind == "one_hot":
        return np.eye(columns, dtype="float32")[rng.integers(0, columns, rows)]
    if kind == "class":
        return rng.integers(0, columns, rows).astype("int32")
    if kind == "unit":
        return normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    if kind == "labels":
        drawn = rng.integers(1, 4, (rows, columns))
        lengths = rng.integers(1, columns + 1, (rows, 1))
        return np.where(np.arange(columns) < lengths, drawn, 0).astype("int32")
    if kind == "steps":
        return rng.normal(size=(rows, 2 * columns, 4)).astype("float32")
    if kind == "class_column":
        return rng.integers(0, columns, (rows, 1)).astype("int32")
    return normal


def data(case: Case, rows: int = 7, columns: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Targets and outputs of a case."""
    rng = np.random.default_rng(rows + 10 * columns)
    targets, outputs = (
        draw(case.targets, rows, columns, rng),
        draw(case.outputs, rows, columns, rng),
    )
    if case.options.get("ignore_class") == -1:
        targets[::2] = -1
    return targets, outputs


def both(case: Case, **more: Any) -> tuple[Any, Any]:
    """The loss of lamina's and Keras' own."""
    return (
        getattr(losses, case.name)(**case.options, **more),
        getattr(keras.losses, case.name)(**case.options, **more),
    )


def keras_slope(case: Case, rows: int) -> np.ndarray:
    """Keras' loss and its gradient."""
    theirs = both(case)[1]
    y_true, y_pred = data(case, rows)
    return flat(*jax.value_and_grad(lambda p: theirs(y_true, p))(y_pred))


def weight_of(case: Case, reduction: str | None) -> np.ndarray:
    """A weight for each value of the case."""
    y_true, y_pred = data(case)
    shape = np.shape(both(case, reduction=reduction)[0].call(*map(Array, (y_true, y_pred))))
    return np.linspace(0.0, 2.0, int(np.prod(shape)), dtype="float32").reshape(shape)


def keras_reduced(case: Case, reduction: str | None, weighted: bool) -> np.ndarray:
    """Keras' loss with this reduction."""
    theirs = both(case, reduction=reduction)[1]
    weight = weight_of(case, reduction) if weighted else None
    return flat(theirs(*data(case), sample_weight=weight))


REDUCED = {
    f"{name} {reduction} {weighted}": (CASES[IDS.index(name)], reduction, weighted)
    for name in SHAPES for reduction in REDUCTIONS for weighted in (False, True)
}  # fmt: skip
ANSWERS = Answers(__file__, {
    **{f"{name} {rows}": functools.partial(keras_slope, case, rows)
       for name, case in zip(IDS, CASES, strict=True) for rows in (1, 7, 17)},
    **{key: functools.partial(keras_reduced, *question) for key, question in REDUCED.items()},
})  # fmt: skip


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(4, seed=1, **CLOSE)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("rows", [1, 7, 17])
def test_value_and_gradient_are_those_of_keras(name: str, rows: int) -> None:
    case = CASES[IDS.index(name)]
    ours = getattr(losses, case.name)(**case.options)
    y_true, y_pred = data(case, rows)
    answer = ANSWERS[f"{name} {rows}"]
    found = value_and_gradient(lambda p: ours(y_true, p), y_pred, np.asarray(1.0, "float32"))
    np.testing.assert_allclose(flat(*found), answer, **CLOSE)
    np.testing.assert_allclose(flat(ours(y_true, y_pred)), answer[:1], **CLOSE)


@pytest.mark.parametrize("key", REDUCED)
def test_reductions_and_weights_are_those_of_keras(key: str) -> None:
    case, reduction, weighted = REDUCED[key]
    ours = getattr(losses, case.name)(**case.options, reduction=reduction)
    weight = weight_of(case, reduction) if weighted else None
    found = ours(*data(case), sample_weight=weight)
    np.testing.assert_allclose(flat(found), ANSWERS[key], **CLOSE)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 3), ()])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights_of_any_rank_meet_values_of_rank_two(
    shape: tuple[int, ...], reduction: str | None
) -> None:
    rng = np.random.default_rng(3)
    y_true, y_pred = rng.normal(size=(2, 6, 3, 4)).astype("float32")
    weight = rng.uniform(size=shape).astype("float32")
    if shape == (6,):
        y_true, y_pred = y_true[:, 0], y_pred[:, 0]
    ours = losses.MeanSquaredError(reduction=reduction)(y_true, y_pred, weight)
    theirs = keras.losses.MeanSquaredError(reduction=reduction)(y_true, y_pred, weight)
    np.testing.assert_allclose(ours, theirs, **CLOSE)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_masked_values_do_not_count(reduction: str | None, weighted: bool) -> None:
    rng = np.random.default_rng(5)
    y_true, y_pred = rng.normal(size=(2, 4, 5, 3)).astype("float32")
    mask = rng.uniform(size=(4, 5)) > 0.4
    weight = rng.uniform(size=(4, 5)).astype("float32") if weighted else None
    marked = Array(y_pred)
    marked._keras_mask = Array(mask)
    theirs_marked = keras.ops.convert_to_tensor(y_pred)
    theirs_marked._keras_mask = mask
    ours = losses.MeanSquaredError(reduction=reduction)(y_true, marked, weight)
    theirs = keras.losses.MeanSquaredError(reduction=reduction)(y_true, theirs_marked, weight)
    np.testing.assert_allclose(ours, theirs, **CLOSE)


# The pairs of a batch have no masked form: the last batch gets a program of its own size.
PLAIN = [(case, name) for case, name in zip(CASES, IDS, strict=True) if case.name != "Circle"]


@pytest.mark.parametrize("case", [c for c, _ in PLAIN], ids=[name for _, name in PLAIN])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_a_partial_batch_counts_only_its_rows(case: Case, reduction: str) -> None:
    """Columns along axis 0 (Dice, axis 0 of others) mix rows and are left to their own test."""
    ours, _ = both(case, reduction=reduction)
    y_true, y_pred = data(case, rows=9)
    weight = np.linspace(0.5, 1.5, 9, dtype="float32")
    per_row = case.options.get("axis", -1) in (-1, (1,)) and np.ndim(ours.call(y_true, y_pred))
    given = [weight] if per_row else []
    (partial,) = run_step(ours, [y_true, y_pred, *given], valid=4, native=True)
    expected = ours(y_true[:4], y_pred[:4], *(w[:4] for w in given))
    np.testing.assert_allclose(partial, expected, **CLOSE)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_configuration_makes_an_equal_loss_here_and_in_keras(case: Case) -> None:
    ours, theirs = both(case, reduction="sum", name="mine")
    config = losses.serialize(ours)
    expected = keras.losses.serialize(theirs)
    assert expected["config"].items() <= config["config"].items()
    assert {**config, "config": 0} == {**expected, "config": 0}
    again = losses.deserialize(config)
    y_true, y_pred = data(case)
    np.testing.assert_allclose(again(y_true, y_pred), ours(y_true, y_pred), rtol=0)
    in_keras = getattr(keras.losses, case.name).from_config(config["config"])
    assert in_keras.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", sorted({c.name for c in CASES}))
def test_signatures_are_those_of_keras(name: str) -> None:
    ours = inspect.signature(getattr(losses, name)).parameters
    theirs = inspect.signature(getattr(keras.losses, name)).parameters
    assert {k: p.default for k, p in ours.items()} == {k: p.default for k, p in theirs.items()}
    assert list(ours) == list(theirs)


FUNCTIONS = sorted(n for n in dir(keras.losses) if n.islower() and not n.startswith("_"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_keras_is_here_with_its_signature(name: str) -> None:
    ours = inspect.signature(getattr(losses, name)).parameters
    theirs = inspect.signature(getattr(keras.losses, name)).parameters
    assert {k: p.default for k, p in ours.items()} == {k: p.default for k, p in theirs.items()}


@pytest.mark.parametrize("name", ["mse", "MAE", "bce", "kld", "msle", "mape", "log_cosh", "Huber"])
def test_get_finds_what_keras_finds(name: str) -> None:
    ours, theirs = losses.get(name), keras.losses.get(name)
    assert getattr(ours, "__name__", type(ours).__name__) == (
        getattr(theirs, "__name__", type(theirs).__name__)
    )


def test_get_takes_objects_functions_classes_and_configurations() -> None:
    loss = losses.Huber(0.3)
    assert losses.get(loss) is loss
    assert losses.get(losses.mean_squared_error) is losses.mean_squared_error
    assert isinstance(losses.get(losses.Poisson), losses.Poisson)
    made = losses.get({"class_name": "BinaryCrossentropy", "config": {"from_logits": True}})
    assert made.from_logits is True
    assert losses.get(None) is None
    assert losses.deserialize(losses.serialize(losses.huber)) is losses.huber


def test_a_wrapped_function_keeps_its_options_and_name() -> None:
    wrapped = losses.LossFunctionWrapper(losses.huber, name="bent", delta=0.4)
    again = losses.LossFunctionWrapper.from_config(wrapped.get_config())
    y_true, y_pred = data(CASES[0])
    assert again.name == "bent"
    np.testing.assert_allclose(again(y_true, y_pred), losses.Huber(0.4)(y_true, y_pred), rtol=1e-6)


def test_lists_of_numbers_are_tensors_and_structures_are_kept() -> None:
    assert float(losses.MeanSquaredError()([[0.0, 2.0]], [[1.0, 1.0]])) == 1.0

    class OfTwo(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return (y_true["a"] - y_pred["a"]) ** 2 + (y_true["b"] - y_pred["b"]) ** 2

    given = {"a": np.ones(3), "b": np.zeros(3)}
    assert float(OfTwo()(given, {"a": np.zeros(3), "b": np.ones(3)})) == 2.0


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ArgumentError) as caught:
        losses.get("categorical_crossentopy")
    assert str(caught.value) == (
        "keras.losses.get knows no loss of this name\n"
        "  received: 'categorical_crossentopy'\n"
        "  mend:     did you mean 'categorical_crossentropy' or 'CategoricalCrossentropy' or "
        "'categorical_focal_crossentropy'? One of your own is passed as an object, not by name"
    )
    with pytest.raises(ArgumentTypeError, match="needs a loss: its name"):
        losses.get(3)
    with pytest.raises(ValueError, match="has no such reduction"):
        losses.MeanSquaredError(reduction="average")


def test_one_class_warns_that_binary_is_meant() -> None:
    with pytest.warns(SyntaxWarning, match="'binary_crossentropy' is meant"):
        losses.categorical_crossentropy(np.ones((3, 1)), np.ones((3, 1)))
