"""Small functions of Keras 1 and 2 around arrays, models and sequences of labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lamina import ops, utils
from lamina.compat.sizes_of_windows import normalize_data_format
from lamina.graph.dtypes import epsilon, floatx


def categorical_probas_to_classes(p: Any) -> np.ndarray:
    """The likeliest class of each row: (rows, classes) -> (rows,)."""
    return np.argmax(np.asarray(p), axis=1)


def probas_to_classes(y_pred: Any) -> np.ndarray:
    """The likeliest class of each row, or of one column whether it is above 0.5."""
    y_pred = np.asarray(y_pred)
    if y_pred.ndim > 1 and y_pred.shape[1] > 1:
        return categorical_probas_to_classes(y_pred)
    return (y_pred.reshape(len(y_pred), -1)[:, 0] > 0.5).astype("int64")


def convert_kernel(kernel: Any) -> np.ndarray:
    """A kernel of Theano's convolutions, which run backwards, for TensorFlow's, and the reverse."""
    kernel = np.asarray(kernel)
    turned = (slice(None, None, -1),) * (kernel.ndim - 2)
    return np.array(kernel[turned])


def print_summary(
    model: Any, line_length: int | None = None, positions: Any = None, print_fn: Any = None
) -> None:
    """`model.summary`."""
    model.summary(line_length=line_length, positions=positions, print_fn=print_fn)


def count_params(weights: Iterable[Any]) -> int:
    """The numbers of all these weights, each counted once."""
    return sum(int(np.prod(tuple(w.shape))) for w in {id(w): w for w in weights}.values())


def to_list(x: Any, allow_tuple: bool = False) -> list[Any]:
    """x if it is a list, else a list of it; a tuple as a list where `allow_tuple`."""
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def is_all_none(iterable_or_element: Any) -> bool:
    """Whether None is given, or nothing but None in a list or tuple."""
    return all(x is None for x in to_list(iterable_or_element, allow_tuple=True))


def unpack_singleton(x: Any) -> Any:
    """The entry of a list or tuple of one; else the list or tuple."""
    return x[0] if len(x) == 1 else x


def object_list_uid(object_list: Any) -> str:
    """A text that tells these objects from others."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))


def transpose_shape(shape: Any, target_format: str, spatial_axes: tuple[int, ...]) -> Any:
    """A shape with the channels last, with them first if that is the format.

    Raises: ArgumentError for an unknown format.
    """
    if normalize_data_format(target_format) == "channels_last":
        return shape
    first = spatial_axes[0]
    moved = [*shape[:first], shape[-1], *(shape[axis] for axis in spatial_axes)]
    return type(shape)(moved)


def get_source_inputs(tensor: Any, layer: Any = None, node_index: int | None = None) -> list[Any]:
    """The symbolic inputs that a symbolic tensor comes from, by whichever layer."""
    del layer, node_index
    return utils.get_source_inputs(tensor)


def to_categorical(x: Any, num_classes: int | None = None, dtype: Any = None) -> np.ndarray:
    """Rows with a 1 at the place of each class, of this dtype, by default floatx."""
    return utils.to_categorical(x, num_classes).astype(dtype or floatx())


def slice_arrays(arrays: Any, start: Any = None, stop: int | None = None) -> Any:
    """The rows from `start` to `stop`, or those in a list `start`, of one or more arrays."""
    if arrays is None:
        return [None]
    if isinstance(arrays, list):
        return [None if x is None else slice_arrays(x, start, stop) for x in arrays]
    if hasattr(start, "__len__"):
        return arrays[np.asarray(start)]
    return arrays[start:stop]


def multi_gpu_model(model: Any, gpus: Any = None, **hints: Any) -> Any:
    """The model itself: lamina uses the cores of the processor by itself."""
    del gpus, hints
    return model


def base_filter() -> str:
    """The characters that a Tokenizer leaves out, as Keras 1 had them: the apostrophe not among
    them.
    """
    return '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def ctc_batch_cost(y_true: Any, y_pred: Any, input_length: Any, label_length: Any) -> Any:
    """The CTC loss of each row, (rows, 1); the blank is the last class.

    Graves, Fernández, Gomez & Schmidhuber 2006.

    Args:
        y_true: labels (rows, longest label).
        y_pred: probabilities (rows, steps, classes).
        input_length, label_length: (rows, 1).
    """
    logits = ops.log(ops.convert_to_tensor(y_pred) + epsilon())
    losses = ops.ctc_loss(
        ops.cast(y_true, "int32"), logits, _lengths(label_length), _lengths(input_length),
        mask_index=int(logits.shape[-1]) - 1,
    )  # fmt: skip
    return ops.expand_dims(losses, 1)


def ctc_decode(
    y_pred: Any, input_length: Any, greedy: bool = True, beam_width: int = 100, top_paths: int = 1
) -> Any:
    """The likeliest labels, ([(rows, longest label) with -1 after each end, ...], scores)."""
    logits = ops.log(ops.convert_to_tensor(y_pred) + epsilon())
    paths, scores = ops.ctc_decode(
        logits, _lengths(input_length), "greedy" if greedy else "beam_search",
        beam_width=beam_width, top_paths=top_paths, mask_index=int(logits.shape[-1]) - 1,
    )  # fmt: skip
    return [paths[i] for i in range(1 if greedy else top_paths)], scores


def _lengths(given: Any) -> Any:
    return ops.reshape(ops.cast(given, "int32"), (-1,))


def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of all convolutions, in place, as `convert_kernel` does."""
    for layer in model._flatten_layers():
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and hasattr(layer, "kernel_size"):
            kernel.assign(convert_kernel(kernel))


def get_test_data(
    num_train: int = 1000,
    num_test: int = 500,
    input_shape: tuple[int, ...] = (10,),
    output_shape: tuple[int, ...] = (2,),
    classification: bool = True,
    num_classes: int = 2,
) -> Any:
    """Random data ((x, y), (x, y)) that can be learned: the class, or the sum, moves the mean."""
    rows = num_train + num_test
    stream = np.random
    if classification:
        y: Any = stream.randint(0, num_classes, size=(rows,))
        x = stream.normal(size=(rows, *input_shape)) + y.reshape(-1, *(1 for _ in input_shape))
    else:
        level = stream.normal(size=rows)
        y = np.ones((rows, *output_shape)) * level.reshape(-1, *(1 for _ in output_shape))
        x = stream.normal(size=(rows, *input_shape)) + level.reshape(-1, *(1 for _ in input_shape))
    return (x[:num_train], y[:num_train]), (x[num_train:], y[num_train:])


# ── metrics of Keras 1: of a batch, from rounded outputs ──


def _counts(y_true: Any, y_pred: Any) -> tuple[Any, Any, Any, Any]:
    """True positives, true negatives, false positives, false negatives."""
    said, true = ops.round(ops.clip(y_pred, 0, 1)), ops.round(ops.clip(y_true, 0, 1))
    return (ops.sum(said * true), ops.sum((1 - said) * (1 - true)), ops.sum(said * (1 - true)),
            ops.sum((1 - said) * true))  # fmt: skip


def precision(y_true: Any, y_pred: Any) -> Any:
    """The share of true ones among those that are said to be."""
    hits, _, wrong, _ = _counts(y_true, y_pred)
    return hits / (hits + wrong + epsilon())


def recall(y_true: Any, y_pred: Any) -> Any:
    """The share of the true ones that are said to be."""
    hits, _, _, missed = _counts(y_true, y_pred)
    return hits / (hits + missed + epsilon())


def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1) -> Any:
    """(1 + beta^2) p r / (beta^2 p + r) of precision p and recall r."""
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return (1 + beta**2) * (p * r) / (beta**2 * p + r + epsilon())


def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """The harmonic mean of precision and recall."""
    return fbeta_score(y_true, y_pred, 1)


def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """The correlation of what is true and what is said. Matthews 1975."""
    hits, rejected, wrong, missed = _counts(y_true, y_pred)
    product = (hits + wrong) * (hits + missed) * (rejected + wrong) * (rejected + missed)
    return (hits * rejected - wrong * missed) / (ops.sqrt(product) + epsilon())
