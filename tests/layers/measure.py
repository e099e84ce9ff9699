"""What is compared of a layer: everything that can be seen of it, as arrays by name.

One function asks real Keras and lamina the same; Keras' answers are recorded (`record.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.layers.row import Row
from tests.one_step import run_step

Arrays = dict[str, np.ndarray]

# Of Keras' configuration, what lamina does not offer.
NOT_OFFERED = {"lora_rank", "lora_alpha", "gptq_unpacked_column_size", "quantization_config"}
# Weights of which a root is taken.
POSITIVE = ("moving_variance", "moving_stddev", "renorm_stddev")


def measure(k: Any, row: Row) -> Arrays:
    """The layer of a row: outputs, weights, losses, shapes, configuration, predictions, and
    gradients.
    """
    k.utils.clear_session()
    layer, given = row.build(k), row.inputs()
    layer(*row.arguments(given), **row.call)
    layer.set_weights(start_of(layer))
    outputs = flat(layer(*row.arguments(given), **row.call))
    found = {f"output/{i}": np.asarray(y) for i, y in enumerate(outputs)}
    found["dtypes"] = texts(str(y.dtype) for y in outputs)
    found |= {f"after/{i}": np.asarray(w) for i, w in enumerate(layer.get_weights())}
    found["losses"] = np.array([float(x) for x in layer.losses])
    for kind in ("weights", "trainable_weights", "non_trainable_weights"):
        listed = getattr(layer, kind)
        found[kind] = texts(f"{w.path} {w.name} {tuple(w.shape)}" for w in listed)
    found["counts"] = np.array([len(layer.variables), layer.count_params()])
    if not row.own:
        config = offered(layer.get_config())
        found["config"] = texts(f"{key} = {value!r}" for key, value in sorted(config.items()))
    outputs = row.build(k)(*row.arguments(symbolic(k, row)))
    found["spec"] = texts(str(tuple(y.shape)) for y in flat(outputs))
    found |= {f"predicted/{i}": y for i, y in enumerate(predicted(k, row))}
    gradients = ours if k.__name__ == "lamina" else theirs
    return found | {f"gradient/{i}": np.asarray(g) for i, g in enumerate(gradients(k, row))}


def start_of(layer: Any) -> list[np.ndarray]:
    """Weights for a layer: normal, positive where a root is taken of them."""
    stream = np.random.default_rng(1)
    drawn = [(w.name, stream.normal(size=w.shape).astype("float32")) for w in layer.weights]
    return [np.abs(w) + 0.1 if name in POSITIVE else w for name, w in drawn]


def flat(values: Any) -> list[Any]:
    """The tensors of a structure of lists."""
    if isinstance(values, list | tuple):
        return [leaf for value in values for leaf in flat(value)]
    return [values]


def offered(config: Any) -> Any:
    """A configuration, those inside it too, without what lamina does not offer."""
    if isinstance(config, dict):
        return {key: offered(value) for key, value in config.items() if key not in NOT_OFFERED}
    return [offered(entry) for entry in config] if isinstance(config, list) else config


def texts(lines: Any) -> np.ndarray:
    """Lines as an array."""
    return np.array(list(lines), dtype=str)


def symbolic(k: Any, row: Row) -> Any:
    """Symbolic tensors in the place of the inputs."""
    pairs = [(array.shape[1:], array.dtype.name) for array in flat(row.inputs())]
    tensors = [k.Input(batch_shape=(None, *shape), dtype=dtype) for shape, dtype in pairs]
    return tensors[0] if len(tensors) == 1 else tensors


def predicted(k: Any, row: Row) -> Sequence[np.ndarray]:
    """What a model of this layer predicts, the last batch being partial."""
    given, layer = symbolic(k, row), row.build(k)
    model = k.Model(given, layer(*row.arguments(given)))
    layer.set_weights(start_of(layer))
    return flat(model.predict(row.inputs(), batch_size=3, verbose=0))


def _fresh(k: Any, row: Row) -> tuple[Any, list[np.ndarray], list[np.ndarray]]:
    """A layer with its weights, its inputs, and random cotangents of its outputs."""
    layer, given = row.build(k), row.inputs()
    shapes = [tuple(y.shape) for y in flat(layer(*row.arguments(given), **row.call))]
    layer.set_weights(start_of(layer))
    stream = np.random.default_rng(2)
    return layer, flat(given), [stream.normal(size=s).astype("float32") for s in shapes]


def _kinds(arrays: Sequence[np.ndarray]) -> list[int]:
    return [i for i, array in enumerate(arrays) if array.dtype.kind == "f"]


def ours(k: Any, row: Row) -> list[Any]:
    """lamina's gradients of the inputs and the trainable weights, by both engines."""
    from lamina import ops
    from lamina.autodiff import gradient

    layer, given, cotangents = _fresh(k, row)

    def body(*xs: Any) -> list[Any]:
        weights = [w.value for w in layer.trainable_weights]
        called = row.arguments(xs[0] if len(xs) == 1 else list(xs))
        outputs = flat(layer(*called, **row.call))
        pairs = zip(outputs, cotangents, strict=True)
        total = sum((ops.sum(ops.multiply(y, g)) for y, g in pairs), start=ops.zeros(()))
        targets = [*(xs[i] for i in _kinds(given)), *weights]
        found = gradient(total, targets)
        return [ops.zeros_like(t) if g is None else g for t, g in zip(targets, found, strict=True)]

    return run_step(body, given, native=True)


def theirs(k: Any, row: Row) -> list[Any]:
    """Keras' gradients, by JAX."""
    import jax

    layer, given, cotangents = _fresh(k, row)
    trained = [v.value for v in layer.trainable_variables]
    others = [v.value for v in layer.non_trainable_variables]

    def total(floats: list[Any], weights: list[Any]) -> Any:
        xs: list[Any] = list(given)
        for i, x in zip(_kinds(given), floats, strict=True):
            xs[i] = x
        called = row.arguments(xs[0] if len(xs) == 1 else xs)
        outputs, _ = layer.stateless_call(weights, others, *called, **row.call)
        pairs = zip(flat(outputs), cotangents, strict=True)
        return sum((y * g).sum() for y, g in pairs)

    floats = [given[i] for i in _kinds(given)]
    found = jax.grad(total, argnums=(0, 1))(floats, trained)
    return [*found[0], *found[1]]
